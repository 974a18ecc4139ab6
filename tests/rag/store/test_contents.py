from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import InputError, ProjectError
from ladder.models.fakes import HashEmbedder
from rag.store import FaissStore
from rag.store import contents as contents_module


class Counting(HashEmbedder):
    """Notes what it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return super().embed_documents(texts)


def test_upsert_embeds_only_content_that_is_new() -> None:
    made_by = Counting()
    made = FaissStore(made_by)
    texts = [f"text number {n}" for n in range(100)]
    ids = [f"id{n}" for n in range(100)]
    rows: list[dict[str, Any]] = [{"start": n} for n in range(100)]
    assert made.upsert(texts, rows, ids) == 100
    made_by.asked.clear()
    texts[41] = "changed"
    rows[7] = {"start": 70}
    assert made.missing(texts) == ["changed"]
    assert made.upsert(texts, rows, ids) == 1
    assert made_by.asked == ["changed"]
    assert len(made) == 100
    assert made.get_by_ids(["id7"])[0].metadata == {"start": 70}
    assert made.get_by_ids(["id41"])[0].page_content == "changed"
    assert made.similarity_search("changed", 1)[0].id == "id41"


def test_a_text_that_moved_to_another_id_lends_its_vector() -> None:
    made_by = Counting()
    made = FaissStore(made_by)
    made.upsert(["one", "two"], ids=["doc:0", "doc:4"])
    made_by.asked.clear()
    assert made.upsert(["none", "one", "two", "two"], ids=["doc:0", "doc:5", "doc:9", "e"]) == 1
    assert made_by.asked == ["none"]
    made.delete(["doc:4"])
    wanted = np.asarray(made_by.embed_documents(["one", "two", "two"]), dtype=np.float32)
    assert made.vectors(["doc:5", "doc:9", "e"]) == pytest.approx(wanted, abs=1e-6)


def test_upsert_takes_another_way_to_embed_and_names_texts_by_their_content() -> None:
    made_by = Counting()
    made = FaissStore(made_by)
    blocks: list[int] = []

    def embed(texts: list[str]) -> Any:
        blocks.append(len(texts))
        return np.asarray(HashEmbedder().embed_documents(texts), dtype=np.float32)

    assert made.upsert(["a", "b", "a"], embed=embed) == 2
    assert made.upsert(["b", "c"], embed=embed) == 1
    assert (blocks, made_by.asked, sorted(made.texts())) == ([2, 1], [], ["a", "b", "c"])


def test_more_texts_than_an_exact_search_is_made_for_are_refused_unembedded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert contents_module.LIMIT == 200_000
    monkeypatch.setattr(contents_module, "LIMIT", 3)
    made_by = Counting()
    made = FaissStore.from_texts(["a", "b", "c"], made_by, ids=["1", "2", "3"])
    made_by.asked.clear()
    for add in (made.add_texts, made.upsert):
        with pytest.raises(ProjectError, match=r"Qdrant .* Milvus .* pgvector"):
            add(["d"], ids=["4"])  # type: ignore[operator]
    assert (made_by.asked, len(made)) == ([], 3)
    made.add_texts(["d"], ids=["3"])  # it takes another's place
    assert made.texts() == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("texts", "vectors", "metadatas", "ids", "said"),
    [
        (["a"], [[1.0]], [{}, {}], None, "2 metadatas for 1 texts"),
        (["a", "b"], [[1.0], [1.0]], None, ["x"], "1 ids for 2 texts"),
        (["a", "b"], [[1.0]], None, None, "1 vectors for 2 texts"),
        (["a"], [[float("nan")]], None, None, "no finite numbers"),
        (["a"], [[1.0]], [{"when": object()}], None, "cannot be kept"),
        (["a\ud800"], [[1.0]], None, None, "half a character"),
    ],
)
def test_what_does_not_fit_is_refused_whole(
    texts: list[str], vectors: Any, metadatas: Any, ids: Any, said: str
) -> None:
    made = FaissStore(HashEmbedder())
    with pytest.raises(InputError, match=said):
        made.add_vectors(texts, vectors, metadatas, ids)
    assert (len(made), made.texts()) == (0, [])


def test_a_vector_of_another_dimension_is_refused_and_nothing_is_lost() -> None:
    made = FaissStore.from_texts(["a", "b"], HashEmbedder(), ids=["1", "2"])
    for wrong in (
        lambda: made.add_vectors(["c"], [[1.0, 0.0]], ids=["1"]),
        lambda: made.similarity_search_with_score_by_vector([1.0]),
        lambda: made.cosines([1.0, 2.0]),
    ):
        with pytest.raises(InputError, match="whose vectors have 64"):
            wrong()
    assert made.texts() == ["a", "b"]


@given(
    st.lists(st.tuples(st.sampled_from("aud"), st.integers(0, 8), st.integers(0, 5)), max_size=25)
)
def test_any_changes_leave_rows_and_vectors_together(steps: list[tuple[str, int, int]]) -> None:
    made_by = HashEmbedder(16)
    made = FaissStore(made_by)
    wanted: dict[str, str] = {}
    for kind, id, text in steps:
        if kind == "d":
            made.delete([f"id{id}"])
            wanted.pop(f"id{id}", None)
        else:
            add = made.upsert if kind == "u" else made.add_texts
            add([f"text {text}"], ids=[f"id{id}"])  # type: ignore[operator]
            wanted[f"id{id}"] = f"text {text}"
    assert dict(zip(made.ids(), made.texts(), strict=True)) == wanted
    ids, cosines = made.cosines("text 3")
    for id, cosine in zip(ids, cosines, strict=True):
        query = np.asarray(made_by.embed_query("text 3"))
        assert cosine == pytest.approx(query @ made_by.embed_query(wanted[id]), abs=1e-5)
    assert len(made.similarity_search("text", 100)) == len(wanted)


def test_many_search_while_one_writes_and_each_sees_it_before_or_after() -> None:
    made_by = HashEmbedder(32)
    steady = [f"steady {n}" for n in range(50)]
    made = FaissStore.from_texts(steady, made_by, [{"kind": "steady"}] * 50)
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                found = made.similarity_search_with_score("steady 7", 3, filter={"kind": "steady"})
                ids, cosines = made.cosines("steady 7")
                if found[0][0].page_content != "steady 7" or len(ids) != len(cosines):
                    wrong.append((found, len(ids), len(cosines)))
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        ids = made.add_texts([f"passing {turn} {n}" for n in range(20)])
        made.delete(ids[: 10 + turn % 10])
    stop.set()
    for reader in readers:
        reader.join(20)
    assert wrong == []
    assert not any(reader.is_alive() for reader in readers)


def test_readers_are_not_kept_out_while_texts_are_embedded() -> None:
    slow = threading.Event()

    class Slow(HashEmbedder):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            assert slow.wait(10)
            return super().embed_documents(texts)

    made = FaissStore(Slow())
    made.add_vectors(["here"], HashEmbedder().embed_documents(["here"]))
    writer = threading.Thread(target=made.add_texts, args=(["later"],))
    writer.start()
    began = time.perf_counter()
    assert [each.page_content for each in made.similarity_search("x")] == ["here"]
    assert time.perf_counter() - began < 5
    slow.set()
    writer.join(10)
    assert made.texts() == ["here", "later"]


def test_a_filter_function_may_read_the_store_and_cannot_change_it() -> None:
    made = FaissStore.from_texts(["a", "b"], HashEmbedder(), ids=["1", "2"])
    found = made.similarity_search("a", filter=lambda each: made.get_by_ids([each.id or ""]) != [])
    assert len(found) == 2
    with pytest.raises(RuntimeError, match="from inside a search"):
        made.similarity_search("a", filter=lambda each: bool(made.delete([each.id or ""])))
    made.delete(["1"])
    assert made.ids() == ["2"]
