"""What the Decide page shows of an advice, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.advice import Advice, RankedMethod
from advisor.methods import MEASURE_FIRST, METHODS, is_runnable
from advisor.words import days_words, money_words
from ladder.jobs.job_view import duration

if TYPE_CHECKING:
    from advisor.plans import Choice
    from ladder.plan import Plan
    from ladder.project import TaskFolder

__all__ = ["others", "page_of", "price_lines", "run_label", "table_rows"]

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


def page_of(method: str) -> str:
    """Return the page on which a method of the advisor is carried out."""
    return {
        MEASURE_FIRST: "jobs",
        "prompt": "few-shot",
        "icl": "few-shot",
        "docs-in-prompt": "chat",
        "rag": "chat",
        "classifier": "train",
        "peft": "train",
    }.get(method, "")


def others(folder: TaskFolder, advice: Advice) -> list[str]:
    """Return the methods that can be carried out beside the one that is offered first."""
    from advisor.plans import choose, lacks

    first = choose(folder, advice).method
    return [
        row.method
        for row in advice.ranked
        if row.state != "ruled out"
        and row.method != first
        and page_of(row.method)
        and not lacks(folder, row.method)
    ]


def run_label(plan: Plan, choice: Choice) -> str:
    """Return what stands on the button that carries a plan out."""
    words = "Run this instead" if choice.missing else "Run this"
    if page_of(choice.method) != "train":
        return f"{words}: {plan.title}, ready now"
    return f"{words}: {plan.title}, about {duration(plan.seconds.p50)}, {_money(plan)}"


def _money(plan: Plan) -> str:
    return "no price set" if plan.money is None else money_words(plan.money).replace("$", "\\$")
