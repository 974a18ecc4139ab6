"""From answers to an advice: the methods ranked by the rules, the way through the flowchart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from advisor.answers import BELOW_TARGET, Answers
from advisor.flowchart import Step, walk
from advisor.measured import measured_answers
from advisor.methods import MEASURE_FIRST, METHODS
from advisor.pricing import DAY_PRICE, price_of
from advisor.rules import RULES, Certainty, Judgement, Rule, judge, source_words
from advisor.words import price_words
from ladder.costs import Band, FirstPrice

__all__ = [
    "Advice",
    "RankedMethod",
    "Reason",
    "advice_to_json",
    "advise",
    "best_of",
    "measured_answers",
    "title_of",
]

State = Literal["recommended", "runner-up", "possible", "ruled out"]
_NEAR = 1
"""Points within which a method is as good as the best: no rule weighs finer than that."""
_MONEY = "G12-"


@dataclass(frozen=True)
class Reason:
    """One sentence with its source."""

    text: str
    source: str
    certainty: Certainty
    link: str = ""

    @property
    def printed_source(self) -> str:
        """Return the source as a page prints it."""
        return source_words(self.source, self.certainty)


@dataclass(frozen=True)
class RankedMethod:
    """One of the sixteen methods in this situation."""

    method: str
    state: State
    score: int
    rules: tuple[Rule, ...]
    """The rules that spoke for or against it; `rule.effects[method]` says how much."""
    ruled_out_by: tuple[Rule, ...]
    price: FirstPrice

    @property
    def why_not(self) -> str:
        """Return what rules it out in one sentence; empty if nothing does."""
        if not self.ruled_out_by:
            return ""
        rule = self.ruled_out_by[0]
        return f"{rule.sentence.rstrip('.')} ({source_words(rule.source, rule.certainty)})."


@dataclass(frozen=True)
class Advice:
    """What to do, why, and what else there is."""

    answers: Answers
    recommended: str
    """A method's id, or `measure-first`."""
    accepted: tuple[str, ...]
    """The methods not ruled out and within one point of the best; only `measure-first` where
    nothing has been measured."""
    path: tuple[Step, ...]
    chart_note: str
    """Why the scores end elsewhere than the seven questions; empty where both agree."""
    reasons: tuple[Reason, ...]
    """The three that decided most."""
    ranked: tuple[RankedMethod, ...]
    """All sixteen, by score and then price; those ruled out last."""
    runner_up: str | None
    """What comes next; under `measure-first`, what it would be with a prompt below target."""
    token_model: str = ""
    """The model whose token prices counted; empty for a band over hosts."""

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


def advise(answers: Answers, token_model: str = "", rules: Iterable[Rule] = RULES) -> Advice:
    """Judge all methods by the rules, and walk the seven questions beside it.

    Args:
        answers: the situation.
        token_model: the model whose token prices count, as `provider:model`; none takes a band
            over hosts of a model of the candidate's size.
        rules: what is judged by; the tests leave single ones out.

    Raises:
        InputError: the price list does not know `token_model`.
    """
    path = walk(answers)
    supposed = answers if answers.measured else replace(answers, baseline=BELOW_TARGET)
    judged = judge(supposed, rules)
    order = _order(judged, supposed, token_model)
    best = order[0]
    if answers.measured:
        recommended, runner_up = best, next(iter(order[1:]), None)
        accepted = tuple(m for m in order if judged[m].score >= judged[best].score - _NEAR)
        note = _chart_note(path[-1].branch.then, best, judged)
        reasons = _reasons(path, best, runner_up, judged, answers, token_model)
    else:
        recommended, runner_up, accepted, note = MEASURE_FIRST, best, (MEASURE_FIRST,), ""
        reasons = _why_measure(path[-1], best, supposed, token_model)
    ranked = _ranked(order, recommended, runner_up, judged, supposed, token_model)
    return Advice(
        answers, recommended, accepted, path, note, reasons, ranked, runner_up, token_model
    )


def best_of(answers: Answers, token_model: str = "", rules: Iterable[Rule] = RULES) -> str:
    """Return what is recommended, and nothing else: quick, to try many answers."""
    if not answers.measured:
        return MEASURE_FIRST
    return _order(judge(answers, rules), answers, token_model)[0]


def _order(judged: dict[str, Judgement], answers: Answers, token_model: str) -> tuple[str, ...]:
    """Return the methods that nothing rules out: by score, then by their total cost.

    Where everything is ruled out, the one that comes nearest to the money and time there is.
    """
    free = [method for method in judged if not judged[method].ruled_out_by]
    if not free:
        return (_nearest(judged, answers, token_model),)
    scores = {method: judged[method].score for method in free}
    tied = {score for score in scores.values() if list(scores.values()).count(score) > 1}
    totals = {
        method: _total(method, answers, token_model) if scores[method] in tied else 0.0
        for method in free
    }
    return tuple(sorted(free, key=lambda method: (-scores[method], totals[method])))


def _nearest(judged: dict[str, Judgement], answers: Answers, token_model: str) -> str:
    """Return the cheapest of the methods that only money or time rules out, else of all."""
    by_money = [
        method
        for method, own in judged.items()
        if all(rule.id.startswith(_MONEY) for rule in own.ruled_out_by)
    ]
    return min(by_money or judged, key=lambda method: _total(method, answers, token_model))


def _total(method: str, answers: Answers, token_model: str) -> float:
    price = price_of(method, answers, token_model)
    return price.total(answers.horizon_months, DAY_PRICE).p50


