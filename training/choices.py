"""The choices a recipe leaves open, made from the data and the model, each with its reason."""

from __future__ import annotations

import math

from training.base import Shape
from training.core import Recipe, with_reason

__all__ = ["resolve"]

_STEPS_A_LABEL = 20
"""Of 77 labels and 900 examples, 4 steps a label (3 epochs) scored 0.47 on validation, 12 (8
epochs) 0.76 and 22 (15 epochs) 0.78: a head that starts from nothing needs them."""


def resolve(
    recipe: Recipe, rows: int, shape: Shape, labels: int = 0
) -> tuple[Recipe, dict[str, str]]:
    """Return the recipe with every choice made, and the reason of each that was open.

    Args:
        recipe: what was asked for.
        rows: how many training examples an epoch has.
        shape: the size of the base model.
        labels: how many outputs a classifying head has.
    """
    why: dict[str, str] = {}
    least, most = recipe.least_steps[recipe.head], recipe.most_epochs[recipe.head]
    for_what = ""
    if recipe.head == "classify" and labels * _STEPS_A_LABEL > least:
        least, for_what = labels * _STEPS_A_LABEL, f", {_STEPS_A_LABEL} for each of {labels} labels"
    a_step = max(1, math.ceil(rows / recipe.batch_size))
    epochs = min(most, max(3, math.ceil(least / a_step)))
    reason = (
        f"{rows} examples are {a_step} steps an epoch; 3 epochs, or as many as make {least:,} "
        f"steps{for_what}, at most {most} (our assumption)"
    )
    recipe = with_reason(recipe, why, "epochs", epochs, reason)
    for name, (value, reason) in recipe.open_choices(shape.parameters).items():
        recipe = with_reason(recipe, why, name, value, reason)
    return recipe, why
