"""What is measured while a run trains: how many validation examples, how often, and why.

The examples are drawn once, by the rule of `--limit` (stratified), and stay the same: two
measurements differ by the model alone, and their difference is paired.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ladder.evaluation.sampling import sample
from ladder.models.runs import not_trained_on
from training.base import shape_of
from training.core import Recipe, with_reason
from training.measurements import SHARE

if TYPE_CHECKING:
    from ladder.project.task import Example
    from ladder.project.task_folder import TaskFolder

__all__ = ["Cost", "choose_measuring", "cost_of", "drawn", "items_of"]

_MOST_ITEMS, _LEAST_ITEMS = 100, 20
_TIMES, _MOST_TIMES = 10, 20
"""Measurements of a run, the start left out: twice the patience, at most four times."""
_READ = 0.7
"""What reading a token twice (loss and answer) takes of training on it, two rows at a time."""
_ANSWER = 10.0
"""What an answer takes besides reading, in tokens trained: passes over the tree of labels."""
_WRITE = 1.5
"""What writing a token takes, in tokens trained."""
_CLASSIFY = 0.4
"""What reading a token takes of training on it where nothing is written."""


@dataclass(frozen=True)
class Cost:
    """What measuring takes, in tokens trained, so that it can be compared before it is known."""

    item: float
    total: float
    """Of all steps of training."""

    def share(self, items: int, times: int) -> float:
        """Return the share of the training time, the measurement at the start included."""
        return items * (times + 1) * self.item / max(1.0, self.total)


def items_of(folder: TaskFolder, model: str) -> list[Example]:
    """Return the validation examples that a run may be measured on.

    They are labelled, and the run that is trained on, if one is, has not seen them.
    """
    rows = {each.id: each for each in folder.examples() if each.labelled}
    found = [rows[id] for id in folder.split().validation if id in rows]
    return not_trained_on(model, folder, found)


def drawn(folder: TaskFolder, recipe: Recipe) -> list[Example]:
    """Return the examples that a recipe, its choices made, measures on."""
    items = items_of(folder, recipe.model)
    if not items or not recipe.measure_items:
        return []
    return sample(items, recipe.measure_items, recipe.seed, folder.task.kind)


def cost_of(folder: TaskFolder, recipe: Recipe, lengths: Sequence[int], total: int) -> Cost:
    """Return what measuring takes, by the lengths of the training rows."""
    length = sum(lengths) / max(1, len(lengths))
    work = recipe.work(shape_of(recipe.model).model, length)
    if recipe.head == "classify":
        item = _CLASSIFY * length
    elif folder.task.kind == "classification":
        item = _READ * length + _ANSWER
    else:
        outputs = [len(each.output or "") / 4 for each in folder.examples() if each.labelled]
        item = _READ * length + _WRITE * sum(outputs) / max(1, len(outputs))
    return Cost(item / work, float(total))


def choose_measuring(
    folder: TaskFolder, recipe: Recipe, lengths: Sequence[int], steps: int, total: int
) -> tuple[Recipe, dict[str, str]]:
    """Return the recipe with its measurements chosen, and why, where they were left open.

    Args:
        folder: the task.
        recipe: its other choices are made.
        lengths: tokens of each training row.
        steps: of the run.
        total: tokens that the run processes.
    """
    why: dict[str, str] = {}
    there = len(items_of(folder, recipe.model))
    if not there:
        reason = (
            "no validation example, so nothing is measured while it trains: it does not stop "
            "early, and the last weights are kept"
        )
        recipe = with_reason(recipe, why, "measure_items", 0, reason)
        return with_reason(recipe, why, "measure_every", steps, "nothing is measured"), why
    cost = cost_of(folder, recipe, lengths, total)
    affordable = SHARE * cost.total / cost.item
    most, least = min(there, _MOST_ITEMS), min(there, _LEAST_ITEMS)
    items = recipe.measure_items
    if items is None:
        items = max(least, min(most, int(affordable / (_TIMES + 1))))
    times = max(1, min(_MOST_TIMES, int(affordable / max(1, items)) - 1))
    every = recipe.measure_every or max(1, math.ceil(steps / times))
    times = math.ceil(steps / every)
    share, half = cost.share(items, times), 0.98 / math.sqrt(max(1, items))
    reason = (
        f"{items} of {there} validation examples, the same ones each time: an accuracy is known to "
        f"{half:.2f}, and a difference between two steps better"
    )
    recipe = with_reason(recipe, why, "measure_items", items, reason)
    reason = (
        f"{times} measurement{'s' * (times > 1)} and one at the start: about {share:.0%} of the "
        f"training time (at most {SHARE:.0%} where {least} examples allow it)"
    )
    return with_reason(recipe, why, "measure_every", every, reason), why
