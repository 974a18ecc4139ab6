"""How well the passages that were found hold what answers a question.

A passage counts if it overlaps a place that answers the question. Recall at k is the share of
questions of which one of the first k passages counts. MRR is the mean of one over the place of the
first that counts. nDCG (Järvelin and Kekäläinen 2002) with one right passage a question is the
mean of one over the logarithm of that place: 1 for the first, 0.63 for the second, 0.5 for the
third, 0 where none of the first k counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ladder.evaluation.intervals import mean_interval, wilson
from rag.proof.evaluation_set import ProofQuestion

__all__ = ["Measure", "Measures", "gain", "measures", "rank_of"]


class Place(Protocol):
    """A part of a document; a passage is one."""

    @property
    def doc(self) -> str:
        """Return the document's name."""
        ...

    @property
    def start(self) -> int:
        """Return its first character."""
        ...

    @property
    def end(self) -> int:
        """Return the character after its last."""
        ...


@dataclass(frozen=True)
class Measure:
    """A mean over questions with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Measures:
    """What a way of searching is worth on some questions."""

    k: int
    n: int
    recall: Measure
    mrr: Measure
    ndcg: Measure

    def to_json(self) -> dict[str, Any]:
        """Return the measures as plain data."""
        return asdict(self)


def rank_of(found: Sequence[Place], question: ProofQuestion) -> int | None:
    """Return the place, from 1, of the first passage that counts; None if none does."""
    for rank, passage in enumerate(found, 1):
        if answers(passage.doc, passage.start, passage.end, question):
            return rank
    return None


def answers(doc: str, start: int, end: int, question: ProofQuestion) -> bool:
    """Return whether characters of a document hold something of what answers a question."""
    places = question.places
    return any(doc == name and start < last and end > first for name, first, last in places)


def gain(rank: int | None, k: int) -> float:
    """Return what a question adds to nDCG at k."""
    return 0.0 if rank is None or rank > k else 1 / math.log2(rank + 1)


def measures(ranks: Mapping[str, int | None], k: int) -> Measures:
    """Return the measures of the ranks of questions, by id.

    Raises:
        InputError: there are no questions.
    """
    inside = [rank if rank is not None and rank <= k else None for rank in ranks.values()]
    reciprocal = [1 / rank if rank else 0.0 for rank in inside]
    gains = [gain(rank, k) for rank in inside]
    mrr, ndcg = _mean(reciprocal), _mean(gains)
    share = sum(rank is not None for rank in inside) / len(inside)
    recall = Measure(share, *wilson(share, len(inside)))
    return Measures(k, len(inside), recall, mrr, ndcg)


def _mean(values: Sequence[float]) -> Measure:
    found = mean_interval(values)
    return Measure(sum(values) / len(values), found.low, found.high)
