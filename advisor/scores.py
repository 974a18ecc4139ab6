"""The scores: what speaks for and against each method, -2 to +2 a rule, with its source.

The cells of the research note's table (section 2.3) stand as they are there, but for low traffic,
where showing examples weighs no more than showing documents: otherwise more traffic would favour
documents, whose prompt is the longer one. `rag+peft` is what retrieval and adapters are together,
clipped; what no source says of a method is derived from the nearest one that has a cell.
"""

from __future__ import annotations

from advisor.answers import Answers
from advisor.gates import IN_WEIGHTS, TUNED, WITHOUT_DOCUMENTS
from advisor.methods import METHODS
from advisor.pricing import DAY_PRICE, price_of
from advisor.rule import Rule
from advisor.situation import (
    FEW_LABELS,
    MANY_LABELS,
    capacity_exceeded,
    cheap_in_prompt,
    costs_matter,
    documents_fit,
    easy_labels,
    heavy_traffic,
    larger_is_enough,
    light_traffic,
    long_documents,
    long_prompt,
    needs_documents,
    needs_facts,
    needs_language,
    needs_skill,
    tight_latency,
)

__all__ = ["SCORES"]

_ON_THE_BASE = tuple(m for m in METHODS if m not in ("no-llm", "classifier", "pretrain"))
_LABELS = ("no-llm", "classifier")
_MEASURED = "measured on Banking77 with this code, docs/findings.md"
_ANTHROPIC = "https://www.anthropic.com/news/contextual-retrieval"
_META = "https://ai.meta.com/blog/adapting-large-language-models-llms"
_META2 = "https://ai.meta.com/blog/when-to-fine-tune-llms-vs-other-techniques"
_OPENAI = "https://platform.openai.com/docs/guides/optimizing-llm-accuracy"


def _arxiv(number: str) -> str:
    return f"https://arxiv.org/abs/{number}"


def _all(methods: tuple[str, ...], effect: int) -> dict[str, int]:
    return dict.fromkeys(methods, effect)


def _gap_worth_less(a: Answers, method: str) -> bool:
    """Return whether closing the gap saves less than the method costs over the horizon."""
    if a.wrong_answer_cost is None or isinstance(a.baseline, str | None):
        return False
    queries = a.queries_per_day * 365 / 12 * a.horizon_months
    worth = max(0.0, a.target - a.baseline) * queries * a.wrong_answer_cost
    return price_of(method, a).total(a.horizon_months, DAY_PRICE).p50 > worth


def _no_time_for_people(a: Answers, method: str) -> bool:
    return a.deadline_days is not None and price_of(method, a).people_days.p50 > a.deadline_days


def _never_right(a: Answers) -> bool:
    return not isinstance(a.baseline, str | None) and a.baseline < 0.1


