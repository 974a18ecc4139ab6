"""Change the weights: data checks, recipes, methods, runs, export."""

from __future__ import annotations

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
