"""Gates that a machine, a budget or a date decides: memory (G11), money and time (G12)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from advisor.answers import Answers
from advisor.pricing import price_of
from advisor.situation import MANY_LABELS, TUNE_LABELS, raw_text_floor
from ladder.costs import GPUS, Gpu
from ladder.costs.memory import memory_estimate
from ladder.costs.method_price import When
from ladder.costs.shapes import shape_for
from ladder.costs.training import training_estimate

__all__ = [
    "TRAINED_AS",
    "candidate_too_large",
    "cheapest",
    "larger_too_large",
    "over_monthly_budget",
    "over_one_off_budget",
    "too_large",
    "too_late",
    "training_gib",
]

TRAINED_AS: dict[str, str] = {
    "peft": "qlora",
    "rag+peft": "qlora",
    "distill": "qlora",
    "self-training": "qlora",
    "preference": "qlora",
    "edit": "lora",
    "full": "full",
    "cpt": "full",
    "pretrain": "full",
}
"""How little memory a method can be trained in: adapters on 4-bit weights where it may."""

_SHARE = 0.92
"""Share of a GPU's memory that may be planned with (research note, G11)."""
_LARGER = 8
"""How many times larger the larger model is (our assumption)."""
_FOUR_BITS = 0.56
"""Bytes of a parameter at 4 bits, with the constants of its blocks (research note, 3.4)."""
_EPOCHS = 3
_LABEL_TOKENS = 300
_WEEK = 168
_RENTED = 8
"""GPUs that are rented at once where none is on hand (our assumption)."""


def too_large(a: Answers, method: str) -> bool:
    """Return whether a method needs more memory than the GPUs on hand have."""
    machine = a.machine
    if machine is None:
        return False
    tokens = a.tokens_in + a.tokens_out
    needed = training_gib(TRAINED_AS[method], a.base_params, tokens, machine.count)
    return needed > _SHARE * machine.gpu.memory_gb


def larger_too_large(a: Answers) -> bool:
    """Return whether a larger model does not fit on the GPUs on hand."""
    machine = a.machine
    have = machine.memory_gb if machine else 0
    return 2 * _LARGER * a.base_params / 1e9 > _SHARE * have


def candidate_too_large(a: Answers) -> bool:
    """Return whether the candidate must run on the GPUs on hand and does not fit, at 4 bits."""
    machine = a.machine
    if a.data_may_leave or machine is None:
        return False
    return _FOUR_BITS * a.base_params / 1e9 > _SHARE * machine.memory_gb


@lru_cache(maxsize=1024)
def training_gib(how: str, params: float, tokens: int, gpus: int) -> float:
    """Return the upper end of the GiB that each of the GPUs needs to train one sequence a step."""
    estimate = memory_estimate(
        shape_for(params),
        method=how,
        tokens_per_step=max(512, tokens),
        checkpointing=True,
        optimizer="adamw",
        shards=gpus,
    )
    return estimate.peak_gib.p90


def over_one_off_budget(a: Answers, method: str) -> bool:
    """Return whether the upper end of a method's price is more than may be spent once."""
    return a.budget_one_off is not None and _least_cash(a, method, "one-off") > a.budget_one_off


def over_monthly_budget(a: Answers, method: str) -> bool:
    """Return whether the upper end of a method's price is more than may be spent a month."""
    return a.budget_monthly is not None and _least_cash(a, method, "monthly") > a.budget_monthly


def _least_cash(a: Answers, method: str, when: When) -> float:
    """Return the upper end of what must be paid for the cheapest way of a method.

    GPUs on hand cost nothing more. They also answer where that is cheaper than a host.
    """
    way = cheapest(a, method)
    ways = [way]
    if a.data_may_leave and a.machine and a.open_weights:
        ways.append(replace(way, data_may_leave=False))
    return min(price_of(method, each).cash(when).p90 for each in ways)


def cheapest(a: Answers, method: str) -> Answers:
    """Return the situation with as few labels as training takes: more of them force nobody.

    So more labels never rule a method out. All weights are trained on all labels, as only many
    of them warrant it. A local embedder keeps documents up to date for nothing.
    """
    if method in ("full", "cpt", "pretrain"):
        return a
    each = a.training_tokens / a.labelled if a.labelled else _LABEL_TOKENS
    return replace(
        a,
        labelled=min(a.labelled, TUNE_LABELS),
        labelled_possible=min(a.labels_at_hand, TUNE_LABELS),
        labelled_tokens=round(TUNE_LABELS * each),
        knowledge_change="never",
    )


def too_late(a: Answers, method: str) -> bool:
    """Return whether training alone, at its slowest, ends after the deadline."""
    if a.deadline_days is None:
        return False
    machine = a.machine
    hours = _slowest_hours(
        a.base_params,
        _tokens(a, method),
        machine.gpu if machine else GPUS["a100-80"],
        machine.count if machine else _RENTED,
        method if method in ("cpt", "pretrain") else "finetune",
        "full" if TRAINED_AS[method] == "full" else "lora",
    )
    free = min(1.0, a.gpu_hours_week / _WEEK) if machine else 1.0
    return hours > 24 * a.deadline_days * free


@lru_cache(maxsize=1024)
def _slowest_hours(
    params: float, tokens: float, gpu: Gpu, count: int, stage: str, how: str
) -> float:
    estimate = training_estimate(
        params=params, tokens=tokens, gpu=gpu, count=count, stage=stage, method=how
    )
    return estimate.hours.p90


def _tokens(a: Answers, method: str) -> float:
    """Return the tokens that training reads, all epochs together."""
    if method == "cpt":
        return max(a.unlabelled_tokens, raw_text_floor(a))
    if method == "pretrain":
        return max(a.unlabelled_tokens, 20 * a.base_params)
    return _EPOCHS * max(
        cheapest(a, method).training_tokens, MANY_LABELS * (a.tokens_in + a.tokens_out)
    )
