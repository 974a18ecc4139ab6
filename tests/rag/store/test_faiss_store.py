from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ladder.errors import ProjectError, StorageError
from ladder.models.fakes import HashEmbedder
from ladder.project.index_state import current_generation
from rag.store import FaissStore

TEXTS = ["refund my order", "my card is lost", "where is my parcel", "close the account"]
MADE_BY = HashEmbedder()


def store(texts: list[str] = TEXTS) -> FaissStore:
    rows = [{"doc": f"{i % 2}.md", "place": i} for i in range(len(texts))]
    ids = [f"id{i}" for i in range(len(texts))]
    return FaissStore.from_texts(texts, MADE_BY, rows, ids=ids, fingerprint="f")


def found(store: FaissStore, query: str, k: int = 4, **filter: str) -> list[str]:
    return [d.page_content for d in store.similarity_search(query, k, filter=filter or None)]


def test_texts_are_found_by_cosine_nearest_first() -> None:
    results = store().similarity_search_with_score("my card was lost", 4)
    assert results[0][0].page_content == "my card is lost"
    assert results[0][0].metadata == {"doc": "1.md", "place": 1}
    scores = [score for _, score in results]
    assert scores == sorted(scores, reverse=True)
    exact = store().similarity_search_with_score(TEXTS[2], 1)[0][1]
    assert exact == pytest.approx(1.0, abs=1e-5)


def test_a_filter_comes_before_the_search_so_k_are_found() -> None:
    many = store([f"my card is lost {i}" for i in range(200)] + ["nothing alike"])
    many.add_texts(["a bill", "a boat"], [{"doc": "rare.md"}] * 2, ids=["x", "y"])
    assert set(found(many, "my card is lost", 2, doc="rare.md")) == {"a bill", "a boat"}
    assert found(many, "anything", 2, doc="none.md") == []


def test_an_id_added_again_is_replaced_and_one_deleted_is_gone() -> None:
    changed = store()
    changed.add_texts(["my cat is lost"], [{"doc": "c"}], ids=["id1"])
    assert len(changed) == 4
    assert "my card is lost" not in found(changed, "my card is lost")
    changed.delete(["id1", "unknown"])
    assert [d.id for d in changed.get_by_ids(["id0", "id1"])] == ["id0"]
    assert len(found(changed, "my cat is lost", 10)) == 3
    changed.delete()
    assert found(changed, "anything") == []


def test_a_store_comes_back_from_the_disk_as_it_was(tmp_path: Path) -> None:
    store().save(tmp_path, {"documents": {"a": 1}})
    again = FaissStore.load(tmp_path, MADE_BY, "f")
    assert again.similarity_search_with_score("card", 4) == store().similarity_search_with_score(
        "card", 4
    )
    assert (again.ids(), again.about["documents"]) == (store().ids(), {"a": 1})
    assert np.array_equal(again.vectors(["id2"]), store().vectors(["id2"]))
    again.add_texts(["one more"], ids=["new"])
    assert found(again, "one more", 1) == ["one more"]


def test_an_empty_store_can_be_kept_too(tmp_path: Path) -> None:
    FaissStore(MADE_BY, "f").save(tmp_path)
    assert found(FaissStore.load(tmp_path, MADE_BY, "f"), "x") == []


def test_a_store_of_another_embedder_is_refused(tmp_path: Path) -> None:
    store().save(tmp_path)
    with pytest.raises(ProjectError, match="another embedding model"):
        FaissStore.load(tmp_path, MADE_BY, "other")


@pytest.mark.parametrize("file", ["vectors.faiss", "texts.sqlite", "manifest.json"])
@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_damaged_store_is_refused_before_it_is_parsed(
    tmp_path: Path, file: str, harm: str
) -> None:
    path = store().save(tmp_path) / file
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20] + b"x" * 20)
    with pytest.raises(ProjectError, match="is damaged"):
        FaissStore.load(tmp_path, MADE_BY, "f")


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    manifest = store().save(tmp_path / "s") / "manifest.json"
    about = json.loads(manifest.read_text())
    about["files"]["../../x"] = about["files"].pop("vectors.faiss")
    manifest.write_text(json.dumps(about))
    with pytest.raises(ProjectError, match="is damaged"):
        FaissStore.load(tmp_path / "s", MADE_BY, "f")
    (tmp_path / "s" / "current").write_text("../s")
    assert current_generation(tmp_path / "s") is None


def test_a_crash_while_saving_leaves_the_old_generation_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store().save(tmp_path)

    def full(path: Path, text: str) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr("rag.store.generations.write_text", full)
    with pytest.raises(StorageError):
        store(["something else"]).save(tmp_path)
    assert len(FaissStore.load(tmp_path, MADE_BY, "f")) == 4
    assert len(list(tmp_path.glob("generation-*"))) == 1


def test_the_generation_before_stays_for_its_readers_and_older_ones_go(tmp_path: Path) -> None:
    made = [store().save(tmp_path) for _ in range(3)]
    assert set(tmp_path.glob("generation-*")) == set(made[1:])
    assert current_generation(tmp_path) == made[2]


def test_nothing_is_pickled(tmp_path: Path) -> None:
    names = {path.name for path in store().save(tmp_path).iterdir()}
    assert names == {"vectors.faiss", "texts.sqlite", "manifest.json"}


def test_a_filter_takes_any_of_a_list_or_a_function_and_masks_every_row() -> None:
    many = store()
    assert list(many.mask({"place": [0, 3]})) == [True, False, False, True]
    assert list(many.mask({"place": [0, 3], "doc": "1.md"})) == [False, False, False, True]
    assert list(many.mask(lambda document: "lost" in document.page_content)) == [0, 1, 0, 0]
    assert many.similarity_search("refund", filter={"place": []}) == []


def test_cosines_are_those_of_all_rows_in_the_order_of_ids() -> None:
    many = store()
    ids, cosines = many.cosines("my card was lost")
    best = many.similarity_search_with_score("my card was lost", 4)
    assert list(ids) == many.ids()
    assert many.texts() == TEXTS
    assert dict(zip(ids, cosines, strict=True)) == pytest.approx({d.id: s for d, s in best})
    both = many.cosines(np.asarray(MADE_BY.embed_documents(["a", "my card was lost"])))[1]
    assert both.shape == (2, 4)
    assert both[1] == pytest.approx(cosines)


def test_what_is_kept_beside_is_found_and_checked_on_load(tmp_path: Path) -> None:
    def beside(folder: Path) -> None:
        (folder / "bm25").mkdir()
        (folder / "bm25" / "words.json").write_text("{}")

    store().save(tmp_path, beside=beside)
    again = FaissStore.load(tmp_path, MADE_BY, "f")
    assert again.generation == current_generation(tmp_path)
    assert (again.generation / "bm25" / "words.json").read_text() == "{}"
    (again.generation / "bm25" / "more.json").write_text("planted")
    with pytest.raises(ProjectError, match="is damaged"):
        FaissStore.load(tmp_path, MADE_BY, "f")
