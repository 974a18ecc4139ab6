"""What a few-shot leaderboard says about the next step: stop here, or which rung comes next.

The burden of proof lies with what costs more. A prompt has to beat what needs no language model;
documents or training have to be needed, which they are where the whole interval of the best prompt
is short of the target.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import pvariance
from typing import TYPE_CHECKING

from ladder.evaluation.metrics import squad_normalised
from ladder.evaluation.paired import Verdict as Paired
from ladder.project.power import mcnemar_power
from ladder.project.task import Task
from rag.few_shot.board import Line, Verdict

if TYPE_CHECKING:
    from ladder.project import TaskFolder

__all__ = ["in_documents", "judged", "score_words"]

_FEWEST_TO_TRAIN = 50
"""Labelled examples from which fine-tuning shows clear improvements (see the advisor's gates)."""
_GAIN = 0.10
_POWER = 0.5
"""A tie counts for the cheaper one where a gain of so many points would be seen so often."""
_FOUND = 1 / 3
"""Share of the right answers in the documents from which they are said to stand there."""
_Z = 1.96 + 0.84
"""95 % confidence, 80 % power."""


def judged(
    task: Task,
    best: Line | None,
    scores: Mapping[str, float],
    baseline: Line | None,
    against: Paired | None,
    growth: Paired | None,
    documents: str,
    labelled: int,
) -> Verdict:
    """Return the verdict.

    Args:
        task: gives the target.
        best: the best prompt that was measured on every item.
        scores: what each item is worth with it.
        baseline: the best method without a language model.
        against: the paired test of the two; `b` is the prompt.
        growth: the paired test of the last two points of the curve; `b` has more examples.
        documents: that the answers stand in the documents, in a sentence; empty if they do not.
        labelled: how many labelled examples there are.
    """
    if best is None or best.value is None:
        return Verdict("cannot-tell", "Cannot tell yet: no prompt was measured on every example.")
    reasons = [f"The best prompt is {score_words(best)}; the target is {task.target:.2f}."]
    reasons += [test.sentence for test in (against, growth) if test is not None]
    reasons += [documents] * bool(documents)
    said = tuple(reasons)
    rising = growth is not None and growth.better == "b"
    low, high = best.low or 0.0, best.high or 0.0
    if baseline is not None and _suffices(task.target, baseline, against):
        return Verdict("no-llm", _no_llm(task.target, best, baseline, against), said)
    if low >= task.target:
        sentence = f"Few-shot is enough: {score_words(best)} reaches the target {task.target:.2f}."
        return Verdict("enough", sentence, said)
    if high >= task.target:
        return Verdict("cannot-tell", _unsure(task.target, best, scores), said)
    short = f"The best prompt, {score_words(best)}, is short of the target {task.target:.2f}"
    shape = ", and more examples do not help measurably" if growth is not None else ""
    if documents and not rising:
        helps = "; the right answers stand in the documents: retrieve them (RAG)."
        return Verdict("rag", f"{short}{shape}{helps}", said)
    if labelled >= _FEWEST_TO_TRAIN:
        shape = ", though more examples still help" if rising else shape
        sentence = f"{short}{shape}: fine-tune on the {labelled:,} labelled examples."
        return Verdict("fine-tune", sentence, said)
    return Verdict(
        "cannot-tell",
        f"{short}. Cannot tell yet what helps: with {labelled} labelled examples fine-tuning is "
        f"not promising; label about {_FEWEST_TO_TRAIN - labelled} more examples.",
        said,
    )


def score_words(line: Line) -> str:
    """Return a line's name and score: "8 nearest 0.84 (0.76 to 0.90, n = 100)"."""
    return f"{line.name} {line.value:.2f} ({line.low:.2f} to {line.high:.2f}, n = {line.n:,})"


def in_documents(folder: TaskFolder) -> str:
    """Return, in a sentence, that right answers stand in the project's documents; else nothing."""
    from ladder.errors import LadderError
    from ladder.project.documents import document_text

    examples = [each for each in folder.examples() if each.output and each.answerable]
    brought = any(each.context for each in examples)
    if folder.task.kind == "classification" or brought or not examples:
        return ""
    texts = []
    for path in folder.project.documents():
        try:
            texts.append(f" {squad_normalised(document_text(path))} ")
        except LadderError:
            continue
    answers = [squad_normalised(each.output or "") for each in examples]
    found = sum(_stands(answer, texts) for answer in answers)
    if found < _FOUND * len(answers):
        return ""
    return f"{found} of {len(answers)} right answers stand word for word in the documents."


def _stands(answer: str, texts: Sequence[str]) -> bool:
    return bool(answer) and any(f" {answer} " in text for text in texts)


def _suffices(target: float, baseline: Line, against: Paired | None) -> bool:
    """Return whether the baseline makes a prompt unnecessary."""
    if (baseline.low or 0.0) >= target:
        return True
    if against is None or against.better == "b" or (baseline.high or 0.0) < target:
        return False
    would_be_seen = mcnemar_power(against.n, _GAIN) >= _POWER
    return against.difference <= 0 or would_be_seen


def _no_llm(target: float, best: Line, baseline: Line, against: Paired | None) -> str:
    words = score_words(baseline)
    if (baseline.low or 0.0) >= target:
        said = f"No LLM needed: {words} reaches the target {target:.2f} without one"
    else:
        said = (
            f"No LLM needed: no prompt is measurably better than {words}, which needs none, though "
            f"its interval still holds scores below the target {target:.2f}"
        )
    rest = "The best prompt"
    if against is not None and against.better == "b":
        rest = "A prompt does better still, at a price"
    return f"{said}. {rest}: {score_words(best)}."


def _unsure(target: float, best: Line, scores: Mapping[str, float]) -> str:
    """Return how many more examples would tell whether the target is reached."""
    side = "above" if (best.value or 0.0) >= target else "below"
    said = (
        f"Cannot tell yet: {score_words(best)} is {side} the target {target:.2f}, and its interval "
        "holds scores on both sides"
    )
    distance, spread = abs((best.value or 0.0) - target), pvariance(scores.values())
    if distance < 1e-9:
        return f"{said}; it is right at the target, so more examples may not part them."
    needed = max(1, math.ceil(_Z**2 * spread / distance**2) - best.n)
    return f"{said}; about {needed:,} more examples would tell, if it stays as it is."
