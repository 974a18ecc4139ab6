"""The rows of tables inside passages: which one is spoken of, and how it is told."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.quotable import is_csv, quotable
from rag.retrieval import Passage
from rag.words import content_words

__all__ = ["Row", "row_at", "rows_of", "told"]

_TABLE = re.compile(r"(?:^[ \t]*\|.*(?:\n|\Z))+", re.MULTILINE)
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
"""The line between a table's columns and its rows."""


@dataclass(frozen=True)
class Row:
    """A row of a table, at its place in the document."""

    doc: str
    start: int
    end: int
    cells: tuple[str, ...]
    columns: tuple[str, ...]
    """The names of the columns; none where they are not known."""
    table: int
    titles: bool = False
    """Whether it holds the names of the columns, or only draws the line under them."""

    def key(self, language: str) -> frozenset[str]:
        """Return the words (no numbers) of its first cell: what the row is about."""
        words = content_words(self.cells[0], language) if self.cells else frozenset()
        return frozenset(word for word in words if not word.isdecimal())


def rows_of(passages: Sequence[Passage]) -> list[Row]:
    """Return the rows of the tables in passages: of Markdown tables and of CSV files."""
    found: list[Row] = []
    table = 0
    for passage in passages:
        if is_csv(passage):
            table += 1
            found += _records(passage, table)
            continue
        for block in _TABLE.finditer(passage.text):
            table += 1
            place, lines = passage.start + block.start(), block[0].splitlines(keepends=True)
            titled = len(lines) > 1 and bool(_RULE.fullmatch(lines[1]))
            columns = _cells(lines[0]) if titled else _cells(passage.columns)
            for number, line in enumerate(lines):
                titles = bool(_RULE.fullmatch(line)) or (titled and number == 0)
                end = place + len(line)
                found.append(Row(passage.doc, place, end, _cells(line), columns, table, titles))
                place = end
    return found


def row_at(rows: Sequence[Row], doc: str, start: int, end: int) -> Row | None:
    """Return the row that a span of a document lies in, if it lies in one."""
    inside = (row for row in rows if row.doc == doc and row.start <= start and end <= row.end)
    return next(inside, None)


def told(row: Row, asked: frozenset[str], language: str) -> str:
    """Return a row in words: what it is about, then the cells asked for, each with its column.

    Args:
        row: the row.
        asked: the words of the question; no words ask for all cells. The columns that it names
            most fully are told, and any with a further word of it.
        language: of the words.
    """
    if len(row.columns) != len(row.cells) or len(row.cells) < 2:
        return ", ".join(cell for cell in row.cells if cell)
    about, *rest = row.cells
    pairs = list(zip(row.columns[1:], rest, strict=True))
    words = [content_words(column, language) for column, _ in pairs]
    named = [_named(column, asked) for column in words]
    if max(named) > 0:
        best = [value == max(named) for value in named]
        met = frozenset[str]().union(
            *(each for each, is_best in zip(words, best, strict=True) if is_best)
        )
        pairs = [
            pair
            for pair, each, is_best in zip(pairs, words, best, strict=True)
            if is_best or each & asked - met
        ]
    return f"{about}: " + ", ".join(f"{column} {cell}" for column, cell in pairs if cell)


def _named(column: frozenset[str], asked: frozenset[str]) -> float:
    """Return how far a question names a column: the share of its words, more of them first."""
    return len(column & asked) / len(column) if column else 0.0


def _records(passage: Passage, table: int) -> list[Row]:
    """Return the rows of a passage of a CSV file; its first row names the columns."""
    spans = quotable(passage)
    texts = [passage.text[start:end] for start, end in spans]
    titles = passage.columns or (texts[0] if texts else "")
    delimiter = max(",;\t|", key=titles.count)
    columns = _fields(titles, delimiter)
    return [
        Row(
            passage.doc, passage.start + start, passage.start + end, _fields(text, delimiter),
            columns, table, titles=text == titles,
        )
        for (start, end), text in zip(spans, texts, strict=True)
    ]  # fmt: skip


def _fields(record: str, delimiter: str) -> tuple[str, ...]:
    try:
        rows = list(csv.reader(record.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:  # a cell longer than the reader takes: it is told as it stands
        return (record.strip(),)
    return tuple(" ".join(cell.split()) for row in rows for cell in row)


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip() for cell in inner.split("|")) if inner else ()
