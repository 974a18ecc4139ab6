"""What a file of examples holds, before anyone said what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["RowProblem", "Table"]


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row, and what became of it."""

    row: int
    """The row as a spreadsheet counts it (a CSV's header is row 1), the line of a JSON-lines
    file, or the place in a JSON list from 1 on; 0 is the file as a whole."""
    field: str
    """The column, or empty."""
    message: str

    @property
    def sentence(self) -> str:
        """Return where and what, as `row 3, label: ...`; `file: ...` for the file as a whole."""
        where = f"row {self.row}" if self.row else "file"
        return f"{where}{', ' if self.field else ''}{self.field}: {self.message}"


@dataclass(frozen=True)
class Table:
    """The rows of a file, as they stand in it."""

    format: str
    """CSV, JSON lines, JSON, chat, ShareGPT, Alpaca or SQuAD."""
    encoding: str
    rows: list[dict[str, Any]]
    problems: list[RowProblem] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The number of each row, as in `RowProblem`."""
    documents: dict[str, str] = field(default_factory=dict)
    """Text by file name, where the file brings documents (SQuAD)."""
    instruction: str = ""
    """The instruction that all rows share (Alpaca), if they do."""

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns in the order of their first use."""
        return list(dict.fromkeys(key for row in self.rows for key in row))
