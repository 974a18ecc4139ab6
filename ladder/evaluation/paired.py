"""Is B better than A? Paired tests on the items that both answered.

Right-or-wrong items have the exact McNemar test (McNemar 1947) and Newcombe's interval for a
paired difference (Newcombe 1998, method 10). Other metrics have the paired bootstrap over items
(Efron and Tibshirani 1993, chapter 16). Several pairs at once are corrected by Holm (1979).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

from ladder.errors import InputError
from ladder.evaluation.intervals import PROPORTIONS, label_codes, label_pair, macro_f1_of
from ladder.evaluation.metrics import aggregate
from ladder.evaluation.paired_tests import LEVEL, Test, bootstrap, mcnemar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ladder.evaluation.rows import Row

__all__ = ["LEVEL", "Verdict", "compare", "compare_all", "compare_values", "corrected", "holm"]


@dataclass(frozen=True)
class Verdict:
    """What a paired test says about two Setups."""

    a: str
    """Name of the one."""
    b: str
    """Name of the other."""
    value_a: float
    value_b: float
    """Their scores on the items that both answered."""
    n: int
    """How many items both answered."""
    difference: float
    """`value_b - value_a`."""
    low: float
    high: float
    """Its 95 % interval (of this pair alone, also where p is corrected)."""
    p: float
    """Two-sided p, corrected by Holm where several pairs are tested."""
    variance: float
    """Variance of one item's difference."""
    pairs: int = 1
    """How many pairs were tested together."""
    p_alone: float | None = None
    """p without that correction; None where there was none."""
    split: str = ""
    """The split that the items are of; the sentence says so where it is the test split."""
    noun: str = "examples"
    """What the items are called."""

    @property
    def better(self) -> Literal["a", "b"] | None:
        """Return which one is better, or None while that cannot be told."""
        if self.p >= LEVEL:
            return None
        return "b" if self.difference > 0 else "a"

    @property
    def more_needed(self) -> int | None:
        """Return about how many more examples would settle it; None where it is settled or equal.

        Our assumption: difference and variance stay as observed; 80 % power (Connor 1987) at
        p < 0.05, divided by the number of pairs. Below six items no paired test reaches that.
        """
        if self.better or abs(self.difference) < 1e-12:
            return None
        z = NormalDist().inv_cdf(1 - LEVEL / self.pairs / 2) + NormalDist().inv_cdf(0.8)
        needed = max(z**2 * self.variance / self.difference**2, 6.0)
        return max(1, math.ceil(needed) - self.n)

    @property
    def sentence(self) -> str:
        """Return the verdict in words."""
        if self.better == "a":
            return self._reversed().sentence
        interval = f"({_places(self.low)} to {_places(self.high)})"
        evidence = f"difference {round(self.difference, 2) + 0.0:+.2f} {interval}, {self._p()}"
        kind = f"test {self.noun}" if self.split == "test" else self.noun
        on = f"on the same {self.n:,} {kind}"
        if self.better:
            values = f"{self.value_b:.2f} against {self.value_a:.2f}"
            return f"{self.b} is better than {self.a}: {values} {on}, {evidence}."
        values = f"{self.b} {self.value_b:.2f}, {self.a} {self.value_a:.2f}"
        return f"Cannot tell yet: {values} {on}, {evidence}; {self._remedy()}."

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain data, with its sentence."""
        derived = {name: getattr(self, name) for name in ("better", "more_needed", "sentence")}
        return asdict(self) | derived

    def _p(self) -> str:
        """Return p in words; both of them where the correction alone makes it unsure."""
        said = _p_words(self.p)
        if self.pairs == 1:
            return said
        corrected = f"corrected for {self.pairs} pairs (Holm)"
        if self.p_alone is not None and self.p_alone < LEVEL <= self.p:
            return f"{_p_words(self.p_alone)} alone, {said} {corrected}"
        return f"{said} {corrected}"

    def _remedy(self) -> str:
        if self.more_needed is None:
            return f"they are equal so far, and more {self.noun} would not part them at this rate"
        more = _rounded(self.more_needed)
        noun = self.noun.removesuffix("s") if more == 1 else self.noun
        return (
            f"about {more:,} more {noun} would settle it, if the two go on differing as they do "
            "here (80 % power)"
        )

    def _reversed(self) -> Verdict:
        return replace(
            self, a=self.b, b=self.a, value_a=self.value_b, value_b=self.value_a,
            difference=-self.difference, low=-self.high, high=-self.low,
        )  # fmt: skip


def compare(
    rows_a: Sequence[Row],
    rows_b: Sequence[Row],
    metric: str,
    *,
    a: str = "A",
    b: str = "B",
) -> Verdict:
    """Test whether two Setups differ, on the items that both answered.

    Args:
        rows_a: the per-item rows of the one.
        rows_b: those of the other, in any order.
        metric: how they are scored.
        a: what the one is called in the sentence.
        b: what the other is called.

    Raises:
        InputError: they have no item in common.
    """
    # An item whose right answer was corrected in between is not the same item any more.
    others = {_item(row): row for row in rows_b}
    left = sorted((row for row in rows_a if _item(row) in others), key=lambda row: row.id)
    if not left:
        raise InputError(
            f"{a} and {b} have no example in common; measure both on the same split and limit."
        )
    right = [others[_item(row)] for row in left]
    test = _mcnemar if metric in PROPORTIONS else _bootstrap
    low, high, p, variance = test(left, right, metric)
    value_a, value_b = aggregate(metric, left), aggregate(metric, right)
    n, difference = len(left), value_b - value_a
    return Verdict(a, b, value_a, value_b, n, difference, low, high, p, variance)


def compare_values(
    values_a: Mapping[str, float],
    values_b: Mapping[str, float],
    *,
    a: str = "A",
    b: str = "B",
    noun: str = "examples",
) -> Verdict:
    """Test whether two things differ whose items have plain values, by item.

    Items of which all are 0 or 1 have McNemar's test, others the paired bootstrap.

    Raises:
        InputError: they have no item in common.
    """
    import numpy as np

    common = sorted(values_a.keys() & values_b.keys())
    if not common:
        raise InputError(f"{a} and {b} have no item in common; measure both on the same ones.")
    left = np.array([values_a[item] for item in common], dtype=float)
    right = np.array([values_b[item] for item in common], dtype=float)
    if np.isin(left, (0, 1)).all() and np.isin(right, (0, 1)).all():
        test = mcnemar(list(zip((left > 0).tolist(), (right > 0).tolist(), strict=True)))
    else:
        each = right - left
        differing = int((np.abs(each) > 1e-12).sum())
        test = bootstrap(
            len(each), float(each.mean()), differing, lambda index: each[index].mean(axis=-1)
        )
    low, high, p, variance = test
    value_a, value_b = float(left.mean()), float(right.mean())
    difference = value_b - value_a
    return Verdict(
        a, b, value_a, value_b, len(common), difference, low, high, p, variance, noun=noun
    )


def corrected(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return verdicts with their p corrected by Holm for their number."""
    if len(verdicts) < 2:
        return list(verdicts)
    ps = holm([verdict.p for verdict in verdicts])
    return [
        replace(verdict, p=p, pairs=len(verdicts), p_alone=verdict.p)
        for verdict, p in zip(verdicts, ps, strict=True)
    ]