def _ranked(
    order: tuple[str, ...],
    recommended: str,
    runner_up: str | None,
    judged: dict[str, Judgement],
    answers: Answers,
    token_model: str,
) -> tuple[RankedMethod, ...]:
    """Return all methods: those in order, then those ruled out, by score and price."""
    rest = sorted(
        (method for method in METHODS if method not in order),
        key=lambda method: (-judged[method].score, _total(method, answers, token_model)),
    )
    rows = []
    for method in (*order, *rest):
        state: State = "possible" if method in order else "ruled out"
        if method == recommended:
            state = "recommended"
        elif method == runner_up:
            state = "runner-up"
        own = judged[method]
        price = price_of(method, answers, token_model)
        rows.append(RankedMethod(method, state, own.score, own.rules, own.ruled_out_by, price))
    return tuple(rows)


def _chart_note(outcome: str, best: str, judged: dict[str, Judgement]) -> str:
    """Return why the scores end elsewhere than the seven questions; empty if they agree."""
    if outcome == best:
        return ""
    there = title_of(outcome)
    against = judged[outcome].ruled_out_by
    if against:
        return f"The seven questions lead to {there}, which is ruled out: {against[0].sentence}"
    ahead = judged[best].score - judged[outcome].score
    if ahead == 0:
        return (
            f"The seven questions lead to {there}; all rules together put {title_of(best)} level "
            "with it, at a lower price."
        )
    return (
        f"The seven questions lead to {there}; all rules together put {title_of(best)} "
        f"{ahead} point{'s' if ahead > 1 else ''} ahead of it."
    )


def _reasons(
    path: tuple[Step, ...],
    best: str,
    runner_up: str | None,
    judged: dict[str, Judgement],
    answers: Answers,
    token_model: str,
) -> tuple[Reason, ...]:
    """Return at most three reasons: what the chart saw, the rules that weighed most, the price."""
    own = judged[best]
    last = path[-1]
    seen = [Reason(last.reason, last.branch.source, last.branch.certainty)]
    for_it = sorted(own.rules, key=lambda rule: -rule.effects[best])
    spoke = [
        Reason(rule.sentence, rule.source, rule.certainty, rule.link)
        for rule in for_it
        if rule.effects[best] > 0
    ]
    if last.branch.then == best:
        spoke = [*seen, *spoke]
    if own.ruled_out_by:
        rule = own.ruled_out_by[0]
        text = f"Nothing passes every rule; this comes nearest. {rule.sentence}"
        spoke = [Reason(text, rule.source, rule.certainty, rule.link), *spoke]
    price = _price_reason(best, runner_up, answers, token_model)
    return (*(spoke or seen)[:2], price)


def _price_reason(best: str, runner_up: str | None, answers: Answers, token_model: str) -> Reason:
    """Return what it costs, beside the runner-up where that costs more."""
    if runner_up is not None:
        here, there = (_total(method, answers, token_model) for method in (best, runner_up))
        if here <= there:  # being dearer than the runner-up is no reason for it
            return Reason(
                f"Over {answers.horizon_months} months it costs about ${here:,.0f} with people's "
                f"time, {title_of(runner_up)} about ${there:,.0f}.",
                f"first prices; ${DAY_PRICE:,.0f} a working day is our assumption",
                "D",
            )
    words = price_words(price_of(best, answers, token_model))
    return Reason(f"Its first price: {words}.", "first prices", "D")


def _why_measure(
    step: Step, following: str, answers: Answers, token_model: str
) -> tuple[Reason, ...]:
    """Return why to measure, what trying a prompt costs, and what the measurement may spare."""
    tried, spared = (price_of(m, answers, token_model) for m in ("prompt", following))
    return (
        Reason(step.reason, step.branch.source, step.branch.certainty),
        Reason(f"A prompt costs little to try: {price_words(tried)}.", "first prices", "D"),
        Reason(
            f"{title_of(following)} would come next, at {price_words(spared)}: measuring says "
            "whether that is needed.",
            "first prices",
            "D",
        ),
    )


def advice_to_json(advice: Advice) -> dict[str, Any]:
    """Return the advice as plain data, as `ladder advise --json` prints it."""
    from advisor.sensitivity import sensitivity

    return {
        "recommended": advice.recommended,
        "accepted": list(advice.accepted),
        "runner_up": advice.runner_up,
        "chart_note": advice.chart_note,
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
            {
                "text": reason.text,
                "source": reason.printed_source,
                "certainty": reason.certainty,
                "link": reason.link,
            }
            for reason in advice.reasons
        ],
        "ranked": [_row(row) for row in advice.ranked],
        "sensitivity": [change.to_json() for change in sensitivity(advice)],
    }


def _row(row: RankedMethod) -> dict[str, Any]:
    return {
        "method": row.method,
        "state": row.state,
        "score": row.score,
        "rules": [rule.id for rule in row.rules],
        "ruled_out_by": [rule.id for rule in row.ruled_out_by],
        "why_not": row.why_not,
        "cost": {
            "one_off": _band(row.price.one_off),
            "monthly": _band(row.price.monthly),
            "people_days": _band(row.price.people_days),
            "assumptions": [f"{line.formula} ({line.source})" for line in row.price.lines],
        },
    }


def _band(band: Band) -> dict[str, float]:
    return {"p10": band.p10, "p50": band.p50, "p90": band.p90}
