"""The seven questions, as data: what decides each, what follows, and who says so.

The order and the outcomes are those of Meta AI's guide "Adapting large language models" (August
2024) as its text and readers of its chart give them; where a number decides, it is the research
note's. In that guide a prompt with or without examples is one thing, in-context learning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from advisor.answers import Answers
from advisor.limits import over_one_off_budget, too_large, training_gib
from advisor.methods import MEASURE_FIRST
from advisor.rule import Certainty
from advisor.situation import TUNE_LABELS, capacity_exceeded, needs_facts, raw_text_floor

__all__ = ["QUESTIONS", "Branch", "Question", "Reply", "Step", "walk"]

Reply = Literal["yes", "no", "not measured"]
_META = "Meta AI, adapting large language models"


@dataclass(frozen=True)
class Branch:
    """What one answer to a question means."""

    sentence: str
    source: str
    certainty: Certainty
    then: str
    """The next question's id, or the method's."""


@dataclass(frozen=True)
class Question:
    """One of the seven."""

    id: str
    text: str
    short: str
    """A few words, for the drawing."""
    fields: tuple[str, ...]
    """The answers that decide it, the first one the most."""
    decide: Callable[[Answers], bool]
    seen: Callable[[Answers], str]
    """Says in words what the decision looked at."""
    yes: Branch
    no: Branch


@dataclass(frozen=True)
class Step:
    """One question as it was answered on the way."""

    question: Question
    answer: Reply
    seen: str
    branch: Branch

    @property
    def reason(self) -> str:
        """Return why, in two sentences."""
        return f"{self.seen} {self.branch.sentence}"


NOT_MEASURED = Branch(
    "Measure a prompt on your own examples before choosing a method.",
    f"{_META}, parts 1 and 2; OpenAI, optimizing LLM accuracy",
    "V2",
    MEASURE_FIRST,
)


def walk(answers: Answers) -> tuple[Step, ...]:
    """Return the questions on the way, each with its answer; the last one names the outcome."""
    steps: list[Step] = []
    at = "Q1"
    while at in QUESTIONS:
        question = QUESTIONS[at]
        if at == "Q1" and not answers.measured:
            return (Step(question, "not measured", question.seen(answers), NOT_MEASURED),)
        yes = question.decide(answers)
        branch = question.yes if yes else question.no
        if yes and at == "Q1":
            branch = replace(branch, then=answers.baseline_by)
        steps.append(Step(question, "yes" if yes else "no", question.seen(answers), branch))
        at = branch.then
    return tuple(steps)


def _seen_quality(a: Answers) -> str:
    if a.baseline is None:
        return "No prompt has been measured yet."
    if isinstance(a.baseline, str):
        return f"A prompt was tried and is below the target of {a.target:.2f}."
    which = "few-shot prompt" if a.baseline_by == "icl" else "prompt"
    return f"Your {which} reaches {a.baseline:.2f}; the target is {a.target:.2f}."


def _seen_missing(a: Answers) -> str:
    words = ", ".join(a.missing) or "nothing named"
    documents = f"; {a.knowledge:,} tokens of documents" if a.knowledge else ""
    return f"What is missing: {words}{documents}."


def _seen_labels(a: Answers) -> str:
    return f"{a.labels_at_hand:,} labelled examples are there or can be made."


def _seen_compute(a: Answers) -> str:
    machine = a.machine
    keep = "; other abilities must be kept" if a.keep_general else ""
    if machine is None:
        return f"No GPU is on hand{keep}."
    need = training_gib("full", a.base_params, a.tokens_in + a.tokens_out, machine.count)
    return (
        f"Training all weights takes up to {need:,.0f} GiB on each GPU; yours have "
        f"{machine.gpu.memory_gb:,.0f}{keep}."
    )


def _compute_limited(a: Answers) -> bool:
    return a.keep_general or a.machine is None or too_large(a, "full")


def _affordable(method: str, a: Answers) -> bool:
    return not over_one_off_budget(a, method)


def _seen_raw_text(a: Answers) -> str:
    return (
        f"{a.unlabelled_tokens:,} tokens of raw text; continued pretraining needs "
        f"{raw_text_floor(a):,.0f} and a new language, skill or domain to learn."
    )


def _raw_text(a: Answers) -> bool:
    new = {"language", "skill", "facts"} & set(a.missing) or not a.language_covered
    return a.unlabelled_tokens >= raw_text_floor(a) and bool(new) and _affordable("cpt", a)


def _pretrain(a: Answers) -> bool:
    enough = a.unlabelled_tokens >= 20 * a.base_params
    return not a.usable_base and enough and _affordable("pretrain", a)


def _seen_base(a: Answers) -> str:
    base = "A usable base model exists" if a.usable_base else "No usable base model exists"
    return f"{base}; making one takes at least {20 * a.base_params:,.0f} tokens of raw text."


QUESTIONS: dict[str, Question] = {
    question.id: question
    for question in (
        Question(
            "Q1", "Does a prompt, with or without examples, already meet the target?",
            "Is a prompt good enough?", ("baseline", "baseline_by", "target"),
            lambda a: a.prompt_is_enough, _seen_quality,
            Branch(
                "A prompt that meets the bar is the cheapest answer: stop here.",
                f"{_META}, parts 1 and 2", "V2", "prompt",
            ),
            Branch(
                "Add complexity only until the goal is met, one step at a time.",
                f"{_META}, part 1", "V2", "Q2",
            ),
        ),
        Question(
            "Q2", "Does it fail because knowledge is missing or changes?",
            "Is knowledge missing?",
            ("missing", "knowledge_tokens", "knowledge_change", "citations", "row_level_access"),
            needs_facts, _seen_missing,
            Branch(
                "Retrieval beats training for facts, old and new.",
                "Ovadia et al. 2312.05934", "V", "rag",
            ),
            Branch(
                "Retrieval brings knowledge; it does not teach style, form or a skill.",
                "OpenAI, optimizing LLM accuracy", "V", "Q3",
            ),
        ),
        Question(
            "Q3", "Do you have, or can you make, labelled examples?",
            "Labelled examples?", ("labelled", "labelled_possible"),
            lambda a: a.labels_at_hand >= TUNE_LABELS, _seen_labels,
            Branch(
                "Fine-tuning shows clear improvements from 50 to 100 examples on.",
                "OpenAI, fine-tuning guide", "V", "Q4",
            ),
            Branch(
                "Under 50 examples, show them in the prompt and collect more.",
                "OpenAI, fine-tuning guide; Google Cloud, model tuning guide", "V2", "Q6",
            ),
        ),
        Question(
            "Q4", "Is computing power limited, or must other abilities be kept?",
            "Compute limited, or keep abilities?", ("gpus", "keep_general", "base_params"),
            _compute_limited, _seen_compute,
            Branch(
                "Adapters touch few weights, take far less memory and forget less.",
                "Biderman et al. 2405.09673", "V", "peft",
            ),
            Branch(
                "With memory to spare, all weights could be trained.",
                f"{_META}, part 1", "V2", "Q5",
            ),
        ),
        Question(
            "Q5", "Is the last bit of quality worth training all weights?",
            "Worth all weights?", ("labelled", "labelled_tokens", "budget_one_off"),
            lambda a: capacity_exceeded(a) and _affordable("full", a), _seen_labels,
            Branch(
                "From about 100,000 examples on, adapters learn less than full fine-tuning.",
                "Biderman et al. 2405.09673", "V", "full",
            ),
            Branch(
                "On data sets of this size adapters match full fine-tuning.",
                "LoRA Without Regret", "V2", "peft",
            ),
        ),
        Question(
            "Q6", "Is there raw text by the billion tokens, something new to learn, and the money?",
            "Much raw text and money?",
            ("unlabelled_tokens", "language_covered", "budget_one_off"),
            _raw_text, _seen_raw_text,
            Branch(
                "Continued pretraining learns from raw text where there is enough of it.",
                "Ibrahim et al. 2403.08763", "V", "Q7",
            ),
            Branch(
                "Without labels and without much raw text, the prompt is what can be changed.",
                f"{_META}, part 1", "V2", "icl",
            ),
        ),
        Question(
            "Q7", "Is there no usable base model, but data and money to make one?",
            "No base model at all?", ("usable_base", "base_params", "budget_one_off"),
            _pretrain, _seen_base,
            Branch(
                "Pretraining takes 100,000 to 10 million GPU-hours; it pays only without a base.",
                f"{_META}, part 1", "V", "pretrain",
            ),
            Branch(
                "Start from a base model and mix some of its original data in.",
                f"{_META}, part 1; Ibrahim et al. 2403.08763", "V", "cpt",
            ),
        ),
    )
}  # fmt: skip
"""The seven questions, in order."""
