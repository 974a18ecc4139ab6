"""What answering costs at a provider, by its price per token."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ladder.costs.basis import Band
from ladder.costs.checks import not_negative
from ladder.costs.figure import Figure
from ladder.costs.prices import TokenPrice
from ladder.costs.roofline import Query
from ladder.costs.serving import DAYS_PER_MONTH
from ladder.errors import InputError

__all__ = ["TokenEstimate", "token_estimate"]


@dataclass(frozen=True)
class TokenEstimate:
    """What a provider's tokens cost."""

    cost_per_1k: float
    """$ of 1,000 queries."""
    monthly: float | None
    lines: tuple[Figure, ...]


def token_estimate(
    price: TokenPrice, query: Query, queries_per_day: float | None = None
) -> TokenEstimate:
    """Return what queries cost at a provider's price per token, cached tokens at their own.

    Raises:
        InputError: a number is out of range.
    """
    each = price.cost(query.input, query.cached, query.output)
    given = {
        "prompt tokens": query.input, "cached tokens": query.cached,
        "answer tokens": query.output, "$ per million prompt tokens": price.input,
        "$ per million cached tokens": price.cached_input,
        "$ per million answer tokens": price.output,
    }  # fmt: skip
    line = Figure(
        "1,000 queries", Band(*[1000 * each] * 3), "$",
        "1000 x (fresh prompt tokens x price + cached tokens x price + answer tokens x price)",
        given, f"{price.model}: {price.price_words()}",
    )  # fmt: skip
    if queries_per_day is None:
        return TokenEstimate(1000 * each, None, (line,))
    not_negative("queries_per_day", queries_per_day)
    month = queries_per_day * DAYS_PER_MONTH * each
    if not math.isfinite(month):
        raise InputError(f"{queries_per_day:g} queries a day are too many to reckon with.")
    by_month = Figure(
        "a month of queries", Band(month, month, month), "$ a month",
        "queries a day x 365 / 12 x $ of a query",
        {"queries a day": queries_per_day, "$ of a query": each}, line.source,
    )  # fmt: skip
    return TokenEstimate(1000 * each, month, (line, by_month))
