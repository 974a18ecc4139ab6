"""Cut a document into passages, measured in the tokens that the embedder reads.

A passage never crosses a heading, ends with a sentence where one fits, and keeps its place in
the document's text. The headings above it are embedded and shown with it, and so is the first
row of a table that it begins in the middle of: numbers say nothing without their columns.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Chunk", "Span", "chunks_of", "sentences"]

Span = tuple[int, int]
"""The first and the last character (exclusive) of a part of a text."""

_HEADING = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*\s*")
_FENCE = re.compile(r"\s*(```|~~~)")
_PARAGRAPHS = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")
_LINE_OF_ITS_OWN = re.compile(r"\s*(?:[-*+|>]|\d+[.)])\s?")
_TABLE = re.compile(r"^([ \t]*\|.*\n)(?:[ \t]*\|.*(?:\n|\Z))+", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.!?…][\"'\u201d\u2019)\]]*\s+(?=[^\s a-z])")
_ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "approx.", "no.", "mr.", "mrs.", "dr.", "st.", "vs.")
_HEADING_SHARE = 3
"""Headings take at most one in so many of a passage's tokens; what is longer is cut."""


@dataclass(frozen=True)
class Chunk:
    """A passage: characters `start` to `end` of the text of `doc`."""

    doc: str
    start: int
    end: int
    text: str
    heading: str = ""
    """The headings above it, from the document's own down: "Returns > Condition"."""
    columns: str = ""
    """The first row of the table in whose middle it begins."""
    section: Span | None = None
    """The whole section of the document that it stands in."""
    place: str = ""
    """Where a person finds it: "page 3", "slide 2", "row 14", "lines 10 to 20"."""
    collection: str = ""
    """The collection of the document, if it is in one."""
    flags: tuple[str, ...] = ()
    """What is suspicious about it, in sentences."""

    @property
    def shown(self) -> str:
        """Return what is embedded and shown to a model: headings, columns, then the passage."""
        return "\n".join(part for part in (self.heading, self.columns, self.text) if part)


def chunks_of(
    doc: str, text: str, token_spans: Callable[[str], list[Span]], size: int
) -> list[Chunk]:
    """Cut a document's text into passages of at most `size` tokens, in order.

    Args:
        doc: the document's name.
        text: its text, as `document_text` gives it.
        token_spans: the embedder's tokens of a text, as spans.
        size: the longest passage, its headings included.
    """
    starts = [start for start, _ in token_spans(text)]

    def length(span: Span) -> int:
        return bisect_left(starts, span[1]) - bisect_left(starts, span[0])

    found = []
    for heading, body in _sections(text):
        heading, taken = _cut(heading, token_spans, size // _HEADING_SHARE)
        tables = [
            (rows, _cut(columns, token_spans, size // _HEADING_SHARE))
            for rows, columns in _tables(text, body)
        ]
        left = size - taken - max((tokens for _, (_, tokens) in tables), default=0)
        units = [
            unit
            for paragraph in _paragraphs(text, body)
            for unit in _units(text, paragraph, length, starts, left)
        ]
        for start, end in _packed(units, length, left):
            inside = (shown for (a, b), (shown, _) in tables if a < start < b)
            found.append(Chunk(doc, start, end, text[start:end], heading, next(inside, "")))
    return found


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the sentences of a part of a text; a list item or a table row is one."""
    found = []
    for paragraph in _paragraphs(text, (start, len(text) if end is None else end)):
        for line in _lines(text, paragraph):
            begin = line[0]
            for match in _SENTENCE_END.finditer(text, line[0], line[1]):
                so_far = text[begin : match.end()].rstrip().lower()
                if so_far.endswith(_ABBREVIATIONS):
                    continue
                found.append((begin, match.end()))
                begin = match.end()
            found.append((begin, line[1]))
    trimmed = (_trimmed(text, span) for span in found)
    return [span for span in trimmed if span[0] < span[1]]


def _sections(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the parts between Markdown headings, each with the path of headings above it."""
    path: list[tuple[int, str]] = []
    begin = place = 0
    fenced = False
    for line in text.splitlines(keepends=True):
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.fullmatch(line.rstrip())
        if heading:
            yield _joined(path), (begin, place)
            level = len(heading[1])
            path = [(depth, title) for depth, title in path if depth < level]
            path.append((level, heading[2]))
            begin = place + len(line)
        place += len(line)
    yield _joined(path), (begin, place)


def _tables(text: str, body: Span) -> Iterator[tuple[Span, str]]:
    """Yield the place of each table and its first row."""
    for match in _TABLE.finditer(text, *body):
        yield match.span(), match[1].strip()


def _joined(path: Sequence[tuple[int, str]]) -> str:
    return " > ".join(title for _, title in path)


def _cut(heading: str, token_spans: Callable[[str], list[Span]], most: int) -> tuple[str, int]:
    """Return a heading of at most `most` tokens, and how many it has."""
    spans = token_spans(heading)
    if len(spans) <= most:
        return heading, len(spans)
    return heading[: spans[most - 1][1]], most


def _paragraphs(text: str, body: Span) -> Iterator[Span]:
    """Yield the parts between blank lines."""
    begin = body[0]
    for match in _PARAGRAPHS.finditer(text, *body):
        yield begin, match.start()
        begin = match.end()
    yield begin, body[1]


def _lines(text: str, paragraph: Span) -> Iterator[Span]:
    """Yield list items and table rows by themselves, and lines that only wrap together."""
    begin, place = paragraph[0], paragraph[0]
    in_table = False
    for line in text[slice(*paragraph)].splitlines(keepends=True):
        own = bool(_LINE_OF_ITS_OWN.match(line))
        if place > begin and (own or in_table):
            yield begin, place
            begin = place
        in_table = line.lstrip().startswith("|")
        place += len(line)
    yield begin, paragraph[1]


def _units(
    text: str, paragraph: Span, length: Callable[[Span], int], starts: Sequence[int], size: int
) -> Iterator[Span]:
    """Yield a paragraph whole if it fits, else its sentences, else pieces of these."""
    whole = _trimmed(text, paragraph)
    if whole[0] >= whole[1]:
        return
    if length(whole) <= size:
        yield whole
        return
    for span in sentences(text, *whole):
        if length(span) <= size:
            yield span
            continue
        first, last = bisect_left(starts, span[0]), bisect_left(starts, span[1])
        for place in range(first, last, size):
            stop = starts[place + size] if place + size < last else span[1]
            yield _trimmed(text, (starts[place], stop))


def _packed(units: Sequence[Span], length: Callable[[Span], int], size: int) -> Iterator[Span]:
    """Yield neighbouring units joined as long as they fit."""
    current: Span | None = None
    for unit in units:
        if current is not None and length((current[0], unit[1])) <= size:
            current = (current[0], unit[1])
            continue
        if current is not None:
            yield current
        current = unit
    if current is not None:
        yield current


def _trimmed(text: str, span: Span) -> Span:
    """Return a span without the blanks at its ends."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
