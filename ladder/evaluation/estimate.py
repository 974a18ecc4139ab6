"""How long "Measure now" will take: from what was measured before, else from an assumption."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from ladder.evaluation.scoreboard import scoreboard
from ladder.evaluation.sensible import preset_index, why_not_now
from ladder.methods import METHODS, preset
from ladder.project import TaskFolder, evaluation_plan

__all__ = ["confirm_words", "measure_seconds", "measure_words", "method_seconds"]

# Our assumptions, for the bundled model on two cores; a measured rate replaces them.
_LOADING = 15.0  # seconds to start the worker and load both models
_PER_QUERY = 0.3  # seconds to read a prompt
_PER_TOKEN = 0.015  # seconds per token of the longest answer; most are shorter
_PER_PROMPT_TOKEN = 0.0012  # seconds to read a token of the passages
_PER_KEPT_TOKEN = 0.0017  # seconds that a token read before adds to an answer
_PER_EMBEDDING = 0.02  # seconds to embed a text
_SINGLE_REQUESTS = 20  # asked one at a time for the latency; a measured rate holds them already


def method_seconds(
    folder: TaskFolder, name: str, split: Literal["validation", "test"] = "validation"
) -> float:
    """Return about how many seconds it takes to measure one method, its model loaded."""
    items = len(evaluation_plan(folder, split).items)
    for score in scoreboard(folder):
        if score.method == name and score.n:
            return items * score.seconds / score.n
    if not METHODS[name].uses_model:
        return items * _PER_EMBEDDING
    setup = preset(name, folder.task)
    longest = setup.decoding.max_new_tokens
    once, each = 0.0, _PER_QUERY + _PER_TOKEN * longest
    if setup.retrieval.source == "index":
        each += _PER_PROMPT_TOKEN * setup.retrieval.k * setup.retrieval.chunk_tokens
    if setup.retrieval.source == "all-documents":  # read once, then kept; but taken along always
        tokens = preset_index(folder.project, setup).tokens
        once, each = _PER_PROMPT_TOKEN * tokens, each + _PER_KEPT_TOKEN * tokens
    return once + (items + _SINGLE_REQUESTS) * each


def measure_seconds(folder: TaskFolder, methods: Collection[str] = ()) -> float:
    """Return about how many seconds it takes to measure methods on validation; none named: all."""
    names = [name for name in METHODS if not why_not_now(name, folder)]
    asked = [name for name in names if not methods or name in methods]
    return _LOADING + sum(method_seconds(folder, name) for name in asked)


def measure_words(folder: TaskFolder, methods: Collection[str] = ()) -> str:
    """Return the estimate for a button: "about 3 minutes"; of all methods where none is named."""
    return _words(measure_seconds(folder, methods))


def confirm_words(folder: TaskFolder, method: str) -> str:
    """Return how long it takes to score one method on the test split: "about 2 minutes"."""
    return _words(_LOADING + method_seconds(folder, method, "test"))


def _words(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"about {minutes} minute{'' if minutes == 1 else 's'}"
