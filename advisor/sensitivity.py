"""What would change the answer: every answer varied, the smallest change that does it kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from advisor.advice import Advice, title_of
from advisor.advise import best_of, verdict
from advisor.answers import BELOW_TARGET, Answers, choices
from advisor.change_words import FLIPPED, words
from advisor.rules import RULES, Rule
from advisor.situation import (
    CAPACITY_LABELS,
    CAPACITY_TOKENS,
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
    "labelled_possible": (10, TUNE_LABELS, FEW_LABELS, MANY_LABELS, CAPACITY_LABELS),
    "labelled_tokens": (CAPACITY_TOKENS,),
    "labels": (2, 10, 100),
    "rarest_label": (0, 3),
    "tokens_out": (),
    "target": (0.5, 0.7, 0.8, 0.9, 0.95),
    "no_llm_score": (),
    "cacheable_share": (0, 0.5, 0.9),
    "drafted_share": (0, 0.5),
    "label_minutes": (),
    "label_hourly": (),
    "peak_factor": (1, 5, 20),
    "gpu_hours_week": (40, 168),
    "queries_in_a_year": (),
    "horizon_months": (3, 12, 36),
    "budget_one_off": (),
    "budget_monthly": (),
    "deadline_days": (),
    "wrong_answer_cost": (),
}
"""Numbers at which a rule may turn, tried beside a tenth, half, twice and ten times as much."""
_UNSET: dict[str, tuple[float, ...]] = {
    "labelled_possible": (TUNE_LABELS, FEW_LABELS, MANY_LABELS),
    "labelled_tokens": (CAPACITY_TOKENS,),
    "labels": (2, 100),
    "rarest_label": (2,),
    "budget_one_off": (100, 1000, 10_000),
    "budget_monthly": (50, 500, 5000),
    "deadline_days": (2, 7, 30),
    "wrong_answer_cost": (0.001, 0.1, 10),
}
"""Numbers tried where none was given; the strictest that changes nothing says that none does."""
_FRACTIONS = (
    "latency_p95_s", "base_params", "fertility", "embedder_fertility", "budget_one_off",
    "budget_monthly", "wrong_answer_cost", "target", "no_llm_score", "cacheable_share",
    "drafted_share", "label_minutes", "label_hourly", "peak_factor", "gpu_hours_week",
)  # fmt: skip
_SHARES = ("target", "no_llm_score", "cacheable_share", "drafted_share")
_MOST = {**dict.fromkeys(_SHARES, 1.0), "gpu_hours_week": 168.0, "horizon_months": 60}
_LEAST = {"labelled_possible": 0, "peak_factor": 1, "labels": 2, "horizon_months": 1}
_POSITIVE = ("tokens_in", "context_window", "deadline_days", "target", "gpu_hours_week")
_GPUS = ("none", "1xa100-80", "8xa100-80")
_LABELLED = 300  # tokens each, as everywhere
_LONGEST_LABEL = 32_000  # tokens that an example may have (our assumption)


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
        then, accepted = verdict(changed, token_model, rules)
        if then != now:
            what = title_of(then) if accepted else "nothing passes every rule any more"
            sentence = f"{words(name, before, value)}: {what}."
            found[name, up] = Change(name, before, value, then, size, sentence)
    return tuple(found.values())


_Variation = tuple[float, str, Any, Answers]
"""How large a change is, the answer, its new value, and all answers with it."""


def _variations(a: Answers) -> Iterator[_Variation]:
    yield from _numbers(a)
    yield from _scales(a)
    yield from _measurements(a)
    for word in choices("missing"):
        lacking = set(a.missing) ^ {word}
        missing = tuple(each for each in choices("missing") if each in lacking)
        yield 2, "missing", missing, _set(a, "missing", missing)
    for gpus in _GPUS:
        if gpus != a.gpus:
            yield 3, "gpus", gpus, replace(a, gpus=gpus)


def _numbers(a: Answers) -> Iterator[_Variation]:
    """Yield other numbers: where a rule may turn, and multiples."""
    for name, turns in _TURNS.items():
        now = getattr(a, name)
        if now is None:
            for place, value in enumerate(_UNSET.get(name, ()), 1):
                if _makes_sense(a, name, value):
                    yield 2 + place, name, value, _with(a, name, value)
            continue
        for value in {*turns, *(now * times for times in _TIMES)}:
            to = float(value) if name in _FRACTIONS else round(value)
            if (name in _MOST and to > _MOST[name]) or to < _LEAST.get(name, 0):
                continue
            if not _makes_sense(a, name, to):
                continue
            if to != now and (to > 0 or name not in _POSITIVE):
                yield _doublings(now, to), name, to, _with(a, name, to)


def _makes_sense(a: Answers, name: str, value: float) -> bool:
    """Return whether a number fits the other answers."""
    if name == "labelled_possible":
        return value > a.labelled
    if name == "labelled_tokens":
        return value <= _LONGEST_LABEL * a.labelled
    if name in ("labels", "rarest_label"):
        return a.task_kind == "classification"
    return True


def _scales(a: Answers) -> Iterator[_Variation]:
    """Yield steps of a scale, and yes for no."""
    steps = choices("knowledge_change")
    here = steps.index(a.knowledge_change)
    for place, change in enumerate(steps):
        if place != here:
            yield abs(place - here), "knowledge_change", change, _set(a, "knowledge_change", change)
    other = "head" if a.popularity == "tail" else "tail"
    yield 1, "popularity", other, _set(a, "popularity", other)
    for kind in choices("task_kind"):
        if kind != a.task_kind:
            yield 3, "task_kind", kind, _set(a, "task_kind", kind)
    for name in FLIPPED:
        value = not getattr(a, name)
        yield 1, name, value, _set(a, name, value)


def _measurements(a: Answers) -> Iterator[_Variation]:
    """Yield what a measurement could still show of a prompt and of a larger model."""
    if a.prompt_is_enough:
        yield 1, "baseline", BELOW_TARGET, replace(a, baseline=BELOW_TARGET)
    else:
        gap = 1.0 if isinstance(a.baseline, str | None) else a.target - a.baseline
        yield 10 * gap, "baseline", a.target, replace(a, baseline=a.target)
    if a.prompt_is_enough:
        by = "icl" if a.baseline_by == "prompt" else "prompt"
        yield 1, "baseline_by", by, _set(a, "baseline_by", by)
    writes = a.task_kind in ("generation", "code")
    if not writes and (a.no_llm_score is None or a.no_llm_score < a.target):
        yield 2, "no_llm_score", a.target, replace(a, no_llm_score=a.target)
    if a.no_llm_score is None or a.no_llm_score >= a.target:
        yield 2, "no_llm_score", 0.0, replace(a, no_llm_score=0.0)
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
