"""Read a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["RowProblem", "Table", "read_table"]


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row."""

    row: int
    """The row as a spreadsheet counts it (a CSV's header is row 1), the line of a JSON-lines
    file, or the place in a JSON list; 0 is the file as a whole."""
    field: str
    message: str


@dataclass(frozen=True)
class Table:
    """What a file holds."""

    format: str
    encoding: str
    rows: list[dict[str, Any]]
    problems: list[RowProblem] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The row number of each row, as in `RowProblem`."""
    documents: dict[str, str] = field(default_factory=dict)
    instruction: str = ""
    """The instruction that all rows share (Alpaca), if they do."""

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns in the order of their first use."""
        return list(dict.fromkeys(key for row in self.rows for key in row))


def read_table(name: str, data: bytes) -> Table:
    """Read a file of examples."""
    raise NotImplementedError
