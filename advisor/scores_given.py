"""The scores for what is given: labels, measurements, traffic, time and people.

The cells of the research note's table (section 2.3) stand as they are there, but for low traffic,
where showing examples weighs no more than showing documents: otherwise more traffic would favour
documents, whose prompt is the longer one.
"""

from __future__ import annotations

from advisor.answers import Answers
from advisor.gates import TUNED
from advisor.methods import METHODS
from advisor.pricing import price_of
from advisor.rule import Rule, each
from advisor.scores_measured import MEASURED_SCORES
from advisor.scores_missing import supplies_what_is_missing
from advisor.situation import (
    FEW_LABELS,
    MANY_LABELS,
    capacity_exceeded,
    easy_labels,
    heavy_traffic,
    light_traffic,
    long_documents,
    long_examples,
    long_prompt,
    longest_in_prompt,
    needs_facts,
    needs_language,
    needs_skill,
    never_right,
    tight_latency,
)
from advisor.sources import GOOGLE, META2, OPENAI, arxiv

__all__ = ["GIVEN_SCORES"]

_AS_IT_IS = ("prompt", "icl", "docs-in-prompt", "rag", "larger-model")
"""Ways to ask a model that somebody else made."""
_TRAINED = (*TUNED, "cpt", "pretrain")
"""What ends in training on examples; continued and new pretraining do so too."""
_LABELS = ("no-llm", "classifier")
_MEASURED = "measured on Banking77 with this code, docs/findings.md"


def _no_time_for_people(a: Answers, method: str) -> bool:
    return a.deadline_days is not None and price_of(method, a).people_days.p50 > a.deadline_days


def _labels_help(a: Answers, method: str) -> bool:
    """Return whether labels teach a method: without a model, only where they are the answers."""
    return method != "no-llm" or a.task_kind == "classification"


def _keeps(a: Answers, method: str) -> bool:
    """Return whether keeping other abilities says something about a method.

    For it only where it can supply what is missing: examples in a prompt cannot replace a hundred
    thousand. Against continued pretraining not for a language, where mixing in old text is a must.
    """
    if method == "cpt":
        return not needs_language(a)
    if method in ("full", "edit"):
        return True
    if method == "icl" and capacity_exceeded(a):
        return False
    return _labels_help(a, method) and supplies_what_is_missing(a, method)


