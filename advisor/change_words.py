"""The words for one answer given otherwise: "With 60 more labelled examples"."""

from __future__ import annotations

from typing import Any

from advisor.answers import BELOW_TARGET

__all__ = ["FLIPPED", "words"]

FLIPPED: dict[str, tuple[str, str]] = {
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
    "labelled_possible": "labelled examples that can be had",
    "labelled_tokens": "tokens of labelled examples",
    "labels": "classes",
    "rarest_label": "examples of the rarest class",
    "tokens_out": "tokens in an answer",
    "label_minutes": "minutes for a label",
    "peak_factor": "times the mean traffic in the busiest hour",
    "gpu_hours_week": "hours a week of your GPUs",
    "queries_in_a_year": "questions a day in twelve months",
    "horizon_months": "months to add costs up over",
}
_ONE = {
    "seconds for": "second for", "days until": "day until", "minutes for": "minute for",
    "months to": "month to", "examples": "example", "tokens": "token", "times the": "time the",
    "hours a": "hour a", "classes": "class", "facts to": "fact to", "questions a": "question a",
    "pairs": "pair",
}  # fmt: skip
"""How units begin, and how for one."""


def words(name: str, before: Any, after: Any) -> str:
    """Return the change in words, without what follows from it."""
    if name in FLIPPED:
        return FLIPPED[name][0 if after else 1]
    if name in ("labelled", "preferences"):
        more = after > before
        kind = "more" if more else "fewer"
        number = abs(after - before)
        return f"With {number:,} {kind} {_unit(name, number)}"
    if name == "base_params":
        return f"With a model of {after / 1e9:g} billion parameters"
    if name in _UNITS:
        return f"With {after:,} {_unit(name, after)}".replace(".0 ", " ")
    return _other_words(name, before, after)


def _unit(name: str, number: float) -> str:
    """Return the unit of a number, in the singular for one."""
    unit = _UNITS[name]
    if number != 1:
        return unit
    for many, one in _ONE.items():
        unit = unit.replace(many, one, 1)
    return unit


def _other_words(name: str, before: Any, after: Any) -> str:
    if name == "baseline":
        how = "misses" if after == BELOW_TARGET else f"reaches {after:.2f}, which is"
        return f"If a prompt {how} the target"
    if name == "larger_model_score":
        how = f"reaches the target of {after:.2f}" if after else "misses the target"
        return f"If a larger model is tried and {how}"
    if name == "no_llm_score":
        how = f"reaches the target of {after:.2f}" if after else "misses the target"
        return f"If answering without a language model is tried and {how}"
    if name == "baseline_by":
        return f"If it was {'a few-shot prompt' if after == 'icl' else 'an instruction alone'}"
    if name == "target":
        return f"With a target of {after:.2f}"
    if name in ("cacheable_share", "drafted_share"):
        what = "of a prompt that repeats" if name == "cacheable_share" else "of drafted labels"
        return f"With a share {what} of {after:.0%}"
    if name == "task_kind":
        kind = "question answering" if after == "qa" else after
        return f"If the task is {kind}"
    if name == "missing":
        added = set(after) - set(before)
        called = {"cost": "lower cost", "style": "style or form", "skill": "a skill"}
        word = next(iter(added or set(before) - set(after)))
        what = called.get(word, "a language" if word == "language" else word)
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
        "label_hourly": "for an hour of labelling",
    }[name]
    number = f"{after:,.3g}" if after < 0.01 else f"{after:,.2f}"
    return f"With ${number} {what}".replace(".00 ", " ")
