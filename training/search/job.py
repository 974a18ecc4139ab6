"""A training run whose recipe is searched: one setting after the other, in this process.

Each setting is trained as any run is, by the same functions, into `trials/KEY/`. All are measured
on the same validation examples, so that two of them differ by what was learned alone. At the end
the best one's weights and records are the run's own.
"""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError, LadderError
from ladder.evaluation.sampling import items_hash
from ladder.evaluation.search import search
from ladder.evaluation.space import named
from ladder.evaluation.trials import GivenUp, Measured
from ladder.files import content_hash, read_json, write_json
from ladder.jobs.context import Cancelled, RunContext
from training import measurements
from training.card import write_card
from training.checks import check_rows
from training.jobs import earlier_runs, train_into
from training.measuring import drawn
from training.prepare import prepare
from training.recipe import Recipe
from training.search.asked import Asked, settled
from training.search.forecast import Expected, Price, expected, refuse_unmeasured, trained_on_from
from training.search.records import (
    FAILED,
    RESULT,
    TRIALS,
    drop_other_weights,
    folder_of,
    promote,
    settings_tried,
    spent_in,
    take_over_search,
)
from training.search.report import report

if TYPE_CHECKING:
    from ladder.evaluation import Builder
    from ladder.project.task_folder import TaskFolder

__all__ = ["run_search"]


def run_search(context: RunContext, build: Builder | None) -> dict[str, Any]:
    """Carry out a training run whose spec has `search`; see `run_train`.

    A search that tries another again goes on from the settings that are through, and from the
    checkpoint of the one that was in training. One that is stopped keeps the best so far.

    Raises:
        InputError: nothing can be compared, or the recipe as it is cannot be trained.
    """
    spec, run = context.spec, context.folder
    folder = context.project.task(spec.get("task"))
    recipe, asked = Recipe.from_dict(spec["recipe"]), Asked.from_dict(spec["search"])
    if build is None:
        raise InputError("A search needs what measures the settings.")
    context.progress(0, 0, "reading the training examples")
    there = refuse_unmeasured(folder, recipe)
    plan = expected(folder, recipe, asked, begun=True)
    first = prepare(folder, recipe)
    recipe, asked = settled(recipe, first.recipe, asked, there, trained_on_from(recipe))
    check_rows(folder, first).refuse()
    items = drawn(folder, recipe)
    scope = content_hash([first.fingerprint, items_hash(items)])
    for earlier in earlier_runs(run):
        if take_over_search(earlier, run):
            break
    _drop_other_scopes(run, scope)
    ids = [item.id for item in items]
    trials = _Trials(context, folder, build, recipe, asked, plan, scope, ids)
    try:
        found = search(
            recipe,
            asked.space,
            trials.measure,
            ids,
            method=plan.order,
            points=None if asked.points is None else asked.points - 1,
            budget=asked.budget,
            expects=trials.price.at_most,
            file=run / TRIALS,
            scope=scope,
            seed=recipe.seed,
            progress=trials.say,
        )
    except GivenUp:  # before even the recipe as it is was through: what it learned is kept
        if trials.cut_short is None:
            raise Cancelled from None
        key, result = trials.cut_short
        promote(run, key, keep=True)
        return result
    top = found.trials[0]
    result = _without_setting(read_json(folder_of(run, top.key) / RESULT))
    result["search"] = report(found, run, asked, plan, folder.task.metric)
    promote(run, top.key, keep=context.cancelled())
    write_card(run, result)
    return result


