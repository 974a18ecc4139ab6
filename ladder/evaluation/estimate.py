"""How long "Measure now" will take: from what was measured before, else from an assumption."""

from __future__ import annotations

from ladder.evaluation.scoreboard import scoreboard
from ladder.methods import METHODS, preset, why_not
from ladder.project import TaskFolder, evaluation_plan

__all__ = ["measure_seconds", "measure_words"]

# Our assumptions, for the bundled model on two cores; a measured rate replaces them.
_LOADING = 15.0  # seconds to start the worker and load both models
_PER_QUERY = 0.3  # seconds to read a prompt
_PER_TOKEN = 0.015  # seconds per token of the longest answer; most are shorter
_PER_EMBEDDING = 0.02  # seconds to embed a text
_SINGLE_REQUESTS = 20  # asked one at a time for the latency; a measured rate holds them already


def measure_seconds(folder: TaskFolder) -> float:
    """Return about how many seconds it takes to measure every method on validation."""
    items = len(evaluation_plan(folder, "validation").items)
    rates = {score.method: score.seconds / score.n for score in scoreboard(folder) if score.n}
    total = _LOADING
    for name, method in METHODS.items():
        if why_not(name, folder.task):
            continue
        longest = preset(name, folder.task).decoding.max_new_tokens
        assumed = _PER_QUERY + _PER_TOKEN * longest if method.uses_model else _PER_EMBEDDING
        asked = items + (_SINGLE_REQUESTS if method.uses_model else 0)
        total += items * rates[name] if name in rates else asked * assumed
    return total


def measure_words(folder: TaskFolder) -> str:
    """Return the estimate for a button: "about 3 minutes"."""
    minutes = max(1, round(measure_seconds(folder) / 60))
    return f"about {minutes} minute{'' if minutes == 1 else 's'}"
