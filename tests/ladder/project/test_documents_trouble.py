"""What people and machines do to documents: each gets a sentence, or is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import pytest

from ladder.errors import InputError
from ladder.project import Project, document_text
from ladder.project.documents import LARGEST_UNPACKED

Pdf = Callable[[Sequence[str]], bytes]
Docx = Callable[..., bytes]


def encrypted(data: bytes, user: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password=user, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def body(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pages(count: int) -> list[str]:
    return [f"Rule {page} is on page {page}." for page in range(1, count + 1)]


def test_fifty_pages_of_pdf_are_read_to_the_last(project: Project, pdf_of: Pdf) -> None:
    text = document_text(project.add_document("rules.pdf", pdf_of(pages(50))))
    assert [f"Rule {n} is on page {n}." in text for n in range(1, 51)] == [True] * 50


def test_a_pdf_with_a_password_says_so_and_one_without_is_read(
    project: Project, pdf_of: Pdf
) -> None:
    locked = project.add_document("locked.pdf", encrypted(pdf_of(pages(1)), "secret"))
    with pytest.raises(InputError, match=r"locked\.pdf is encrypted and needs a password"):
        document_text(locked)
    open_to_read = project.add_document("open.pdf", encrypted(pdf_of(pages(1)), ""))
    assert "Rule 1 is on page 1." in document_text(open_to_read)


def test_a_small_docx_is_read(project: Project, docx_of: Docx) -> None:
    path = project.add_document("a.docx", docx_of(body("Hello there")))
    assert "Hello there" in document_text(path)


def test_a_docx_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    project: Project, monkeypatch: pytest.MonkeyPatch, docx_of: Docx
) -> None:
    bomb = docx_of(" " * (LARGEST_UNPACKED + 1))
    assert len(bomb) < 200_000

    def unpack(*_: object, **__: object) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpack)
    with pytest.raises(InputError, match=r"unpacks to 50 MB .* Divide it"):
        project.add_document("bomb.docx", bomb)
    (project.path / "documents").mkdir(exist_ok=True)
    (project.path / "documents" / "bomb.docx").write_bytes(bomb)
    with pytest.raises(InputError, match="unpacks to"):
        document_text(project.path / "documents" / "bomb.docx")


def test_many_parts_that_are_together_too_much_are_refused(project: Project, docx_of: Docx) -> None:
    part = b" " * (LARGEST_UNPACKED // 4)
    bomb = docx_of(body("x"), **{f"word__p{i}": part for i in range(5)})
    with pytest.raises(InputError, match="unpacks to"):
        project.add_document("bomb.docx", bomb)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("setup.exe", b"MZ\x90\0", "not a document that can be read"),
        ("setup.pdf", b"MZ\x90\0" * 99, "named .pdf but is none"),
        ("setup.docx", b"MZ\x90\0" * 99, "named .docx but is none"),
        ("setup.md", b"MZ\x90\0\x03" * 99, "a program"),
        ("setup.txt", b"\x7fELF\x02\x01\x01\0" * 99, "a program"),
        ("empty.pdf", b"", "is empty"),
        ("blank.md", b"\n \n", "is empty"),
    ],
)
def test_a_program_under_another_name_and_an_empty_file_are_refused(
    project: Project, name: str, data: bytes, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        project.add_document(name, data)
    assert project.documents() == []


def test_an_archive_that_is_no_docx_is_refused(project: Project) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("notes.txt", "hello")
    for data in (out.getvalue(), out.getvalue()[:40]):
        with pytest.raises(InputError, match=r"named \.docx but is"):
            project.add_document("a.docx", data)


def test_a_file_of_another_kind_among_the_documents_is_named(project: Project) -> None:
    stray = project.path / "documents" / "photo.png"
    stray.parent.mkdir()
    stray.write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"photo\.png is not a document that can be read"):
        document_text(stray)


def test_bytes_that_are_no_characters_become_marks_in_place(project: Project) -> None:
    path = project.add_document(
        "a.md", "Caf\u00e9 and more accents: \u00e9\u00e8 ".encode() + b"\xff end"
    )
    text = document_text(path)
    assert text.endswith("\ufffd end")
    text.encode("utf-8")


def test_a_document_may_take_the_place_of_the_one_before(project: Project) -> None:
    first = project.add_document("a.md", b"one")
    assert project.add_document("a.md", b"two", replacing=True) == first
    assert [path.read_text() for path in project.documents()] == ["two"]
