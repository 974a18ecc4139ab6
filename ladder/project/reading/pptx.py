"""PPTX to Markdown: slide by slide, by python-pptx; hidden slides are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ladder.project.reading.content import DocumentText, Pieces
from ladder.project.reading.packed import checked_parts, repacked
from ladder.project.reading.tables import row

__all__ = ["slides"]


def slides(name: str, data: bytes) -> DocumentText:
    """Read slides: "slide 2", and "slide 2, notes" for what the speaker says to it.

    Raises:
        InputError: the file unpacks to too much, or declares entities.
    """
    from pptx import Presentation

    deck = Presentation(repacked(data, checked_parts(name, ".pptx", data)))
    found = Pieces(name)
    for number, slide in enumerate(deck.slides, 1):
        words = "\n\n".join(_slide(slide))
        notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        said = notes.text.strip() if notes is not None else ""
        if slide.element.get("show") in ("0", "false"):
            found.hidden += [words, said]
            continue
        if words:
            found.add("\n\n" if found.length else "")
            found.add(words, f"slide {number}")
        if said:
            found.add("\n\n" if found.length else "")
            found.add(f"Notes: {_lines(said)}", f"slide {number}, notes")
    return found.done()


def _slide(slide: Any) -> Iterator[str]:
    """Yield the title of a slide as a heading, then its texts and tables."""
    title = slide.shapes.title
    words = " ".join(title.text_frame.text.split()) if title is not None else ""
    if words:
        yield f"## {words}"
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False):
            rows = [row(cell.text for cell in line.cells) for line in shape.table.rows]
            if rows:
                yield "\n".join([rows[0], row("---" for _ in shape.table.columns), *rows[1:]])
        elif shape.has_text_frame and shape.text_frame.text.strip():
            yield _lines(shape.text_frame.text)


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    """Yield shapes, those in groups too, in the order in which they stand in the file."""
    todo = list(shapes)[::-1]
    while todo:
        shape = todo.pop()
        inner = getattr(shape, "shapes", None)
        if inner is not None:
            todo += list(inner)[::-1]
        else:
            yield shape


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.replace("\v", "\n").splitlines())
