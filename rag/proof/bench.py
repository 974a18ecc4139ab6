"""Search a project's documents under any setting, as Chat does, without touching its index.

Documents are cut and embedded in memory, once for each way of cutting them; vectors are kept in
the cache of embeddings, so what was embedded before costs nothing. The passages are found by the
very retriever that answers questions (`rag.search.retriever`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ladder.answering import RetrievalSettings
from ladder.errors import InputError, ModelError, ProjectError
from ladder.files import content_hash
from ladder.models import load_embedder
from ladder.models.embedder import CountsTokens
from ladder.project.reading.content import DocumentText
from rag.chunks import chunks_of
from rag.proof.evaluation_set import ProofQuestion
from rag.proof.measures import answers, rank_of

if TYPE_CHECKING:
    from rag.search.bm25 import Bm25
    from rag.search.fusion import FittedWeight
    from rag.search.retriever import StoreRetriever
    from rag.store import FaissStore

__all__ = ["Bench", "Ranking"]

_TIMED = 20
"""Single questions whose seconds are taken, after one that warms up."""


@dataclass(frozen=True)
class Ranking:
    """What one way of searching found for every question."""

    ranks: Mapping[str, int | None]
    """By question, the place of the first passage that counts among the first `depth`."""
    tokens: Sequence[float]
    """Mean tokens of the first 1, 2, .. passages, in the embedder's tokens."""
    milliseconds: float
    """Median of single questions, embedding included."""
    megabytes: float
    """Memory of the index: vectors, words and texts."""
    passages: int
    """How many the documents are cut into."""


class _Remembering:
    """An embedder that embeds no text twice: settings are many, questions are the same."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.token_spans = model.token_spans
        self._known: dict[str, Any] = {}

    def embed_documents(self, texts: list[str]) -> list[Any]:
        """Return the vectors of texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= zip(new, self.model.embed_documents(new), strict=True)
        return [self._known[text] for text in texts]

    def embed_query(self, text: str) -> Any:
        """Return the vector of a text."""
        return self.embed_documents([text])[0]


