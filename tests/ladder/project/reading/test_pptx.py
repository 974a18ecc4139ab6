from __future__ import annotations

import io
import zipfile

import pytest

from ladder.errors import InputError
from ladder.project.reading import read_bytes


def deck(hidden: int = 0) -> bytes:
    """Return three slides: a title with a list, a table, notes; slide `hidden` is hidden."""
    from pptx import Presentation
    from pptx.util import Inches

    made = Presentation()
    for number in (1, 2, 3):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = f"Title {number}"
        slide.placeholders[1].text = f"Point {number}\nLid {number * 7} crowns"
        if number == 2:
            table = slide.shapes.add_table(2, 2, *[Inches(1)] * 4).table
            for cell, text in zip(table.iter_cells(), ("item", "price", "a|b", "42"), strict=True):
                cell.text = text
            group = slide.shapes.add_group_shape()
            box = group.shapes.add_textbox(*[Inches(1)] * 4)
            box.text_frame.text = "In a group"
        if number == 3:
            slide.notes_slide.notes_text_frame.text = "Say it slowly"
        if number == hidden:
            slide.element.set("show", "0")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_words_are_found_on_the_slide_that_is_named() -> None:
    read = read_bytes("a.pptx", deck())
    for number in (1, 2, 3):
        for words in (f"## Title {number}", f"Lid {number * 7} crowns"):
            start = read.text.index(words)
            assert read.place(start, start + len(words)) == f"slide {number}"
    assert "| item | price |\n| --- | --- |\n| a\\|b | 42 |" in read.text
    assert read.place(read.text.index("In a group")) == "slide 2"
    assert read.place(read.text.index("Say it slowly")) == "slide 3, notes"
    assert read.text.count("Title 1") == 1


def test_a_hidden_slide_is_left_out_and_told() -> None:
    read = read_bytes("a.pptx", deck(hidden=3))
    assert "Title 3" not in read.text
    assert read.hidden == ("## Title 3 Point 3 Lid 21 crowns", "Say it slowly")


def changed(data: bytes, part: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for each in old.namelist():
            if each != part:
                new.writestr(each, old.read(each))
        new.writestr(part, content)
    return out.getvalue()


def test_pictures_are_not_unpacked_however_large() -> None:
    bomb = changed(deck(), "ppt/media/image9.png", b"\0" * (200 * 2**20))
    assert len(bomb) < 2**20
    assert "Title 1" in read_bytes("a.pptx", bomb).text


def test_bombs_and_declared_entities_are_refused() -> None:
    with pytest.raises(InputError, match="unpacks to"):
        read_bytes("a.pptx", changed(deck(), "ppt/slides/x.xml", b" " * (51 * 2**20)))
    evil = b'<!DOCTYPE a [<!ENTITY x "ha">]><a>&x;</a>'
    with pytest.raises(InputError, match="declares a document type"):
        read_bytes("a.pptx", changed(deck(), "ppt/slides/slide1.xml", evil))
    with pytest.raises(InputError, match="cannot be read as PPTX"):
        read_bytes("a.pptx", changed(deck(), "ppt/slides/slide1.xml", b"<broken"))
