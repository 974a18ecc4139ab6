"""The gates: what rules a method out, with its sentence, source and certainty (G0 to G12)."""

from __future__ import annotations

from advisor.answers import Answers
from advisor.limits import (
    TRAINED_AS,
    candidate_too_large,
    larger_too_large,
    over_monthly_budget,
    over_one_off_budget,
    too_large,
    too_late,
)
from advisor.methods import METHODS
from advisor.rule import Rule
from advisor.situation import (
    TUNE_LABELS,
    can_not_write,
    capacity_exceeded,
    documents_fit,
    larger_is_enough,
    needs_facts,
    no_gpu_of_our_own,
    no_llm_is_enough,
    raw_text_floor,
    too_dear,
)
from advisor.sources import ANTHROPIC, META, META2, OPENAI, arxiv
from ladder.methods import METHODS as ASKED

__all__ = ["GATES", "IN_WEIGHTS", "TUNED", "WITHOUT_DOCUMENTS"]

TUNED = ("peft", "full", "distill", "self-training", "preference")
"""A model whose weights learn the task, asked with a short prompt."""
IN_WEIGHTS = (*TUNED, "edit", "cpt", "pretrain")
_ASKED = tuple(m for m in METHODS if m not in ("no-llm", "classifier", "larger-model"))
"""Methods that ask the candidate, as it is or trained."""
WITHOUT_DOCUMENTS = ("no-llm", "classifier", "prompt", "icl", "larger-model", *IN_WEIGHTS)
_DOCUMENTS = ("docs-in-prompt", "rag", "rag+peft")
_NOT_PROMPTS = tuple(method for method in METHODS if method not in ("prompt", "icl"))

_FOLLOWS = "follows from the method"


def _no_way_to_show(a: Answers) -> bool:
    return a.labels_at_hand == 0 and not (a.prompt_is_enough and a.baseline_by == "icl")


def _no_checked_rows(a: Answers) -> bool:
    return not a.reward_checkable or a.labels_at_hand < 10


def _label_not_in_documents(a: Answers) -> bool:
    return a.task_kind == "classification" and "facts" not in a.missing and not a.citations


