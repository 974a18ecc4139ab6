"""Costs over months: one horizon for all methods, and where two of them cross."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ladder.costs.basis import Band
from ladder.costs.checks import not_negative, positive
from ladder.costs.method_price import FirstPrice
from ladder.costs.prices import TokenPrice
from ladder.errors import InputError

__all__ = [
    "Crossing",
    "crossing",
    "crossings",
    "curve",
    "own_from_tokens",
    "repaid_after",
    "tuned_pays_above",
]


@dataclass(frozen=True)
class Crossing:
    """Where a method that costs more at first has become the cheaper one."""

    first: str
    """The method that is cheaper at first."""
    then: str
    """The method that is cheaper afterwards."""
    months: float
    money: float
    """$ that both have cost by then."""


def curve(price: FirstPrice, months: int, day_price: float = 0) -> list[Band]:
    """Return the $ in total after 0, 1, 2 .. months, people's days at `day_price` $ each."""
    not_negative("months", months)
    return [price.total(month, day_price) for month in range(months + 1)]


def crossing(a: FirstPrice, b: FirstPrice, day_price: float = 0) -> Crossing | None:
    """Return where two methods have cost the same, by their likely prices; None if never.

    months = (once of the one - once of the other) / (difference of a month).
    """
    once = a.total(0, day_price).p50 - b.total(0, day_price).p50
    month = b.monthly.p50 - a.monthly.p50
    if once * month <= 0:
        return None
    months = once / month
    if not math.isfinite(months):
        return None
    first, then = (b, a) if once > 0 else (a, b)
    return Crossing(first.method, then.method, months, a.total(months, day_price).p50)


def crossings(prices: Iterable[FirstPrice], months: float, day_price: float = 0) -> list[Crossing]:
    """Return all crossings within a horizon, the earliest first."""
    every = list(prices)
    found = [crossing(a, b, day_price) for place, a in enumerate(every) for b in every[place + 1 :]]
    within = [point for point in found if point and point.months <= months]
    return sorted(within, key=lambda point: point.months)


def repaid_after(once: float, each_now: float, each_then: float) -> float | None:
    """Return the queries after which money spent once is repaid; None if never.

    Args:
        once: $ for training, labels and working days.
        each_now: $ of a query today.
        each_then: $ of a query afterwards.

    Raises:
        InputError: a number is negative or not a number.
    """
    not_negative("once", once)
    saved = not_negative("each_now", each_now) - not_negative("each_then", each_then)
    return once / saved if saved > 0 else None


def tuned_pays_above(
    input: float, output: float, *, dearer: float = 2, output_ratio: float = 4, kept: float = 1
) -> float:
    """Return the prompt tokens that a fine-tuned model must save to be cheaper per query.

    Hosted fine-tuned weights cost `dearer` times their base: they pay once
    kept x S > (dearer - 1) x (input + output_ratio x output).

    Args:
        input: tokens of the question itself.
        output: tokens of the answer.
        dearer: price of the fine-tuned model's tokens over its base's.
        output_ratio: price of answer tokens over prompt tokens.
        kept: price of the tokens saved, S, over fresh ones; below 1 where a cache keeps them.

    Raises:
        InputError: a number is out of range.
    """
    positive("kept", kept)
    positive("output_ratio", output_ratio)
    if not dearer >= 1:
        raise InputError(f"dearer is {dearer}; give 1 or more.")
    question = not_negative("input", input) + output_ratio * not_negative("output", output)
    return (dearer - 1) * question / kept


def own_from_tokens(monthly: float, price: TokenPrice, output_share: float) -> float:
    """Return the tokens a month from which own GPUs are cheaper than a provider's tokens.

    Args:
        monthly: $ a month of the GPUs, always on.
        price: what the provider charges.
        output_share: share of the tokens that are answers, 0 to 1.

    Raises:
        InputError: a number is out of range, or the provider's tokens are free.
    """
    not_negative("monthly", monthly)
    if not 0 <= output_share <= 1:
        raise InputError(f"output_share is {output_share}; give a share from 0 to 1.")
    each = price.cost(1 - output_share, 0, output_share)
    if each == 0:
        raise InputError(f"The tokens of {price.model} are free; own GPUs never pay against that.")
    return monthly / each
