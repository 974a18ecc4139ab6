"""From answers to an advice: the way through the flowchart, the methods ranked and priced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from advisor.answers import BELOW_TARGET, Answers
from advisor.flowchart import Step, source_words, walk
from advisor.measured import measured_answers
from advisor.methods import MEASURE_FIRST, METHODS
from advisor.pricing import DAY_PRICE, price_of
from advisor.rules import Certainty, Rule, ruled_out
from advisor.words import price_words
from ladder.costs import Band, FirstPrice

__all__ = [
    "Advice",
    "RankedMethod",
    "Reason",
    "advice_to_json",
    "advise",
    "measured_answers",
    "title_of",
]

HORIZON_MONTHS = 12
"""Months over which methods are compared (our assumption)."""
State = Literal["recommended", "runner-up", "possible", "ruled out"]

_THEN: dict[str, tuple[str, ...]] = {
    "prompt": ("icl", "larger-model", "docs-in-prompt", "rag"),
    "icl": ("larger-model", "prompt", "docs-in-prompt", "rag"),
    "docs-in-prompt": ("rag", "larger-model", "prompt"),
    "rag": ("rag+peft", "docs-in-prompt", "larger-model", "prompt"),
    "peft": ("classifier", "rag+peft", "larger-model", "icl", "prompt", "rag"),
    "full": ("peft", "larger-model", "icl", "prompt", "rag"),
    "cpt": ("peft", "larger-model", "icl", "prompt", "rag"),
    "pretrain": ("cpt", "peft", "larger-model", "icl", "prompt", "rag"),
}
"""What is tried when an outcome is ruled out or misses the target (our assumption)."""


@dataclass(frozen=True)
class Reason:
    """One sentence with its source."""

    text: str
    source: str
    certainty: Certainty

    @property
    def printed_source(self) -> str:
        """Return the source as a page prints it."""
        return source_words(self.source, self.certainty)


@dataclass(frozen=True)
class RankedMethod:
    """One of the sixteen methods in this situation."""

    method: str
    state: State
    ruled_out_by: tuple[Rule, ...]
    price: FirstPrice

    @property
    def why_not(self) -> str:
        """Return what rules it out in one sentence; empty if nothing does."""
        if not self.ruled_out_by:
            return ""
        rule = self.ruled_out_by[0]
        sentence = rule.sentence[0].upper() + rule.sentence[1:]
        return f"{sentence} ({source_words(rule.source, rule.certainty)})."


@dataclass(frozen=True)
class Advice:
    """What to do, why, and what else there is."""

    answers: Answers
    recommended: str
    """A method's id, or `measure-first`."""
    path: tuple[Step, ...]
    reasons: tuple[Reason, ...]
    """The three that decided most."""
    ranked: tuple[RankedMethod, ...]
    """All sixteen, the recommended one first, those ruled out last."""
    runner_up: str | None
    """What comes next; under `measure-first`, what it would be with a prompt below target."""

    @property
    def sentence(self) -> str:
        """Return the recommendation in one sentence."""
        if self.recommended == MEASURE_FIRST:
            then = f" If it misses the target, {title_of(self.runner_up or '')} comes next."
            return f"Measure a prompt on your own examples first.{then}"
        method = METHODS[self.recommended]
        after = f"; {title_of(self.runner_up)} is the runner-up" if self.runner_up else ""
        return f"{method.title}: {method.meaning}{after}."

    def row(self, method: str) -> RankedMethod:
        """Return the row of a method."""
        return next(row for row in self.ranked if row.method == method)


def title_of(method: str) -> str:
    """Return what a person calls a method."""
    return "Measure first" if method == MEASURE_FIRST else METHODS[method].title


def advise(answers: Answers, token_model: str = "") -> Advice:
    """Walk the seven questions and rank all methods.

    Args:
        answers: the situation.
        token_model: the model whose token prices count, as `provider:model`; none takes a band
            over hosts of a model of the candidate's size.

    Raises:
        InputError: the price list does not know `token_model`.
    """
    path = walk(answers)
    against = ruled_out(answers)
    outcome = path[-1].branch.then
    chosen: str
    runner_up: str | None
    extra: tuple[Reason, ...]
    if outcome == MEASURE_FIRST:
        supposed = advise(replace(answers, baseline=BELOW_TARGET), token_model)
        chosen, runner_up, extra = MEASURE_FIRST, supposed.recommended, ()
    else:
        chosen, runner_up, extra = _choose(outcome, answers, against, token_model)
    ranked = _rank(answers, chosen, runner_up, against, token_model)
    reasons = _reasons(path, extra, chosen, runner_up, answers, token_model)
    return Advice(answers, chosen, path, reasons, ranked, runner_up)


