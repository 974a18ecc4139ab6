"""Change the weights: data checks, recipes, methods, runs, export."""

from __future__ import annotations

from training.estimate import Estimate, estimate_roughly
from training.jobs import run_train, start
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

__all__ = [
    "METHODS",
    "PRESETS",
    "TRAINED",
    "Estimate",
    "Prepared",
    "Recipe",
    "Run",
    "changed",
    "estimate_roughly",
    "prepare",
    "recipe_for",
    "recipe_from",
    "run_train",
    "settings_of",
    "start",
    "training_runs",
]
