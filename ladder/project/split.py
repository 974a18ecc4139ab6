"""The split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ladder.project.task import Example

__all__ = ["Split", "extend_split", "read_split", "write_split"]


@dataclass(frozen=True)
class Split:
    """Which examples test, validate and train, by id."""

    test: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    train: tuple[str, ...] = ()
    source: Literal["automatic", "user"] = "automatic"
    near_duplicates: tuple[tuple[str, str], ...] = ()
    """Pairs (test id, other id) of near-duplicates across test and the rest."""

    @property
    def frozen(self) -> bool:
        """Return whether this is to be kept."""
        raise NotImplementedError


def extend_split(
    old: Split | None, examples: Sequence[Example], *, stratify: bool = False
) -> Split:
    """Return the split with the labelled examples that `old` does not place yet."""
    raise NotImplementedError


def read_split(path: Path) -> Split | None:
    """Read split.json."""
    raise NotImplementedError


def write_split(path: Path, split: Split) -> None:
    """Write split.json."""
    raise NotImplementedError
