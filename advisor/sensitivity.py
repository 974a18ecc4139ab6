"""What would change the answer: every answer varied, the smallest change that does it kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from advisor.advice import Advice, title_of
from advisor.advise import best_of
from advisor.answers import BELOW_TARGET, Answers, choices
from advisor.rules import RULES, Rule
from advisor.situation import (
    CAPACITY_LABELS,
    FEW_LABELS,
    HEAVY_TRAFFIC,
    LIGHT_TRAFFIC,
    LONG_PROMPT,
    MANY_LABELS,
    TIGHT_SECONDS,
    TUNE_LABELS,
)

__all__ = ["Change", "changes", "sensitivity"]


@dataclass(frozen=True)
class Change:
    """One answer that, given otherwise, leads to another method."""

    answer: str
    """The field of `Answers`."""
    before: Any
    after: Any
    recommended: str
    size: float
    """How far that is: 1 is a doubling, one step of a scale, or yes for no."""
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain data."""
        return {
            "answer": self.answer,
            "from": _plain(self.before),
            "to": _plain(self.after),
            "recommended": self.recommended,
            "sentence": self.sentence,
        }


_TIMES = (0.1, 0.5, 2, 10)
_TURNS: dict[str, tuple[float, ...]] = {
    "labelled": (10, TUNE_LABELS, FEW_LABELS, MANY_LABELS, CAPACITY_LABELS),
    "queries_per_day": (LIGHT_TRAFFIC, HEAVY_TRAFFIC),
    "tokens_in": (LONG_PROMPT,),
    "latency_p95_s": (TIGHT_SECONDS, 5),
    "context_window": (128_000, 200_000),
    "knowledge_tokens": (0, 20_000, 200_000, 10**6),
    "unlabelled_tokens": (0, 10**8, 10**9),
    "facts_to_change": (0, 10, 100, 1001),
    "preferences": (0, TUNE_LABELS, MANY_LABELS),
    "base_params": (1e9, 8e9, 70e9),
    "fertility": (1, 2),
    "embedder_fertility": (1, 1.5),
    "budget_one_off": (),
    "budget_monthly": (),
    "deadline_days": (),
    "wrong_answer_cost": (),
}
"""Numbers at which a rule may turn, tried beside a tenth, half, twice and ten times as much."""
_FRACTIONS = (
    "latency_p95_s", "base_params", "fertility", "embedder_fertility", "budget_one_off",
    "budget_monthly", "wrong_answer_cost",
)  # fmt: skip
_POSITIVE = ("tokens_in", "context_window", "deadline_days")
_GPUS = ("none", "1xa100-80", "8xa100-80")
_LABELLED = 300  # tokens each, as everywhere


def sensitivity(advice: Advice) -> tuple[Change, ...]:
    """Return what would change an advice, the smallest change first; empty if nothing is measured.

    Reckoned once and remembered, because it takes longer than the advice itself.
    """
    return changes(advice.answers, advice.token_model)


@lru_cache(maxsize=256)
def changes(
    answers: Answers, token_model: str = "", rules: tuple[Rule, ...] = RULES
) -> tuple[Change, ...]:
    """Return the changes of one answer each that lead to another method."""
    if not answers.measured:
        return ()
    now = best_of(answers, token_model, rules)
    found: dict[tuple[str, bool], Change] = {}
    tried = sorted(_variations(answers), key=lambda variation: variation[0])
    for size, name, value, changed in tried:
        before = getattr(answers, name)
        up = _is_number(value) and _is_number(before) and value > before
        if (name, up) in found:
            continue
        then = best_of(changed, token_model, rules)
        if then != now:
            sentence = f"{_words(name, before, value)}: {title_of(then)}."
            found[name, up] = Change(name, before, value, then, size, sentence)
    return tuple(found.values())


_Variation = tuple[float, str, Any, Answers]
"""How large a change is, the answer, its new value, and all answers with it."""


def _variations(a: Answers) -> Iterator[_Variation]:
    yield from _numbers(a)
    yield from _scales(a)
    yield from _measurements(a)
    for word in choices("missing"):
        words = set(a.missing) ^ {word}
        missing = tuple(each for each in choices("missing") if each in words)
        yield 2, "missing", missing, _set(a, "missing", missing)
    for gpus in _GPUS:
        if gpus != a.gpus:
            yield 3, "gpus", gpus, replace(a, gpus=gpus)


def _numbers(a: Answers) -> Iterator[_Variation]:
    """Yield other numbers: where a rule may turn, and multiples."""
    for name, turns in _TURNS.items():
        now = getattr(a, name)
        if now is None:
            continue
        for value in {*turns, *(now * times for times in _TIMES)}:
            to = float(value) if name in _FRACTIONS else round(value)
            if to != now and (to > 0 or name not in _POSITIVE):
                yield _doublings(now, to), name, to, _with(a, name, to)


def _scales(a: Answers) -> Iterator[_Variation]:
    """Yield steps of a scale, and yes for no."""
    steps = choices("knowledge_change")
    here = steps.index(a.knowledge_change)
    for place, change in enumerate(steps):
        if place != here:
            yield abs(place - here), "knowledge_change", change, _set(a, "knowledge_change", change)
    other = "head" if a.popularity == "tail" else "tail"
    yield 1, "popularity", other, _set(a, "popularity", other)
    for name in _FLIPPED:
        value = not getattr(a, name)
        yield 1, name, value, _set(a, name, value)