def advice_to_json(advice: Advice) -> dict[str, Any]:
    """Return the advice as plain data, as `ladder advise --json` prints it."""
    return {
        "recommended": advice.recommended,
        "runner_up": advice.runner_up,
        "path": [
            {
                "question": step.question.id,
                "text": step.question.text,
                "answer": step.answer,
                "reason": step.reason,
                "source": step.branch.source,
                "certainty": step.branch.certainty,
                "then": step.branch.then,
            }
            for step in advice.path
        ],
        "reasons": [
            {"text": reason.text, "source": reason.source, "certainty": reason.certainty}
            for reason in advice.reasons
        ],
        "ranked": [
            {
                "method": row.method,
                "state": row.state,
                "ruled_out_by": [rule.id for rule in row.ruled_out_by],
                "why_not": row.why_not,
                "cost": {
                    "one_off": _band(row.price.one_off),
                    "monthly": _band(row.price.monthly),
                    "people_days": _band(row.price.people_days),
                    "assumptions": [f"{line.formula} ({line.source})" for line in row.price.lines],
                },
            }
            for row in advice.ranked
        ],
    }


def _choose(
    outcome: str, answers: Answers, against: dict[str, tuple[Rule, ...]], token_model: str
) -> tuple[str, str | None, tuple[Reason, ...]]:
    """Return the method, the runner-up and what was added to the flowchart's outcome."""
    extra: list[Reason] = []
    order = [outcome, *_THEN[outcome]]
    if outcome == "rag" and _documents_fit(answers, against, token_model):
        order = ["docs-in-prompt", *(m for m in order if m != "docs-in-prompt")]
        extra.append(
            Reason(
                f"{answers.knowledge:,} tokens of documents fit in the prompt, and over "
                f"{HORIZON_MONTHS} months that costs less than building retrieval.",
                "Anthropic, contextual retrieval, for the fit; the cost is derived by us",
                "V",
            )
        )
    for rule in against.get(outcome, ())[:1]:
        text = f"{title_of(outcome)} is ruled out: {rule.sentence}."
        extra.append(Reason(text, rule.source, rule.certainty))
    allowed = [method for method in order if method not in against]
    return allowed[0], next(iter(allowed[1:]), None), tuple(extra)


def _documents_fit(
    answers: Answers, against: dict[str, tuple[Rule, ...]], token_model: str
) -> bool:
    """Return whether all documents in the prompt are possible and cheaper than retrieval."""
    if answers.knowledge == 0 or "docs-in-prompt" in against:
        return False
    return _total("docs-in-prompt", answers, token_model) <= _total("rag", answers, token_model)


def _total(method: str, answers: Answers, token_model: str) -> float:
    return price_of(method, answers, token_model).total(HORIZON_MONTHS, DAY_PRICE).p50


def _rank(
    answers: Answers,
    chosen: str,
    runner_up: str | None,
    against: dict[str, tuple[Rule, ...]],
    token_model: str,
) -> tuple[RankedMethod, ...]:
    """Return all methods: chosen, runner-up, the others by price, then those ruled out."""
    rows = []
    for method in METHODS:
        state: State = "ruled out" if method in against else "possible"
        if method == chosen:
            state = "recommended"
        elif method == runner_up:
            state = "runner-up"
        price = price_of(method, answers, token_model)
        rows.append(RankedMethod(method, state, against.get(method, ()), price))
    place = {"recommended": 0, "runner-up": 1, "possible": 2, "ruled out": 3}
    rows.sort(key=lambda row: (place[row.state], row.price.total(HORIZON_MONTHS, DAY_PRICE).p50))
    return tuple(rows)


def _reasons(
    path: tuple[Step, ...],
    extra: tuple[Reason, ...],
    chosen: str,
    runner_up: str | None,
    answers: Answers,
    token_model: str,
) -> tuple[Reason, ...]:
    """Return at most three reasons: what was added, the last questions, the price if lower."""
    steps = [Reason(s.reason, s.branch.source, s.branch.certainty) for s in reversed(path)]
    first = [*extra, *steps]
    if chosen == MEASURE_FIRST:
        return (*first[:1], *_why_measure(runner_up or "", answers, token_model))
    if runner_up is None:
        return tuple(first[:3])
    here, there = (_total(method, answers, token_model) for method in (chosen, runner_up))
    price = Reason(
        f"Over {HORIZON_MONTHS} months it costs about ${here:,.0f} with people's time, "
        f"{title_of(runner_up)} about ${there:,.0f}.",
        f"first prices; ${DAY_PRICE:,.0f} a working day is our assumption",
        "D",
    )
    if here > there:  # being dearer than the runner-up is no reason for it
        own = price_words(price_of(chosen, answers, token_model))
        price = Reason(f"Its first price: {own}.", "first prices", "D")
        return tuple([*first, price][:3])
    return (*first[:2], price)


def _why_measure(following: str, answers: Answers, token_model: str) -> tuple[Reason, Reason]:
    """Return what trying a prompt costs, and what the measurement may spare."""
    tried, spared = (price_of(m, answers, token_model) for m in ("prompt", following))
    return (
        Reason(f"A prompt costs little to try: {price_words(tried)}.", "first prices", "D"),
        Reason(
            f"{title_of(following)} would come next, at {price_words(spared)}: measuring says "
            "whether that is needed.",
            "first prices",
            "D",
        ),
    )


def _band(band: Band) -> dict[str, float]:
    return {"p10": band.p10, "p50": band.p50, "p90": band.p90}
