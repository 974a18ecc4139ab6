"""Change the weights: data checks, recipes, methods, runs, export."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.checks import Checked, Finding, check, check_everything, compared_labels
    from training.estimate import Estimate, estimate_roughly
    from training.jobs import run_train, start
    from training.live_view import ended_words
    from training.microscope import Statistics, microscope, statistics
    from training.prepare import Prepared, prepare
    from training.recipe import (
        METHODS,
        PRESETS,
        TRAINED,
        Recipe,
        changed,
        recipe_for,
        recipe_from,
        settings_of,
    )
    from training.runs import Run, training_runs
    from training.search import Asked, Expected, asked_for, expected

__all__ = [
    "METHODS",
    "PRESETS",
    "TRAINED",
    "Asked",
    "Checked",
    "Estimate",
    "Expected",
    "Finding",
    "Prepared",
    "Recipe",
    "Run",
    "Statistics",
    "asked_for",
    "changed",
    "check",
    "check_everything",
    "compared_labels",
    "ended_words",
    "estimate_roughly",
    "expected",
    "microscope",
    "prepare",
    "recipe_for",
    "recipe_from",
    "run_train",
    "settings_of",
    "start",
    "statistics",
    "training_runs",
]

_HOMES = {
    "training.checks": ("Checked", "Finding", "check", "check_everything", "compared_labels"),
    "training.estimate": ("Estimate", "estimate_roughly"),
    "training.jobs": ("run_train", "start"),
    "training.live_view": ("ended_words",),
    "training.microscope": ("Statistics", "microscope", "statistics"),
    "training.prepare": ("Prepared", "prepare"),
    "training.recipe": (
        "METHODS",
        "PRESETS",
        "TRAINED",
        "Recipe",
        "changed",
        "recipe_for",
        "recipe_from",
        "settings_of",
    ),
    "training.runs": ("Run", "training_runs"),
    "training.search": ("Asked", "Expected", "asked_for", "expected"),
}
"""Where each name is defined; a page that reckons one price does not load all of them."""


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
