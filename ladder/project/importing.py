"""Preview an import, then carry it out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from ladder.project.mapping import Mapping
from ladder.project.readers import RowProblem, Table
from ladder.project.task import Example, Kind
from ladder.project.workspace import Project

__all__ = ["ImportPreview", "ImportReport", "import_into", "preview"]

SplitChoice = Literal["auto", "train", "validation", "test"]


@dataclass(frozen=True)
class ImportPreview:
    """What an import would add; nothing is written yet."""

    examples: list[Example]
    documents: dict[str, str]
    kind: Kind
    labels: Counter[str]
    problems: list[RowProblem]
    mapping: Mapping
    numbers: dict[str, int]
    """The row number of each example by its id."""
    instruction: str = ""


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    task: str
    added: int
    labelled: int
    """How many examples that were there without a label got theirs."""
    already_there: int
    documents: int
    problems: list[RowProblem]


def preview(
    table: Table, mapping: Mapping | None = None, kind: Kind | None = None
) -> ImportPreview:
    """Return what would be imported."""
    raise NotImplementedError


def import_into(
    project: Project, task_name: str | None, preview: ImportPreview, split: SplitChoice = "auto"
) -> ImportReport:
    """Carry out an import."""
    raise NotImplementedError
