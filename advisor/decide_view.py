"""What the Decide page shows of an advice, as plain data."""

from __future__ import annotations

from typing import Any

from advisor.advise import Advice, RankedMethod, title_of
from advisor.methods import METHODS, is_runnable
from advisor.words import days_words, money_words

__all__ = ["price_lines", "runs_here", "table_rows"]

_MARKS = {"recommended": "★ ", "runner-up": "☆ "}


def table_rows(advice: Advice, months: int) -> list[dict[str, str]]:
    """Return the ranked table over a horizon; money in bands, people's days beside it."""
    return [
        {
            "Method": METHODS[row.method].title,
            "Verdict": _MARKS.get(row.state, "") + row.state,
            "Once": money_words(row.price.one_off),
            "A month": money_words(row.price.monthly),
            f"Over {months} month{'s' if months > 1 else ''}": money_words(row.price.total(months)),
            "People's work": days_words(row.price.people_days),
            "What rules it out, or is missing": _against(row),
        }
        for row in advice.ranked
    ]


def _against(row: RankedMethod) -> str:
    if row.why_not:
        return row.why_not
    return "" if is_runnable(row.method) else "Not runnable yet: not in this version."


def price_lines(row: RankedMethod) -> list[dict[str, str]]:
    """Return how a method's price was reckoned: every part with its formula and source."""
    lines: list[dict[str, Any]] = [
        {
            "When": line.when,
            "Money": money_words(line.money),
            "Formula": line.formula,
            "Source": line.source,
        }
        for line in row.price.lines
    ]
    people = {
        "When": "one-off",
        "Money": days_words(row.price.people_days),
        "Formula": "people's work to build it; not in the money",
        "Source": "our assumption",
    }
    return [*lines, people]


def runs_here(advice: Advice) -> str:
    """Return whether the recommended method can run in this version, as a sentence."""
    if advice.recommended not in METHODS:
        return ""
    if is_runnable(advice.recommended):
        return f"{title_of(advice.recommended)} runs here: it is measured on the Scoreboard."
    able = ", ".join(title_of(method) for method in METHODS if is_runnable(method))
    return (
        f"{title_of(advice.recommended)} is not runnable yet in this version. What runs now: "
        f"{able}; their scores say how much is left to gain."
    )
