from __future__ import annotations

from ladder.answering import RetrievalSettings
from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.project import Project
from rag.indexing import index_documents, open_store, serving

SETTINGS = RetrievalSettings(source="index", chunk_tokens=32, k=2, threshold=0.4)
EMBEDDERS = {"old": HashEmbedder(), "new": HashEmbedder(dimensions=16)}


def indexed(project: Project, embedder: str, chunk_tokens: int = 32) -> None:
    with use_fakes(embedders=EMBEDDERS):
        index_documents(project, embedder, chunk_tokens)


def test_without_any_index_there_is_nothing_to_search_yet(shop: Project) -> None:
    found = serving(shop, SETTINGS, "new")
    assert (found.embedder, found.settings, found.exists, found.note) == (
        "new",
        SETTINGS,
        False,
        "",
    )


def test_the_old_embedder_answers_until_the_new_one_has_its_index(shop: Project) -> None:
    indexed(shop, "old", 48)
    found = serving(shop, SETTINGS, "new")
    assert (found.embedder, found.settings.chunk_tokens) == ("old", 48)
    assert (found.settings.k, found.settings.threshold) == (2, 0.4)
    assert found.note == "The index of new is not made yet; that of old answers."
    assert found.fresh
    indexed(shop, "new")
    found = serving(shop, SETTINGS, "new")
    assert (found.embedder, found.settings, found.note) == ("new", SETTINGS, "")


def test_an_index_whose_documents_changed_answers_as_it_is(shop: Project) -> None:
    indexed(shop, "new")
    shop.add_document("more.md", b"Something new.")
    found = serving(shop, SETTINGS, "new")
    assert (found.embedder, found.fresh) == ("new", False)
    assert found.note.startswith("1 document is new or changed since this index was made")
    with use_fakes(embedders=EMBEDDERS):
        store = open_store(shop, found.embedder, found.settings.chunk_tokens, meanwhile=True)
    assert {d.metadata["doc"] for d in store.get_by_ids(store.ids())} == {
        "delivery.md", "returns.md",
    }  # fmt: skip
    with use_fakes(embedders=EMBEDDERS):
        store = open_store(shop, found.embedder, found.settings.chunk_tokens)
    assert "more.md" in {d.metadata["doc"] for d in store.get_by_ids(store.ids())}


def test_of_other_indexes_the_one_that_covers_the_documents_comes_first(shop: Project) -> None:
    indexed(shop, "old", 48)
    shop.add_document("more.md", b"Something new.")
    indexed(shop, "old", 64)
    assert serving(shop, SETTINGS, "new").settings.chunk_tokens == 64
    indexed(shop, "old", 48)
    found = serving(shop, RetrievalSettings(chunk_tokens=100), "old")
    assert found.settings.chunk_tokens == 48, "the newest of those that cover them"
    assert found.note.endswith("the one with passages of 48 tokens answers.")


def test_meanwhile_without_an_index_one_is_made(shop: Project) -> None:
    with use_fakes(embedders=EMBEDDERS):
        assert len(open_store(shop, "new", 32, meanwhile=True)) > 2
