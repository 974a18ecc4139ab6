"""Which few-shot prompts the leaderboard tries, what they are called, and what is left out.

Three steps, each around what was best before it: which examples, how many, and how the scores of
labels are corrected. Small models repeat what they read last, so the order is tried as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ladder.answering import ExampleSettings, RetrievalSettings, Setup
from ladder.evaluation.space import Space, with_fields
from ladder.methods import preset
from ladder.project.task import Task
from rag.few_shot.prompt_view import starting_setup

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "COUNTS",
    "SEEDS",
    "SHOTS",
    "asked_as",
    "base_setup",
    "calibrations",
    "canonical",
    "draws",
    "left_out",
    "selections",
    "setup_words",
]

SHOTS = 8
"""Examples that selections are compared with."""
COUNTS = (0, 1, 2, 4, 8, 16, 32)
"""How many examples the curve tries."""
SEEDS = 5
"""Draws of random examples; one alone may be lucky."""

_SELECTIONS = {
    "nearest": "nearest",
    "bm25": "by words (BM25)",
    "mmr": "near but unlike each other (MMR)",
    "per-label": "nearest of each label",
    "nearest+per-label": "nearest and one per label",
    "random": "at random",
}
_NO_LLM = {
    "majority": "the most frequent label",
    "1-nn": "the nearest example's answer (1-NN)",
    "knn": "a vote of the nearest (k-NN)",
    "logistic": "a linear classifier on embeddings",
}


def base_setup(
    folder: TaskFolder, model: str | None = None, setup: Setup | None = None, shots: int = SHOTS
) -> Setup:
    """Return the Setup that the leaderboard starts from: the prompt given, nearest examples.

    Args:
        folder: the task.
        model: who is asked; None takes the Setup's.
        setup: whose instruction, format, model and way of answering are kept; it asks a model.
            None takes the task's own, or few-shot with the bundled model.
        shots: how many examples it shows.
    """
    own = starting_setup(folder)
    if setup is not None:
        own = replace(setup, retrieval=RetrievalSettings())
    if model is not None and model != own.model:
        fresh = preset("few-shot", folder.task, model)
        own = replace(fresh, prompt=own.prompt, embedder=own.embedder, examples=own.examples)
    # A zero-shot prompt lists the labels; beside examples that costs more than it helps.
    listed = own.prompt.show_labels and own.examples.count > 0
    return replace(
        own,
        prompt=replace(own.prompt, show_labels=listed),
        examples=ExampleSettings(count=shots),
        decoding=replace(own.decoding, calibration="none"),
    )


def asked_as(base: Setup) -> str:
    """Return what names all of a leaderboard's Setup that it does not vary: how it asks, and whom.

    Args:
        base: what `base_setup` returned; the Setups around it have the same name.
    """
    varied = replace(base.prompt, show_labels=False)
    fixed = replace(base, prompt=varied, examples=ExampleSettings())
    return replace(fixed, decoding=replace(base.decoding, calibration="none")).hash


def selections(base: Setup, task: Task) -> Space:
    """Return the first step: which examples, in which order, and none at all."""
    labelled = task.kind == "classification"
    names = [n for n in _SELECTIONS if labelled or "per-label" not in n]
    shots = base.examples.count
    listed = (base.prompt.show_labels, not base.prompt.show_labels) if labelled else (False,)
    return Space(
        {
            "examples.count": (0, shots),
            "examples.selection": tuple(names),
            "examples.order": ("nearest-last", "nearest-first"),
            "prompt.show_labels": listed,
        },
        only={
            "examples.selection": {"examples.count": shots},
            "examples.order": {"examples.count": shots, "examples.selection": "nearest"},
            "prompt.show_labels": {"examples.count": 0},
        },
    )


def calibrations(base: Setup, task: Task) -> Space | None:
    """Return the last step: the ways of correcting label scores; None where none are scored."""
    if task.kind != "classification" or base.answerer != "labels":
        return None
    return Space({"decoding.calibration": ("none", "contextual", "batch")})


def left_out(base: Setup, task: Task) -> tuple[tuple[str, str], ...]:
    """Return what makes no sense for the task and has no line, with the reason."""
    if task.kind != "classification":
        return (
            ("one example per label", f"answers of {task.kind} are free, and have no labels"),
            ("calibration", f"it corrects the scores of labels, and {task.kind} has none"),
        )
    if base.answerer != "labels":
        return (("calibration", "it corrects scores of labels, and here the model writes them"),)
    return ()


def canonical(setup: Setup) -> Setup:
    """Return the Setup that stands for all that ask the same: without examples none is selected."""
    if setup.examples.count:
        return setup
    return replace(setup, examples=ExampleSettings())


def draws(setup: Setup) -> list[Setup]:
    """Return a Setup once for every seed that it is measured with."""
    if setup.examples.selection != "random" or not setup.examples.count:
        return [setup]
    first = setup.examples.seed
    return [with_fields(setup, {"examples.seed": first + turn}) for turn in range(SEEDS)]


def setup_words(setup: Setup, task: Task) -> str:
    """Return what a Setup of the leaderboard is called: "8 nearest, most similar last"."""
    if setup.answerer in _NO_LLM:
        return _NO_LLM[setup.answerer]
    shown = setup.examples
    words = [f"{shown.count} {_SELECTIONS[shown.selection]}" if shown.count else "zero-shot"]
    if shown.count > 1 and shown.selection == "nearest":
        words.append(f"most similar {shown.order.removeprefix('nearest-')}")
    if setup.prompt.show_labels and task.kind == "classification":
        words.append("all labels listed")
    if setup.decoding.calibration != "none":
        words.append(f"{setup.decoding.calibration} calibration")
    return ", ".join(words)