def _median(call: Callable[[str], Any], texts: Sequence[str]) -> float:
    """Return the median milliseconds of a call, the first one not counted."""
    times = []
    for text in texts:
        began = time.perf_counter()
        call(text)
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times[1:])[(len(times) - 1) // 2]


class Bench:
    """Answers how well questions are searched for under settings.

    Args:
        documents: the documents by name.
        questions: what is asked, and what answers it.
        embedder: reference of the embedding model.
        depth: how many passages are looked at, the largest `k` of interest.
        collections: the collection of each document that is in one.
        tell: told what takes its time.
    """

    def __init__(
        self,
        documents: Mapping[str, DocumentText],
        questions: Sequence[ProofQuestion],
        embedder: str,
        depth: int = 10,
        collections: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        model = load_embedder(embedder)
        if not isinstance(model, CountsTokens):
            raise ModelError(f"{embedder} does not say how it counts tokens; choose another.")
        self.documents, self.questions, self.depth = documents, list(questions), depth
        self.max_tokens = model.max_tokens
        self._model: Any = _Remembering(model)
        self._fingerprint = model.fingerprint
        self._collections, self._tell = collections or {}, tell
        self._stores: dict[tuple[int, int], tuple[FaissStore, dict[str, int]]] = {}
        self._words: dict[tuple[int, int, str], Bm25] = {}
        self._rankings: dict[str, Ranking] = {}
        self._embedding: float | None = None

    def ranking(self, settings: RetrievalSettings) -> Ranking:
        """Return what was found for every question; measured once for each way of searching.

        Raises:
            ModelError: the passages are longer than the embedder reads, or the reranker is not
                to be had.
            ProjectError: no document holds a passage.
        """
        key = content_hash(asdict(replace(settings, k=1, threshold=0.0)))
        if key not in self._rankings:
            self._rankings[key] = self._measured(settings)
        return self._rankings[key]

    def fitted_weight(
        self, settings: RetrievalSettings, questions: Sequence[ProofQuestion]
    ) -> FittedWeight | None:
        """Return the weight of the meaning that ranks what answers questions best.

        None where too few of them are answered by a passage (`rag.search.fusion.fit_weight`).
        """
        import numpy as np

        from rag.search.fusion import fit_weight

        retriever, _ = self._retriever(replace(settings, retriever="hybrid", rerank=None))
        store, words = retriever.store, retriever.words
        rows = np.arange(len(store))
        if settings.collections:
            rows = np.flatnonzero(store.mask({"collection": list(settings.collections)}))
        ids = store.ids()
        places = [each.metadata for each in store.get_by_ids([ids[row] for row in rows])]
        asked = [question.question for question in questions]
        evidence = [
            np.array([answers(each["doc"], each["start"], each["end"], q) for each in places], bool)
            for q in questions
        ]
        assert words is not None  # a hybrid search has them
        said = [words.scores(question)[rows] for question in asked]
        try:
            return fit_weight([near[rows] for near in retriever.cosines(asked)], said, evidence)
        except InputError:  # a few would tell it by chance
            return None

    def _measured(self, settings: RetrievalSettings) -> Ranking:
        retriever, tokens = self._retriever(settings)
        asked = [question.question for question in self.questions]
        found = retriever.search_many(asked, self.depth)
        sums = [0.0] * self.depth
        for passages in found:
            total = 0
            for place in range(self.depth):
                total += tokens[passages[place].chunk_id] if place < len(passages) else 0
                sums[place] += total / len(asked)
        words = retriever.words
        store = retriever.store
        vector = len(self._model.embed_query(asked[0]))
        size = len(store) * vector * 4 + (words.nbytes if words else 0)
        size += sum(len(text.encode()) for text in store.texts())
        return Ranking(
            {q.id: rank_of(p, q) for q, p in zip(self.questions, found, strict=True)},
            sums,
            self._milliseconds(retriever),
            size / 2**20,
            len(store),
        )

    def _milliseconds(self, retriever: StoreRetriever) -> float:
        """Return the median time of a single question: embedding it, then searching."""
        asked = [self.questions[n % len(self.questions)].question for n in range(_TIMED + 1)]
        if self._embedding is None:
            self._embedding = _median(self._model.model.embed_query, asked)
        return self._embedding + _median(lambda text: retriever.search(text, self.depth), asked)

    def _retriever(self, settings: RetrievalSettings) -> tuple[StoreRetriever, dict[str, int]]:
        from rag.search.bm25 import Bm25
        from rag.search.rerank import load_reranker
        from rag.search.retriever import StoreRetriever

        store, tokens = self._store(settings.chunk_tokens, settings.overlap_tokens)
        words = None
        if settings.retriever != "dense":
            kept = (settings.chunk_tokens, settings.overlap_tokens, settings.language)
            if kept not in self._words:
                self._words[kept] = Bm25.build(store.texts(), settings.language)
            words = self._words[kept]
        reranker = load_reranker(settings.rerank) if settings.rerank else None
        return StoreRetriever(store, settings, words, reranker), tokens

    def _store(self, size: int, overlap: int) -> tuple[FaissStore, dict[str, int]]:
        """Return the documents cut in one way, and the tokens of each passage by its id."""
        from rag.store import FaissStore

        if (size, overlap) in self._stores:
            return self._stores[size, overlap]
        if size > self.max_tokens:
            raise ModelError(
                f"Passages of {size} tokens are longer than the {self.max_tokens} that the "
                "embedder reads."
            )
        self._tell(f"embedding passages of {size} tokens" + (f", {overlap} twice" * (overlap > 0)))
        chunks = []
        for doc, read in self.documents.items():
            try:
                chunks += chunks_of(
                    doc, read.text, self._model.token_spans, size, overlap, read.places,
                    self._collections.get(doc, ""),
                )  # fmt: skip
            except InputError:
                continue
        if not chunks:
            raise ProjectError("No document holds a passage that could be searched.")
        ids = [content_hash([chunk.doc, chunk.start, chunk.end]) for chunk in chunks]
        shown = [chunk.shown for chunk in chunks]
        store = FaissStore(self._model, self._fingerprint)
        store.add_texts(shown, [asdict(chunk) for chunk in chunks], ids=ids)
        tokens = {
            id: len(self._model.token_spans(text)) for id, text in zip(ids, shown, strict=True)
        }
        self._stores[size, overlap] = store, tokens
        return store, tokens
