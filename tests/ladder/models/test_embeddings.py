from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from ladder.models import embed_texts, load_embedder
from ladder.models.embedding_cache import EmbeddingCache
from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.models.sentence_embedder import SentenceEmbedder


class CountingModel:
    """Stands for a sentence-transformers model: a text becomes its length."""

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: list[str], **_: Any) -> Any:
        self.encoded += texts
        return np.asarray([[len(text), 1.0] for text in texts], dtype=np.float32)


def embedder(folder: Path, fingerprint: str = "a") -> tuple[CountingModel, SentenceEmbedder]:
    model = CountingModel()
    return model, SentenceEmbedder(model, EmbeddingCache(folder / "e.sqlite", fingerprint))


def test_a_text_is_embedded_once_and_kept_on_disk(tmp_path: Path) -> None:
    model, first = embedder(tmp_path)
    texts = ["a", "bb", "a", "ünï"]
    assert first.embed_documents(texts) == [[1, 1], [2, 1], [1, 1], [3, 1]]
    assert model.encoded == ["a", "bb", "ünï"]
    other, second = embedder(tmp_path)
    assert second.embed_documents([*texts, "new"])[-1] == [3, 1]
    assert other.encoded == ["new"]
    _, third = embedder(tmp_path, "another model")
    assert third._cache.get(["a"]) == {}


def test_a_query_is_computed_every_time_so_that_it_can_be_timed(tmp_path: Path) -> None:
    model, one = embedder(tmp_path)
    assert [one.embed_query("a"), one.embed_query("a")] == [[1, 1], [1, 1]]
    assert model.encoded == ["a", "a"]


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(start: int) -> None:
        _, one = embedder(tmp_path)
        for n in range(5):
            one.embed_documents([f"{start} {n} {i}" for i in range(40)])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    model, one = embedder(tmp_path)
    one.embed_documents([f"{s} {n} {i}" for s in range(4) for n in range(5) for i in range(40)])
    assert model.encoded == []


def test_more_texts_than_one_question_takes_are_found(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "e.sqlite", "a")
    texts = [str(n) for n in range(1203)]
    cache.put((text, np.full(2, int(text), dtype=np.float32)) for text in texts)
    found = cache.get(texts)
    assert {text: float(vector[1]) for text, vector in found.items()} == {
        text: float(text) for text in texts
    }


@pytest.mark.parametrize("damage", ["folder", "garbage"])
def test_a_cache_that_cannot_be_used_costs_time_and_no_answer(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "e.sqlite"
    file.mkdir() if damage == "folder" else file.write_bytes(b"no database" * 200)
    model, one = embedder(tmp_path)
    assert one.embed_documents(["a"]) == one.embed_documents(["a"]) == [[1, 1]]
    assert model.encoded == ["a", "a"]


def test_the_fake_embedder_puts_like_texts_close() -> None:
    with use_fakes():
        vectors = embed_texts("all-minilm-l6-v2", ["my card is lost", "card is lost", "refund it"])
        assert isinstance(load_embedder("anything"), HashEmbedder)
        assert embed_texts("anything", []).shape[0] == 0
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors[0] @ vectors[1] > 0.7 > vectors[0] @ vectors[2]


@pytest.mark.real
def test_the_bundled_embedder_knows_meaning_and_keeps_its_vectors(home: Path) -> None:
    texts = ["My card never came.", "The card has not arrived yet.", "How do I bake bread?"]
    one = load_embedder("all-minilm-l6-v2")
    assert isinstance(one, Embeddings)
    vectors = embed_texts("all-minilm-l6-v2", texts)
    assert vectors.shape == (3, 384)
    assert vectors[0] @ vectors[1] > 0.6 > 0.2 > vectors[0] @ vectors[2]
    np.testing.assert_allclose(one.embed_query(texts[0]), vectors[0], atol=1e-5)
    np.testing.assert_array_equal(embed_texts("all-minilm-l6-v2", texts), vectors)
