"""Where two methods cost the same: after how many months, and from how many questions a day."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from advisor.advice import Advice, title_of
from advisor.answers import Answers
from advisor.methods import MEASURE_FIRST
from advisor.pricing import DAY_PRICE, price_inputs, price_of
from advisor.words import number_words
from ladder.costs import first_price
from ladder.costs.horizon import crossing

__all__ = ["MOST_QUERIES", "BreakEven", "break_evens", "compared", "lead_of", "traffic_break_even"]

MOST_QUERIES = 1e7
"""Questions a day up to which a break-even is looked for (a choice of ours)."""
_STEPS_PER_DECADE = 4
_HALVINGS = 60


@dataclass(frozen=True)
class BreakEven:
    """Where the cheaper of two methods becomes the dearer one, by their likely prices."""

    first: str
    """The method that is cheaper before."""
    then: str
    """The method that is cheaper from there on."""
    kind: Literal["months", "queries_per_day"]
    at: float
    money: float
    """$ of each of the two by then; over the whole horizon where `kind` is not months."""
    months: int
    """The horizon."""
    now: float = 0
    """Questions a day today."""

    @property
    def sentence(self) -> str:
        """Return it in words."""
        then, first = title_of(self.then), title_of(self.first)
        if self.kind == "months":
            return (
                f"{then} is cheaper than {first} from month {math.floor(self.at) + 1} on: by then "
                f"each has cost about ${number_words(self.money)}."
            )
        return (
            f"{then} is cheaper than {first} from about {number_words(self.at)} questions a day "
            f"on, over {self.months} months; now {self.now:,.0f}."
        )


def lead_of(advice: Advice) -> str:
    """Return the method that costs are compared with: under `measure-first`, what comes next."""
    if advice.recommended != MEASURE_FIRST:
        return advice.recommended
    return advice.runner_up or advice.ranked[0].method


def compared(advice: Advice) -> list[str]:
    """Return the methods beside the leading one that nothing rules out."""
    lead = lead_of(advice)
    return [row.method for row in advice.ranked if not row.ruled_out_by and row.method != lead]


def break_evens(advice: Advice, months: int, day_price: float = DAY_PRICE) -> tuple[BreakEven, ...]:
    """Return where the leading method crosses another that nothing rules out.

    First those in time within the horizon, the earliest first; then those in traffic, the nearest
    to today's first.

    Args:
        advice: the methods and the situation.
        months: the horizon.
        day_price: $ of a person's working day; 0 leaves people's work out.
    """
    lead, others = lead_of(advice), compared(advice)
    answers, model = advice.answers, advice.token_model
    in_time = (_in_time(lead, other, answers, model, months, day_price) for other in others)
    in_traffic = (
        traffic_break_even(lead, other, answers, model, months, day_price) for other in others
    )
    now = max(1, answers.traffic)
    return (
        *sorted((point for point in in_time if point), key=lambda point: point.at),
        *sorted(
            (point for point in in_traffic if point),
            key=lambda point: abs(math.log(point.at / now)),
        ),
    )


def _in_time(
    a: str, b: str, answers: Answers, model: str, months: int, day_price: float
) -> BreakEven | None:
    point = crossing(price_of(a, answers, model), price_of(b, answers, model), day_price)
    if point is None or not 0 < point.months < months:
        return None
    return BreakEven(point.first, point.then, "months", point.months, point.money, months)


@lru_cache(maxsize=2048)
def traffic_break_even(
    a: str, b: str, answers: Answers, model: str, months: int, day_price: float = DAY_PRICE
) -> BreakEven | None:
    """Return the traffic nearest to today's at which two methods cost the same; None if nowhere.

    Own GPUs come one server at a time; there the two change places at a step instead.
    """
    inputs = price_inputs(answers, model)

    def total(method: str, queries: float) -> float:
        price = first_price(method, replace(inputs, queries_per_day=queries))
        return price.total(months, day_price).p50

    def gap(queries: float) -> float:
        return total(a, queries) - total(b, queries)

    now = max(1.0, answers.traffic)
    ends = min(_changes(gap), key=lambda pair: abs(math.log(pair[0] / now)), default=None)
    if ends is None:
        return None
    at = _narrowed(gap, *ends)
    first, then = (a, b) if gap(ends[1]) > 0 else (b, a)
    money = total(then, at)
    return BreakEven(first, then, "queries_per_day", at, money, months, answers.traffic)


def _changes(gap: Callable[[float], float]) -> Iterator[tuple[float, float]]:
    """Yield the neighbours, on a grid over traffic, between which the sign of the gap changes."""
    count = round(math.log10(MOST_QUERIES) * _STEPS_PER_DECADE)
    grid = [10 ** (place / _STEPS_PER_DECADE) for place in range(count + 1)]
    gaps = [gap(queries) for queries in grid]
    last: int | None = None
    for place, value in enumerate(gaps):
        if value == 0:
            continue
        if last is not None and gaps[last] * value < 0:
            yield grid[last], grid[place]
        last = place


def _narrowed(gap: Callable[[float], float], low: float, high: float) -> float:
    """Return where the sign changes, by halving; from there on it is that of `high`."""
    positive = gap(high) > 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (low, middle) if (gap(middle) > 0) == positive else (middle, high)
    return high
