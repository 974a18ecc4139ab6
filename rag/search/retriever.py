"""Find passages by meaning, by words or by both, as the settings say.

Every way scores all passages that may be found: an exact search, whose filters come before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ladder.answering import RetrievalSettings
from rag.retrieval import Passage
from rag.search.bm25 import Bm25
from rag.search.fusion import reciprocal_rank_fusion, weighted
from rag.search.rerank import RERANKED, Reranker

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.documents import Document
    from numpy.typing import NDArray

    from rag.store import FaissStore

__all__ = ["StoreRetriever"]

_AT_ONCE = 20_000_000
"""Cosines computed at once, when many questions are asked."""


class StoreRetriever:
    """Searches the passages of a store.

    Args:
        store: the passages with their vectors.
        settings: which retriever, how it joins, and which collections are searched.
        words: the BM25 index of the same passages; needed for "bm25" and "hybrid".
        reranker: sorts the best passages anew, where there is one.
    """

    def __init__(
        self,
        store: FaissStore,
        settings: RetrievalSettings,
        words: Bm25 | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.store, self.settings, self.words = store, settings, words
        self._reranker = reranker
        self._ids = store.ids()

    def search(
        self, question: str, k: int, filters: Mapping[str, Any] | None = None
    ) -> list[Passage]:
        """Return the `k` best passages, the best first.

        Args:
            question: what is looked for.
            k: how many passages.
            filters: what a passage's metadata must be: a value, or a list of which it must be
                any ("doc", "collection", ..); so many come back if so many pass.
        """
        vector = self.store.embeddings.embed_query(question)
        cosines = self.store.cosines(vector)[1]
        return self._ranked(question, cosines, k, self._passing(filters))

    def search_many(
        self, questions: Sequence[str], k: int, filters: Mapping[str, Any] | None = None
    ) -> list[list[Passage]]:
        """Return the `k` best passages of each question, embedding them all in one call."""
        passing = self._passing(filters)
        return [
            self._ranked(question, cosines, k, passing)
            for question, cosines in zip(questions, self.cosines(questions), strict=True)
        ]

    def cosines(self, questions: Sequence[str]) -> Iterator[NDArray[np.float32]]:
        """Yield the cosine of every passage with each question, embedded in one call."""
        import numpy as np

        if not questions:
            return
        vectors = np.asarray(self.store.embeddings.embed_documents(list(questions)), np.float32)
        step = max(1, _AT_ONCE // max(1, len(self.store)))
        for start in range(0, len(questions), step):
            yield from self.store.cosines(vectors[start : start + step])[1]

    def ranking(self, question: str, cosines: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
        """Return what every passage is ranked by, before any reranking."""
        return self._scored(cosines, self._words(question))

    def _words(self, question: str) -> NDArray[np.float32] | None:
        return None if self.words is None else self.words.scores(question)

    def _scored(
        self, cosines: NDArray[np.float32], words: NDArray[np.float32] | None
    ) -> NDArray[np.floating[Any]]:
        if self.settings.retriever == "dense" or words is None:
            return cosines
        if self.settings.retriever == "bm25":
            return words
        if self.settings.fusion == "rrf":
            return reciprocal_rank_fusion(cosines, words)
        return weighted(cosines, words, self.settings.weight)

    def _passing(self, filters: Mapping[str, Any] | None) -> NDArray[np.intp] | None:
        """Return the rows that may be found; None for all."""
        import numpy as np

        mask = None
        if self.settings.collections:
            mask = self.store.mask({"collection": list(self.settings.collections)})
        if filters:
            other = self.store.mask(filters)
            mask = other if mask is None else mask & other
        return None if mask is None else np.flatnonzero(mask)

    def _ranked(
        self,
        question: str,
        cosines: NDArray[np.float32],
        k: int,
        passing: NDArray[np.intp] | None,
    ) -> list[Passage]:
        """Return the `k` best of the rows that may be found."""
        import numpy as np

        words = self._words(question)
        rows = np.arange(len(cosines)) if passing is None else passing
        near = cosines[rows]
        said = None if words is None else words[rows]
        scores = self._scored(near, said)
        wanted = k if self._reranker is None else max(k, RERANKED)
        best = _best(scores, near, wanted)
        found = self.store.get_by_ids([self._ids[rows[place]] for place in best])
        passages = []
        for document, place in zip(found, best, strict=True):
            by = {"dense": float(near[place])}
            if said is not None:
                by["bm25"] = float(said[place])
            passages.append(_passage(document, float(scores[place]), by))
        return (self._reranked(question, passages) if self._reranker else passages)[:k]

    def _reranked(self, question: str, passages: list[Passage]) -> list[Passage]:
        from dataclasses import replace

        assert self._reranker is not None
        scores = self._reranker.scores(question, [passage.shown for passage in passages])
        again = [
            replace(passage, score=score, scores={**passage.scores, "rerank": score})
            for passage, score in zip(passages, scores, strict=True)
        ]
        return sorted(again, key=lambda passage: -(passage.score or 0.0))


def _best(scores: NDArray[np.floating[Any]], near: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """Return the places of the `k` best, the best first; of equals, the nearer, then the first."""
    import numpy as np

    places = np.arange(len(scores))
    if k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        places = np.flatnonzero(scores >= least)
    return places[np.lexsort((places, -near[places], -scores[places]))][:k]


_KNOWN = frozenset(each.name for each in fields(Passage))


def _passage(document: Document, score: float, scores: dict[str, float]) -> Passage:
    """Return a passage of the store as it was found."""
    values = {name: value for name, value in document.metadata.items() if name in _KNOWN}
    if values.get("section") is not None:
        values["section"] = tuple(values["section"])
    values["flags"] = tuple(values.get("flags") or ())
    values |= {"chunk_id": document.id or "", "similarity": scores["dense"]}
    return Passage(**values, score=score, scores=scores)
