"""What the rules ask about a situation: yes or no, each with the number that decides.

A number that a source gives stands with its source; the others are our assumptions and say so.
"""

from __future__ import annotations

from dataclasses import replace

from advisor.answers import Answers
from advisor.pricing import total_of
from ladder.costs import least_raw_text

__all__ = [
    "CAPACITY_LABELS",
    "CAPACITY_TOKENS",
    "FEW_LABELS",
    "MANY_LABELS",
    "TUNE_LABELS",
    "can_not_write",
    "capacity_exceeded",
    "cheap_in_prompt",
    "costs_matter",
    "documents_fit",
    "easy_labels",
    "heavy_traffic",
    "larger_is_enough",
    "light_traffic",
    "long_documents",
    "long_examples",
    "long_prompt",
    "longest_in_prompt",
    "needs_documents",
    "needs_facts",
    "needs_language",
    "needs_skill",
    "never_right",
    "no_gpu_of_our_own",
    "no_llm_is_enough",
    "raw_text_floor",
    "shown_tokens",
    "tight_latency",
    "too_dear",
]

TUNE_LABELS = 50
"""Labels from which fine-tuning may be tried (OpenAI: clear improvements at 50 to 100)."""
FEW_LABELS = 100
"""Labels under which a prompt comes first (Google Cloud's and Meta's bands)."""
MANY_LABELS = 1000
"""Good labels that are usually enough for behaviour (LIMA 2305.11206)."""
CAPACITY_LABELS = 100_000
"""Instruction pairs at which adapters fall behind (Biderman 2405.09673)."""
CAPACITY_TOKENS = 10**8
"""Their tokens: the two sets of that paper have 73 and 103 million."""
PROMPT_LIMIT = 200_000
"""Tokens of documents that are better put in the prompt (Anthropic)."""
HEAVY_TRAFFIC, LIGHT_TRAFFIC = 10_000, 100
"""Questions a day (our assumptions)."""
LONG_PROMPT = 1_100
"""Prompt tokens from which a fine-tuned model without them is cheaper (derived, section 3.5)."""
PASSAGES = 1_500
"""Tokens that retrieval adds to a prompt (our assumption)."""
SHOTS = 8
"""Examples that a few-shot prompt shows (our assumption)."""
TIGHT_SECONDS = 1.0
"""Seconds for 95 of 100 answers under which every prompt token counts (our assumption)."""
EASY_LABELS_PER_CLASS = 10
"""Labels a class from which similar examples decide well (our assumption; Banking77 has 130)."""
USUAL_CLASSES = 10


def needs_facts(a: Answers) -> bool:
    """Return whether knowledge is missing; documents alone say so where nothing was named."""
    return "facts" in a.missing or (not a.missing and a.knowledge > 0)


def needs_documents(a: Answers) -> bool:
    """Return whether documents have a part in the answer."""
    return needs_facts(a) or a.citations


def needs_skill(a: Answers) -> bool:
    """Return whether a skill is missing; a gap whose cause was not named is taken for one."""
    return "skill" in a.missing or (not a.missing and a.knowledge == 0)


def needs_language(a: Answers) -> bool:
    """Return whether the model has to learn a language."""
    return "language" in a.missing or not a.language_covered


def heavy_traffic(a: Answers) -> bool:
    """Return whether the tokens of every question are a bill of their own."""
    return a.traffic >= HEAVY_TRAFFIC


def light_traffic(a: Answers) -> bool:
    """Return whether so few ask that a long prompt costs next to nothing."""
    return a.traffic <= LIGHT_TRAFFIC


def long_prompt(a: Answers) -> bool:
    """Return whether a fine-tuned model would repay the prompt it can leave out."""
    return a.tokens_in >= LONG_PROMPT


def costs_matter(a: Answers) -> bool:
    """Return whether what an answer costs is part of the problem."""
    return heavy_traffic(a) or ("cost" in a.missing and not light_traffic(a))


def too_dear(a: Answers) -> bool:
    """Return whether a prompt that is good enough is still too dear."""
    return "cost" in a.missing and heavy_traffic(a)


def tight_latency(a: Answers) -> bool:
    """Return whether answers must be there within a second."""
    return a.latency_p95_s <= TIGHT_SECONDS


def long_documents(a: Answers) -> bool:
    """Return whether all documents are longer than the passages that retrieval would show."""
    return a.knowledge > PASSAGES


def long_examples(a: Answers) -> bool:
    """Return whether the examples of a few-shot prompt are longer than retrieved passages."""
    return shown_tokens(a) > PASSAGES


def shown_tokens(a: Answers) -> int:
    """Return the tokens of a few-shot prompt's examples."""
    return SHOTS * (a.tokens_in + a.tokens_out)


def documents_fit(a: Answers) -> bool:
    """Return whether all documents can stand in one prompt, beside a question and its answer."""
    return 0 < a.knowledge <= min(a.context_window - a.tokens_in - a.tokens_out, PROMPT_LIMIT)


def cheap_in_prompt(a: Answers) -> bool:
    """Return whether all documents in the prompt are cheaper than building retrieval.

    Short documents (no longer than a few-shot prompt's examples) are; long ones never where very
    many ask. Between them the token prices of a host decide, also where own GPUs answer: they
    come in whole numbers, and such a step would turn the answer to and fro as traffic grows.
    """
    if not documents_fit(a) or (heavy_traffic(a) and long_documents(a)):
        return False
    if a.knowledge <= shown_tokens(a):
        return True
    hosted = replace(a, data_may_leave=True)
    return total_of("docs-in-prompt", hosted) <= total_of("rag", hosted)


def longest_in_prompt(a: Answers) -> bool:
    """Return whether all documents are longer than examples or passages would be."""
    return a.knowledge > max(PASSAGES, shown_tokens(a))


def capacity_exceeded(a: Answers) -> bool:
    """Return whether there is more to learn than adapters hold; labels alone never are."""
    much = a.labels_at_hand >= CAPACITY_LABELS or (a.labelled_tokens or 0) >= CAPACITY_TOKENS
    return much and a.task_kind != "classification"


def easy_labels(a: Answers) -> bool:
    """Return whether labels can be told by similar examples: enough of them for every class."""
    classes = a.labels or USUAL_CLASSES
    return a.task_kind == "classification" and a.labels_at_hand >= EASY_LABELS_PER_CLASS * classes


def larger_is_enough(a: Answers) -> bool:
    """Return whether a larger model was tried and meets the target."""
    return a.larger_model_score is not None and a.larger_model_score >= a.target


def no_llm_is_enough(a: Answers) -> bool:
    """Return whether answering without a language model was measured and meets the target."""
    return a.no_llm_score is not None and a.no_llm_score >= a.target


def can_not_write(a: Answers) -> bool:
    """Return whether answers must be written anew, which a lookup or a label cannot do."""
    return a.task_kind in ("generation", "code") and not no_llm_is_enough(a)


def never_right(a: Answers) -> bool:
    """Return whether the model's own answers are almost never right (under 0.1: assumed)."""
    return not isinstance(a.baseline, str | None) and a.baseline < 0.1


def raw_text_floor(a: Answers) -> float:
    """Return the tokens of raw text below which continued pretraining is not worth it."""
    return least_raw_text(a.base_params)


def no_gpu_of_our_own(a: Answers) -> bool:
    """Return whether nothing can be trained: data may not leave, and no GPU is on hand."""
    return not a.data_may_leave and a.machine is None and a.base_params > 1e9
