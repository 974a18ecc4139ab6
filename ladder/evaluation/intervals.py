"""95 % intervals of a score: Wilson for proportions, BCa bootstrap over items otherwise.

Intervals do not depend on the order of the items and always hold the estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ladder.errors import InputError
from ladder.evaluation.metrics import aggregate, given_label

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ladder.evaluation.rows import Row

__all__ = ["PROPORTIONS", "Interval", "interval", "mean_interval", "wilson"]

PROPORTIONS = ("accuracy", "exact-match")
"""The metrics whose items are right or wrong and whose score is the share of right ones."""

_RESAMPLES = 2000
_SEED = 20_000


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval, and how it was made."""

    low: float
    high: float
    method: Literal["wilson", "bca"]
    note: str = ""
    """Why another method was taken than the usual one; empty if it was not."""


def interval(metric: str, rows: Sequence[Row]) -> Interval:
    """Return the 95 % interval of the score of `rows`.

    Proportions have the Wilson score interval (Wilson 1927). Other metrics have the BCa
    bootstrap (Efron 1987) over items, 2,000 resamples. Where that does not exist (all items
    score the same, or there is one item), Wilson at the same value stands in: scores within
    0 to 1 vary at most as much as right-or-wrong ones of that mean, so it is not too narrow.

    Raises:
        InputError: there are no rows.
    """
    value = aggregate(metric, rows)
    if metric in PROPORTIONS:
        return Interval(*wilson(value, len(rows)), "wilson")
    if metric != "macro-f1":
        return mean_interval([row.score(metric) for row in rows])
    return _interval(value, len(rows), _macro_f1_bca(rows))


def mean_interval(values: Sequence[float]) -> Interval:
    """Return the 95 % interval of the mean of values from 0 to 1: BCa, as `interval` has it.

    Raises:
        InputError: there are no values.
    """
    import numpy as np

    if not values:
        raise InputError("There is nothing to have a mean of.")
    in_order = np.sort(np.asarray(values, dtype=float))
    bounds = _bca(in_order, lambda sample: sample.mean(axis=-1))
    return _interval(float(in_order.mean()), len(in_order), bounds)


def _interval(value: float, n: int, bounds: tuple[float, float] | None) -> Interval:
    if bounds is None:
        note = "Wilson, because resampling items that all score the same shows no spread"
        return Interval(*wilson(value, n), "wilson", note)
    low, high = bounds
    return Interval(max(min(low, value), 0.0), min(max(high, value), 1.0), "bca")


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share among `n` items."""
    z = 1.959963984540054
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * ((share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5)
    return max(min(centre - half, share), 0.0), min(max(centre + half, share), 1.0)


def _macro_f1_bca(rows: Sequence[Row]) -> tuple[float, float] | None:
    codes, count = label_codes(sorted(map(label_pair, rows), key=lambda pair: str(pair)))
    return _bca(codes, lambda sample: macro_f1_of(sample, count))


def _bca(
    values: NDArray[Any], statistic: Callable[[NDArray[Any]], NDArray[np.float64]]
) -> tuple[float, float] | None:
    """Bootstrap `statistic` over the first axis of `values`; None where BCa does not exist."""
    import warnings

    import numpy as np
    from scipy import stats

    if len(values) < 2:
        return None
    with warnings.catch_warnings():
        # A degenerate sample is answered by None below, so the warning says nothing more.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.bootstrap(
            (np.arange(len(values)),),
            lambda index, axis=-1: statistic(values[index]),
            n_resamples=_RESAMPLES,
            batch=max(1, 2_000_000 // len(values)),
            vectorized=True,
            axis=-1,
            method="BCa",
            rng=np.random.default_rng(_SEED),
        ).confidence_interval
    low, high = float(found.low), float(found.high)
    return (low, high) if np.isfinite([low, high]).all() else None


def label_pair(row: Row) -> tuple[str, str | None]:
    """Return the expected and the given label."""
    return row.expected, given_label(row)


def label_codes(pairs: Sequence[tuple[str, str | None]]) -> tuple[NDArray[np.int64], int]:
    """Return (expected, given) pairs as numbers, none as -1, and how many labels there are."""
    import numpy as np

    number: dict[str | None, int] = {}
    for label in (label for pair in pairs for label in pair if label is not None):
        number.setdefault(label, len(number))
    codes = [[number[expected], number.get(given, -1)] for expected, given in pairs]
    return np.array(codes, dtype=np.int64), len(number)


def macro_f1_of(pairs: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return the macro-F1 of each resample: `pairs` is (..., items, 2) of label numbers."""
    import numpy as np

    flat = pairs.reshape(-1, *pairs.shape[-2:])
    offset = np.arange(len(flat))[:, None] * count
    expected, given = flat[..., 0], flat[..., 1]

    def counts(codes: NDArray[np.int64], where: NDArray[np.bool_]) -> NDArray[np.int64]:
        found = np.bincount((codes + offset)[where], minlength=len(flat) * count)
        return found.reshape(len(flat), count)

    right = counts(expected, expected == given)
    total = counts(expected, expected >= 0) + counts(given, given >= 0)
    f1 = 2 * right / np.maximum(total, 1)
    result: NDArray[np.float64] = f1.sum(axis=1) / (total > 0).sum(axis=1)
    return result.reshape(pairs.shape[:-2])
