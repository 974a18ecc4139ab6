"""A few real steps of training on a task made for it, to see how fast they go.

Everything is what a run does: the same recipe, rows, trainer and watch. Nothing of it is kept.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ladder.errors import ModelError
from ladder.files import read_json_lines
from ladder.jobs.context import Cancelled, RunContext
from ladder.project.task import Task
from ladder.project.workspace import Project
from training.checkpoints import METRICS
from training.prepare import Prepared, prepare
from training.probe_texts import tickets
from training.recipe import changed, recipe_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.loop import Outcome

__all__ = ["Head", "Steps", "steps_of"]

Head = Literal["generate", "classify"]
"""What is trained: a LoRA that writes, or a classifier."""

_EXAMPLES = 120
_STEPS = 9
"""At most; the first does not count."""
_LEAST = 3


@dataclass(frozen=True)
class Steps:
    """How some steps went."""

    speeds: tuple[float, ...]
    """Tokens a second of each step but the first."""
    tokens: int
    """Of a step, on average."""
    starting: float
    """Seconds from the call to the first step: trainer imported, model loaded."""


class _Watched(RunContext):
    """The context of the steps: tells the job how far they are, and ends them in time."""

    report: Callable[[str], None]
    until: float = float("inf")
    began: float | None = None
    budget: float = 0.0

    def progress(
        self, done: int, total: int, message: str = "", seconds_left: float | None = None
    ) -> None:
        """Note when the first step begins; stop when the job is to, or time is up."""
        now = time.monotonic()
        if self.began is None:
            self.began, self.until = now, now + self.budget
        self.report(f"{message}, step {done}")
        if done >= _LEAST and now > self.until:
            raise Cancelled


def steps_of(
    head: Head,
    model: str,
    context: RunContext,
    budget: float,
    report: Callable[[str], None],
) -> Steps:
    """Train a few steps in a folder of their own and return how they went.

    Args:
        head: what is trained.
        model: the base.
        context: the job's; cancelling it ends the steps.
        budget: seconds after which no further step is begun, once there are three.
        report: told how far it is; raises `Cancelled` when the job was asked to stop.

    Raises:
        Cancelled: the job was asked to stop.
        ModelError: the model cannot be had, or too few steps came about.
    """
    with tempfile.TemporaryDirectory(dir=context.folder, prefix="steps.") as scratch:
        watched = _Watched(context.project, {}, Path(scratch), context.stop)
        watched.report, watched.budget = report, budget
        plan = _plan(head, model, Path(scratch))
        began = time.monotonic()
        _train(plan, watched)
        if context.cancelled():
            raise Cancelled
        lines: list[dict[str, Any]] = read_json_lines(Path(scratch) / METRICS)
    if len(lines) < _LEAST or watched.began is None:
        raise ModelError(f"{model} made {len(lines)} steps, too few to time; measure again.")
    return Steps(
        speeds=_speeds(lines),
        tokens=round(lines[-1]["tokens"] / len(lines)),
        starting=watched.began - began,
    )


def _plan(head: Head, model: str, scratch: Path) -> Prepared:
    """Return a run on a task made for it; its schedule ends after a few steps."""
    method = "lora" if head == "generate" else "classifier"
    recipe = changed(recipe_for(method, "good"), [f"model={model}", "checkpoint_seconds=3600"])
    folder = Project(scratch / "project").add_task(
        Task("tickets", "classification", "Name what the ticket is about.")
    )
    folder.add_examples(tickets(_EXAMPLES))
    plan = prepare(folder, recipe)
    longest = plan.schedule.tokens[min(_STEPS, plan.schedule.steps) - 1]
    return prepare(folder, changed(recipe, [f"max_tokens={longest}"]))


def _train(plan: Prepared, context: RunContext) -> Outcome:
    if plan.recipe.head == "classify":
        from training.classify import train_classifier

        return train_classifier(plan, context)
    from training.generate import train_generator

    return train_generator(plan, context)


def _speeds(lines: Sequence[dict[str, Any]]) -> tuple[float, ...]:
    """Return the tokens a second of each step but the first, from the run's metrics."""
    found = []
    for before, after in pairwise(lines):
        seconds = after["seconds"] - before["seconds"]
        if seconds > 0:
            found.append((after["tokens"] - before["tokens"]) / seconds)
    return tuple(found)
