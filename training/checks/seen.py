"""What the checks look at: a task's examples by row, and which of them train."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ladder.project.split import Split
from ladder.project.task import Task
from training.checks.finding import Numbered
from training.recipe import Recipe

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["Seen", "see"]


@dataclass(frozen=True)
class Seen:
    """A task's examples as they stand now."""

    task: Task
    recipe: Recipe
    split: Split
    rows: tuple[Numbered, ...]

    @cached_property
    def labelled(self) -> tuple[Numbered, ...]:
        """Return the rows that have an output."""
        return tuple(each for each in self.rows if each.example.labelled)

    @cached_property
    def train(self) -> tuple[Numbered, ...]:
        """Return the rows of the train part: what a run learns from."""
        ids = set(self.split.train)
        return tuple(each for each in self.labelled if each.example.id in ids)

    @cached_property
    def by_id(self) -> dict[str, Numbered]:
        """Return the rows by the ids of their examples."""
        return {each.example.id: each for each in self.rows}

    def of(self, ids: Iterable[str]) -> list[Numbered]:
        """Return the rows of some examples in the file's order; those of other tasks are none."""
        found = (self.by_id[id] for id in ids if id in self.by_id)
        return sorted(found, key=lambda each: each.row)


def see(folder: TaskFolder, recipe: Recipe) -> Seen:
    """Read a task's examples and its split.

    Raises:
        ProjectError: the file of examples is broken; the message names the line.
    """
    rows = tuple(Numbered(row, each) for row, each in enumerate(folder.examples(), 1))
    return Seen(folder.task, recipe, folder.split(), rows)
