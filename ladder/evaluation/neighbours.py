"""The labelled examples most like a query: shared by the k-NN baselines and few-shot prompts.

A query never finds itself, nor an example whose text equals its own after folding: such an
example would give the answer away. Near-duplicates stay in; scores are shown without them too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ladder.answering import Query
from ladder.project.task import Example

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Neighbour", "Neighbours", "embed_queries"]

_BATCH = 256
"""Queries compared at once: with 10,000 examples their similarities take 10 MB."""


@dataclass(frozen=True)
class Neighbour:
    """A labelled example and how like the query it is."""

    example: Example
    similarity: float
    """Cosine of the embeddings, from -1 to 1."""


class Neighbours:
    """Finds a pool's examples by the similarity of their embeddings to a query's.

    Args:
        pool: labelled examples.
        embedder: reference of the embedding model.
    """

    def __init__(self, pool: Sequence[Example], embedder: str) -> None:
        self.pool = tuple(pool)
        self._embedder = embedder
        self._same = SameExamples(self.pool)

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Return the unit vectors of the pool, one a row."""
        from ladder.models import embed_texts

        return embed_texts(self._embedder, [example.input for example in self.pool])

    def similarities(self, queries: Sequence[Query]) -> Iterator[NDArray[np.float32]]:
        """Yield each query's similarity to every example; minus infinity for what is left out."""
        import numpy as np

        for start in range(0, len(queries), _BATCH):
            batch = queries[start : start + _BATCH]
            rows = embed_queries(self._embedder, batch) @ self.vectors.T
            for query, row in zip(batch, rows, strict=True):
                row[self._same.of(query)] = -np.inf
                yield row

    def nearest(self, queries: Sequence[Query], k: int) -> Iterator[list[Neighbour]]:
        """Yield, for each query, its `k` nearest examples, nearest first; equals in pool order."""
        for row in self.similarities(queries):
            yield [Neighbour(self.pool[i], float(row[i])) for i in _nearest(row, k)]


def _nearest(row: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """Return the places of the `k` largest; only what is as large as the last one is sorted."""
    import numpy as np

    count = min(k, int(np.count_nonzero(row > -np.inf)))
    if not count:
        return np.zeros(0, dtype=np.intp)
    near = np.flatnonzero(row >= np.partition(row, -count)[-count])
    return near[np.argsort(-row[near], kind="stable")[:count]]


class SameExamples:
    """Says which examples of a pool are a query itself, or have its text."""

    def __init__(self, pool: Sequence[Example]) -> None:
        from ladder.project.near_duplicates import normalised

        self._places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, example in enumerate(pool):
            self._places["id", example.id].append(place)
            self._places["text", normalised(example.input)].append(place)

    def of(self, query: Query) -> list[int]:
        """Return the places of those examples in the pool."""
        from ladder.project.near_duplicates import normalised

        keys = (("id", query.id), ("text", normalised(query.text)))
        return sorted({place for key in keys for place in self._places.get(key, ())})


def embed_queries(embedder: str, queries: Sequence[Query]) -> NDArray[np.float32]:
    """Return the unit vectors of queries, one a row.

    A single query is embedded afresh, as a live request is, so that its time is a true latency;
    several go through the cache on disk.
    """
    import numpy as np

    from ladder.models import embed_texts, load_embedder

    if len(queries) > 1:
        return embed_texts(embedder, [query.text for query in queries])
    vectors = [load_embedder(embedder).embed_query(query.text) for query in queries]
    found = np.asarray(vectors, dtype=np.float32)
    unit: NDArray[np.float32] = found / np.maximum(
        np.linalg.norm(found, axis=1, keepdims=True), 1e-12
    )
    return unit
