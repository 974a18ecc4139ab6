"""What need not be asked, because the project shows it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from advisor.coverage import known_coverage
from ladder.evaluation import Score, comparable
from ladder.methods import METHODS
from ladder.project import Example, TaskFolder
from ladder.project.reading import MORE_THAN_TEXT, kind_of

__all__ = [
    "HOW",
    "SUGGESTED",
    "best_prompt",
    "measured_answers",
    "no_llm_words",
    "validation_scores",
]

_CHARACTERS_PER_TOKEN = 4  # our assumption; English text has about that many
_BYTES_PER_TOKEN_PACKED = 40  # our assumption for PDF, DOCX and the like, which hold more than text

HOW: dict[str, str] = {
    "baseline": "measured: the best prompt on the validation examples",
    "baseline_by": "measured: which prompt was the best",
    "missing": "suggested: a task of questions, and documents in the project",
    "no_llm_score": "measured: the best answers without a language model",
    "fertility": "measured: the model's tokenizer on your texts, against English",
    "embedder_fertility": "measured: the embedder's tokenizer on your texts, against English",
    "language_covered": "measured: your words take 2.5 times the tokens of English, or more",
    "target": "set in the task",
    "task_kind": "set in the task",
    "labelled": "measured: counted in the project",
    "labelled_possible": "measured: all examples, labelled or not",
    "labelled_tokens": "measured: the labelled texts, 4 characters a token",
    "labels": "measured: the different labels",
    "rarest_label": "measured: the label with the fewest examples",
    "tokens_in": "measured: the mean input, 4 characters a token",
    "tokens_out": "measured: the mean output, 4 characters a token",
    "knowledge_tokens": "measured: the size of the documents",
}
"""How each of the measured answers is found, as the page marks it."""

SUGGESTED = frozenset({"missing"})
"""Those that are no more than likely: what a person said instead is never replaced."""


def measured_answers(folder: TaskFolder) -> dict[str, Any]:
    """Return the answers that the project shows, as plain data for `Answers.from_dict`.

    `baseline` is always among them: None says that no prompt has been measured.
    """
    examples = folder.examples()
    labelled = [example for example in examples if example.labelled]
    best = best_prompt(folder)
    found: dict[str, Any] = {
        "baseline": None if best is None else best.value,
        "target": folder.task.target,
        "task_kind": folder.task.kind,
        "labelled": len(labelled),
        "knowledge_tokens": _document_tokens(folder),
    }
    if _answers_are_in_documents(folder, examples):
        found["missing"] = ("facts",)
    if best is not None:
        found["baseline_by"] = METHODS[best.method].advisor_id
    if (without := _best(folder, ("no-llm",))) is not None:
        found["no_llm_score"] = without.value
    found |= known_coverage(folder)
    if len(examples) > len(labelled):
        found["labelled_possible"] = len(examples)
    if folder.task.kind == "classification":
        counts = Counter(example.output for example in labelled)
        found["labels"] = len(counts)
        found["rarest_label"] = min(counts.values(), default=None)
    if labelled:
        instruction = _tokens(folder.task.instruction)
        ins = sum(_tokens(example.input + example.context) for example in labelled)
        outs = sum(_tokens(example.output or "") for example in labelled)
        found["tokens_in"] = round(instruction + ins / len(labelled))
        found["tokens_out"] = max(1, round(outs / len(labelled)))
        found["labelled_tokens"] = round(ins + outs)
    return found


def validation_scores(folder: TaskFolder) -> list[Score]:
    """Return the validation scores that stand beside each other today.

    Scores on a sample count only for a method that was not measured on all.
    """
    found = comparable(folder, "validation")
    on_all = {score.method for score in found if not score.sampled}
    return [score for score in found if not score.sampled or score.method not in on_all]


def best_prompt(folder: TaskFolder) -> Score | None:
    """Return the best validation score of a prompt, with or without examples."""
    return _best(folder, ("prompt", "icl"))


def no_llm_words(folder: TaskFolder) -> str:
    """Return what was measured without a language model, beside the best prompt; empty if not.

    The flowchart knows nothing of it, and it may end the matter: where a classifier on
    embeddings is good enough, no rung above it needs to be paid for.
    """
    without, prompt = _best(folder, ("no-llm",)), best_prompt(folder)
    if without is None:
        return ""
    words = f"Measured without a language model: {_score_words(without)}"
    words += f"; the best prompt: {_score_words(prompt)}." if prompt else "."
    target = folder.task.target
    if without.low >= target:
        return f"{words} That is good enough: no language model is needed for the target {target}."
    if without.value >= target:
        return (
            f"{words} That reaches the target {target}, though the interval still holds scores "
            "below it: confirm it on more examples before paying for a language model."
        )
    if prompt and prompt.value <= without.value:
        return f"{words} No prompt scores higher: the model has to beat that first."
    return words


def _best(folder: TaskFolder, ids: tuple[str, ...]) -> Score | None:
    """Return the best validation score among the methods that the advisor calls by `ids`."""
    scores = [
        score
        for score in validation_scores(folder)
        if score.method in METHODS and METHODS[score.method].advisor_id in ids
    ]
    return max(scores, key=lambda score: score.value, default=None)


def _score_words(score: Score) -> str:
    return f"{score.method} {score.value:.2f} ({score.low:.2f} to {score.high:.2f}, n = {score.n})"


def _answers_are_in_documents(folder: TaskFolder, examples: list[Example]) -> bool:
    """Return whether the documents, not the examples, bring what the questions are about."""
    brought = any(example.context for example in examples)
    return folder.task.kind == "qa" and not brought and bool(folder.project.documents())


def _document_tokens(folder: TaskFolder) -> int:
    """Return about how many tokens the documents have, from the sizes of their files."""
    tokens = 0.0
    for path in folder.project.documents():
        text = kind_of(path.name) not in MORE_THAN_TEXT
        tokens += path.stat().st_size / (_CHARACTERS_PER_TOKEN if text else _BYTES_PER_TOKEN_PACKED)
    return round(tokens)


def _tokens(text: str) -> float:
    return len(text) / _CHARACTERS_PER_TOKEN
