"""What rules a method out: hard rules, each with its sentence, source and certainty.

Only rules that a few numbers decide are here; whether a method suits is the flowchart's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from advisor.answers import Answers
from advisor.pricing import price_of
from ladder.costs import parse_gpus

__all__ = [
    "FULL_LABELS",
    "RULES",
    "Certainty",
    "Rule",
    "full_memory_gb",
    "raw_text_floor",
    "ruled_out",
]

Certainty = Literal["V", "V2", "E", "A", "D"]
"""V read in the source, V2 read in a source that cites it, E Epoch AI; A assumed, D derived."""

FULL_LABELS = 100_000
"""Labelled examples from which all weights are worth training."""
_TRAINS_ON_LABELS = ("peft", "full", "rag+peft")
_IN_WEIGHTS = ("peft", "full", "distill", "self-training", "preference", "edit", "cpt", "pretrain")
_WITHOUT_DOCUMENTS = ("no-llm", "classifier", "prompt", "icl", "larger-model", *_IN_WEIGHTS)
_LARGER = 8
_PROMPT_LIMIT = 200_000


@dataclass(frozen=True)
class Rule:
    """One reason why methods cannot be used in a situation."""

    id: str
    rules_out: tuple[str, ...]
    sentence: str
    source: str
    certainty: Certainty
    applies: Callable[[Answers], bool]


def ruled_out(answers: Answers) -> dict[str, tuple[Rule, ...]]:
    """Return the rules that speak against each method, for the methods that have any."""
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in RULES:
        if rule.applies(answers):
            for method in rule.rules_out:
                found[method] = (*found.get(method, ()), rule)
    return found


def full_memory_gb(answers: Answers) -> float:
    """Return the GB that training all weights takes: 18 bytes a parameter, 8 % left free."""
    return 18 * answers.base_params / 1e9 / 0.92


def raw_text_floor(answers: Answers) -> float:
    """Return the tokens of raw text below which continued pretraining is not worth it."""
    return 1e8 if answers.base_params <= 1e9 else 1e9


def _needs_knowledge(a: Answers) -> bool:
    return "facts" in a.missing and a.knowledge > 0


def _memory_gb(a: Answers) -> float:
    machine = parse_gpus(a.gpus)
    return machine.memory_gb if machine else 0


def _over_budget(method: str) -> Rule:
    def applies(a: Answers) -> bool:
        return a.budget_one_off is not None and price_of(method, a).one_off.p90 > a.budget_one_off

    sentence = "its price, at the upper end of the band, is more than the budget"
    return Rule(f"budget-{method}", (method,), sentence, "first prices", "D", applies)


RULES: tuple[Rule, ...] = (
    Rule(
        "G1-window", ("docs-in-prompt",),
        "the documents do not fit in the prompt",
        "Anthropic, contextual retrieval: up to 200,000 tokens", "V",
        lambda a: a.knowledge > min(a.context_window, _PROMPT_LIMIT),
    ),
    Rule(
        "no-documents", ("docs-in-prompt", "rag", "rag+peft"),
        "there are no documents to answer from",
        "follows from what you told", "D",
        lambda a: a.knowledge == 0 and "facts" not in a.missing and not a.citations,
    ),
    Rule(
        "G2-change", _IN_WEIGHTS,
        "the facts change faster than weights can be trained again",
        "Meta AI, adapting LLMs, part 2; OpenAI, optimizing LLM accuracy", "V2",
        lambda a: _needs_knowledge(a) and a.knowledge_change in ("daily", "live"),
    ),
    Rule(
        "G3-citations", _WITHOUT_DOCUMENTS,
        "an answer can cite only a document that is in front of the model",
        "engineering", "A",
        lambda a: a.citations,
    ),
    Rule(
        "G4-access", (*_IN_WEIGHTS, "docs-in-prompt"),
        "what is in the weights, or in one prompt for all, is seen by all and is not forgotten",
        "engineering", "A",
        lambda a: a.row_level_access,
    ),
    Rule(
        "G5-few-labels", _TRAINS_ON_LABELS,
        "fewer than 50 labelled examples: fine-tuning shows clear improvements from 50 to 100 on",
        "OpenAI, optimizing LLM accuracy", "V",
        lambda a: a.labels_at_hand < 50,
    ),
    Rule(
        "no-labels", ("no-llm", "classifier", "self-training"),
        "it needs labelled examples",
        "follows from the method", "D",
        lambda a: a.labels_at_hand == 0,
    ),
    Rule(
        "no-examples", ("icl",),
        "it needs labelled examples",
        "follows from the method", "D",
        lambda a: a.labels_at_hand == 0 and not (a.prompt_is_enough and a.baseline_by == "icl"),
    ),
    Rule(
        "no-classes", ("classifier",),
        "it needs a task with a fixed list of labels",
        "follows from the method", "D",
        lambda a: a.task_kind != "classification",
    ),
    Rule(
        "G6-full", ("full",),
        "adapters match full fine-tuning up to about 100,000 examples, for less",
        "LoRA Without Regret; Biderman et al. 2405.09673", "V2",
        lambda a: a.labels_at_hand < FULL_LABELS,
    ),
    Rule(
        "G7-raw-text", ("cpt",),
        "continued pretraining needs about a billion tokens of raw text (100 million for a small "
        "model)",
        "Xie et al. 2311.08545; Ibrahim et al. 2403.08763", "V",
        lambda a: a.unlabelled_tokens < raw_text_floor(a),
    ),
    Rule(
        "G8-larger", ("larger-model",),
        "data may not leave, and a model eight times as large does not fit on your GPUs",
        "2 bytes a parameter", "A",
        lambda a: not a.data_may_leave and 2 * _LARGER * a.base_params / 1e9 > _memory_gb(a),
    ),
    Rule(
        "closed-weights", ("edit", "cpt"),
        "the model's weights are not yours to change",
        "follows from the method", "D",
        lambda a: not a.open_weights,
    ),
    Rule(
        "G9-pretrain", ("pretrain",),
        "a usable base exists, or there are fewer than 20 tokens of raw text per parameter",
        "Meta AI, adapting LLMs, part 1; the 20 tokens are our assumption", "V2",
        lambda a: a.usable_base or a.unlabelled_tokens < 20 * a.base_params,
    ),
    Rule(
        "G10-edit", ("edit",),
        "editing suits a few facts (1 to 1,000): many edits make a model forget, then collapse",
        "Gupta et al. 2401.07453; the 1,000 are our assumption", "V2",
        lambda a: not 1 <= a.facts_to_change <= 1000,
    ),
    Rule(
        "G10-multi-hop", ("edit",),
        "an edited fact is not followed through when several facts must be put together",
        "advisor", "A",
        lambda a: a.multi_hop,
    ),
    Rule(
        "no-teacher", ("distill",),
        "no larger model is known to meet the target, so there is no teacher",
        "follows from the method", "D",
        lambda a: a.larger_model_score is None or a.larger_model_score < a.target,
    ),
    Rule(
        "no-checker", ("self-training",),
        "no program can tell a right answer from a wrong one",
        "follows from the method", "D",
        lambda a: not a.reward_checkable,
    ),
    Rule(
        "no-pairs", ("preference",),
        "there are no pairs that people rated",
        "follows from the method", "D",
        lambda a: a.preferences == 0,
    ),
    Rule(
        "larger-tried", ("larger-model",),
        "a larger model was tried and misses the target",
        "measured by you", "D",
        lambda a: a.larger_model_score is not None and a.larger_model_score < a.target,
    ),
    *map(_over_budget, ("peft", "full", "rag+peft", "distill", "self-training", "preference",
                        "cpt", "pretrain")),
)  # fmt: skip
"""Every hard rule, in the order of the sources."""