@dataclass
class _Trials:
    """Trains and measures settings, and says how far it is."""

    outer: RunContext
    folder: TaskFolder
    build: Builder
    base: Recipe
    asked: Asked
    plan: Expected
    scope: str
    ids: Sequence[str]

    def __post_init__(self) -> None:
        self.price = Price(self.folder)
        self.count = max(2, round(self.plan.tried.p90))
        self.cut_short: tuple[str, dict[str, Any]] | None = None
        """The setting that was in training when it was told to stop, with what it came to."""

    def say(self, done: int, total: int, name: str) -> None:
        """Take what `search` says; give up where the job is to stop."""
        if done < total and self.outer.cancelled():
            raise GivenUp

    def measure(self, recipe: Recipe, items: Sequence[str]) -> Measured:
        """Train a setting and return what each validation example scored at its best step."""
        point = self.asked.space.of(recipe)
        key = content_hash(point, 12)
        place = folder_of(self.outer.folder, key)
        number = len(settings_tried(self.outer.folder)) + 1
        own = {"key": key, "number": number, "settings": point, "base": recipe == self.base}
        before, began = spent_in(place), time.perf_counter()
        try:
            result = self._trained(recipe, place, own)
        except LadderError as error:
            took = round(time.perf_counter() - began, 1)
            write_json(place / FAILED, {"setting": own | {"seconds": took}, "error": str(error)})
            raise
        finally:
            gc.collect()  # a model refers to itself in places
        seconds = round(before + time.perf_counter() - began, 3)
        if "seconds" in result["setting"]:  # it was through before, and is not trained again
            seconds = float(result["setting"]["seconds"])
        return self._measured(result, recipe, place, seconds)

    def _trained(self, recipe: Recipe, place: Path, own: dict[str, Any]) -> dict[str, Any]:
        """Train a setting into its folder, going on from its checkpoint if it has one.

        Raises:
            GivenUp: the job is to stop.
        """
        if (place / RESULT).is_file():
            known: dict[str, Any] = read_json(place / RESULT)
            return known
        (place / FAILED).unlink(missing_ok=True)
        place.mkdir(parents=True, exist_ok=True)
        inner = _Inside(self.outer, place, self._progress(own))
        try:
            plan = prepare(self.folder, recipe)
            check_rows(self.folder, plan).refuse()
            result = train_into(inner, self.folder, plan, self.build, self.outer.folder.name)
        except Cancelled:
            raise GivenUp from None
        if result["stopped"]:
            self.cut_short = own["key"], result
            raise GivenUp
        return result | {"setting": own}

    def _measured(
        self, result: dict[str, Any], recipe: Recipe, place: Path, seconds: float
    ) -> Measured:
        top = measurements.best_of(measurements.read(place))
        if top is None or set(top.scores) != set(self.ids):
            raise InputError(
                f"It was measured on other validation examples than the {len(self.ids)} of this "
                "search, so it cannot be compared."
            )
        money = self.price.money(seconds)
        own = {"seconds": seconds, "money": money, "scope": self.scope}
        own["mean"] = sum(top.scores.values()) / len(top.scores)
        write_json(place / RESULT, result | {"setting": result["setting"] | own})
        drop_other_weights(self.outer.folder)
        figures = {
            "expected": self.price.seconds(recipe).p50,
            "share": result["steps"] / max(1, result["steps_planned"]),
        }
        return Measured(dict(top.scores), figures, money, seconds)

    def _progress(self, own: dict[str, Any]) -> Callable[[int, int, str, float | None], None]:
        """Return what says how far a setting is, as the job's own progress."""
        through = settings_tried(self.outer.folder)
        done, spent = len(through), sum(each.seconds for each in through)
        each = spent / done if done else self.plan.each.p50
        count = max(self.count, done + 1)
        words = f"setting {done + 1}: {named(own['settings'])}"

        def say(step: int, steps: int, message: str, left: float | None) -> None:
            own = each if left is None else left
            rest = own + each * (count - done - 1)
            if self.asked.minutes is not None:
                rest = max(own, min(rest, self.asked.minutes * 60 - spent))
            at = f", step {step:,} of {steps:,}" if steps and step else ""
            self.outer.progress(done, count, f"{words}{at}, {message}", rest)

        return say


class _Inside(RunContext):
    """The context of one setting: a folder of its own, and the job's progress and stop."""

    def __init__(
        self,
        outer: RunContext,
        folder: Path,
        say: Callable[[int, int, str, float | None], None],
    ) -> None:
        super().__init__(outer.project, outer.spec, folder, outer.stop)
        self._say = say

    def progress(
        self, done: int, total: int, message: str = "", seconds_left: float | None = None
    ) -> None:
        """Say how far the setting is.

        Raises:
            Cancelled: the job was asked to stop.
        """
        self._say(done, total, message, seconds_left)


def _drop_other_scopes(run: Path, scope: str) -> None:
    """Drop what was measured on other data."""
    for folder in (run / "trials").glob("*"):
        file = folder / RESULT
        if file.is_file() and read_json(file).get("setting", {}).get("scope") != scope:
            shutil.rmtree(folder)


def _without_setting(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "setting"}
