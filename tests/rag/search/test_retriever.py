from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ladder.answering import RetrievalSettings
from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.project import Project
from rag.retrieval import open_retriever
from rag.search import kept_words
from rag.search.bm25 import Bm25
from rag.search.kept_words import words_of_store
from rag.search.retriever import StoreRetriever
from rag.store import FaissStore

TEXTS = [f"Parcel {n} goes to the island of letter {chr(97 + n % 26)}." for n in range(60)]
HYBRID = RetrievalSettings("index")


def store_of(texts: Sequence[str] = TEXTS) -> FaissStore:
    metadatas = [
        {"doc": f"{n % 3}.md", "start": n, "end": n + 1, "text": text, "section": [0, n],
         "collection": ("a", "b", "")[n % 3], "flags": ["odd"] if n == 7 else []}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    return FaissStore.from_texts(list(texts), HashEmbedder(), metadatas)


def retriever_of(settings: RetrievalSettings = HYBRID) -> StoreRetriever:
    return StoreRetriever(store_of(), settings, Bm25.build(TEXTS))


def test_a_passage_knows_how_it_was_found() -> None:
    found = retriever_of().search("What about parcel 7?", 5)
    best = found[0]
    assert (best.doc, best.start, best.section, best.flags) == ("1.md", 7, (0, 7), ("odd",))
    assert set(best.scores) == {"dense", "bm25"}
    assert best.similarity == best.scores["dense"]
    assert best.chunk_id
    assert [p.score for p in found] == sorted((p.score or 0 for p in found), reverse=True)


@pytest.mark.parametrize("way", ["dense", "bm25", "hybrid"])
@pytest.mark.parametrize("fusion", ["weighted", "rrf"])
def test_fewer_passages_are_the_first_of_more(way: str, fusion: str) -> None:
    retriever = retriever_of(RetrievalSettings("index", retriever=way, fusion=fusion))  # type: ignore[arg-type]
    for question in ("parcel 7", "zebra", "to the island of letter b"):
        many = retriever.search(question, 50)
        assert len({p.chunk_id for p in many}) == 50
        for k in (1, 3, 20):
            assert retriever.search(question, k) == many[:k]
        assert len(retriever.search(question, 1000)) == 60


@pytest.mark.parametrize("way", ["dense", "bm25", "hybrid"])
def test_filters_and_collections_come_before_the_search(way: str) -> None:
    everything = retriever_of(RetrievalSettings("index", retriever=way)).search("parcel 7", 60)  # type: ignore[arg-type]
    only = RetrievalSettings("index", retriever=way, collections=("a", "b"))  # type: ignore[arg-type]
    chosen = retriever_of(only)
    assert {p.collection for p in everything} == {"a", "b", ""}
    assert len(chosen.search("parcel 7", 60)) == 40
    both = chosen.search("parcel 7", 60, {"doc": ["1.md", "2.md"]})
    assert {(p.doc, p.collection) for p in both} == {("1.md", "b")}
    assert len(both) == 20
    assert chosen.search("parcel 7", 60, {"doc": "none.md"}) == []
    if way != "hybrid":  # a fusion standardises among what may be found
        kept = [p.start for p in everything if p.doc == "1.md"]
        assert [p.start for p in both] == kept


def test_many_questions_find_what_each_finds_alone() -> None:
    retriever = retriever_of()
    asked = ["parcel 7", "letter q", "zebra"]
    for question, found in zip(asked, retriever.search_many(asked, 4), strict=True):
        alone = retriever.search(question, 4)
        assert [p.chunk_id for p in found] == [p.chunk_id for p in alone]
        assert [p.score for p in found] == pytest.approx([p.score for p in alone], abs=1e-5)
    assert retriever.search_many([], 4) == []


def test_dense_search_is_exact() -> None:
    retriever = retriever_of(RetrievalSettings("index", retriever="dense"))
    embedder = HashEmbedder()
    cosines = np.asarray(embedder.embed_documents(TEXTS)) @ embedder.embed_query("island of c")
    found = retriever.search("island of c", 5)
    assert [p.similarity for p in found] == pytest.approx(sorted(cosines)[::-1][:5], abs=1e-5)


def test_a_reranker_sorts_the_best_passages_anew() -> None:
    asked: list[int] = []

    class Longest:
        def scores(self, question: str, texts: Sequence[str]) -> list[float]:
            asked.append(len(texts))
            return [float(text.endswith("letter z.")) for text in texts]

    retriever = StoreRetriever(store_of(), HYBRID, Bm25.build(TEXTS), Longest())
    found = retriever.search("letter z", 2)
    assert asked == [30]
    assert [p.text.endswith("letter z.") for p in found] == [True, True]
    assert found[0].score == found[0].scores["rerank"] == 1.0
    assert set(found[0].scores) == {"dense", "bm25", "rerank"}
    assert len(retriever.search("letter z", 40)) == 40


def test_the_words_are_made_once_and_kept(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    real = Bm25.build

    def counted(texts: Sequence[str], language: str = "auto", before: Bm25 | None = None) -> Bm25:
        built.append(len(texts))
        return real(texts, language, before)

    store = store_of()
    store.save(tmp_path / "plain")
    monkeypatch.setattr(kept_words.Bm25, "build", counted)
    for _ in range(3):
        loaded = FaissStore.load(tmp_path / "plain", HashEmbedder(), "")
        words = words_of_store(loaded, tmp_path / "plain")
        assert words.scores("parcel 7").argmax() == 7
    assert len(built) == 1
    words_of_store(loaded, tmp_path / "plain", "de")
    assert len(built) == 2
    assert FaissStore.load(tmp_path / "plain", HashEmbedder(), ""), "the generation is untouched"


def test_words_kept_in_the_generation_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Bm25.build(TEXTS)
    store_of().save(tmp_path, beside=words.save)
    monkeypatch.setattr(kept_words.Bm25, "build", None)
    store = FaissStore.load(tmp_path, HashEmbedder(), "")
    assert words_of_store(store, tmp_path).covers(TEXTS)


def test_words_of_other_texts_or_damaged_ones_are_made_again(tmp_path: Path) -> None:
    store_of().save(tmp_path, beside=Bm25.build(TEXTS[::-1]).save)
    store = FaissStore.load(tmp_path, HashEmbedder(), "")
    assert words_of_store(store, tmp_path).scores("parcel 7").argmax() == 7
    (kept,) = tmp_path.glob("words-*")
    (kept / "bm25.json").write_text("[]")
    assert words_of_store(store, tmp_path).scores("parcel 7").argmax() == 7


def test_what_was_kept_for_a_generation_that_is_gone_is_removed(tmp_path: Path) -> None:
    for _ in range(4):
        store_of().save(tmp_path)
        words_of_store(FaissStore.load(tmp_path, HashEmbedder(), ""), tmp_path)
    generations = {path.name for path in tmp_path.glob("generation-*")}
    kept = {path.name for path in tmp_path.glob("words-*")}
    assert kept == {f"words-{name}-auto" for name in generations}


def test_asking_twice_makes_no_words_again(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with use_fakes():
        open_retriever(shop, HYBRID, "e").search("delivery", 2)
        monkeypatch.setattr(kept_words.Bm25, "build", None)
        found = open_retriever(shop, HYBRID, "e").search("express delivery", 2)
    assert found[0].doc == "delivery.md"
