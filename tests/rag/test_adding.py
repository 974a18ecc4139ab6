from __future__ import annotations

import json
from pathlib import Path

import pytest

from ladder.errors import InputError
from ladder.project import Project
from rag.adding import add_documents


def brought(folder: Path, **files: str) -> Path:
    """Write Markdown files into a folder and return it."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text)
    return folder


def texts(project: Project, start: str) -> dict[str, str]:
    return {p.name: p.read_text() for p in project.documents() if p.name.startswith(start)}


def test_a_folder_is_copied_in_and_a_changed_file_takes_its_old_place(
    shop: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "brought"
    (folder / "deep").mkdir(parents=True)
    (folder / "Terms.md").write_text("one")
    (folder / "deep" / "Terms.md").write_text("two")
    (folder / "deep-terms.md").write_text("three")
    (folder / ".hidden.md").write_text("no")
    (folder / "setup.pdf").write_bytes(b"MZ\x90\0")
    (folder / "link.md").symlink_to("/etc/hostname")
    refused = add_documents(shop, folder).refused
    assert [each.doc for each in refused] == ["setup.pdf"]
    assert "named .pdf but is none" in refused[0].reason
    mine = {p.name: p.read_text() for p in shop.documents() if "erms" in p.name}
    assert mine == {"Terms.md": "one", "deep-terms.md": "three", "deep-Terms-2.md": "two"}
    (folder / "Terms.md").write_text("one, changed")
    assert add_documents(shop, folder).replaced == ("Terms.md",)
    assert (shop.path / "documents" / "Terms.md").read_text() == "one, changed"
    assert len(shop.documents()) == 5
    with pytest.raises(InputError, match="is no folder"):
        add_documents(shop, folder / "none")


def test_a_document_that_came_from_elsewhere_is_never_written_over(
    shop: Project, tmp_path: Path
) -> None:
    dropped = (shop.path / "documents" / "delivery.md").read_text()
    one = brought(tmp_path / "one", delivery="# Ours", terms="first")
    assert add_documents(shop, one).beside == (("delivery.md", "delivery-2.md"),)
    two = brought(tmp_path / "two", terms="second")
    added = add_documents(shop, two)
    assert (added.replaced, added.beside) == ((), (("terms.md", "terms-2.md"),))
    assert texts(shop, "delivery") == {"delivery.md": dropped, "delivery-2.md": "# Ours"}
    assert texts(shop, "terms") == {"terms.md": "first", "terms-2.md": "second"}


def test_what_stands_beside_is_replaced_by_its_own_newer_file(
    shop: Project, tmp_path: Path
) -> None:
    folder = brought(tmp_path / "one", delivery="# Ours")
    add_documents(shop, folder)
    brought(folder, delivery="# Ours, newer")
    assert add_documents(shop, folder).replaced == ("delivery-2.md",)
    assert texts(shop, "delivery-2") == {"delivery-2.md": "# Ours, newer"}
    assert add_documents(shop, folder).replaced == (), "nothing changed"
    assert len(shop.documents()) == 3


def test_a_document_that_was_changed_in_the_project_is_not_written_over(
    shop: Project, tmp_path: Path
) -> None:
    folder = brought(tmp_path / "one", terms="first")
    add_documents(shop, folder)
    shop.remove_document("terms.md")
    shop.add_document("terms.md", b"dropped on the Chat page")
    brought(folder, terms="newer")
    assert add_documents(shop, folder).beside == (("terms.md", "terms-2.md"),)
    assert texts(shop, "terms") == {"terms.md": "dropped on the Chat page", "terms-2.md": "newer"}


@pytest.mark.parametrize("noted", ["", "[]", '{"../../x.md": 3}', '{"terms.md": {"path": []}}'])
def test_a_damaged_note_of_origins_costs_no_document(
    shop: Project, tmp_path: Path, noted: str
) -> None:
    folder = brought(tmp_path / "one", terms="first")
    add_documents(shop, folder)
    note = shop.path / "documents" / ".came-from.json"
    assert str(tmp_path) not in note.read_text()
    note.write_text(noted)
    brought(folder, terms="second")
    add_documents(shop, folder)
    assert texts(shop, "terms") == {"terms.md": "first", "terms-2.md": "second"}
    assert "terms-2.md" in json.loads(note.read_text())


def test_a_file_in_a_folder_keeps_its_own_name_where_no_other_has_it(
    shop: Project, tmp_path: Path
) -> None:
    folder = brought(tmp_path / "site")
    brought(folder / "shop", index="one", Prices="two")
    brought(folder / "help", index="three")
    added = add_documents(shop, folder)
    assert added.stored == ("Prices.md", "help-index.md", "shop-index.md")


def test_the_files_of_a_folder_are_put_into_a_collection(shop: Project, tmp_path: Path) -> None:
    folder = brought(tmp_path / "one", terms="first")
    add_documents(shop, folder)
    assert shop.collections() == {}
    brought(folder, rules="second")
    assert add_documents(shop, folder, "legal").stored == ("rules.md", "terms.md")
    assert shop.collections() == {"rules.md": "legal", "terms.md": "legal"}


def test_what_is_gone_from_its_folder_is_named_and_taken_out_on_request(
    shop: Project, tmp_path: Path
) -> None:
    one = brought(tmp_path / "one", alpha="first", beta="second", gamma="third")
    two = brought(tmp_path / "two", delta="fourth")
    assert add_documents(shop, one).gone == add_documents(shop, two).gone == ()
    (one / "beta.md").rename(one / "renamed.md")
    (one / "gamma.md").unlink()
    (shop.path / "documents" / "gamma.md").write_text("changed by hand")
    assert add_documents(shop, one).gone == ("beta.md",), "what was changed by hand is another's"
    assert "beta.md" in texts(shop, "b"), "named, and kept"
    assert add_documents(shop, one, prune=True).gone == ("beta.md",)
    assert texts(shop, "b") == {}
    assert {"alpha.md", "renamed.md", "gamma.md", "delta.md"} <= {p.name for p in shop.documents()}
    assert add_documents(shop, one, prune=True).gone == ()
