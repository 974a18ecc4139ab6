"""What a document is once it is read: its text, and where in the file each part stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ladder.errors import InputError

__all__ = ["LARGEST_TEXT", "DocumentText", "Pieces", "Place", "places_of_headings", "whole"]

LARGEST_TEXT = 50_000_000
"""The most characters that one document may have once it is converted."""

_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$", re.MULTILINE)
_LONGEST_HEADING = 80
_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_NUMBERED = re.compile(r"(.*?)(\w+) (\d+)")


class Place(NamedTuple):
    """From the character `start` of the text on, a person finds it in the file at `label`."""

    start: int
    label: str
    """As in "page 3", "slide 2", "sheet Prices, row 14", "line 10", 'under "Returns"'."""


@dataclass(frozen=True)
class DocumentText:
    """A document's text and its places in the file."""

    text: str
    places: tuple[Place, ...] = ()
    """In the order of their start."""
    hidden: tuple[str, ...] = ()
    """Texts that a reader of the file would not see; they are left out of `text`."""
    left_out: tuple[str, ...] = ()
    """Sentences about parts that could not be read: a page, an attachment."""

    def place(self, start: int, end: int | None = None) -> str:
        """Return where a person finds the characters from `start` to `end` (exclusive).

        "page 3", "lines 10 to 20"; empty where the file has no such places.
        """
        first = self._label(start)
        last = self._label(max(start, (end or start) - 1))
        if first == last or not first:
            return last
        here, there = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(last)
        if here and there and here.group(1, 2) == there.group(1, 2):
            return f"{here[1]}{here[2]}s {here[3]} to {there[3]}"
        if last == f"{first}, notes":
            return f"{first} and its notes"
        return f"{first} to {last}"

    def _label(self, offset: int) -> str:
        found = bisect_right(self.places, offset, key=lambda place: place.start)
        return self.places[found - 1].label if found else ""


@dataclass
class Pieces:
    """A text put together piece by piece, with its places; never longer than may be."""

    name: str
    """The file, for the sentence that refuses it."""
    parts: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, label: str = "") -> None:
        """Append a text; with a label, a place begins with it.

        Raises:
            InputError: there is more text than one document may have.
        """
        if label:
            self.places.append(Place(self.length, label))
        self.check(len(text))
        text = whole(text)
        self.parts.append(text)
        self.length += len(text)

    def check(self, more: int) -> None:
        """Refuse `more` characters before they are made, if they are too many.

        Raises:
            InputError: with them there is more text than one document may have.
        """
        if self.length + more > LARGEST_TEXT:
            raise InputError(
                f"{self.name} holds more than {LARGEST_TEXT // 10**6} million characters of text; "
                "divide it into smaller documents."
            )

    def take(self, other: DocumentText, before: str = "") -> None:
        """Append another document, its labels after `before`."""
        start = self.length
        self.add(other.text)
        self.places += [Place(start, before)] if before else []
        for place in other.places:
            label = ", ".join(part for part in (before, place.label) if part)
            self.places.append(Place(start + place.start, label))
        self.hidden += other.hidden
        self.left_out += other.left_out

    def done(self) -> DocumentText:
        """Return what was put together."""
        return DocumentText(
            "".join(self.parts),
            tuple(Place(start, whole(label)) for start, label in self.places),
            shown_once(self.hidden),
            tuple(map(whole, self.left_out)),
        )


def places_of_headings(text: str) -> tuple[Place, ...]:
    """Return a place for every Markdown heading of a text: 'under "Returns"'."""
    fenced = [match.span() for match in _FENCED.finditer(text)]
    return tuple(
        Place(match.start(), f'under "{_plain(match[1])}"')
        for match in _HEADING.finditer(text)
        if not _within(fenced, match.start())
    )


def _within(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    """Return whether an offset is in one of the spans, which stand in order."""
    found = bisect_right(spans, offset, key=lambda span: span[0])
    return found > 0 and offset < spans[found - 1][1]


def shown_once(texts: Iterable[str]) -> tuple[str, ...]:
    """Return texts with single blanks, the empty ones and second ones left out."""
    plain = (" ".join(whole(text).split()) for text in texts)
    return tuple(dict.fromkeys(text for text in plain if text))


def whole(text: str) -> str:
    """Return a text that every library can encode: what is no character becomes a mark."""
    return re.sub("[\ud800-\udfff\0]", "\ufffd", text)


def _plain(heading: str) -> str:
    """Return a heading as a reader sees it: without Markdown's marks, and not too long."""
    words = re.sub(r"[ \t]#+$", "", heading[: 4 * _LONGEST_HEADING].rstrip())
    words = re.sub(r"\\([\\`*_{}\[\]()#+.!|~-])|[*`]", r"\1", words)
    words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", words)
    if len(words) <= _LONGEST_HEADING:
        return words
    return words[: _LONGEST_HEADING - 1].rstrip() + "\u2026"
