"""Choose examples by how similar they are: pure functions on arrays.

An export carries this file along as it stands, so it imports numpy alone and nothing of this
project. In all of them, `similarity` is one number for each example of the pool, and minus
infinity for what must not be chosen. They return places in the pool, in the order in which they
were chosen, none twice; of equals, the one that stands first in the pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.intp]
    Numbers = NDArray[np.float32]
    Codes = NDArray[np.intp]

__all__ = ["choose", "in_order", "mmr", "nearest", "nearest_and_per_label", "per_label"]


def choose(
    selection: str, similarity: Numbers, count: int, vectors: Numbers | None, labels: Codes | None
) -> Places:
    """Return the places that a selection chooses.

    Args:
        selection: "nearest", "bm25" (the nearest by other numbers), "mmr", "per-label" or
            "nearest+per-label".
        similarity: of each example with the query.
        count: how many to choose.
        vectors: the unit vector of each example; only "mmr" needs them.
        labels: a number from 0 on for the label of each; those with "per-label" need them.
    """
    if selection in ("nearest", "bm25"):
        return nearest(similarity, count)
    if selection == "mmr" and vectors is not None:
        return mmr(similarity, vectors, count)
    if selection == "per-label" and labels is not None:
        return per_label(similarity, labels, count)
    if selection == "nearest+per-label" and labels is not None:
        return nearest_and_per_label(similarity, labels, count)
    raise ValueError(f"{selection!r} is no selection, or lacks its vectors or labels.")


def nearest(similarity: Numbers, count: int) -> Places:
    """Return the `count` most similar, the most similar first."""
    count = min(count, int(np.count_nonzero(similarity > -np.inf)))
    if count <= 0:
        return np.zeros(0, dtype=np.intp)
    # Only what is as similar as the last that is chosen needs to be sorted.
    least = np.partition(similarity, -count)[-count]
    near = np.flatnonzero(similarity >= least)
    return near[np.argsort(-similarity[near], kind="stable")[:count]]


def mmr(
    similarity: Numbers,
    vectors: Numbers,
    count: int,
    weight: float = 0.5,
    fetch: int | None = None,
) -> Places:
    """Return examples that are like the query and unlike each other (maximal marginal relevance).

    Carbonell and Goldstein 1998, "The Use of MMR, Diversity-Based Reranking for Reordering
    Documents and Producing Summaries": each time the example with the largest
    `weight` x similarity to the query - (1 - `weight`) x largest similarity to one chosen before.

    Args:
        similarity: of each example with the query.
        vectors: the unit vector of each example.
        count: how many to choose.
        weight: the share of the similarity to the query.
        fetch: how many of the nearest are looked at; by default 4 x `count`, at least 20.
    """
    near = nearest(similarity, max(4 * count, 20) if fetch is None else fetch)
    count = min(count, len(near))
    if count <= 0:
        return near[:0]
    like, rows = similarity[near], vectors[near]
    chosen = [0]
    repeated = rows @ rows[0]
    while len(chosen) < count:
        gain = weight * like - (1 - weight) * repeated
        gain[chosen] = -np.inf
        best = int(np.argmax(gain))
        chosen.append(best)
        repeated = np.maximum(repeated, rows @ rows[best])
    return near[chosen]


def per_label(similarity: Numbers, labels: Codes, count: int) -> Places:
    """Return the nearest example of each label, for the `count` labels whose nearest is nearest.

    There are fewer than `count` where there are fewer labels.
    """
    if not len(similarity):
        return np.zeros(0, dtype=np.intp)
    best = np.full(int(labels.max()) + 1, -np.inf, dtype=similarity.dtype)
    np.maximum.at(best, labels, similarity)
    at_best = np.flatnonzero((similarity == best[labels]) & (similarity > -np.inf))
    _, first = np.unique(labels[at_best], return_index=True)
    places = np.sort(at_best[first])
    return places[np.argsort(-similarity[places], kind="stable")[:count]]


def nearest_and_per_label(similarity: Numbers, labels: Codes, count: int) -> Places:
    """Return the nearest for half of the places, rounded up, and then other labels.

    The other half are the nearest of labels that are not yet there; where labels run out, the
    next nearest.
    """
    near = nearest(similarity, (count + 1) // 2)
    there = np.zeros(int(labels.max(initial=-1)) + 1, dtype=np.bool_)
    there[labels[near]] = True
    others = np.where(there[labels], -np.inf, similarity).astype(similarity.dtype)
    chosen = np.concatenate([near, per_label(others, labels, count - len(near))])
    rest = similarity.copy()
    rest[chosen] = -np.inf
    return np.concatenate([chosen, nearest(rest, count - len(chosen))])


def in_order(places: Places, similarity: Numbers, order: str) -> Places:
    """Return chosen places as they stand in the prompt: "nearest-last" or "nearest-first"."""
    first = np.sort(places)
    first = first[np.argsort(-similarity[first], kind="stable")]
    return first[::-1] if order == "nearest-last" else first
