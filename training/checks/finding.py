"""A finding: what is wrong with which rows, and whether a run may start all the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from ladder.errors import InputError
from ladder.project.task import Example

__all__ = [
    "Checked",
    "Finding",
    "Numbered",
    "counted",
    "error",
    "quoted",
    "rows_words",
    "warning",
    "where",
]

Severity = Literal["error", "warning"]
_NAMED = 3
"""Rows that a sentence names; the finding itself holds them all."""
_LONGEST = 60


class Numbered(NamedTuple):
    """An example and its row: its line in the task's `examples.jsonl`."""

    row: int
    example: Example


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, wherever it is."""

    code: str
    """A short name, the same whatever the data."""
    severity: Severity
    """"error" refuses the run, "warning" lets it start."""
    message: str
    """What happened, a value and its row, and what to do."""
    rows: tuple[int, ...] = ()
    """All rows that it is about, as lines of `examples.jsonl`."""
    ids: tuple[str, ...] = ()
    """The ids of the examples in those rows."""
    count: int = 0
    """How many there are."""


@dataclass(frozen=True)
class Checked:
    """What a look at the data found; what refuses the run comes first."""

    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        ordered = sorted(self.findings, key=lambda finding: finding.severity != "error")
        object.__setattr__(self, "findings", tuple(ordered))

    def __add__(self, other: Checked) -> Checked:
        """Return what both found."""
        return Checked((*self.findings, *other.findings))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return what refuses the run."""
        return tuple(each for each in self.findings if each.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return what a person should know, though the run may start."""
        return tuple(each for each in self.findings if each.severity == "warning")

    def refuse(self) -> None:
        """Refuse the run if there is an error.

        Raises:
            InputError: there is; the message has all of them.
        """
        if self.errors:
            raise InputError(" ".join(finding.message for finding in self.errors))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the findings as plain data."""
        return [asdict(finding) for finding in self.findings]


def error(code: str, found: Sequence[Numbered], message: str) -> Finding:
    """Return a finding that refuses the run."""
    return _finding(code, "error", found, message)


def warning(code: str, found: Sequence[Numbered], message: str) -> Finding:
    """Return a finding that a person should know of."""
    return _finding(code, "warning", found, message)


def rows_words(found: Iterable[Numbered]) -> str:
    """Return the rows in words: "row 3", "rows 3, 7, 9 and 12 more"."""
    rows = [each.row for each in found]
    if len(rows) == 1:
        return f"row {rows[0]}"
    named, more = rows[:_NAMED], len(rows) - _NAMED
    if more > 0:
        return f"rows {', '.join(map(str, named))} and {more:,} more"
    return f"rows {', '.join(map(str, named[:-1]))} and {named[-1]}"


def counted(count: int, noun: str) -> str:
    """Return a number of things in words: "1 row", "1,200 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def where(found: Sequence[Numbered], noun: str) -> str:
    """Return how many there are, and their rows: "2 texts (rows 3 and 7)"."""
    return f"{counted(len(found), noun)} ({rows_words(found)})"


def quoted(text: str, longest: int = _LONGEST) -> str:
    """Return the beginning of a text in quotation marks, on one line."""
    line = " ".join(text.split())
    return f'"{line[:longest]}{"..." if len(line) > longest else ""}"'


def _finding(code: str, severity: Severity, found: Sequence[Numbered], message: str) -> Finding:
    rows, ids = tuple(each.row for each in found), tuple(each.example.id for each in found)
    return Finding(code, severity, message, rows, ids, len(rows))