def _measurements(a: Answers) -> Iterator[_Variation]:
    """Yield what a measurement could still show of a prompt and of a larger model."""
    if a.prompt_is_enough:
        yield 1, "baseline", BELOW_TARGET, replace(a, baseline=BELOW_TARGET)
    else:
        gap = 1.0 if isinstance(a.baseline, str | None) else a.target - a.baseline
        yield 10 * gap, "baseline", a.target, replace(a, baseline=a.target)
    score = a.larger_model_score
    if score is None or score < a.target:
        yield 2, "larger_model_score", a.target, replace(a, larger_model_score=a.target)
    if score is None or score >= a.target:
        yield 2, "larger_model_score", 0.0, replace(a, larger_model_score=0.0)


def _with(a: Answers, name: str, value: Any) -> Answers:
    """Return the answers with another number, and with what follows from it."""
    if name != "labelled":
        return _set(a, name, value)
    possible = a.labelled_possible
    if possible is not None:
        possible = max(possible, value) if value > a.labelled else min(possible, value)
    tokens = a.labelled_tokens
    if tokens is not None:
        tokens = round(tokens / a.labelled * value) if a.labelled else _LABELLED * value
    return replace(a, labelled=value, labelled_possible=possible, labelled_tokens=tokens)


def _set(a: Answers, name: str, value: Any) -> Answers:
    values: dict[str, Any] = {name: value}
    return replace(a, **values)


def _doublings(now: float, to: float) -> float:
    return abs(math.log2((to + 1) / (now + 1)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


_FLIPPED: dict[str, tuple[str, str]] = {
    "citations": ("If answers must cite their source", "If answers need not cite a source"),
    "row_level_access": (
        "If not everyone may see every document", "If everyone may see every document",
    ),
    "multi_hop": (
        "If answers must put several new facts together", "If one new fact is enough for an answer",
    ),
    "keep_general": (
        "If the model must stay good at other work", "If the model has no other work",
    ),
    "data_may_leave": (
        "If data may go to a model that others host", "If data may not leave the premises",
    ),
    "language_covered": (
        "If the model knows the language", "If the model does not know the language",
    ),
    "usable_base": ("If there is a usable base model", "If no existing model may be built on"),
    "open_weights": (
        "If the weights are yours to change", "If the weights are not yours to change",
    ),
    "reward_checkable": (
        "If a program can check an answer", "If no program can check an answer",
    ),
    "training_engineer": (
        "With somebody who has trained models", "Without anybody who has trained models",
    ),
    "search_engineer": (
        "With somebody who has built search", "Without anybody who has built search",
    ),
}  # fmt: skip
"""What is said when an answer becomes yes, and when it becomes no."""
_UNITS: dict[str, str] = {
    "labelled": "labelled examples",
    "queries_per_day": "questions a day",
    "tokens_in": "tokens in a question",
    "latency_p95_s": "seconds for an answer",
    "context_window": "tokens read at once",
    "knowledge_tokens": "tokens of documents",
    "unlabelled_tokens": "tokens of raw text",
    "facts_to_change": "facts to change",
    "preferences": "rated pairs",
    "fertility": "times the tokens a word of English, for the model",
    "embedder_fertility": "times the tokens a word of English, for the embedder",
    "deadline_days": "days until it must work",
}


def _words(name: str, before: Any, after: Any) -> str:
    """Return the change in words, without what follows from it."""
    if name in _FLIPPED:
        return _FLIPPED[name][0 if after else 1]
    if name in ("labelled", "preferences"):
        more = after > before
        return f"With {abs(after - before):,} {'more' if more else 'fewer'} {_UNITS[name]}"
    if name == "base_params":
        return f"With a model of {after / 1e9:g} billion parameters"
    if name in _UNITS:
        return f"With {after:,} {_UNITS[name]}".replace(".0 ", " ")
    return _other_words(name, before, after)


def _other_words(name: str, before: Any, after: Any) -> str:
    if name == "baseline":
        how = "misses" if after == BELOW_TARGET else f"reaches {after:.2f}, which is"
        return f"If a prompt {how} the target"
    if name == "larger_model_score":
        how = f"reaches the target of {after:.2f}" if after else "misses the target"
        return f"If a larger model is tried and {how}"
    if name == "missing":
        added = set(after) - set(before)
        words = {"cost": "lower cost", "style": "style or form", "skill": "a skill"}
        word = next(iter(added or set(before) - set(after)))
        what = words.get(word, "a language" if word == "language" else word)
        return f"If {what} {'is' if word != 'facts' else 'are'} {'' if added else 'not '}missing"
    if name == "knowledge_change":
        change = {"never": "never change", "live": "change all the time"}
        return f"If the documents {change.get(after, f'change {after}')}"
    if name == "popularity":
        return f"If questions are about {'rare' if after == 'tail' else 'well-known'} things"
    if name == "gpus":
        return "With no GPU on hand" if after == "none" else f"With {after} on hand"
    what = {
        "budget_one_off": "once",
        "budget_monthly": "a month",
        "wrong_answer_cost": "for a wrong answer",
    }[name]
    return f"With ${after:,.2f} {what}".replace(".00 ", " ")
