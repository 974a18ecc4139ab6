"""What people and machines do to documents: each gets a sentence, or is read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ladder.errors import InputError
from ladder.project import Project, create_project, document_text
from ladder.project.documents import LARGEST_UNPACKED

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)


@pytest.fixture
def project(home: Path) -> Project:
    return create_project("mine")


def pdf(pages: int) -> bytes:
    """Return a PDF with a line of text on every page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for page in range(1, pages + 1):
        text = f"BT /F1 12 Tf 72 720 Td (Rule {page} is on page {page}.) Tj ET".encode()
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 << "
            b"/Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> /Contents %d 0 R >>"
            % (number + 1)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>".encode()
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start,
    )  # fmt: skip
    return bytes(out)


def encrypted(data: bytes, user: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password=user, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(document: bytes, **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", document)
        for name, part in more.items():
            archive.writestr(name.replace("__", "/") + ".xml", part)
    return out.getvalue()


def body(text: str) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return (
        f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>'
        "</w:document>"
    ).encode()


def test_fifty_pages_of_pdf_are_read_to_the_last(project: Project) -> None:
    text = document_text(project.add_document("rules.pdf", pdf(50)))
    assert [f"Rule {n} is on page {n}." in text for n in range(1, 51)] == [True] * 50


def test_a_pdf_with_a_password_says_so_and_one_without_is_read(project: Project) -> None:
    locked = project.add_document("locked.pdf", encrypted(pdf(1), "secret"))
    with pytest.raises(InputError, match=r"locked\.pdf is encrypted and needs a password"):
        document_text(locked)
    open_to_read = project.add_document("open.pdf", encrypted(pdf(1), ""))
    assert "Rule 1 is on page 1." in document_text(open_to_read)


def test_a_small_docx_is_read(project: Project) -> None:
    assert "Hello there" in document_text(project.add_document("a.docx", docx(body("Hello there"))))


def test_a_docx_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = docx(b"<w>" + b" " * (LARGEST_UNPACKED + 1))
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


def test_many_parts_that_are_together_too_much_are_refused(project: Project) -> None:
    part = b" " * (LARGEST_UNPACKED // 4)
    bomb = docx(body("x"), **{f"word__p{i}": part for i in range(5)})
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