GATES: tuple[Rule, ...] = (
    Rule(
        "G0-good-enough",
        "A prompt already meets the target: stop at the cheapest way that is good enough.",
        "Meta AI, adapting LLMs, parts 1 and 2", "V2",
        lambda a: a.prompt_is_enough and not too_dear(a) and not a.citations, _NOT_PROMPTS,
        link=META,
        only=lambda a, method: method != "no-llm" or not no_llm_is_enough(a),
    ),
    Rule(
        "G0-no-llm",
        "No language model is needed: the target is met without one.",
        "measured by you", "V",
        no_llm_is_enough, tuple(method for method in METHODS if method != "no-llm"),
    ),
    Rule(
        "G1-window",
        "The documents do not fit in the prompt: up to 200,000 tokens, and what the model reads "
        "beside the question and its answer.",
        "Anthropic, contextual retrieval", "V",
        lambda a: a.knowledge > 0 and not documents_fit(a), ("docs-in-prompt",),
        link=ANTHROPIC,
    ),
    Rule(
        "no-documents",
        "There is nothing to look up: no documents and no single facts were named.",
        "follows from what you told", "D",
        lambda a: a.knowledge == 0, _DOCUMENTS,
    ),
    Rule(
        "G2-change",
        "The documents change faster than weights can be trained again.",
        "Meta AI, adapting LLMs, part 2; OpenAI, optimizing LLM accuracy", "V2",
        lambda a: needs_facts(a) and a.knowledge_change in ("daily", "live"), IN_WEIGHTS,
        link=META2,
    ),
    Rule(
        "G3-citations",
        "An answer can cite only a document that stands in front of the model.",
        "engineering", "A",
        lambda a: a.citations, WITHOUT_DOCUMENTS,
    ),
    Rule(
        "G4-access",
        "What is in the weights, or in one prompt for all, is seen by all and cannot be erased.",
        "engineering", "A",
        lambda a: a.row_level_access, (*IN_WEIGHTS, "docs-in-prompt"),
        only=lambda a, method: method == "docs-in-prompt" or needs_facts(a),
    ),
    Rule(
        "G5-few-labels",
        "Fewer than 50 labelled examples: fine-tuning shows clear improvements from 50 to 100 on.",
        "OpenAI, optimizing LLM accuracy", "V",
        lambda a: a.labels_at_hand < TUNE_LABELS, ("classifier", "peft", "full", "rag+peft"),
        link=OPENAI,
    ),
    Rule(
        "no-labels", "It needs labelled examples.", _FOLLOWS, "D",
        lambda a: a.labels_at_hand == 0, ("no-llm",),
    ),
    Rule(
        "no-examples", "It shows labelled examples, and there are none.", _FOLLOWS, "D",
        _no_way_to_show, ("icl",),
    ),
    Rule(
        "no-writing",
        "Answers must be written anew, and it can only repeat an answer that it was given.",
        _FOLLOWS, "D",
        can_not_write, ("no-llm",),
    ),
    Rule(
        "no-classes", "It needs a task with a fixed list of labels.", _FOLLOWS, "D",
        lambda a: a.task_kind != "classification", ("classifier",),
    ),
    Rule(
        "G6-full",
        "Adapters match full fine-tuning up to about 100,000 examples (or 100 million tokens), "
        "for less.",
        "Biderman et al. 2405.09673; LoRA Without Regret", "V",
        lambda a: not capacity_exceeded(a), ("full",), link=arxiv("2405.09673"),
    ),
    Rule(
        "G7-raw-text",
        "Continued pretraining needs about a billion tokens of raw text from 7 billion "
        "parameters on, 100 million up to a billion, and between them in proportion.",
        "Xie et al. 2311.08545; Ibrahim et al. 2403.08763", "V",
        lambda a: a.unlabelled_tokens < raw_text_floor(a), ("cpt",), link=arxiv("2403.08763"),
    ),
    Rule(
        "G8-larger",
        "Data may not leave, and a model eight times as large does not fit on your GPUs.",
        "2 bytes a parameter", "A",
        lambda a: not a.data_may_leave and larger_too_large(a), ("larger-model", "distill"),
    ),
    Rule(
        "G8-memory",
        "Data may not leave, and the model does not fit on your GPUs, even at 4 bits a weight "
        "and with 8 % left free.",
        "0.56 bytes a parameter", "A",
        candidate_too_large, _ASKED,
    ),
    Rule(
        "G8-no-gpu",
        "Data may not leave, and there is no GPU on hand to train on; a computer without one can "
        "only answer, slowly.",
        "engineering", "A",
        no_gpu_of_our_own, (*IN_WEIGHTS, "rag+peft"),
    ),
    Rule(
        "closed-weights",
        "The model's weights are not yours to change; its maker sells fine-tuning at most.",
        _FOLLOWS, "D",
        lambda a: not a.open_weights, ("full", "edit", "cpt"),
    ),
    Rule(
        "G8-closed-weights",
        "Data may not leave, and the model's weights cannot come to the data.",
        _FOLLOWS, "D",
        lambda a: not a.open_weights and not a.data_may_leave,
        ("peft", "rag+peft", "distill", "self-training", "preference"),
    ),
    Rule(
        "G9-base",
        "A usable base model exists, so making another from nothing is not needed.",
        "Meta AI, adapting LLMs, part 1", "V2",
        lambda a: a.usable_base, ("pretrain",), link=META,
    ),
    Rule(
        "G9-no-base",
        "There is no base of this language, kind and licence that could be trained further.",
        "follows from what you told", "D",
        lambda a: not a.usable_base,
        tuple(m for m in (*IN_WEIGHTS, "rag+peft") if m != "pretrain"),
    ),
    Rule(
        "G9-tokens",
        "Pretraining needs about 20 tokens of raw text for every parameter.",
        "the number usually taken from Hoffmann et al. 2203.15556", "A",
        lambda a: a.unlabelled_tokens < 20 * a.base_params, ("pretrain",),
    ),
    Rule(
        "G10-many-facts",
        "Editing suits a few facts: many edits make a model forget, slowly and then at once.",
        "Gupta et al. 2401.07453", "V2",
        lambda a: not 1 <= a.facts_to_change <= 1000, ("edit",), link=arxiv("2401.07453"),
    ),
    Rule(
        "G10-multi-hop",
        "An edited fact is recalled but not followed through when several must be put together.",
        "MQuAKE, Zhong et al. 2305.14795", "V",
        lambda a: a.multi_hop, ("edit",), link=arxiv("2305.14795"),
    ),
    Rule(
        "no-teacher", "No larger model is known to meet the target, so there is no teacher.",
        _FOLLOWS, "D",
        lambda a: not larger_is_enough(a), ("distill",),
    ),
    Rule(
        "no-checker",
        "It learns from its own answers that a program finds right: that takes such a program "
        "and ten problems at least.",
        _FOLLOWS, "D",
        _no_checked_rows, ("self-training",),
    ),
    Rule(
        "no-pairs",
        "It learns from pairs of answers that people rated: fewer than 50 are there.",
        "as for labelled examples", "A",
        lambda a: a.preferences < TUNE_LABELS, ("preference",),
    ),
    Rule(
        "larger-tried", "A larger model was tried and misses the target.",
        "measured by you", "V",
        lambda a: a.larger_model_score is not None and not larger_is_enough(a), ("larger-model",),
    ),
    Rule(
        "G11-memory",
        "Training needs more memory than your GPUs have, reckoned at the upper end and with 8 % "
        "left free.",
        "our memory estimate", "D",
        lambda a: a.gpus != "none", tuple(TRAINED_AS), only=too_large,
    ),
    Rule(
        "G12-budget-once",
        "Even its cheapest way, at the upper end of the band and with GPUs on hand free, costs "
        "more than may be spent once.",
        "our price estimate", "D",
        lambda a: a.budget_one_off is not None, tuple(METHODS), only=over_one_off_budget,
    ),
    Rule(
        "G12-budget-monthly",
        "Even its cheapest way, at the upper end of the band and with GPUs on hand free, costs "
        "more a month than may be spent.",
        "our price estimate", "D",
        lambda a: a.budget_monthly is not None, tuple(METHODS), only=over_monthly_budget,
    ),
    Rule(
        "G12-deadline",
        "Training alone, at its slowest and on few examples, ends after the deadline.",
        "our time estimate", "D",
        lambda a: a.deadline_days is not None,
        tuple(method for method in TRAINED_AS if method != "edit"), only=too_late,
    ),
    Rule(
        "label-not-in-documents",
        "An answer that is one of a list of labels is not in the documents; to look it up there "
        f"makes sense only for {', '.join(ASKED['rag'].kinds)}.",
        "engineering", "A",
        _label_not_in_documents, _DOCUMENTS,
    ),
)  # fmt: skip
"""Every gate, in the order of the research note's numbers."""
