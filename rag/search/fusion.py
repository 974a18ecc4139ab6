"""Join what was found by meaning with what was found by words.

Cosines and BM25 scores have nothing in common but their order. A weighted fusion brings each to
standard deviations from the mean of the best candidates of either, so that a clear winner counts
for more than a narrow one; how many passages the index holds does not matter then. Reciprocal rank
fusion (Cormack, Clarke and Buettcher 2009) knows only the ranks. Bruch, Gai and Ingber 2023, "An
analysis of fusion functions for hybrid retrieval", find the weighted sum better in and out of
domain, and that few questions suffice to fit its weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.floating[Any]]

__all__ = ["FittedWeight", "fit_weight", "reciprocal_rank_fusion", "weighted"]

CANDIDATES = 100
"""How many of the best of either way standardise both."""
_RANK_CONSTANT = 60
_STEPS = 20
"""A weight is fitted to one in so many parts."""
_TELLING = 10
"""Questions below which a weight is not fitted: a few would tell it by chance."""


@dataclass(frozen=True)
class FittedWeight:
    """The share of the meaning that ranks the evidence of questions best."""

    weight: float
    left_out: float
    """Mean reciprocal rank where each question is ranked by the weight that the others fit."""
    even: float
    """Mean reciprocal rank of the same questions at equal shares."""
    n: int
    """How many questions."""


def weighted(dense: Scores, words: Scores, weight: float) -> NDArray[np.float64]:
    """Return the weighted sum of the standardised scores, for each row of one question.

    Args:
        dense: cosine of every row.
        words: BM25 score of every row; 0 where it has none of the question's words.
        weight: share of the cosine.
    """
    a, b = _standardised(dense, words)
    joined: NDArray[np.float64] = weight * a + (1 - weight) * b
    return joined


def reciprocal_rank_fusion(dense: Scores, words: Scores) -> NDArray[np.float64]:
    """Return the sum of the reciprocal ranks of each row of one question, by either way."""
    import numpy as np

    joined = np.zeros(len(dense))
    for scores in (dense, words):
        order = np.argsort(-scores, kind="stable")
        shares = 1 / (_RANK_CONSTANT + 1 + np.arange(len(order)))
        joined[order] += shares * (scores[order] != 0)
    return joined


def fit_weight(
    dense: Sequence[Scores], words: Sequence[Scores], evidence: Sequence[NDArray[np.bool_]]
) -> FittedWeight:
    """Return the weight that ranks the evidence of questions best, by mean reciprocal rank.

    Where several weights are equally good, it is the one nearest to equal shares.

    Args:
        dense: cosines of all rows, one array a question.
        words: BM25 scores of all rows, one array a question.
        evidence: which rows answer the question; a question of which none does counts for none.

    Raises:
        InputError: there are too few questions.
    """
    import numpy as np

    told = [place for place, rows in enumerate(evidence) if rows.any()]
    if len(told) < _TELLING:
        raise InputError(
            f"A weight is fitted on {_TELLING} questions or more whose evidence is in the index, "
            f"and there are {len(told)}; keep the default of 0.5."
        )
    grid = np.arange(_STEPS + 1) / _STEPS
    found = np.zeros((len(told), len(grid)))
    for row, place in enumerate(told):
        a, b = _standardised(dense[place], words[place])
        for column, weight in enumerate(grid):
            joined = weight * a + (1 - weight) * b
            best = joined[evidence[place]].max()
            found[row, column] = 1 / (1 + int((joined > best).sum()))
    total = found.sum(axis=0)
    left_out = [found[row, _peak(total - found[row])] for row in range(len(told))]
    even = float(found[:, _STEPS // 2].mean())
    return FittedWeight(float(grid[_peak(total)]), float(np.mean(left_out)), even, len(told))


def _peak(values: NDArray[np.float64]) -> int:
    """Return the place of the largest value; of equals, the nearest to the middle."""
    middle = len(values) // 2
    return min(range(len(values)), key=lambda at: (-round(float(values[at]), 9), abs(at - middle)))


def _standardised(dense: Scores, words: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both scores in standard deviations from the mean of the best candidates."""
    import numpy as np

    pool = _best(dense) | (_best(words) & (words > 0))
    both = []
    for scores in (dense, words):
        exact = np.asarray(scores, dtype=np.float64)
        among = exact[pool]
        spread = float(among.std()) if len(among) else 0.0
        level = float(among.mean()) if len(among) else 0.0
        both.append((exact - level) / spread if spread > 1e-9 else np.zeros(len(exact)))
    return both[0], both[1]


def _best(scores: Scores) -> NDArray[np.bool_]:
    """Return which rows are among the best candidates; those that equal the last of them too."""
    import numpy as np

    if len(scores) <= CANDIDATES:
        return np.ones(len(scores), dtype=bool)
    least = np.partition(scores, len(scores) - CANDIDATES)[len(scores) - CANDIDATES]
    best: NDArray[np.bool_] = scores >= least
    return best
