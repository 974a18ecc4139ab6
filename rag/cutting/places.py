"""Places that a reader of a document gives: pages, slides, rows, lines.

A slide and a sheet are sections; a row is never cut in two. A page or a line is only a name: a
sentence may run over it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from ladder.project.reading import Place
from rag.cutting.ruler import Span

__all__ = ["borders", "row_starts"]

_LABEL = re.compile(r"(?:(.*), )?(page|slide|row|item|line) (\d+)", re.DOTALL)

_NOTES = ", notes"
"""What a speaker says to a slide stands with it."""


def borders(places: Sequence[Place]) -> list[int]:
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


def row_starts(places: Sequence[Place], span: Span, unit: str = "row") -> list[int]:
    """Return where the rows, or the items, begin that a part of the text is made of, if it is."""
    first, stop = (bisect_left(places, at, key=lambda place: place.start) for at in span)
    inside = [(place.start, _LABEL.fullmatch(place.label)) for place in places[first:stop]]
    whole = all(match and match[2] == unit for _, match in inside)
    return [start for start, _ in inside] if whole else []
