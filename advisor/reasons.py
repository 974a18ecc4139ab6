"""Why: the three reasons of an advice, and where the flowchart and the scores part."""

from __future__ import annotations

from dataclasses import replace

from advisor.advice import Reason, title_of
from advisor.answers import Answers
from advisor.flowchart import Step
from advisor.pricing import DAY_PRICE, price_of, total_of
from advisor.rules import Judgement, Rule
from advisor.words import price_words

__all__ = ["chart_note", "reasons_for", "why_measure"]


def chart_note(outcome: str, best: str, judged: dict[str, Judgement]) -> str:
    """Return why the scores end elsewhere than the flowchart; empty if they agree."""
    if outcome == best:
        return ""
    there = title_of(outcome)
    against = judged[outcome].ruled_out_by
    if against:
        return f"The flowchart leads to {there}, which is ruled out: {against[0].sentence}"
    ahead = judged[best].score - judged[outcome].score
    if ahead == 0:
        return (
            f"The flowchart leads to {there}; all rules together put {title_of(best)} level "
            "with it, at a lower price."
        )
    return (
        f"The flowchart leads to {there}; all rules together put {title_of(best)} "
        f"{ahead} point{'s' if ahead > 1 else ''} ahead of it."
    )


def reasons_for(
    path: tuple[Step, ...],
    best: str,
    runner_up: str | None,
    judged: dict[str, Judgement],
    answers: Answers,
    token_model: str,
) -> tuple[Reason, ...]:
    """Return at most three reasons: what the chart saw, the rules that weighed most, the price."""
    own, last = judged[best], path[-1]
    seen = _seen(last if last.branch.then == best else path[0])
    for_it = sorted(own.rules, key=lambda rule: -rule.effects[best])
    spoke = [_reason(rule) for rule in for_it if rule.effects[best] > 0]
    if last.branch.then == best:
        spoke = [seen, *(one for one in spoke if not one.source.startswith(seen.source))]
    else:
        spoke.append(seen)
    if own.ruled_out_by:
        gate = _reason(own.ruled_out_by[0])
        broken = " ".join(rule.sentence for rule in own.ruled_out_by)
        text = f"Nothing passes every rule; this comes nearest. It breaks: {broken}"
        spoke = [replace(gate, text=text), *spoke]
    if len(spoke) < 2:  # nothing else spoke for it: why it is not left at a prompt
        spoke = [*spoke, *(_seen(step) for step in path[:-1])]
    price = _price_reason(best, runner_up, answers, token_model)
    return (*spoke[:2], price)


def _seen(step: Step) -> Reason:
    return Reason(step.reason, step.branch.source, step.branch.certainty)


def _reason(rule: Rule) -> Reason:
    return Reason(rule.sentence, rule.source, rule.certainty, rule.link)


def _price_reason(best: str, runner_up: str | None, answers: Answers, token_model: str) -> Reason:
    """Return what it costs, beside the runner-up where that costs more."""
    if runner_up is not None:
        here, there = (total_of(method, answers, token_model) for method in (best, runner_up))
        if here <= there:  # being dearer than the runner-up is no reason for it
            return Reason(
                f"Over {answers.horizon_months} months it costs about ${here:,.0f} with people's "
                f"time, {title_of(runner_up)} about ${there:,.0f}.",
                f"first prices; ${DAY_PRICE:,.0f} a working day is our assumption",
                "D",
            )
    words = price_words(price_of(best, answers, token_model))
    return Reason(f"Its first price: {words}.", "first prices", "D")


def why_measure(
    step: Step, following: str, answers: Answers, token_model: str
) -> tuple[Reason, ...]:
    """Return why to measure, what trying a prompt costs, and what the measurement may spare."""
    tried, spared = (price_of(m, answers, token_model) for m in ("prompt", following))
    return (
        _seen(step),
        Reason(f"A prompt costs little to try: {price_words(tried)}.", "first prices", "D"),
        Reason(
            f"{title_of(following)} would come next, at {price_words(spared)}: measuring says "
            "whether that is needed.",
            "first prices",
            "D",
        ),
    )
