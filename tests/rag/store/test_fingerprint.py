from __future__ import annotations

from pathlib import Path

import pytest

from ladder.errors import ProjectError
from ladder.models.fakes import HashEmbedder
from rag.store import FaissStore
from rag.store.fingerprint import fingerprint_of


class Told(HashEmbedder):
    """An embedder that tells all that a store compares."""

    def __init__(
        self,
        model: str = "one",
        revision: str = "r1",
        dimensions: int = 64,
        length: float = 1.0,
        max_tokens: int = 256,
        sign: float = 1.0,
    ) -> None:
        super().__init__(dimensions, max_tokens)
        self.model_name, self.fingerprint = model, revision
        self.scale, self.sign = length, sign

    def embed_query(self, text: str) -> list[float]:
        found = [value * self.scale for value in super().embed_query(text)]
        return [value * (self.sign if n % 2 else 1) for n, value in enumerate(found)]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Told(model="two"), "model: one then, two now"),
        (Told(revision="r2"), "revision: r1 then, r2 now"),
        (Told(revision=""), "revision: r1 then, not known now"),
        (Told(dimensions=32), "dimensions: 64 then, 32 now"),
        (Told(length=3.0), "vectors: of unit length then, of any length now"),
        (Told(max_tokens=128), "longest text in tokens: 256 then, 128 now"),
        (Told(sign=-1.0), "another vector for the same sentence"),
    ],
)
def test_each_thing_in_which_an_embedder_differs_is_named(
    tmp_path: Path, now: Told, said: str
) -> None:
    FaissStore.from_texts(["a", "b"], Told()).save(tmp_path)
    assert len(FaissStore.load(tmp_path, Told())) == 2
    with pytest.raises(ProjectError, match="another embedding model") as caught:
        FaissStore.load(tmp_path, now)
    assert said in str(caught.value)
    assert str(caught.value).endswith("index the documents again.")


def test_all_differences_are_named_together(tmp_path: Path) -> None:
    FaissStore.from_texts(["a"], Told()).save(tmp_path)
    with pytest.raises(ProjectError) as caught:
        FaissStore.load(tmp_path, Told("two", "r2", 32, 3.0, 128))
    for part in ("model", "revision", "dimensions", "vectors", "longest text"):
        assert f"{part}" in str(caught.value)


def test_a_revision_given_by_hand_counts_as_one(tmp_path: Path) -> None:
    FaissStore.from_texts(["a"], HashEmbedder(), fingerprint="mine").save(tmp_path)
    assert len(FaissStore.load(tmp_path, HashEmbedder(), "mine")) == 1
    with pytest.raises(ProjectError, match="revision: mine then, hash-64 now"):
        FaissStore.load(tmp_path, HashEmbedder())


def test_the_last_digits_of_a_vector_do_not_make_another_embedder(tmp_path: Path) -> None:
    class Rounded(HashEmbedder):
        def embed_query(self, text: str) -> list[float]:
            return [round(value, 3) for value in super().embed_query(text)]

    FaissStore.from_texts(["a"], HashEmbedder()).save(tmp_path)
    assert len(FaissStore.load(tmp_path, Rounded())) == 1


@pytest.mark.real
def test_the_bundled_embedder_tells_all_of_it() -> None:
    from ladder.models import BUNDLED_EMBEDDER, load_embedder

    found = fingerprint_of(load_embedder(BUNDLED_EMBEDDER))
    assert (found.model, found.dimension, found.normalised, found.max_tokens) == (
        BUNDLED_EMBEDDER, 384, True, 254,
    )  # fmt: skip
    assert len(found.revision) == 16
