"""Cut a document into passages, by its structure first and in the tokens the embedder reads.

A passage never crosses a heading, a slide or a sheet, keeps functions and table rows whole where
they fit, ends with a sentence where one fits, and keeps its place in the document's text. The
headings above it are embedded and shown with it (of code: the lines it stands under), and so is
the first row of a table that it begins in the middle of: numbers say nothing without their
columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ladder.project.reading import DocumentText, Place
from rag.cutting import Cutter, Ruler, Span, Unit, sentences, units_of

__all__ = ["Chunk", "Span", "chunks_of", "sentences"]


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


@dataclass(frozen=True)
class _Piece:
    """A passage being put together: the unit that it begins with, or what is repeated before."""

    start: int
    end: int
    first: Unit
    columns: str


def chunks_of(
    doc: str,
    text: str,
    token_spans: Callable[[str], list[Span]],
    size: int,
    overlap: int = 0,
    places: Sequence[Place] = (),
    collection: str = "",
    spans: list[Span] | None = None,
) -> list[Chunk]:
    """Cut a document's text into passages of at most `size` tokens, in order.

    Args:
        doc: the document's name; its ending says whether it is a table, code or prose.
        text: its text, as `document_text` gives it.
        token_spans: the embedder's tokens of a text, as spans.
        size: the longest passage, its headings included.
        overlap: tokens of the passage before that a passage may begin with, in whole sentences
            or rows; code is not repeated.
        places: names of the text's parts, in order.
        collection: what every passage is marked with.
        spans: the tokens of the text, where they are known.
    """
    document = DocumentText(text, tuple(places))
    cutter = Cutter(Ruler(text, token_spans, spans), size)
    return [
        Chunk(
            doc,
            piece.start,
            piece.end,
            text[piece.start : piece.end],
            heading=cutter.heading(piece.first.path)[0],
            columns=cutter.columns(piece.columns)[0],
            section=piece.first.section,
            place=document.place(piece.start, piece.end),
            collection=collection,
        )
        for piece in _packed(units_of(doc, cutter, places), cutter, overlap)
    ]


def _packed(units: Iterator[Unit], cutter: Cutter, overlap: int) -> Iterator[_Piece]:
    """Yield neighbouring units joined as long as they belong together and fit."""
    taken: list[Unit] = []
    piece: _Piece | None = None
    for unit in units:
        if piece is not None and _belongs(unit, piece.first):
            joined = cutter.ruler.length((piece.start, unit.span[1]))
            if joined <= cutter.room(piece.first.path, piece.columns):
                piece = _Piece(piece.start, unit.span[1], piece.first, piece.columns)
                taken.append(unit)
                continue
        if piece is not None:
            yield piece
        piece = _begun(unit, taken, piece, cutter, overlap)
        taken = [unit]
    if piece is not None:
        yield piece


def _belongs(unit: Unit, first: Unit) -> bool:
    """Return whether a unit may follow in the passage that begins with `first`."""
    return unit.zone == first.zone and unit.path[: len(first.path)] == first.path


def _begun(
    unit: Unit, before: Sequence[Unit], last: _Piece | None, cutter: Cutter, overlap: int
) -> _Piece:
    """Return a new passage, beginning with the end of the one before as far as that may be."""
    begun = _Piece(*unit.span, unit, unit.columns)
    if not overlap or last is None or last.first.zone != unit.zone or last.first.path != unit.path:
        return begun
    room = cutter.room(unit.path, unit.columns)
    for start, columns in _repeatable(before, cutter.text):
        too_far = cutter.ruler.length((start, last.end)) > overlap or start <= last.start
        if too_far or cutter.ruler.length((start, unit.span[1])) > min(
            room, cutter.room(unit.path, columns)
        ):
            break
        begun = _Piece(start, unit.span[1], unit, columns)
    return begun


def _repeatable(before: Sequence[Unit], text: str) -> Iterator[tuple[int, str]]:
    """Yield where the sentences and rows of a passage begin, the last one first."""
    for unit in reversed(before):
        if unit.kind == "prose":
            for start, _ in reversed(sentences(text, *unit.span)):
                yield start, unit.columns
        elif unit.kind == "row":
            yield unit.span[0], unit.columns
        else:
            return
