"""Which column is the input, which the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.project.readers import Table
from ladder.project.task import Example, Kind

__all__ = ["Mapping", "guess_kind", "guess_mapping"]


@dataclass(frozen=True)
class Mapping:
    """The columns that hold an example's fields; None where there is none."""

    input: str
    output: str | None = None
    context: str | None = None
    id: str | None = None


def guess_mapping(table: Table) -> Mapping:
    """Guess the columns by their names and their content."""
    raise NotImplementedError


def guess_kind(examples: Sequence[Example]) -> Kind:
    """Guess the kind of task by the outputs."""
    raise NotImplementedError
