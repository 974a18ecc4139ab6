"""The choices a recipe leaves open, made from the data and the model, each with its reason."""

from __future__ import annotations

import math

from training.base import Shape
from training.recipe import Recipe, with_reason

__all__ = ["resolve"]

_STEPS = {"generate": 60, "classify": 300}
_STEPS_A_LABEL = 20
"""Of 77 labels and 900 examples, 4 steps a label (3 epochs) scored 0.47 on validation, 12 (8
epochs) 0.76 and 22 (15 epochs) 0.78: a head that starts from nothing needs them."""
_MOST_EPOCHS = {"generate": 10, "classify": 30}
_SMALL = 500e6


def resolve(
    recipe: Recipe, rows: int, shape: Shape, labels: int = 0
) -> tuple[Recipe, dict[str, str]]:
    """Return the recipe with every choice made, and the reason of each that was open.

    Args:
        recipe: what was asked for.
        rows: how many training examples there are.
        shape: the size of the base model.
        labels: how many outputs a classifying head has.
    """
    why: dict[str, str] = {}
    least, most = _STEPS[recipe.head], _MOST_EPOCHS[recipe.head]
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
    if shape.parameters < _SMALL:
        rate, reason = 1e-3, (
            "five times LoRA's usual 2e-4: models under 500 million parameters take larger steps "
            "(our assumption)"
        )  # fmt: skip
    else:
        rate, reason = 2e-4, "LoRA's usual rate for all linear layers (Unsloth, Axolotl, QLoRA)"
    recipe = with_reason(recipe, why, "learning_rate", rate, reason)
    reason = "twice the rank (Unsloth, TRL)"
    recipe = with_reason(recipe, why, "alpha", min(4096, 2 * recipe.rank), reason)
    return recipe, why
