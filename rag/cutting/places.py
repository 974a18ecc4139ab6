"""Places that a reader of a document gives: pages, slides, rows, lines.

A slide and a sheet are sections; a row is never cut in two. A page or a line is only a name: a
sentence may run over it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol

from rag.cutting.ruler import Span

__all__ = ["Placed", "borders", "place_of", "row_starts"]

_LABEL = re.compile(r"(?:(.*), )?(page|slide|row|item|line)s? (\d+)(?: to (\d+))?", re.DOTALL)

_NOTES = ", notes"
"""What a speaker says to a slide stands with it."""


class Placed(Protocol):
    """A name for what begins at a character of a text."""

    @property
    def start(self) -> int:
        """Return the character."""
        ...

    @property
    def label(self) -> str:
        """Return the name: "page 3", "slide 2", "sheet Prices, row 14", "line 10"."""
        ...


def place_of(places: Sequence[Placed], start: int, end: int) -> str:
    """Return where the characters `start` to `end` stand, as "pages 3 to 4"; empty if unknown."""
    first = bisect_right(places, start, key=lambda place: place.start) - 1
    last = bisect_right(places, max(start, end - 1), key=lambda place: place.start) - 1
    if first < 0:
        return ""
    begins, ends = places[first].label, places[last].label
    if begins == ends:
        return begins
    a, b = _LABEL.fullmatch(begins), _LABEL.fullmatch(ends)
    if a is None or b is None or (a[1], a[2]) != (b[1], b[2]):
        return f"{begins} to {ends}"
    inside = f"{a[1]}, " if a[1] else ""
    return f"{inside}{a[2]}s {a[3]} to {b[4] or b[3]}"


def borders(places: Sequence[Placed]) -> list[int]:
    """Return where a new slide, sheet or other part begins, that no passage goes across."""
    found: list[int] = []
    before = ("", "")
    for place in places:
        match = _LABEL.fullmatch(place.label.removesuffix(_NOTES))
        part = (place.label, "")
        if match:
            part = (match[1] or "", match[3] if match[2] == "slide" else "")
        if not found or part != before:
            found.append(place.start)
        before = part
    return found[1:]


def row_starts(places: Sequence[Placed], span: Span, unit: str = "row") -> list[int]:
    """Return where the rows, or the items, begin that a part of the text is made of, if it is."""
    first, stop = (bisect_left(places, at, key=lambda place: place.start) for at in span)
    inside = [(place.start, _LABEL.fullmatch(place.label)) for place in places[first:stop]]
    whole = all(match and match[2] == unit for _, match in inside)
    return [start for start, _ in inside] if whole else []
