"""The scores for what is missing: facts, style, a skill or a language.

The cells of the research note's table (section 2.3) stand as they are there. `rag+peft` is what
retrieval and adapters are together, clipped; a method without a column takes the cell of its
nearest relative, which is our derivation.
"""

from __future__ import annotations

from functools import lru_cache

from advisor.answers import Answers
from advisor.gates import IN_WEIGHTS, WITHOUT_DOCUMENTS
from advisor.methods import METHODS
from advisor.rule import Rule, each
from advisor.situation import (
    FEW_LABELS,
    MANY_LABELS,
    cheap_in_prompt,
    documents_fit,
    larger_is_enough,
    long_documents,
    needs_documents,
    needs_facts,
    needs_language,
    needs_skill,
    raw_text_floor,
)
from advisor.sources import ANTHROPIC, META2, OPENAI, arxiv

__all__ = ["MISSING_SCORES", "supplies_what_is_missing"]

MISSING_SCORES: tuple[Rule, ...] = (
    Rule(
        "facts",
        "Retrieval beats training for facts, old and new: training learns new facts slowly and "
        "then makes more of them up.",
        "Ovadia et al. 2312.05934; Gekhman et al. 2405.05904", "V",
        needs_facts, link=arxiv("2312.05934"),
        effects={
            "icl": -1, "docs-in-prompt": 1, "rag": 2, "peft": -1, "full": -1, "cpt": 1,
            "rag+peft": 1, "distill": -1, "self-training": -1, "preference": -1,
        },
    ),
    Rule(
        "own-documents",
        "What stands in your documents was in no model's training, however large the model is.",
        "follows from what you told", "D",
        lambda a: needs_facts(a) and a.knowledge_tokens > 0,
        effects=each(WITHOUT_DOCUMENTS, -2),
    ),
    Rule(
        "larger-knows-no-more",
        "A larger model has not read your facts either.",
        "follows from what you told", "D",
        lambda a: needs_facts(a) and not larger_is_enough(a), effects={"larger-model": -1},
    ),
    Rule(
        "few-facts",
        "A few single facts can be written into the weights with little harm to others.",
        "Yao et al. 2305.13172, with the tables of EasyEdit", "V",
        lambda a: needs_facts(a) and 1 <= a.facts_to_change <= 100 and a.knowledge_tokens == 0,
        link=arxiv("2305.13172"), effects={"edit": 1},
    ),
    Rule(
        "G10-not-so-few",
        "Over a hundred edits, a model begins to lose what it knew.",
        "Gupta et al. 2401.07453; the hundred are our assumption", "V2",
        lambda a: a.facts_to_change > 100, link=arxiv("2401.07453"), effects={"edit": -2},
    ),
    Rule(
        "long-tail",
        "About rarely named things retrieval beats fine-tuning by a large margin.",
        "Soudani et al. 2403.01432", "V",
        lambda a: needs_facts(a) and a.popularity == "tail", link=arxiv("2403.01432"),
        effects={"icl": -1, "rag": 2, "rag+peft": 2, "peft": -1, "full": -1},
    ),
    Rule(
        "answered-questions",
        "With many questions and their right answers, fine-tuning and retrieval each add about "
        "5 points, and both together add both.",
        "Balaguer et al. 2401.08406", "V",
        lambda a: needs_facts(a)
        and a.labels_at_hand >= MANY_LABELS
        and a.task_kind != "classification",
        link=arxiv("2401.08406"),
        effects={"rag": 2, "peft": 1, "full": 1, "rag+peft": 2, "edit": -2},
    ),
    Rule(
        "monthly-change",
        "Documents that change each month would mean training again each month.",
        "Meta AI, adapting LLMs, part 2", "V2",
        lambda a: needs_facts(a) and a.knowledge_change in ("monthly", "daily", "live"),
        link=META2, effects=each(IN_WEIGHTS, -1),
    ),
    Rule(
        "live-change",
        "What changes all the time can be looked up, but not kept in a prompt's cache.",
        "engineering", "A",
        lambda a: needs_documents(a) and a.knowledge_change == "live",
        effects={"docs-in-prompt": -1},
    ),
    Rule(
        "several-facts",
        "Facts learned one by one in training are seldom put together.",
        "as for edited facts (MQuAKE 2305.14795)", "A",
        lambda a: needs_facts(a) and a.multi_hop,
        effects={"peft": -1, "full": -1, "self-training": -1, "preference": -1, "distill": -1},
    ),
    Rule(
        "nothing-to-look-up",
        "No facts are missing, so documents add nothing but a longer prompt.",
        "Gao et al. 2312.10997: whether knowledge is missing is an axis of its own", "V",
        lambda a: not needs_documents(a) and a.knowledge > 0, link=arxiv("2312.10997"),
        effects={"docs-in-prompt": -2, "rag": -2, "rag+peft": -2},
    ),
    Rule(
        "documents-fit",
        "All documents fit in the prompt, where nothing needs to be found first.",
        "Anthropic, contextual retrieval", "V",
        lambda a: needs_documents(a) and documents_fit(a),
        link=ANTHROPIC, effects={"docs-in-prompt": 1},
    ),
    Rule(
        "documents-cheap",
        "All documents in the prompt cost less than building retrieval.",
        "Anthropic, contextual retrieval, for the cache; the cost is derived by us", "V",
        lambda a: needs_documents(a) and cheap_in_prompt(a),
        link=ANTHROPIC, effects={"docs-in-prompt": 1},
    ),
    Rule(
        "medium-corpus",
        "A model that reads long texts answers well from all documents; retrieval comes near for "
        "far less.",
        "Li et al. 2407.16833 (Self-Route)", "V",
        lambda a: needs_facts(a)
        and documents_fit(a)
        and long_documents(a)
        and a.context_window >= 100_000,
        link=arxiv("2407.16833"),
        effects={"docs-in-prompt": 1, "rag": 1, "rag+peft": 1, "cpt": -1},
    ),
    Rule(
        "style",
        "Examples in training teach tone, form and style; passages do not.",
        "Meta AI, adapting LLMs, part 2; OpenAI, optimizing LLM accuracy", "V",
        lambda a: "style" in a.missing, link=OPENAI,
        effects={
            "rag": -1, "peft": 2, "full": 1, "cpt": -1, "edit": -2, "rag+peft": 1,
            "preference": 1, "self-training": -1, "no-llm": -1,
        },
    ),
    Rule(
        "rated-pairs",
        "Pairs that people rated teach what cannot be written down: people liked a 1.3B model "
        "tuned so better than one of 175B.",
        "Ouyang et al. 2203.02155", "V",
        lambda a: "style" in a.missing and a.preferences >= MANY_LABELS,
        link=arxiv("2203.02155"), effects={"preference": 2},
    ),
    Rule(
        "skill-from-labels",
        "With many labels adapters learn a skill; many examples in a long prompt come near.",
        "Agarwal et al. 2404.11018; Bertsch et al. 2405.00200; Liu et al. 2205.05638", "V",
        lambda a: needs_skill(a) and a.labels_at_hand >= FEW_LABELS, link=arxiv("2404.11018"),
        effects={
            "icl": 1, "rag": -1, "peft": 2, "full": 2, "edit": -2, "rag+peft": 1,
            "self-training": 1,
        },
    ),
    Rule(
        "skill-with-few-labels",
        "With few labels, showing them in the prompt goes furthest, and more so in a larger "
        "model.",
        "Brown et al. 2005.14165; Bertsch et al. 2405.00200", "V",
        lambda a: needs_skill(a) and a.labels_at_hand < FEW_LABELS, link=arxiv("2005.14165"),
        effects={"icl": 1, "rag": -1, "edit": -2, "larger-model": 1},
    ),
    Rule(
        "domain-text",
        "Without labels, a domain's skill can be learned from billions of tokens of its text.",
        "Azerbayev et al. 2310.10631 (Llemma); Xie et al. 2311.08545", "V",
        lambda a: needs_skill(a)
        and a.labels_at_hand < FEW_LABELS
        and a.unlabelled_tokens >= raw_text_floor(a),
        link=arxiv("2310.10631"), effects={"cpt": 2},
    ),
    Rule(
        "language",
        "A language is learned from much raw text; examples and passages do not teach it, and "
        "another model may know it already.",
        "Ibrahim et al. 2403.08763; Fujii et al. 2404.17790 (Swallow)", "V",
        needs_language, link=arxiv("2404.17790"),
        effects={
            "prompt": -1, "icl": -1, "docs-in-prompt": -1, "rag": -1, "peft": -1, "edit": -2,
            "rag+peft": -1, "cpt": 2, "larger-model": 2, "self-training": -1, "preference": -1,
            "pretrain": 1,
        },
    ),
    Rule(
        "embedder-language",
        "The embedder does not know the language: take a multilingual one, or search words "
        "(BM25). In German an English one finds 57 of 100 passages first, BM25 85.",
        "measured on XQuAD", "V",
        lambda a: not a.language_covered or a.embedder_fertility >= 1.5,
        effects={"rag": 0, "rag+peft": 0, "no-llm": -1},
    ),
    Rule(
        "many-tokens-a-word",
        "The model cuts your words into twice as many tokens as English: long prompts cost "
        "twice as much.",
        "follows from the token price", "D",
        lambda a: a.fertility >= 2, effects={"icl": -1, "docs-in-prompt": -1},
    ),
)  # fmt: skip
"""Scores by what is missing."""


_OF_PRICE = ("documents-cheap", "many-tokens-a-word")
"""Rules that say what it costs to supply something: more traffic must not turn what can be had."""


@lru_cache(maxsize=1024)
def _of_what_is_missing(a: Answers) -> dict[str, int]:
    points = dict.fromkeys(METHODS, 0)
    for rule in MISSING_SCORES:
        for method in () if rule.id in _OF_PRICE else rule.concerns(a):
            points[method] += rule.effects[method]
    return points


def supplies_what_is_missing(a: Answers, method: str) -> bool:
    """Return whether the rules about what is missing, prices apart, do not speak against it."""
    return _of_what_is_missing(a)[method] >= 0