def compare_all(rows: Mapping[str, Sequence[Row]], metric: str) -> list[Verdict]:
    """Compare every two of several Setups, p corrected by Holm for the number of pairs.

    Two that have no item in common are no pair.
    """
    found = [
        compare(rows[a], rows[b], metric, a=a, b=b)
        for a, b in combinations(rows, 2)
        if {_item(row) for row in rows[a]} & {_item(row) for row in rows[b]}
    ]
    return corrected(found)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for their number by Holm's step-down method (1979)."""
    found = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, p_values[i] * (len(p_values) - rank)))
        found[i] = highest
    return found


def _item(row: Row) -> tuple[str, str, bool]:
    """Return what makes two rows answers to the same question."""
    return row.id, row.expected, row.answerable


def _mcnemar(left: Sequence[Row], right: Sequence[Row], metric: str) -> Test:
    return mcnemar(
        [(x.score(metric) > 0, y.score(metric) > 0) for x, y in zip(left, right, strict=True)]
    )


def _bootstrap(left: Sequence[Row], right: Sequence[Row], metric: str) -> Test:
    return bootstrap(len(left), *_differences(left, right, metric))


def _differences(
    left: Sequence[Row], right: Sequence[Row], metric: str
) -> tuple[float, int, Callable[[NDArray[np.int64]], NDArray[np.float64]]]:
    """Return the difference, how many items differ, and the differences of resampled items."""
    import numpy as np

    if metric != "macro-f1":
        by_item = np.array([y.score(metric) for y in right]) - [x.score(metric) for x in left]
        differing = int((np.abs(by_item) > 1e-12).sum())
        return float(by_item.mean()), differing, lambda index: by_item[index].mean(axis=-1)
    codes, count = label_codes([label_pair(row) for row in (*left, *right)])
    codes_a, codes_b = codes[: len(left)], codes[len(left) :]

    def difference(index: NDArray[np.int64]) -> NDArray[np.float64]:
        return macro_f1_of(codes_b[index], count) - macro_f1_of(codes_a[index], count)

    differing = int((codes_a[:, 1] != codes_b[:, 1]).sum())
    return float(difference(np.arange(len(left)))), differing, difference


def _rounded(number: int) -> int:
    """Return a number rounded up to two digits that count."""
    step = int(10 ** max(len(str(number)) - 2, 0))
    return -(-number // step) * step


def _p_words(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def _places(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # never "-0.00"
