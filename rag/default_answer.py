"""Who answers a task that has no Setup of its own, and why."""

from __future__ import annotations

from ladder.answering import Setup
from ladder.evaluation.runner import method_of
from ladder.methods import DEFAULT_MODEL, METHODS, why_not
from ladder.models.size import is_small
from ladder.project import Task, TaskFolder

__all__ = ["SMALL_HERE", "default_method", "quotes_by_default", "who_words"]

SMALL_HERE = "quotes the documents, because the model here is small"
"""Why no model answers where none was chosen."""


def default_method(task: Task, model: str | None = None) -> str:
    """Return how a task is answered that has no Setup of its own: retrieval, or the bare prompt.

    Where nobody names a model and the one at hand is small (under a billion parameters), the
    documents are quoted instead: a small model reads passages badly.
    """
    if task.kind not in METHODS["rag"].kinds:
        return "zero-shot"
    quoted = model is None and not why_not("extract", task) and is_small(DEFAULT_MODEL)
    return "extract" if quoted else "rag"


def quotes_by_default(setup: Setup, folder: TaskFolder) -> bool:
    """Return whether the documents are quoted because nothing else was chosen."""
    return setup.answerer == "extract" and folder.setup() is None


def who_words(setup: Setup, folder: TaskFolder) -> str:
    """Return who answers, and why no model does where none was chosen."""
    from ladder.frame import model_title

    if quotes_by_default(setup, folder):
        small = f"{SMALL_HERE} ({model_title(DEFAULT_MODEL)})"
        return f"The app {small}: method {method_of(setup)}, under the task {folder.task.name}."
    way = f"by {method_of(setup)}, under the task {folder.task.name}"
    if setup.answerer == "extract":
        return f"The app quotes the documents without a language model, {way}."
    who = model_title(setup.model) if setup.model else "No model"
    return f"**{who}** answers, {way}."
