"""Numbers as a person reads them: money and days in bands."""

from __future__ import annotations

import math

from ladder.costs import Band, FirstPrice

__all__ = ["days_words", "money_words", "number_words", "price_words"]


def money_words(band: Band) -> str:
    """Return a band of $: "$0", "under $1", "$5 to $60", "$1,200 to $3,400"."""
    if band.p90 == 0:
        return "$0"
    if band.p90 < 1:
        return "under $1"
    low, high = _round(band.p10), _round(band.p90)
    return f"${high}" if low == high else f"${low} to ${high}"


def days_words(band: Band) -> str:
    """Return a band of working days: "0.5 to 3 days"."""
    return f"{band.p10:g} to {band.p90:g} days"


def price_words(price: FirstPrice) -> str:
    """Return a method's price in one line."""
    return (
        f"{money_words(price.one_off)} once and {money_words(price.monthly)} a month, "
        f"{days_words(price.people_days)} of work"
    )


def number_words(value: float) -> str:
    """Return a number as people write it, with three digits that count: "0.18", "30,400"."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    if digits > 6 or abs(value) >= 1e12:
        return f"{value:.3g}"
    text = f"{float(f'{value:.3g}'):,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _round(value: float) -> str:
    """Return a number with two digits that count."""
    if value < 0.95:
        return "0" if value < 0.05 else f"{value:.1f}"
    digits = len(str(int(value))) - 2
    return f"{round(value, -digits):,.0f}" if digits >= 0 else f"{value:.0f}"
