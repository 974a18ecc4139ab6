"""Filtered search over 100,000 passages by `FaissStore`, against numpy and LangChain's own store.

In one run: the store is made of random unit vectors and saved; another process loads it and says
how much memory that took; then the same filtered questions go to the store, to numpy over the rows
that pass (brute force, which also says what is right), and to LangChain's `InMemoryVectorStore`.
It returns 1 where a result differs from brute force, or where the vectors in memory take more than
a tenth above their own size.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

from rag.store import FaissStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

K = 10
QUESTIONS = 20
SHARES = {"1 in 2": 2, "1 in 100": 100, "1 in 10,000": 10_000}
"""What passes the filter: passages whose number is divisible by this."""
CEILING = 1.10


class Given(Embeddings):
    """Vectors by row number: what is measured is the search, not a model."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self.rows = rows

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the rows that the texts name."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return the row that a text names by its number; the first for any other text."""
        number = text.split()[0]
        found: list[float] = self.rows[int(number) if number.isdigit() else 0].tolist()
        return found


def made(count: int, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    """Return random unit vectors, the same ones every time."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def metadata(number: int) -> dict[str, Any]:
    """Return what is known about a passage."""
    shares = {name: number % every == 0 for name, every in SHARES.items()}
    return {"doc": f"{number // 50}.md", "start": number * 400, **shares}


def text(number: int) -> str:
    """Return a passage of 400 characters."""
    return f"{number} ".ljust(400, "x")


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def load_and_weigh(folder: Path) -> int:
    """Print how much more memory there is after loading, and after the first searches.

    What the libraries take by themselves is taken before: a small store is loaded and asked.
    """
    head = made(2, 4)
    small = FaissStore(Given(head))
    small.add_vectors(["a", "b"], head, [{"x": 1}, {"x": 2}])
    small.save(folder / "small")
    FaissStore.load(folder / "small", Given(head)).cosines("0")
    first = np.load(folder / "first.npy")
    before = resident()
    store = FaissStore.load(folder / "store", Given(first))
    loaded = resident()
    store.similarity_search("0", K, filter={"1 in 2": True})
    store.cosines("0")
    print(loaded - before, resident() - before)
    return 0


def timed(ask: Callable[[int], Any], times: int) -> float:
    """Return the median of milliseconds that a question takes, after one to warm up."""
    ask(0)
    taken = []
    for number in range(times):
        began = time.perf_counter()
        ask(number)
        taken.append(1000 * (time.perf_counter() - began))
    return float(np.median(taken))


def main() -> int:
    """Measure, print, and return 1 where the store is wrong or too large."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--dimension", type=int, default=384)
    options.add_argument("--weigh", type=Path, help="say what loading this store takes")
    asked = options.parse_args()
    if asked.weigh:
        return load_and_weigh(asked.weigh)
    rows = made(asked.count, asked.dimension)
    with tempfile.TemporaryDirectory() as place:
        return compare(rows, Path(place))


def compare(rows: NDArray[np.float32], folder: Path) -> int:
    """Print the three comparisons."""
    count = len(rows)
    texts = [text(number) for number in range(count)]
    data = [metadata(number) for number in range(count)]
    ids = [f"{number:016x}" for number in range(count)]
    began = time.perf_counter()
    store = FaissStore(Given(rows))
    store.add_vectors(texts, rows, data, ids)
    added = time.perf_counter()
    store.save(folder / "store")
    saved = time.perf_counter()
    store = FaissStore.load(folder / "store", Given(rows))
    opened = time.perf_counter()
    print(
        f"{count:,} passages of {rows.shape[1]} numbers: added in {added - began:.1f} s, saved in "
        f"{saved - added:.1f} s, loaded and checked in {opened - saved:.1f} s"
    )
    np.save(folder / "first.npy", rows[:1])
    ran = subprocess.run(
        [sys.executable, __file__, "--weigh", str(folder)],
        capture_output=True, text=True, check=True, env=os.environ,
    )  # fmt: skip
    loaded, used = (int(part) for part in ran.stdout.split())
    shares = [part / rows.nbytes for part in (loaded, used)]
    print(
        f"memory of a process that loads it: {shares[0]:.3f} of the vectors' own "
        f"{rows.nbytes / 1e6:.0f} MB; after a filtered search and all cosines {shares[1]:.3f}"
    )
    theirs = InMemoryVectorStore(Given(rows))
    theirs.store = {
        id: {"id": id, "vector": row, "text": each, "metadata": facts}
        for id, row, each, facts in zip(ids, rows, texts, data, strict=True)
    }
    wrong = sum(one_share(store, theirs, rows, name) for name in SHARES)
    return int(wrong > 0 or used > CEILING * rows.nbytes)


def one_share(
    store: FaissStore, theirs: InMemoryVectorStore, rows: NDArray[np.float32], name: str
) -> int:
    """Print the times for one filter; return how many results differ from brute force."""
    questions = made(QUESTIONS, rows.shape[1], seed=1)
    passing = np.arange(0, len(rows), SHARES[name])

    def brute(number: int) -> NDArray[np.int64]:
        scores = rows[passing] @ questions[number]
        found: NDArray[np.int64] = passing[np.argsort(-scores)[:K]]
        return found

    def ours(number: int) -> list[str]:
        found = store.similarity_search_by_vector(
            questions[number].tolist(), K, filter={name: True}
        )
        return [each.id or "" for each in found]

    def langchain(number: int) -> list[str]:
        found = theirs.similarity_search_by_vector(
            questions[number].tolist(), K, filter=lambda each: each.metadata[name]
        )
        return [each.id or "" for each in found]

    wrong = 0
    for number in range(QUESTIONS):
        wanted = {f"{row:016x}" for row in brute(number)}
        wrong += len(wanted ^ set(ours(number)))
    times = timed(ours, QUESTIONS), timed(brute, QUESTIONS), timed(langchain, 2)
    print(
        f"{name} pass: {wrong} of {QUESTIONS * min(K, len(passing))} results differ from brute "
        f"force; {times[0]:.1f} ms, numpy {times[1]:.1f} ms, InMemoryVectorStore {times[2]:.0f} ms "
        f"(ours takes {times[0] / times[2]:.4f} of that)"
    )
    return wrong


if __name__ == "__main__":
    sys.exit(main())
