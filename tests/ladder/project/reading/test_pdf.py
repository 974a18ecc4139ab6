from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from itertools import count

import pytest

from ladder.errors import InputError
from ladder.project.reading import pdf as module
from ladder.project.reading import read_bytes

Pdf = Callable[[Sequence[str]], bytes]


def test_words_are_found_on_the_page_that_is_named(pdf_of: Pdf) -> None:
    from pypdf import PdfReader

    data = pdf_of([f"Rule {page}: lid {page * 7}." for page in range(1, 13)])
    read = read_bytes("a.pdf", data)
    pages = PdfReader(io.BytesIO(data)).pages
    for page in range(1, 13):
        words = f"Rule {page}: lid {page * 7}."
        start = read.text.index(words)
        assert read.place(start, start + len(words)) == f"page {page}"
        assert words in pages[page - 1].extract_text()
    assert read.place(0, len(read.text)) == "pages 1 to 12"
    assert read.left_out == ()


def test_a_page_that_cannot_be_read_does_not_cost_the_others(pdf_of: Pdf) -> None:
    data = pdf_of(["First.", "Second.", "Third."])
    broken = data.replace(b"/Contents 6 0 R", b"/Contents 3 0 R", 1)
    assert broken != data
    read = read_bytes("a.pdf", broken)
    assert "First." in read.text
    assert "Third." in read.text
    assert read.place(read.text.index("Third.")) == "page 3"
    assert len(read.left_out) == 1


def test_a_scanned_page_among_others_is_told(pdf_of: Pdf) -> None:
    read = read_bytes("a.pdf", pdf_of(["First.", "", "Third."]))
    assert read.left_out[0].startswith("1 of 3 pages hold no text")
    with pytest.raises(InputError, match="text recognition"):
        read_bytes("a.pdf", pdf_of(["", ""]))


def test_a_broken_pdf_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"a\.pdf cannot be read as PDF"):
        read_bytes("a.pdf", b"%PDF-1.7\nnonsense")


def test_a_page_that_takes_too_long_is_left_out_and_so_is_what_comes_after_too_long(
    pdf_of: Pdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pdf_of(["First.", "Second.) Tj (" * 4_000, "Third."])
    clock = count()  # one second for each thing that is drawn, however fast the machine is
    monkeypatch.setattr(module, "monotonic", lambda: next(clock))
    monkeypatch.setattr(module, "_PAGE_SECONDS", 1000)
    monkeypatch.setattr(module, "_DOCUMENT_SECONDS", 1_000_000)
    read = read_bytes("a.pdf", data)
    assert "Second." not in read.text
    assert read.place(read.text.index("Third.")) == "page 3"
    assert read.left_out == ("Page 2 takes more than 1000 seconds to read; divide it.",)
    with pytest.raises(InputError, match=r"a\.pdf cannot be read\. Page 1 takes more than"):
        read_bytes("a.pdf", pdf_of(["Second.) Tj (" * 4_000]))
    monkeypatch.setattr(module, "_DOCUMENT_SECONDS", 0)
    with pytest.raises(InputError, match="holds no text"):
        read_bytes("a.pdf", data)
