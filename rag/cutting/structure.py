"""The structure of a text: sections under headings, and in them prose, tables and code."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ladder.project.reading import Place
from rag.cutting.places import borders, row_starts
from rag.cutting.ruler import Span

__all__ = ["Block", "Section", "blocks", "fenced", "records", "sections"]

_HEADING = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*\s*")
_UNDERLINED = re.compile(r"[ ]{0,3}(=+|-{2,})[ \t]*")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)[ \t]*([\w+#.-]*)")
_TABLE = re.compile(r"^([ \t]*\|.*\n)(?:[ \t]*\|.*(?:\n|\Z))+", re.MULTILINE)
_NO_TITLE = re.compile(r"\s*(?:[-*+|>#=]|\d+[.)]|```|~~~)")


@dataclass(frozen=True)
class Section:
    """What stands under one heading, up to the next of any level."""

    headings: tuple[str, ...]
    """The headings above it, from the document's own down."""
    span: Span
    """All of it, its own heading included."""
    body: Span


@dataclass(frozen=True)
class Block:
    """A part of a section that is cut in a way of its own."""

    kind: Literal["prose", "table", "code"]
    span: Span
    language: str = ""
    """Of code, as the fence says."""


def sections(
    text: str, fences: Sequence[Block], places: Sequence[Place], plain: bool
) -> list[Section]:
    """Return the sections of a text; a slide or a sheet begins one, too.

    Args:
        text: the text.
        fences: its fenced code, in which nothing is a heading.
        places: names of its parts.
        plain: whether it has no headings, like a table or code.
    """
    marks: list[tuple[int, int, int, str]] = [] if plain else list(_headings(text, fences))
    at_heading = {start for start, *_ in marks}
    marks += [(start, start, 0, "") for start in borders(places) if start not in at_heading]
    found: list[Section] = []
    path: list[tuple[int, str]] = []
    begin = body = 0
    for start, after, level, title in sorted(marks):
        found.append(Section(tuple(words for _, words in path), (begin, start), (body, start)))
        if title:
            path = [(depth, words) for depth, words in path if depth < level]
            path.append((level, title))
        begin, body = start, after
    whole = len(text)
    found.append(Section(tuple(words for _, words in path), (begin, whole), (body, whole)))
    return found


def fenced(text: str) -> list[Block]:
    """Return the fenced code of a text; a fence that is never closed is none."""
    found, place = [], 0
    opened: tuple[int, str, str] | None = None
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if match and opened is None:
            opened = place, match[1], match[2].lower()
        elif match and opened and match[1].startswith(opened[1]) and not match[2]:
            found.append(Block("code", (opened[0], place + len(line)), opened[2]))
            opened = None
        place += len(line)
    return found


def blocks(text: str, body: Span, fences: Sequence[Block]) -> Iterator[Block]:
    """Yield the prose, the tables and the code of a section's body, in order."""
    place = body[0]
    inside = [fence for fence in fences if body[0] <= fence.span[0] < body[1]]
    for special in (*inside, None):
        stop = special.span[0] if special else body[1]
        for match in _TABLE.finditer(text, place, stop):
            if match.start() > place:
                yield Block("prose", (place, match.start()))
            yield Block("table", match.span())
            place = match.end()
        if stop > place:
            yield Block("prose", (place, stop))
        if special:
            yield Block("code", (special.span[0], min(special.span[1], body[1])), special.language)
            place = min(special.span[1], body[1])


def records(text: str, body: Span, places: Sequence[Place]) -> list[Span]:
    """Return the rows of a table: by their places, else lines, where quotes keep them together."""
    starts = row_starts(places, body)
    if not starts:
        starts, quotes = [body[0]], 0
        for match in re.finditer(r'["\n]', text[slice(*body)]):
            if match[0] == '"':
                quotes += 1
            elif quotes % 2 == 0:
                starts.append(body[0] + match.end())
        if quotes % 2:  # a quote that is never closed keeps nothing together
            starts = [body[0], *(body[0] + m.end() for m in re.finditer(r"\n", text[slice(*body)]))]
    elif starts[0] > body[0]:
        starts = [body[0], *starts]
    return [span for span in zip(starts, [*starts[1:], body[1]], strict=True) if span[0] < span[1]]


def _headings(text: str, fences: Sequence[Block]) -> Iterator[tuple[int, int, int, str]]:
    """Yield start, end, level and words of each heading, underlined ones among them."""
    begins = [fence.span[0] for fence in fences]
    place = 0
    earlier: list[tuple[int, str]] = []
    for line in text.splitlines(keepends=True):
        bare, start = line.rstrip(), place
        place += len(line)
        inside = bisect_right(begins, start) - 1
        if inside >= 0 and start < fences[inside].span[1]:
            earlier = []
            continue
        if match := _HEADING.fullmatch(bare):
            yield start, place, len(match[1]), match[2]
            bare = ""
        elif (rule := _UNDERLINED.fullmatch(bare)) and _titled(earlier):
            yield earlier[-1][0], place, 1 if rule[1][0] == "=" else 2, earlier[-1][1].strip()
            bare = ""
        earlier = [*earlier[-1:], (start, bare)]


def _titled(earlier: Sequence[tuple[int, str]]) -> bool:
    """Return whether the line before a rule stands alone, as a title does."""
    if not earlier or not earlier[-1][1].strip() or _NO_TITLE.match(earlier[-1][1]):
        return False
    return len(earlier) == 1 or not earlier[-2][1].strip()
