"""What the Decide page shows of an advice, as plain data and Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.advice import Advice, RankedMethod, Reason, title_of
from advisor.methods import MEASURE_FIRST, METHODS, is_runnable
from advisor.pricing import DAY_PRICE
from advisor.record import CERTAINTY
from advisor.words import money_words
from ladder.jobs.job_view import duration

if TYPE_CHECKING:
    from advisor.plans import Choice
    from ladder.plan import Plan
    from ladder.project import TaskFolder

__all__ = [
    "Neighbour",
    "bullets",
    "method_label",
    "neighbour_line",
    "neighbours",
    "others",
    "page_of",
    "plain",
    "reason_line",
    "rule_lines",
    "run_label",
    "score_words",
    "total_words",
]

_MARKS = {"recommended": "★ ", "runner-up": "☆ ", "ruled out": "✕ "}


@dataclass(frozen=True)
class Neighbour:
    """A method beside the recommended one, and what it costs."""

    place: str
    """Where it stands: runner-up, one rung down, one rung up."""
    method: str
    price: str
    note: str
    """What rules it out; empty if nothing does."""


def method_label(row: RankedMethod, months: int) -> str:
    """Return a ranked method in one line: verdict, name, score, price or what rules it out."""
    name = f"{_MARKS.get(row.state, '')}**{METHODS[row.method].title}**"
    if row.ruled_out_by:
        more = len(row.ruled_out_by) - 1
        also = f" And {more} more." if more else ""
        said = f"{name} · ruled out: {row.ruled_out_by[0].sentence}{also}"
    else:
        verdict = "" if row.state == "possible" else f" · {row.state}"
        here = "" if is_runnable(row.method) else " · not runnable yet"
        price = total_words(row, months)
        said = f"{name} · score {score_words(row.score)} · {price}{verdict}{here}"
    return plain(said)


def score_words(score: int) -> str:
    """Return a score with its sign: "+2", "0", "-1"."""
    return f"{score:+d}" if score else "0"


def total_words(row: RankedMethod, months: int) -> str:
    """Return what a method costs over a horizon, people's time included."""
    return f"{money_words(row.price.total(months, DAY_PRICE))} over {_months(months)}"


def rule_lines(row: RankedMethod) -> list[str]:
    """Return every rule that fired for a method: effect, sentence, source, certainty."""
    fired = [*((rule, "rules it out") for rule in row.ruled_out_by)]
    fired += [(rule, f"{rule.effects[row.method]:+d}") for rule in row.rules]
    return [
        f"**{effect}** {plain(rule.sentence)} "
        f"*{_linked(plain(rule.source), rule.link)}; {CERTAINTY[rule.certainty]}.*"
        for rule, effect in fired
    ]


def reason_line(reason: Reason) -> str:
    """Return a reason with its source and how sure it is, as Markdown."""
    source = _linked(plain(reason.source), reason.link)
    return f"{plain(reason.text)} *{source}; {CERTAINTY[reason.certainty]}.*"


def neighbours(advice: Advice, months: int) -> list[Neighbour]:
    """Return the runner-up, and what stands one rung down and up from what is recommended."""
    found = [("Runner-up", advice.runner_up)] if advice.runner_up else []
    if advice.recommended != MEASURE_FIRST:
        ladder = list(METHODS)
        here = METHODS[advice.recommended].rung
        if here > 0:
            found.append(("One rung down", ladder[here - 1]))
        if here + 1 < len(ladder):
            found.append(("One rung up", ladder[here + 1]))
    rows = [(place, advice.row(method)) for place, method in found if method]
    return [
        Neighbour(
            place, row.method, total_words(row, months),
            row.ruled_out_by[0].sentence if row.ruled_out_by else "",
        )
        for place, row in rows
    ]  # fmt: skip


def neighbour_line(each: Neighbour) -> str:
    """Return a neighbour in one line of Markdown."""
    out = f" Ruled out: {each.note}" if each.note else ""
    return plain(f"{each.place}: **{title_of(each.method)}**, {each.price}.{out}")


def bullets(lines: Iterable[str]) -> str:
    """Return lines of Markdown as a list."""
    return "\n".join(f"- {line}" for line in lines)


def plain(text: str) -> str:
    """Return text in which no $ begins a formula."""
    return text.replace("$", "\\$")


def page_of(method: str) -> str:
    """Return the page on which a method of the advisor is carried out."""
    return {
        MEASURE_FIRST: "jobs",
        "no-llm": "jobs",
        "prompt": "few-shot",
        "icl": "few-shot",
        "docs-in-prompt": "chat",
        "rag": "chat",
        "classifier": "train",
        "peft": "train",
        "full": "train",
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
    if page_of(choice.method) not in ("jobs", "train"):
        return f"{words}: {plan.title}, ready now"
    return f"{words}: {plan.title}, about {duration(plan.seconds.p50)}, {_money(plan)}"


def _money(plan: Plan) -> str:
    return "no price set" if plan.money is None else plain(money_words(plan.money))


def _linked(text: str, link: str) -> str:
    return f"[{text}]({link})" if link else text


def _months(months: int) -> str:
    return f"{months} month{'s' if months != 1 else ''}"