GIVEN_SCORES: tuple[Rule, ...] = (
    Rule(
        "few-labels",
        "Under 100 labelled examples: prompt first; training on so few is only a pilot.",
        "Google Cloud, model tuning guide: start with prompting, tune from 100 examples on", "V",
        lambda a: a.labels_at_hand < FEW_LABELS, link=GOOGLE,
        effects={"icl": 1, "peft": -1, "rag+peft": -1, "classifier": -1, "no-llm": -1},
    ),
    Rule(
        "many-labels",
        "A thousand good examples are usually enough to learn from.",
        "Zhou et al. 2305.11206 (LIMA)", "V",
        lambda a: a.labels_at_hand >= MANY_LABELS, link=arxiv("2305.11206"),
        effects={
            "peft": 1, "full": 1, "rag+peft": 1, "self-training": 1, "no-llm": 1,
            "classifier": 1,
        },
        only=_labels_help,
    ),
    Rule(
        "G6-capacity",
        "From about 100,000 examples on, adapters learn clearly less than all weights do.",
        "Biderman et al. 2405.09673", "V",
        lambda a: capacity_exceeded(a) and not a.keep_general, link=arxiv("2405.09673"),
        effects={"full": 2},
    ),
    Rule(
        "easy-labels",
        "Similar labelled examples decide such labels: on Banking77 the most similar one alone is "
        "right on 0.92 of 3,080 questions, a small language model alone on 0.00 of a sample of "
        "100 of them.",
        _MEASURED, "V",
        easy_labels, effects={"no-llm": 2},
    ),
    Rule(
        "enough-for-each-label",
        "Ten labelled examples for each label are enough to begin training on them.",
        "our assumption", "A",
        easy_labels, effects={"classifier": 2},
    ),
    Rule(
        "rare-label",
        "The rarest label has fewer than 3 examples: what learns from examples seldom gives it.",
        "docs/classifier.md; the 3 are our assumption", "A",
        lambda a: a.rarest_label is not None and a.rarest_label < 3, effects=each(_LABELS, -1),
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
        lambda a: a.reward_checkable and needs_skill(a) and not never_right(a),
        link=arxiv("2312.06585"),
        effects={"self-training": 2},
    ),
    Rule(
        "never-right",
        "The model is almost never right yet, so there is nothing to learn from.",
        "Singh et al. 2312.06585 (ReST-EM)", "V",
        never_right, link=arxiv("2312.06585"), effects={"self-training": -2},
    ),
    Rule(
        "no-base",
        "Other models may at most be asked, and none was made for this language and licence.",
        "follows from what you told", "D",
        lambda a: not a.usable_base,
        effects=each(_AS_IT_IS, -2) | {"pretrain": 2},
    ),
    *MEASURED_SCORES,
    # Traffic, time, people
    Rule(
        "heavy-traffic",
        "With 10,000 questions a day or more, every prompt token and every large model is paid "
        "for 10,000 times a day.",
        "Meta AI, adapting LLMs, part 2; the number is our assumption", "V2",
        heavy_traffic, link=META2,
        effects={"rag": -1, "rag+peft": -1, "larger-model": -2},
    ),
    Rule(
        "heavy-examples",
        "Examples longer than retrieved passages in every prompt, 10,000 times a day, are paid "
        "for each time.",
        "Meta AI, adapting LLMs, part 2; the number is our assumption", "V2",
        lambda a: heavy_traffic(a) and long_examples(a), link=META2,
        effects={"icl": -2},
    ),
    Rule(
        "heavy-documents",
        "All documents in every prompt are longer than the passages that retrieval would show.",
        "Meta AI, adapting LLMs, part 2; the number is our assumption", "V2",
        lambda a: heavy_traffic(a) and long_documents(a), link=META2,
        effects={"docs-in-prompt": -1},
    ),
    Rule(
        "heaviest-documents",
        "All documents in every prompt, 10,000 times a day, is the dearest way to ask.",
        "Meta AI, adapting LLMs, part 2; the number is our assumption", "V2",
        lambda a: heavy_traffic(a) and longest_in_prompt(a), link=META2,
        effects={"docs-in-prompt": -2},
    ),
    Rule(
        "long-prompt",
        "What is trained needs no long instruction: from 1,100 prompt tokens on that repays "
        "twice the token price. Facts in documents it needs all the same.",
        "OpenAI, optimizing LLM accuracy, for the lever; the number is derived by us", "V",
        lambda a: heavy_traffic(a) and long_prompt(a), link=OPENAI,
        only=lambda a, method: method not in _TRAINED or not (needs_facts(a) and a.knowledge > 0),
        effects=each(_TRAINED, 2) | {"no-llm": 2, "classifier": 2, "rag+peft": 1},
    ),
    Rule(
        "light-traffic",
        "So few questions never repay a training run, while a long prompt costs next to nothing.",
        "Pan 2509.18101; the number is our assumption", "V2",
        light_traffic, link=arxiv("2509.18101"),
        effects={
            "icl": 1, "docs-in-prompt": 1, "rag": 1,
            "rag+peft": 1, "larger-model": 1, "cpt": -2,
        },
    ),
    Rule(
        "tight-latency",
        "Within a second, what counts is a short prompt and a small model.",
        "the time to read a prompt grows with its length: our serving estimate", "D",
        tight_latency,
        only=lambda a, method: method != "no-llm" or a.task_kind == "classification",
        effects={
            "no-llm": 2, "classifier": 2, "icl": 1, "docs-in-prompt": -1, "rag": -1, "edit": 2,
            "larger-model": -1,
        }
        | each(TUNED, 2),
    ),
    Rule(
        "slow-documents",
        "Reading all documents for every answer takes longer than there is time.",
        "the time to read a prompt grows with its length: our serving estimate", "D",
        lambda a: tight_latency(a) and long_documents(a), effects={"docs-in-prompt": -1},
    ),
    Rule(
        "keep-general",
        "What leaves the weights alone forgets nothing; adapters forget less than full training. "
        "That counts for a method that can supply what is missing.",
        "Biderman et al. 2405.09673; Meta AI, adapting LLMs, part 3", "V",
        lambda a: a.keep_general and a.usable_base, link=arxiv("2405.09673"), only=_keeps,
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
        effects=each((*_TRAINED, "rag+peft"), -1),
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
        effects=each(tuple(METHODS), -1),
    ),
)  # fmt: skip
"""Scores by what is given."""
