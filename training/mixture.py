"""Which examples a run learns from: the task's, those of other tasks, and old ones again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ladder.errors import InputError
from ladder.models.places import run_folder
from ladder.models.runs import Seen, seen_by
from training.core import Recipe, parse_mix
from training.data import train_examples

if TYPE_CHECKING:
    from ladder.project.task import Example
    from ladder.project.task_folder import TaskFolder

__all__ = ["Part", "parts_of"]


@dataclass(frozen=True)
class Part:
    """Examples of one task, and how many of them an epoch has."""

    folder: TaskFolder
    examples: tuple[Example, ...]
    each_epoch: int
    """All of the run's own examples; of others so many, drawn anew in each epoch."""
    old: bool = False
    """Whether the run that is trained on has seen them."""


def parts_of(folder: TaskFolder, recipe: Recipe) -> list[Part]:
    """Return what a recipe learns from; the first part is the task's own, seen whole each epoch.

    Trained on from a run, a task's own examples are those that the run has not seen, and a share
    of the old ones is drawn among them; if all were seen, all are the task's own again.

    Raises:
        InputError: there is nothing to learn from, or a task of the mixture cannot be had.
    """
    examples = train_examples(folder, recipe)
    seen = _seen_here(folder, recipe)
    old = {id for each in seen if each.task == folder.task.name for id in each.ids}
    fresh = tuple(each for each in examples if each.id not in old) or tuple(examples)
    own = {each.id for each in fresh}
    parts = [Part(folder, fresh, len(fresh))]
    parts += _replayed(folder, recipe, seen, own, len(fresh))
    for name, weight in parse_mix(recipe.mix).items():
        if name == folder.task.name:
            raise InputError(
                f'mix names "{name}", the task itself; name other tasks of the project, or none.'
            )
        other = folder.project.task(name)
        rows = tuple(train_examples(other, recipe))
        parts.append(Part(other, rows, max(1, round(weight * len(fresh)))))
    return parts


def _seen_here(folder: TaskFolder, recipe: Recipe) -> tuple[Seen, ...]:
    """Return what the run has seen that is trained on, if it belongs to this project."""
    if not recipe.model.startswith("run:"):
        return ()
    run = run_folder(recipe.model.removeprefix("run:"))
    return seen_by(run) if run.parent.parent == folder.project.path else ()


def _replayed(
    folder: TaskFolder, recipe: Recipe, seen: Sequence[Seen], own: set[str], fresh: int
) -> list[Part]:
    """Return the old examples, so many an epoch that they are the recipe's share of all."""
    found: list[Part] = []
    known = folder.project.tasks()
    for each in seen:
        same = each.task == folder.task.name
        if not same and (recipe.head == "classify" or each.task not in known):
            continue
        home = folder if same else folder.project.task(each.task)
        ids = set(each.ids) - (own if same else set())
        rows = tuple(e for e in home.examples() if e.labelled and e.id in ids)
        if rows:
            found.append(Part(home, rows, 0, old=True))
    there = sum(len(part.examples) for part in found)
    count = min(there, round(fresh * recipe.replay / (1 - recipe.replay)))
    return [
        Part(part.folder, part.examples, share, old=True)
        for part in found
        if (share := round(count * len(part.examples) / there))
    ]
