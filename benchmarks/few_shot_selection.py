"""Choosing few-shot examples from 10,000 against a bare FAISS flat search of the same vectors.

Random unit vectors with 77 labels; every tenth is an earlier one slightly moved, so that there are
near-duplicates and conflicts. Both sides get the vector of the query; embedding it counts on
neither. Ours also leaves out the query's own text, says why each example was chosen and which ones
disagree, and puts them in order. The two take turns, one query at a time and many at once, after a
warm-up, on one thread each; what counts is the processor's time, which other programs of a shared
machine do not add to. What ours works out about the pool once is said by itself. It returns 1
where the nearest differ from the flat search by more than rounding, or where they take more than
twice its time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from langchain_core.embeddings import Embeddings
from threadpoolctl import threadpool_limits

from ladder.answering import ExampleSettings, Query
from ladder.models.stand_ins import ANY, standing_in
from ladder.project.task import Example
from rag.few_shot.pool import Pool
from rag.few_shot.selector import ExampleSelector

if TYPE_CHECKING:
    from numpy.typing import NDArray

K = 8
LABELS = 77
SHARE = 2.0
"""How many times the bare search the nearest may take."""
ROUNDING = 1e-5


class Given(Embeddings):
    """Vectors by the number in a text: what is measured is the choice, not a model."""

    def __init__(self, pool: NDArray[np.float32], queries: NDArray[np.float32]) -> None:
        self.rows = {"example": pool, "query": queries}

    def embed_array(self, texts: list[str]) -> NDArray[np.float32]:
        """Return the rows that texts name, as "example 17"."""
        kind = texts[0].split()[0]
        found: NDArray[np.float32] = self.rows[kind][[int(text.split()[1]) for text in texts]]
        return found

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the same as lists."""
        return [list(row) for row in self.embed_array(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return one row; as it stands, which is quicker than a list."""
        return self.embed_array([text])[0]  # type: ignore[return-value]


def made(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    """Return random unit vectors, every tenth near an earlier one."""
    chance = np.random.default_rng(seed)
    rows = chance.standard_normal((count, dimension), dtype=np.float32)
    for number in range(10, count, 10):
        rows[number] = rows[number - 7] + 0.2 * rows[number]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def in_turns(
    ours: Callable[[int], Any], theirs: Callable[[int], Any], times: int
) -> tuple[float, float, float]:
    """Return the median ms of the processor of each, and the median of the ratio of each pair."""
    pairs = []
    for number in range(-2, times):
        taken = {}
        both = [(0, ours), (1, theirs)]
        for side, ask in both if number % 2 else both[::-1]:
            began = time.process_time()
            ask(max(number, 0))
            taken[side] = 1000 * (time.process_time() - began)
        if number >= 0:
            pairs.append((taken[0], taken[1], taken[0] / taken[1]))
    one, other, ratio = (float(np.median(column)) for column in zip(*pairs, strict=True))
    return one, other, ratio


def differing(ours: list[list[float]], theirs: NDArray[np.float32]) -> int:
    """Return how many of the similarities found differ from the flat search's."""
    return int((np.abs(np.asarray(ours) - theirs) > ROUNDING).sum())


def main() -> int:
    """Measure, print, and return 1 where it is wrong or too slow."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--dimension", type=int, default=384)
    options.add_argument("--queries", type=int, default=256)
    asked = options.parse_args()
    rows, vectors = made(asked.count, asked.dimension, 0), made(asked.queries, asked.dimension, 1)
    chance = np.random.default_rng(2)
    labels = chance.integers(0, LABELS, asked.count)
    examples = [Example(str(n), f"example {n}", f"label {labels[n]}") for n in range(asked.count)]
    queries = [Query.of(f"q{n}", f"query {n}") for n in range(asked.queries)]
    flat = faiss.IndexFlatIP(asked.dimension)
    flat.add(rows)
    faiss.omp_set_num_threads(1)
    with threadpool_limits(1), standing_in(embedders={ANY: Given(rows, vectors)}):
        return compare(Pool(examples, "given"), queries, flat, vectors)


def compare(pool: Pool, queries: list[Query], flat: Any, vectors: NDArray[np.float32]) -> int:
    """Print the comparison."""
    began = time.process_time()
    conflicts = pool.conflicts.of(range(len(pool)))
    once = time.process_time() - began
    found = sum(each is not None for each in conflicts)
    print(
        f"{len(pool):,} examples of {vectors.shape[1]} numbers, {K} chosen, "
        f"{len(queries)} queries; once per pool: {found:,} conflicts in {once:.1f} s"
    )

    def one(number: int) -> Any:
        return flat.search(vectors[number : number + 1], K)

    def many(number: int) -> Any:
        return flat.search(vectors, K)

    slowest, wrong = 0.0, 0
    for selection in ("nearest", "mmr", "per-label", "nearest+per-label"):
        settings = ExampleSettings(K, selection=selection)  # type: ignore[arg-type]
        selector = ExampleSelector(pool, settings)
        single = in_turns(lambda n, s=selector: s.select(queries[n]), one, len(queries))  # type: ignore[misc]
        batch = in_turns(lambda n, s=selector: list(s.select_many(queries)), many, 7)  # type: ignore[misc]
        per = len(queries)
        print(
            f"{selection}: one at a time {single[0]:.2f} ms against {single[1]:.2f} "
            f"({single[2]:.2f} x); many {batch[0] / per:.2f} ms each against "
            f"{batch[1] / per:.2f} ({batch[2]:.2f} x)"
        )
        if selection == "nearest":
            slowest = max(single[2], batch[2])
            shots = list(selector.select_many(queries))
            similar = [[shot.similarity or 0.0 for shot in each[::-1]] for each in shots]
            wrong = differing(similar, flat.search(vectors, K)[0])
    print(f"{wrong} of {K * len(queries)} similarities of the nearest differ from the flat search")
    return int(wrong > 0 or slowest > SHARE)


if __name__ == "__main__":
    sys.exit(main())
