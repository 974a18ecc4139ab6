"""What could be wrong with an advice, and what to measure next, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from advisor.advice import Advice, title_of
from advisor.answers import STARRED
from advisor.break_even import lead_of
from advisor.inputs import LABELS
from advisor.measured import HOW
from advisor.methods import MEASURE_FIRST, is_runnable
from advisor.pricing import DAY_PRICE, price_inputs
from advisor.rules import source_words
from advisor.sensitivity import sensitivity
from advisor.words import money_words
from ladder.costs.gpus import OLD_DAYS

if TYPE_CHECKING:
    from datetime import date

    from ladder.evaluation import Score
    from ladder.project import TaskFolder

__all__ = ["FEW", "WIDE", "called", "next_measurements", "risks"]

WIDE = 4
"""Upper over lower end of a total from which its band is called wide (a choice of ours)."""
_OLD = f"older than {OLD_DAYS} days"
FEW = 200
"""Examples below which a score is called rough: 95 % of it is 7 points to either side at worst."""


def called(name: str) -> str:
    """Return what an answer is called; the page asks for one of them in its heading."""
    if name == "missing":
        return "What is missing today"
    return LABELS.get(name, name.replace("_", " ")).rstrip("?")


def risks(
    advice: Advice,
    situation: Sequence[Mapping[str, Any]],
    score: Score | None,
    months: int,
    today: date,
) -> list[str]:
    """Return what could make the advice wrong, the most direct first."""
    lead = lead_of(advice)
    return [
        *_against(advice, lead),
        *_quality(advice, score),
        *_unsure(advice, situation),
        *_level(advice),
        *_price(advice, lead, months, today),
    ]


def _against(advice: Advice, lead: str) -> list[str]:
    """Return what the rules say against the method."""
    row = advice.row(lead)
    return [
        f"Against {title_of(lead)}: {rule.sentence} ({source_words(rule.source, rule.certainty)})"
        for rule in (*row.ruled_out_by, *row.rules)
        if rule.is_gate or rule.effects[lead] < 0
    ]


def _quality(advice: Advice, score: Score | None) -> list[str]:
    """Return how little is known about the quality of today's prompt."""
    answers = advice.answers
    if not answers.measured:
        return ["No prompt has been measured: what comes next is a guess until one is."]
    if isinstance(answers.baseline, str):
        return ["How far a prompt is from the target is not known, only that it misses it."]
    if score is None or score.value != answers.baseline:
        return ["The quality of the prompt was told, not measured here."]
    found = []
    words = f"{score.value:.2f} ({score.low:.2f} to {score.high:.2f}) on {score.n} examples"
    if score.n < FEW:
        found.append(f"The quality of the prompt is rough: {words}.")
    if score.low <= answers.target <= score.high:
        found.append(
            f"The prompt may be on the other side of the target {answers.target:.2f}: {words}."
        )
    return found


def _unsure(advice: Advice, situation: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the answers that nobody gave: those that decide here, and how many in all."""
    defaults = _defaults(situation)
    turning = [c for c in sensitivity(advice) if c.answer in defaults]
    found = [f"Left at its default, but it decides. {change.sentence}" for change in turning]
    left = [name for name in STARRED if name in defaults]
    if left:
        names = "; ".join(called(name) for name in left)
        found.append(
            f"{len(left)} of the {len(STARRED)} answers that decide most were left at their "
            f"defaults: {names}."
        )
    return found


def _level(advice: Advice) -> list[str]:
    others = [title_of(m) for m in advice.accepted if m != advice.recommended]
    if not others:
        return []
    return [
        f"The rules weigh in whole points, and within one point of {title_of(advice.recommended)} "
        f"there {'is' if len(others) == 1 else 'are'} also {', '.join(others)}."
    ]


def _price(advice: Advice, lead: str, months: int, today: date) -> list[str]:
    total = advice.row(lead).price.total(months, DAY_PRICE)
    found = []
    if total.p90 >= WIDE * total.p10 > 0:
        found.append(
            f"Its total over {months} months is wide: {money_words(total)} with people's work, "
            f"{total.p90 / total.p10:.0f} times from end to end."
        )
    inputs = price_inputs(advice.answers, advice.token_model)
    paid = " ".join(line.source for line in advice.row(lead).price.lines)
    if inputs.gpu.old(today) and inputs.gpu.source in paid:
        found.append(f"A price in it is old: {inputs.gpu.price_words(today)}.")
    for rates in (inputs.rates, inputs.larger_rates):
        if _OLD in rates.source and rates.source in paid:
            found.append(f"A price in it is old: {rates.source}.")
    return found


def next_measurements(
    advice: Advice,
    situation: Sequence[Mapping[str, Any]],
    score: Score | None,
    folder: TaskFolder | None,
) -> list[str]:
    """Return what to measure or find out next, what changes the answer most easily first."""
    answers, where = advice.answers, _where(folder)
    found = []
    if score is None or not answers.measured:
        found.append(f"Measure a prompt on your own examples: ladder measure {where}.")
    elif score.n < FEW:
        found.append(
            f"Label more examples: the prompt was measured on {score.n}; on {FEW} its score would "
            "be known to 7 points or better."
        )
    defaults = _defaults(situation)
    for change in sensitivity(advice):
        if change.answer in defaults and change.answer not in ("baseline", "labelled_possible"):
            how = " (the project can show it)" if change.answer in HOW and folder is None else ""
            found.append(f"Find out: {called(change.answer)}{how}. {change.sentence}")
    if advice.recommended != MEASURE_FIRST and is_runnable(advice.recommended):
        found.append(
            f"Try {title_of(advice.recommended)} on your own examples: ladder advise {where} "
            "--plan, then ladder run."
        )
    return list(dict.fromkeys(found))


def _defaults(situation: Sequence[Mapping[str, Any]]) -> set[str]:
    return {row["answer"] for row in situation if row["origin"] == "default"}


def _where(folder: TaskFolder | None) -> str:
    return f"{folder.project.name} --task {folder.task.name}" if folder else "PROJECT"
