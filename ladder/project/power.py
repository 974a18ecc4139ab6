"""What a number of test examples can show, computed before anything is measured.

Two answerers are compared on the same items with the exact McNemar test (a binomial test on
the items on which exactly one of them is right). Its power depends on the gain and on how often
the two disagree; our assumption is that they disagree on 20 items of 100, as a gain of 10 points
between rungs often does (15 won, 5 lost).
"""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["mcnemar_power", "what_n_can_show"]

_DISAGREE = 0.20
_LEVEL = 0.05
_EXACT_UP_TO = 400
_SOUGHT = 0.8


@lru_cache(maxsize=256)
def mcnemar_power(n: int, gain: float, disagree: float = _DISAGREE) -> float:
    """Return how often a true gain comes out significant at 5 % (two-sided) with `n` pairs.

    Args:
        n: number of items that both answered.
        gain: true difference of the two accuracies, above 0 (0.10 is ten points).
        disagree: share of items on which exactly one is right; at least `gain`.

    Exact up to 400 items, then the normal approximation with unconditional variance
    (Connor 1987, "Sample size for testing differences in proportions for the paired-sample
    design", Biometrics 43).
    """
    disagree = max(disagree, gain)
    if n > _EXACT_UP_TO:
        spread = math.sqrt(disagree - gain**2)
        return _normal_cdf((gain * math.sqrt(n) - 1.959964 * math.sqrt(disagree)) / spread)
    won = (1 + gain / disagree) / 2
    power = 0.0
    for discordant in range(n + 1):
        weight = _binomial(discordant, n, disagree)
        if weight > 1e-12:
            least = _least_significant(discordant)
            tail = (_binomial(wins, discordant, won) for wins in range(least, discordant + 1))
            power += weight * math.fsum(tail)
    return power


def what_n_can_show(n: int) -> str:
    """Return one sentence: how often a 10-point gain is found with `n` test examples."""
    if n <= 0:
        return "Without test examples nothing can be confirmed; label at least 20 examples."
    often = _how_often(mcnemar_power(n, 0.10))
    sentence = f"With {n:,} test examples a 10-point gain is found {often}"
    points = next((p for p in range(1, 100) if mcnemar_power(n, p / 100) >= _SOUGHT), None)
    if points is None or points == 10:
        return f"{sentence}."
    article = "an" if points in (8, 11, 18) or 80 <= points < 90 else "a"
    return f"{sentence}, and {article} {points}-point gain 4 times in 5."


def _how_often(power: float) -> str:
    """Say a probability in words."""
    for limit, words in (
        (0.05, "almost never"),
        (0.15, "about every tenth time"),
        (0.29, "about every fifth time"),
        (0.42, "about every third time"),
        (0.58, "about every second time"),
        (0.71, "about 2 times in 3"),
        (0.78, "about 3 times in 4"),
        (0.85, "about 4 times in 5"),
        (0.95, "about 9 times in 10"),
    ):
        if power < limit:
            return words
    return "almost every time"


@lru_cache(maxsize=1024)
def _least_significant(discordant: int) -> int:
    """Return the fewest wins that are significant among so many disagreements."""
    tail = 0.0
    wins = discordant
    while wins > discordant / 2:
        tail += _binomial(wins, discordant, 0.5)
        if 2 * tail > _LEVEL:
            break
        wins -= 1
    return wins + 1


def _binomial(k: int, n: int, p: float) -> float:
    if p >= 1:
        return float(k == n)
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(p) + (n - k) * math.log1p(-p))


def _normal_cdf(z: float) -> float:
    return (1 + math.erf(z / math.sqrt(2))) / 2
