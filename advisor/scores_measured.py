"""The scores for what was measured, and for what answers cost."""

from __future__ import annotations

from advisor.answers import Answers
from advisor.gates import TUNED
from advisor.methods import METHODS
from advisor.pricing import total_of
from advisor.rule import Rule, each
from advisor.situation import costs_matter, larger_is_enough, light_traffic, no_llm_is_enough
from advisor.sources import META, META2, arxiv

__all__ = ["MEASURED_SCORES"]

_LABELS = ("no-llm", "classifier")


def _gap_worth_less(a: Answers, method: str) -> bool:
    """Return whether closing the gap saves less than the method costs over the horizon."""
    if a.wrong_answer_cost is None or isinstance(a.baseline, str | None):
        return False
    queries = a.traffic * 365 / 12 * a.horizon_months
    worth = max(0.0, a.target - a.baseline) * queries * a.wrong_answer_cost
    return total_of(method, a) > worth


MEASURED_SCORES: tuple[Rule, ...] = (
    Rule(
        "prompt-missed",
        "A prompt was tried and misses the target.",
        "measured by you", "V",
        lambda a: a.measured and not a.prompt_is_enough, effects={"prompt": -2},
    ),
    Rule(
        "examples-missed",
        "Showing examples was tried and misses the target.",
        "measured by you", "V",
        lambda a: a.measured and not a.prompt_is_enough and a.baseline_by == "icl",
        effects={"icl": -2},
    ),
    Rule(
        "prompt-is-enough",
        "An instruction alone meets the target.",
        "measured by you", "V",
        lambda a: a.prompt_is_enough and a.baseline_by == "prompt", effects={"prompt": 2},
    ),
    Rule(
        "examples-are-enough",
        "Showing examples meets the target.",
        "measured by you", "V",
        lambda a: a.prompt_is_enough and a.baseline_by == "icl", effects={"icl": 2},
    ),
    Rule(
        "no-llm-missed",
        "Answering without a language model was tried and misses the target.",
        "measured by you", "V",
        lambda a: a.no_llm_score is not None and not no_llm_is_enough(a), effects={"no-llm": -2},
    ),
    Rule(
        "larger-is-enough",
        "A larger model was tried and meets the target: nothing needs to be trained.",
        "measured by you; Meta AI, adapting LLMs, part 1", "V2",
        lambda a: larger_is_enough(a) and not costs_matter(a), link=META,
        effects={"larger-model": 2, "cpt": -1} | each((*TUNED, *_LABELS), -1),
    ),
    Rule(
        "distil",
        "What is small can learn what a large model does: 310 adapters came near GPT-4 on "
        "narrow tasks.",
        "Zhao et al. 2405.00732 (LoRA Land); Meta AI, adapting LLMs, part 2", "V2",
        lambda a: larger_is_enough(a) and costs_matter(a), link=arxiv("2405.00732"),
        effects={
            "icl": -1, "docs-in-prompt": -1, "rag": -1, "rag+peft": -1, "peft": 2, "full": 2,
            "distill": 2, "no-llm": 2, "classifier": 2,
        },
    ),
    Rule(
        "cost",
        "Where the price of an answer is the problem, take what is small and asks briefly.",
        "Meta AI, adapting LLMs, part 2", "V2",
        lambda a: "cost" in a.missing, link=META2, effects={"icl": -1, "distill": 1},
    ),
    Rule(
        "cost-of-size",
        "A larger model costs more for every answer, and there are enough of them to feel it.",
        "Meta AI, adapting LLMs, part 2", "V2",
        lambda a: "cost" in a.missing and not light_traffic(a), link=META2,
        effects={"larger-model": -2},
    ),
    Rule(
        "gap-worth-less",
        "Over the horizon the wrong answers cost less than this way of avoiding them.",
        "what an answer costs, as you told; our price estimate", "D",
        lambda a: a.wrong_answer_cost is not None, only=_gap_worth_less,
        effects=each(tuple(METHODS), -1),
    ),
)  # fmt: skip
"""Scores by what was measured."""