SCORES: tuple[Rule, ...] = (
    # What is missing
    Rule(
        "facts",
        "Retrieval beats training for facts, old and new: training learns new facts slowly and "
        "then makes more of them up.",
        "Ovadia et al. 2312.05934; Gekhman et al. 2405.05904", "V",
        needs_facts, link=_arxiv("2312.05934"),
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
        effects=_all(WITHOUT_DOCUMENTS, -1),
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
        link=_arxiv("2305.13172"), effects={"edit": 1},
    ),
    Rule(
        "G10-not-so-few",
        "Over a hundred edits, a model begins to lose what it knew.",
        "Gupta et al. 2401.07453; the hundred are our assumption", "V2",
        lambda a: a.facts_to_change > 100, link=_arxiv("2401.07453"), effects={"edit": -2},
    ),
    Rule(
        "long-tail",
        "About rarely named things retrieval beats fine-tuning by a large margin.",
        "Soudani et al. 2403.01432", "V",
        lambda a: needs_facts(a) and a.popularity == "tail", link=_arxiv("2403.01432"),
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
        link=_arxiv("2401.08406"),
        effects={"rag": 2, "peft": 1, "full": 1, "rag+peft": 2, "edit": -2},
    ),
    Rule(
        "monthly-change",
        "Documents that change each month would mean training again each month.",
        "Meta AI, adapting LLMs, part 2", "V2",
        lambda a: needs_facts(a) and a.knowledge_change in ("monthly", "daily", "live"),
        link=_META2, effects=_all(IN_WEIGHTS, -1),
    ),
    Rule(
        "live-change",
        "What changes all the time can be looked up, but not kept in a prompt's cache.",
        "engineering", "A",
        lambda a: needs_documents(a) and a.knowledge_change == "live",
        effects={"docs-in-prompt": -1},
    ),
    Rule(
        "documents-fit",
        "All documents fit in the prompt, and with a cache that costs less than building "
        "retrieval.",
        "Anthropic, contextual retrieval; the cost is derived by us", "V",
        lambda a: needs_documents(a) and cheap_in_prompt(a),
        link=_ANTHROPIC, effects={"docs-in-prompt": 2},
    ),
    Rule(
        "medium-corpus",
        "A model that reads long texts answers well from all documents; retrieval comes near for "
        "far less.",
        "Li et al. 2407.16833 (Self-Route)", "V",
        lambda a: needs_facts(a) and documents_fit(a) and a.context_window >= 100_000,
        link=_arxiv("2407.16833"),
        effects={"docs-in-prompt": 1, "rag": 1, "rag+peft": 1, "cpt": -1},
    ),
    Rule(
        "style",
        "Examples in training teach tone, form and style; passages do not.",
        "Meta AI, adapting LLMs, part 2; OpenAI, optimizing LLM accuracy", "V",
        lambda a: "style" in a.missing, link=_OPENAI,
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
        lambda a: "style" in a.missing and a.preferences > 0,
        link=_arxiv("2203.02155"), effects={"preference": 2},
    ),
    Rule(
        "skill-from-labels",
        "With many labels adapters learn a skill; many examples in a long prompt come near.",
        "Agarwal et al. 2404.11018; Bertsch et al. 2405.00200; Liu et al. 2205.05638", "V",
        lambda a: needs_skill(a) and a.labels_at_hand >= FEW_LABELS, link=_arxiv("2404.11018"),
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
        lambda a: needs_skill(a) and a.labels_at_hand < FEW_LABELS, link=_arxiv("2005.14165"),
        effects={"icl": 1, "rag": -1, "edit": -2, "larger-model": 1},
    ),
    Rule(
        "language",
        "A language is learned from much raw text; examples and passages do not teach it, and "
        "another model may know it already.",
        "Ibrahim et al. 2403.08763; Fujii et al. 2404.17790 (Swallow)", "V",
        needs_language, link=_arxiv("2404.17790"),
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
    # What there is
    Rule(
        "few-labels",
        "Under 100 labelled examples: prompt first; training on so few is only a pilot.",
        "Google Cloud, to tune or not to tune; Meta AI, adapting LLMs, part 3", "V2",
        lambda a: a.labels_at_hand < FEW_LABELS,
        effects={"icl": 1, "peft": -1, "rag+peft": -1, "classifier": -1},
    ),
    Rule(
        "many-labels",
        "A thousand good examples are usually enough to train behaviour.",
        "Zhou et al. 2305.11206 (LIMA)", "V",
        lambda a: a.labels_at_hand >= MANY_LABELS, link=_arxiv("2305.11206"),
        effects={
            "peft": 1, "full": 1, "rag+peft": 1, "self-training": 1, "no-llm": 1,
            "classifier": 1,
        },
    ),
    Rule(
        "G6-capacity",
        "From about 100,000 examples on, adapters learn clearly less than all weights do.",
        "Biderman et al. 2405.09673", "V",
        lambda a: capacity_exceeded(a) and not a.keep_general, link=_arxiv("2405.09673"),
        effects={"full": 2},
    ),
    Rule(
        "easy-labels",
        "Similar labelled examples decide such labels: on Banking77 they reach 0.92 of 1 where "
        "a small language model alone has 0.00.",
        _MEASURED, "V",
        easy_labels, effects=_all(_LABELS, 2),
    ),
    Rule(
        "long-texts",
        "The embedder reads 256 word pieces and cuts the rest off.",
        "model card of all-MiniLM-L6-v2", "V",
        lambda a: a.task_kind == "classification" and a.tokens_in >= 1000,
        link="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        effects={"no-llm": -1},
    ),
    Rule(
        "not-labels",
        "Without a fixed list of labels it can only repeat an answer that it was given.",
        "follows from the method", "D",
        lambda a: a.task_kind != "classification", effects={"no-llm": -2},
    ),
    Rule(
        "checkable",
        "It trains on its own answers that a program finds right, and needs no one to write "
        "them: one right answer of its own teaches more than one by a person.",
        "Singh et al. 2312.06585 (ReST-EM)", "V",
        lambda a: a.reward_checkable and needs_skill(a), link=_arxiv("2312.06585"),
        effects={"self-training": 2},
    ),
    Rule(
        "never-right",
        "The model is almost never right yet, so there is nothing to learn from.",
        "Singh et al. 2312.06585 (ReST-EM)", "V",
        _never_right, link=_arxiv("2312.06585"), effects={"self-training": -2},
    ),
    Rule(
        "no-base",
        "No existing model may be built on.",
        "follows from what you told", "D",
        lambda a: not a.usable_base,
        effects=_all(_ON_THE_BASE, -2) | {"cpt": -1, "pretrain": 2},
    ),
    # What was measured
    Rule(
        "prompt-missed",
        "A prompt was tried and misses the target.",
        "measured by you", "D",
        lambda a: a.measured and not a.prompt_is_enough, effects={"prompt": -2},
    ),
    Rule(
        "examples-missed",
        "Showing examples was tried and misses the target.",
        "measured by you", "D",
        lambda a: a.measured and not a.prompt_is_enough and a.baseline_by == "icl",
        effects={"icl": -2},
    ),
    Rule(
        "prompt-is-enough",
        "An instruction alone meets the target.",
        "measured by you", "D",
        lambda a: a.prompt_is_enough and a.baseline_by == "prompt", effects={"prompt": 2},
    ),
    Rule(
        "examples-are-enough",
        "Showing examples meets the target.",
        "measured by you", "D",
        lambda a: a.prompt_is_enough and a.baseline_by == "icl", effects={"icl": 2},
    ),
    Rule(
        "larger-is-enough",
        "A larger model was tried and meets the target: nothing needs to be trained.",
        "measured by you; Meta AI, adapting LLMs, part 1", "V2",
        lambda a: larger_is_enough(a) and not costs_matter(a), link=_META,
        effects={"larger-model": 2, "cpt": -1, "rag+peft": -1} | _all(TUNED, -1),
    ),
    Rule(
        "distil",
        "A small model can learn what a large one does: 310 adapters came near GPT-4 on narrow "
        "tasks.",
        "Zhao et al. 2405.00732 (LoRA Land); Meta AI, adapting LLMs, part 2", "V2",
        lambda a: larger_is_enough(a) and costs_matter(a), link=_arxiv("2405.00732"),
        effects={"icl": -1, "peft": 2, "full": 2, "distill": 2},
    ),
    Rule(
        "cost",
        "Where the price of an answer is the problem, take what is small and asks briefly.",
        "Meta AI, adapting LLMs, part 2", "V2",
        lambda a: "cost" in a.missing, link=_META2,
        effects={"larger-model": -2, "icl": -1, "distill": 1},
    ),
    Rule(
        "gap-worth-less",
        "Over the horizon the wrong answers cost less than this way of avoiding them.",
        "what an answer costs, as you told; our price estimate", "D",
        lambda a: a.wrong_answer_cost is not None, only=_gap_worth_less,
        effects=_all(tuple(METHODS), -1),
    ),
    # Traffic, time, people
    Rule(
        "heavy-traffic",
        "With 10,000 questions a day or more, every prompt token and every large model is paid "
        "for 10,000 times a day.",
        "Meta AI, adapting LLMs, part 2; the number is our assumption", "V2",
        heavy_traffic, link=_META2,
        effects={"icl": -2, "rag": -1, "rag+peft": -1, "larger-model": -2},
    ),
    Rule(
        "heavy-documents",
        "All documents in every prompt, 10,000 times a day, is the dearest way to ask.",
        "Meta AI, adapting LLMs, part 2; the number is our assumption", "V2",
        lambda a: heavy_traffic(a) and long_documents(a), link=_META2,
        effects={"docs-in-prompt": -2},
    ),
    Rule(
        "long-prompt",
        "A trained model needs no long instruction: from 1,100 prompt tokens on that repays "
        "twice the token price.",
        "OpenAI, optimizing LLM accuracy, for the lever; the number is derived by us", "V",
        lambda a: heavy_traffic(a) and long_prompt(a), link=_OPENAI,
        effects=_all(TUNED, 2) | {"prompt": -1},
    ),
    Rule(
        "light-traffic",
        "So few questions never repay a training run, while a long prompt costs next to nothing.",
        "Pan 2509.18101; the number is our assumption", "V2",
        light_traffic, link=_arxiv("2509.18101"),
        effects={
            "icl": 1, "docs-in-prompt": 1, "rag": 1, "larger-model": 1, "full": -1, "cpt": -2,
        },
    ),
    Rule(
        "tight-latency",
        "Within a second, what counts is a short prompt and a small model.",
        "time to read a prompt grows with its length, research note 3.4", "D",
        tight_latency,
        effects={
            "no-llm": 2, "classifier": 2, "icl": 1, "rag": -1, "edit": 2, "larger-model": -1,
        }
        | _all(TUNED, 2),
    ),
    Rule(
        "slow-documents",
        "Reading all documents for every answer takes longer than there is time.",
        "time to read a prompt grows with its length, research note 3.4", "D",
        lambda a: tight_latency(a) and long_documents(a), effects={"docs-in-prompt": -2},
    ),
    Rule(
        "keep-general",
        "What leaves the weights alone forgets nothing; adapters forget less than full training.",
        "Biderman et al. 2405.09673; Meta AI, adapting LLMs, part 3", "V",
        lambda a: a.keep_general, link=_arxiv("2405.09673"),
        effects={
            "icl": 2, "docs-in-prompt": 2, "rag": 2, "larger-model": 2, "no-llm": 2,
            "classifier": 2, "peft": 1, "rag+peft": 1, "distill": 1, "self-training": 1,
            "preference": 1, "full": -1, "cpt": -1, "edit": -1,
        },
    ),
    Rule(
        "nobody-trains",
        "Nobody in the team has trained a model yet.",
        "engineering", "A",
        lambda a: not a.training_engineer,
        effects=_all(TUNED, -1) | {"rag+peft": -1, "cpt": -2, "pretrain": -2},
    ),
    Rule(
        "nobody-searches",
        "Nobody in the team has built search yet.",
        "engineering", "A",
        lambda a: not a.search_engineer, effects={"rag": -1, "rag+peft": -1},
    ),
    Rule(
        "little-time",
        "People usually need longer than the deadline to build it.",
        "our assumption of people's days", "A",
        lambda a: a.deadline_days is not None, only=_no_time_for_people,
        effects=_all(tuple(METHODS), -1),
    ),
)  # fmt: skip
"""Every score, by what it is about."""
