"""All checks of a task's data, in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ladder.errors import InputError, ModelError
from training.checks.finding import Checked, Finding, error, warning
from training.checks.labels import labels
from training.checks.lengths import lengths, special_tokens
from training.checks.mask import mask
from training.checks.neighbours import Progress, check_neighbours
from training.checks.outputs import outputs
from training.checks.parts import parts
from training.checks.seen import Seen, see
from training.checks.texts import texts
from training.checks.turns import turns
from training.prepare import Prepared, prepare
from training.recipe import Recipe

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["LOOKS", "check", "check_everything", "check_rows", "compared_labels"]

LOOKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (turns, outputs, labels, texts, parts)


def check(folder: TaskFolder, recipe: Recipe) -> Checked:
    """Return what the examples show without a model: 10,000 rows in a second or two.

    Raises:
        ProjectError: the file of examples is broken; the message names the line.
    """
    seen = see(folder, recipe)
    return Checked(tuple(finding for look in LOOKS for finding in look(seen)))


def check_rows(folder: TaskFolder, plan: Prepared) -> Checked:
    """Return what the rows of a prepared run show: their lengths, their tokens, their mask."""
    seen = see(folder, plan.recipe)
    found = [*mask(seen, plan), *lengths(seen, plan, folder.labels()), *special_tokens(seen, plan)]
    return Checked(tuple(found))


def check_everything(
    folder: TaskFolder, recipe: Recipe, progress: Progress | None = None
) -> tuple[Checked, Prepared | None]:
    """Return what all checks find, and the prepared run; None if it is refused.

    Args:
        folder: the task.
        recipe: what would train.
        progress: is told how many labels of how many are compared.

    Raises:
        ProjectError: the file of examples is broken.
        ModelError: the base model cannot be had.
    """
    checked = check(folder, recipe)
    if checked.errors:
        return checked, None
    try:
        plan = prepare(folder, recipe)
    except InputError as refusal:
        return checked + Checked((error("refused", (), str(refusal)),)), None
    return checked + check_rows(folder, plan) + compared_labels(folder, recipe, progress), plan


def compared_labels(
    folder: TaskFolder, recipe: Recipe, progress: Progress | None = None
) -> Checked:
    """Return what `check_neighbours` finds with the default embedder, or that it is not there."""
    try:
        return check_neighbours(folder, recipe, progress=progress)
    except ModelError as missing:
        # A warning: only the comparison is left out.
        words = f"The labels were not compared with those of similar texts: {missing}"
        return Checked((warning("labels-not-compared", (), words),))
