from __future__ import annotations

from pathlib import Path

import pytest

from ladder.errors import InputError, ProjectError
from ladder.project import DocumentText, Place, Project, document_text, read_document

HANDBOOK = Path(__file__).parents[3] / "examples" / "helpdesk" / "documents"


def test_the_same_document_is_stored_once_and_another_beside_it(project: Project) -> None:
    first = project.add_document("Terms.md", b"one")
    assert first.name == "Terms.md"
    assert project.add_document("terms.md", b"one") == first
    second = project.add_document("terms.md", b"two")
    assert [path.name for path in project.documents()] == ["Terms.md", "terms-2.md"]
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
    kept = read_document(path)
    assert kept.text == text
    assert kept.places[0].label.startswith("page 1" if name.endswith("pdf") else "under ")
    cached.write_text(
        '{"text": "as kept", "places": [[0, "page 9"]], "hidden": [], "left_out": []}'
    )
    assert read_document(path) == DocumentText("as kept", (Place(0, "page 9"),))
    cached.write_text('{"text": "torn')
    assert read_document(path) == kept


def test_a_broken_pdf_is_refused_in_words(project: Project) -> None:
    path = project.add_document("a.pdf", b"%PDF-1.7\nnonsense")
    with pytest.raises(InputError, match=r"a\.pdf cannot be read as PDF"):
        document_text(path)


def test_a_document_belongs_to_a_collection_until_it_is_taken_out(project: Project) -> None:
    project.add_document("Terms.md", b"one")
    project.add_document("faq.md", b"two")
    assert project.collections() == {}
    project.set_collection("Terms.md", "  legal \n matters ")
    project.set_collection("faq.md", "help")
    assert project.collections() == {"Terms.md": "legal matters", "faq.md": "help"}
    assert [path.name for path in project.documents()] == ["Terms.md", "faq.md"]
    project.set_collection("faq.md", "")
    project.remove_document("Terms.md")
    assert project.collections() == {}
    project.add_document("Terms.md", b"put back")
    assert project.collections() == {"Terms.md": "legal matters"}
    with pytest.raises(ProjectError, match="no document"):
        project.set_collection("none.md", "help")
    with pytest.raises(InputError, match="at most 60 characters"):
        project.set_collection("faq.md", "x" * 61)
    (project.path / "documents" / ".collections.json").write_text("[torn")
    assert project.collections() == {}
