"""The two tests of a difference on the same items, on plain numbers.

Right-or-wrong items have the exact McNemar test (McNemar 1947) and Newcombe's interval for a
paired difference (Newcombe 1998, method 10). Others have the paired bootstrap over items (Efron
and Tibshirani 1993, chapter 16).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ladder.evaluation.intervals import wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LEVEL", "Test", "bootstrap", "mcnemar"]

LEVEL = 0.05
"""A difference is called one when its p, corrected for the number of pairs, is below this."""

_RESAMPLES = 10_000
_SEED = 20_001

Test = tuple[float, float, float, float]
"""Low, high, p, and the variance of one item's difference."""


def mcnemar(pairs: Sequence[tuple[bool, bool]]) -> Test:
    """Exact McNemar: among items where one alone is right, is it each half the time?"""
    from scipy.stats import binomtest

    n = len(pairs)
    both, only_a = pairs.count((True, True)), pairs.count((True, False))
    only_b = pairs.count((False, True))
    discordant = only_a + only_b
    p = float(binomtest(only_b, discordant).pvalue) if discordant else 1.0
    low, high = _newcombe(both, only_b, only_a, n)
    if p >= LEVEL:
        # The interval is approximate, the test exact: where they differ the test is believed.
        low, high = min(low, 0.0), max(high, 0.0)
    variance = discordant / n - ((only_b - only_a) / n) ** 2
    return low, high, p, variance


def _newcombe(both: int, only_b: int, only_a: int, n: int) -> tuple[float, float]:
    """Return Newcombe's (1998) method-10 interval for the share of B minus that of A."""
    neither = n - both - only_a - only_b
    share_a, share_b = (both + only_a) / n, (both + only_b) / n
    low_a, high_a = wilson(share_a, n)
    low_b, high_b = wilson(share_b, n)
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    together = float(both * neither - only_a * only_b)
    if together > 0:  # Newcombe's correction: a little agreement is taken as none
        together = max(together - n / 2, 0.0)
    phi = together / margins**0.5 if margins else 0.0
    below, above = (share_b - low_b, high_a - share_a), (high_b - share_b, share_a - low_a)
    difference = (only_b - only_a) / n
    return difference - _joined(below, phi), difference + _joined(above, phi)


def _joined(parts: tuple[float, float], phi: float) -> float:
    x, y = parts
    return float(max(x * x - 2 * phi * x * y + y * y, 0.0) ** 0.5)


def bootstrap(
    n: int,
    observed: float,
    differing: int,
    samples: Callable[[NDArray[np.int64]], NDArray[np.float64]],
) -> Test:
    """Resample items with both their answers; p is twice the rarer sign of the difference.

    Args:
        n: how many items.
        observed: the difference on them.
        differing: on how many the two differ.
        samples: the differences of resampled items, given their places, (resamples, n).
    """
    import numpy as np

    rng = np.random.default_rng(_SEED)
    batch = max(1, 2_000_000 // n)
    drawn = np.concatenate(
        [
            samples(rng.integers(0, n, (min(batch, _RESAMPLES - start), n)))
            for start in range(0, _RESAMPLES, batch)
        ]
    )
    # Sums of floats in another order differ in the last digits; such a difference is none.
    drawn = np.where(np.abs(drawn) < 1e-12, 0.0, drawn)
    rarer = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    # A bootstrap of few items is too sure. It may not be surer than a sign test in which every
    # item that differs speaks for the same side.
    p = min(1.0, max(2 * (rarer + 1) / (_RESAMPLES + 1), 2.0 ** (1 - differing)))
    low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975]))
    low, high = min(low, observed), max(high, observed)
    if p >= LEVEL:
        low, high = min(low, 0.0), max(high, 0.0)
    return low, high, p, n * float(drawn.var())
