from __future__ import annotations

import pytest

from ladder.errors import InputError
from ladder.project.reading import DocumentText, Place
from ladder.project.reading import content as module
from ladder.project.reading.content import Pieces, places_of_headings


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        (0, 5, ""),
        (10, 12, "line 1"),
        (10, 20, "line 1"),
        (10, 21, "lines 1 to 2"),
        (25, 60, "line 2 to sheet A, row 4"),
        (50, 90, "sheet A, rows 4 to 9"),
        (95, None, 'under "End"'),
    ],
)
def test_a_span_is_told_by_its_first_and_last_place(
    start: int, end: int | None, label: str
) -> None:
    places = ((10, "line 1"), (20, "line 2"), (50, "sheet A, row 4"), (60, "sheet A, row 9"))
    text = DocumentText("x" * 99, (*(Place(*each) for each in places), Place(92, 'under "End"')))
    assert text.place(start, end) == label


def test_a_slide_with_its_notes_is_one_place() -> None:
    text = DocumentText("x" * 20, (Place(0, "slide 1"), Place(10, "slide 1, notes")))
    assert text.place(0, 20) == "slide 1 and its notes"


def test_headings_are_places_but_not_in_code() -> None:
    text = "Before\n\n# One *two* \\#3\n\n```\n# no heading\n```\n\n## [Link](https://x) ##\nx"
    assert [(text[p.start :][:3], p.label) for p in places_of_headings(text)] == [
        ("# O", 'under "One two #3"'),
        ("## ", 'under "Link"'),
    ]


def test_one_document_in_another_keeps_its_places() -> None:
    inner = DocumentText("abc", (Place(0, "page 1"), Place(2, "page 2")), ("secret",), ("Part.",))
    pieces = Pieces("a.eml")
    pieces.add("head\n\n", "head")
    pieces.take(inner, 'attachment "x.pdf"')
    found = pieces.done()
    assert found.text == "head\n\nabc"
    assert found.place(8) == 'attachment "x.pdf", page 2'
    assert (found.hidden, found.left_out) == (("secret",), ("Part.",))


def test_a_text_that_grows_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_TEXT", 10)
    pieces = Pieces("a.xlsx")
    pieces.add("12345")
    with pytest.raises(InputError, match=r"a\.xlsx holds more than .* divide it"):
        pieces.add("678901")
