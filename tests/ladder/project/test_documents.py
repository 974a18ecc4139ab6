from __future__ import annotations

from pathlib import Path

import pytest

from ladder.errors import InputError
from ladder.project import Project, create_project, document_text
from ladder.project.documents import safe_name

HANDBOOK = Path(__file__).parents[3] / "examples" / "helpdesk" / "documents"


@pytest.fixture
def project(home: Path) -> Project:
    return create_project("mine")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Returns & Refunds.MD", "returns-refunds.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\Überblick.htm", "uberblick.html"),
        ("...pdf", "document.pdf"),
        ("\u624b\u518c.docx", "document.docx"),
        ("a.tar.gz", "a-tar"),
        ("x" * 300 + ".md", "x" * 60 + ".md"),
        ("", "document"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_the_same_document_is_stored_once_and_another_beside_it(project: Project) -> None:
    first = project.add_document("Terms.md", b"one")
    assert project.add_document("terms.md", b"one") == first
    second = project.add_document("terms.md", b"two")
    assert [path.name for path in project.documents()] == ["terms-2.md", "terms.md"]
    assert (document_text(first), document_text(second)) == ("one", "two")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.exe", b"MZ", "not a document that can be read"),
        ("a.md", b" \n", "is empty"),
        ("a.pdf", b"hello", "named .pdf but is none"),
        ("a.docx", b"hello", "named .docx but is none"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "a PNG image"),
    ],
)
def test_what_cannot_be_read_is_refused(
    project: Project, name: str, data: bytes, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        project.add_document(name, data)
    assert project.documents() == []


def test_the_text_of_plain_files_is_kept_to_the_character(project: Project) -> None:
    text = "  A\r\nline \u2028 and \u00e9\n\n"
    assert document_text(project.add_document("a.txt", text.encode())) == text
    assert document_text(project.add_document("b.md", text.encode("utf-16"))) == text


def test_html_is_read_without_its_tags_and_scripts(project: Project) -> None:
    page = "<html><head><script>var x</script></head><body><h1>R\u00fcckgabe</h1><p>30 days</p>"
    text = document_text(project.add_document("a.html", page.encode()))
    assert "R\u00fcckgabe" in text
    assert "30 days" in text
    assert "<p>" not in text
    assert "var x" not in text


@pytest.mark.parametrize("name", ["warranty.pdf", "repairs.docx"])
def test_pdf_and_docx_are_read_once(project: Project, name: str) -> None:
    path = project.add_document(name, (HANDBOOK / name).read_bytes())
    text = document_text(path)
    assert len(text.split()) > 250
    (cached,) = (project.path / "index" / "texts").iterdir()
    cached.write_text("from the cache")
    assert document_text(path) == "from the cache"


def test_a_broken_pdf_is_refused_in_words(project: Project) -> None:
    path = project.add_document("a.pdf", b"%PDF-1.7\nnonsense")
    with pytest.raises(InputError, match=r"a\.pdf cannot be read as PDF"):
        document_text(path)
