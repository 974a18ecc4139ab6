"""From answers to an advice: every method judged by the rules, beside the way through the chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from advisor.advice import Advice, RankedMethod, Reason, State, title_of
from advisor.answers import BELOW_TARGET, Answers
from advisor.flowchart import walk
from advisor.limits import cheapest
from advisor.methods import MEASURE_FIRST, METHODS
from advisor.pricing import price_of, total_of
from advisor.reasons import chart_note, reasons_for, why_measure
from advisor.rules import RULES, Judgement, Rule, judge

__all__ = ["Advice", "RankedMethod", "Reason", "advise", "best_of", "title_of", "verdict"]

_NEAR = 1
"""Points within which a method is as good as the best: no rule weighs finer than that."""
_MONEY = "G12-"
_TO_BE_HAD = (
    "no-documents", "no-examples", "no-labels", "no-pairs", "G5-few-labels", "G7-raw-text",
)  # fmt: skip
"""Gates that say what a method waits for: documents, labels, pairs or text can still be had."""
_UNFIT = ("no-classes", "no-writing")
"""Gates that say that a method does another kind of work: nothing mends that."""


def advise(answers: Answers, token_model: str = "", rules: Iterable[Rule] = RULES) -> Advice:
    """Judge all methods by the rules, and walk the flowchart beside it.

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
        accepted = _near(order, judged)
        note = chart_note(path[-1].branch.then, best, judged)
        reasons = reasons_for(path, best, runner_up, judged, answers, token_model)
    else:
        recommended, runner_up, accepted, note = MEASURE_FIRST, best, (MEASURE_FIRST,), ""
        reasons = why_measure(path[-1], best, supposed, token_model)
    ranked = _ranked(order, recommended, runner_up, judged, supposed, token_model)
    return Advice(
        answers, recommended, accepted, path, note, reasons, ranked, runner_up, token_model
    )


def verdict(
    answers: Answers, token_model: str = "", rules: Iterable[Rule] = RULES
) -> tuple[str, tuple[str, ...]]:
    """Return what is recommended and what is accepted, without reasons and without prices."""
    if not answers.measured:
        return MEASURE_FIRST, (MEASURE_FIRST,)
    judged = judge(answers, rules, every_gate=False)
    if all(own.ruled_out_by for own in judged.values()):
        judged = judge(answers, rules)  # which breaks least: now every gate counts
    order = _order(judged, answers, token_model)
    return order[0], _near(order, judged)


def best_of(answers: Answers, token_model: str = "", rules: Iterable[Rule] = RULES) -> str:
    """Return what is recommended, and nothing else: quick, to try many answers."""
    return verdict(answers, token_model, rules)[0]


def _near(order: tuple[str, ...], judged: dict[str, Judgement]) -> tuple[str, ...]:
    """Return the methods within one point of the best; none where everything is ruled out."""
    if judged[order[0]].ruled_out_by:
        return ()
    least = judged[order[0]].score - _NEAR
    return tuple(method for method in order if judged[method].score >= least)


def _order(judged: dict[str, Judgement], answers: Answers, token_model: str) -> tuple[str, ...]:
    """Return the methods that nothing rules out: by score, then by their total cost.

    Where everything is ruled out, the one that comes nearest.
    """
    free = [method for method in judged if not judged[method].ruled_out_by]
    if not free:
        return (_nearest(judged, answers, token_model),)
    scores = {method: judged[method].score for method in free}
    tied = {score for score in scores.values() if list(scores.values()).count(score) > 1}
    totals = {
        method: total_of(method, cheapest(answers, method), token_model)
        if scores[method] in tied
        else 0.0
        for method in free
    }
    return tuple(sorted(free, key=lambda method: (-scores[method], totals[method])))


def _nearest(judged: dict[str, Judgement], answers: Answers, token_model: str) -> str:
    """Return the method that breaks the least.

    What is told of the situation weighs most, then what is still to be had, then money and time:
    a citation is never given up to keep a budget. What does another kind of work comes last.
    """

    def place(method: str) -> tuple[bool, int, int, int, float]:
        ids = [rule.id for rule in judged[method].ruled_out_by if not rule.id.startswith(_MONEY)]
        waits = sum(id in _TO_BE_HAD for id in ids)
        total = total_of(method, cheapest(answers, method), token_model)
        return (
            any(id in _UNFIT for id in ids),
            len(ids) - waits,
            waits,
            -judged[method].score,
            total,
        )

    return min(judged, key=place)


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
        key=lambda method: (-judged[method].score, total_of(method, answers, token_model)),
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
