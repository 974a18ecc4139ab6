"""A text in units: the smallest parts that a passage is put together from, in order.

A paragraph, a table's row, a function: whole where it fits, else what it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from ladder.project.reading import Place
from rag.cutting import code
from rag.cutting.places import row_starts
from rag.cutting.ruler import Ruler, Span, trimmed
from rag.cutting.sentences import paragraphs, sentences
from rag.cutting.structure import Block, Section, blocks, fenced, records, sections

__all__ = ["Cutter", "Unit", "units_of"]

_SHARE = 3
"""Headings, and the columns of a table, each take at most one in so many tokens of a passage."""
_RULE = re.compile(r"[|:\s-]*-[|:\s-]*")
_TABLES = frozenset((".csv", ".tsv"))
_LINES = frozenset((".jsonl", ".ndjson", ".log"))


@dataclass(frozen=True)
class Unit:
    """A part of the text that is in one passage, whole."""

    span: Span
    zone: int
    """The number of its section; no passage goes across two."""
    section: Span
    path: tuple[str, ...] = ()
    """The headings above it, or the lines of code that it stands under."""
    columns: str = ""
    """The first row of its table, if it is not that row itself."""
    kind: Literal["prose", "row", "code"] = "prose"


class Cutter:
    """Cuts one text into units.

    Args:
        ruler: the text, measured.
        size: the longest passage, in tokens.
    """

    def __init__(self, ruler: Ruler, size: int) -> None:
        self.ruler, self.text, self.size = ruler, ruler.text, size
        self.most = size // _SHARE

    def heading(self, path: Sequence[str]) -> tuple[str, int]:
        """Return the headings of a path as they are shown, and how many tokens they take."""
        return self.ruler.label(" > ".join(path), self.most)

    def columns(self, row: str) -> tuple[str, int]:
        """Return the first row of a table as it is shown, and how many tokens it takes."""
        return self.ruler.label(row, self.most)

    def room(self, path: Sequence[str], columns: str = "") -> int:
        """Return how many tokens of text a passage has under headings and columns."""
        return self.size - self.heading(path)[1] - self.columns(columns)[1]

    def prose(self, span: Span, zone: int, section: Section) -> Iterator[Unit]:
        """Yield paragraphs, else their sentences, else pieces of these."""
        path, room = section.headings, self.room(section.headings)
        for paragraph in paragraphs(self.text, span):
            whole = trimmed(self.text, paragraph)
            fits = self.ruler.length(whole) <= room
            for part in [whole] if fits else sentences(self.text, *whole):
                for piece in self._pieces(part, room):
                    yield Unit(piece, zone, section.span, path)

    def rows(self, rows: Sequence[Span], zone: int, section: Section) -> Iterator[Unit]:
        """Yield the rows of a table, the first as what names its columns."""
        columns = ""
        for row in rows:
            span = trimmed(self.text, row)
            if span[0] >= span[1]:
                continue
            for piece in self._pieces(span, self.room(section.headings, columns)):
                yield Unit(piece, zone, section.span, section.headings, columns, kind="row")
            first = self.text[slice(*span)]
            columns = columns or (first.splitlines()[0].strip() if first[0] == "|" else first)

    def code(self, span: Span, sign: str, zone: int, section: Section) -> Iterator[Unit]:
        """Yield functions and classes, else what is in them, else lines."""

        def fits(part: Span, path: tuple[str, ...]) -> bool:
            return self.ruler.length(part) <= self.room((*section.headings, *path))

        for part in code.parts(self.text, span, sign, fits):
            path = (*section.headings, *part.path)
            lines = self._lines(part.span) if part.lines else [part.span]
            for line in lines:
                for piece in self._pieces(line, self.room(path)):
                    yield Unit(piece, zone, part.scope or section.span, path, kind="code")

    def _pieces(self, span: Span, room: int) -> Iterator[Span]:
        if span[0] >= span[1]:
            return
        if self.ruler.length(span) <= room:
            yield span
        else:
            yield from self.ruler.pieces(span, room)

    def _lines(self, span: Span) -> list[Span]:
        found, place = [], span[0]
        for line in self.text[slice(*span)].splitlines(keepends=True):
            found.append(trimmed(self.text, (place, place + len(line))))
            place += len(line)
        return found


def units_of(doc: str, cutter: Cutter, places: Sequence[Place] = ()) -> Iterator[Unit]:
    """Yield the units of a document's text, by the kind that its name says.

    Args:
        doc: the document's name.
        cutter: cuts its text.
        places: names of its parts, in order.
    """
    text, suffix = cutter.text, PurePath(doc).suffix.lower()
    lines = suffix in _TABLES or suffix in _LINES
    plain = lines or suffix in code.SUFFIXES
    fences: list[Block] = [] if plain else fenced(text)
    for zone, section in enumerate(sections(text, fences, places, plain)):
        if suffix in _LINES:
            for row in records(text, section.body, places):
                yield from cutter.rows([row], zone, section)
        elif lines:
            yield from cutter.rows(records(text, section.body, places), zone, section)
        elif items := row_starts(places, section.body, "item") if plain else []:
            for item in zip(items, [*items[1:], section.body[1]], strict=True):
                yield from cutter.code(item, "", zone, section)
        elif plain:
            yield from cutter.code(section.body, code.comment_sign(suffix), zone, section)
        else:
            for block in blocks(text, section.body, fences):
                if block.kind == "prose":
                    yield from cutter.prose(block.span, zone, section)
                elif block.kind == "table":
                    yield from cutter.rows(_table_rows(text, block.span), zone, section)
                else:
                    sign = code.comment_sign(block.language)
                    yield from cutter.code(block.span, sign, zone, section)


def _table_rows(text: str, span: Span) -> list[Span]:
    """Return the rows of a Markdown table; the rule under its first row goes with that."""
    ends = [match.end() for match in re.finditer("\n", text[slice(*span)])]
    if len(ends) > 1 and _RULE.fullmatch(text[span[0] + ends[0] : span[0] + ends[1]].strip()):
        del ends[0]
    starts = [span[0], *(span[0] + end for end in ends if span[0] + end < span[1])]
    return list(zip(starts, [*starts[1:], span[1]], strict=True))
