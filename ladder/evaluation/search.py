"""One search over settings: which of many is best, within a budget, by paired comparisons.

It serves every choice of settings: the sweep of retrieval, the few-shot leaderboard, the settings
of a training. What is varied are fields of a frozen dataclass (a Setup, a Recipe), named with
dots: {"retrieval.k": (2, 4, 8)}. What one setting is worth on which items is told by a function
that the caller gives.

A small space is tried whole; of a larger one points are drawn at random, or proposed by optuna's
tree-structured Parzen estimator (Bergstra et al. 2011). With successive halving (Jamieson and
Talwalkar 2016) all points are measured on a few items, and only the best third, and those that are
cheapest for their quality, go on to three times as many. The base, which is what is used now, is
measured on every item first, so that whatever happens there is something to compare with.

Every measurement is kept in a file as soon as it is there: a search that was stopped goes on where
it was, and one that is asked for again is answered from the file.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Generic, Literal, TypeVar

from ladder.errors import InputError, LadderError
from ladder.evaluation.space import Settings, Space, named, with_fields
from ladder.evaluation.trials import (
    Budget,
    Expects,
    Found,
    GivenUp,
    Measure,
    Measured,
    Trial,
    front,
)
from ladder.files import append_json, content_hash, read_json_lines

__all__ = ["ETA", "Budget", "Found", "Measured", "Trial", "front", "rounds", "search"]

T = TypeVar("T")
Method = Literal["grid", "random", "tpe"]

ETA = 3
"""One in so many goes on when the field is halved, to so many times the items."""
_FEWEST = 20
"""Items of the first round of halving, at least: fewer tell next to nothing."""


def search(
    base: T,
    space: Space,
    measure: Measure[T],
    items: Sequence[str],
    *,
    method: Method = "grid",
    points: int | None = None,
    halving: bool = False,
    costs: Sequence[str] = (),
    budget: Budget | None = None,
    expects: Expects[T] | None = None,
    file: Path | None = None,
    scope: str = "",
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> Found:
    """Measure points of a space around `base`.

    Args:
        base: what is used now: a frozen dataclass.
        space: the fields to vary, with their values. Points that the dataclass refuses are left
            out.
        measure: measures one setting on some items.
        items: ids of the items that can be measured on.
        method: "grid" tries all points, in order; "random" and "tpe" draw `points` of them.
        points: how many points "random" and "tpe" measure; all by default.
        halving: whether points must prove themselves on few items first.
        costs: names of figures; halving keeps the cheapest at each quality by them too.
        budget: what it may take at most; looked at before every measurement.
        expects: says what a measurement may take; one that would pass the budget is not begun,
            and a cheaper one may be. Without it only what was spent counts.
        file: where measurements are kept.
        scope: names everything else that decides a value (data, code); measurements of another
            scope are not used.
        seed: of all random choices.
        progress: told before every measurement, and at the end.

    Raises:
        InputError: a field does not exist, or there are no items.
        LadderError: the base itself cannot be measured.
    """
    if not items:
        raise InputError("There is nothing to measure settings on.")
    order = list(items)
    random.Random(seed).shuffle(order)
    run = _Run(base, space, measure, order, budget or Budget(), expects, file, scope)
    first = run.measured(run.base, order)
    if first.error:
        raise InputError(f"What is used now cannot be measured. {first.error}")
    everything = [point for point in space.points(base) if point != run.base]
    count = len(everything) if points is None or method == "grid" else min(points, len(everything))
    sizes = rounds(count, len(order)) if halving else [len(order)]
    total = sum(math.ceil(count / ETA**number) for number in range(len(sizes))) + 1
    reached: list[Trial] = []
    for number, size in enumerate(sizes):
        before, reached = reached, []
        if number == 0:
            proposed = _proposals(method, everything, count, space, seed, reached)
        else:
            proposed = iter([trial.settings for trial in _survivors(before, first, costs)])
        try:
            for point in proposed:
                if progress is not None:
                    progress(min(run.done, total - 1), total, named(point))
                if run.left(point):
                    reached.append(run.measured(point, order[:size]))
                elif run.stopped:
                    break
        except GivenUp:
            run.stopped = "It was stopped before it was through."
        if run.stopped:
            break
    if progress is not None:
        progress(total, total, "all settings are measured")
    return run.found({content_hash(point, 12) for point in (*everything, run.base)})


class _Run(Generic[T]):
    """A search under way: what was measured, what was spent."""

    def __init__(
        self,
        base: T,
        space: Space,
        measure: Measure[T],
        order: Sequence[str],
        budget: Budget,
        expects: Expects[T] | None,
        file: Path | None,
        scope: str,
    ) -> None:
        self.origin, self.measure, self.order = base, measure, order
        self.budget, self.expects, self.file, self.scope = budget, expects, file, scope
        self.base: Settings = space.of(base)
        self.trials: dict[str, Trial] = {}
        self.done = 0
        self.too_dear: set[str] = set()
        """Points that were not begun because they might have passed the budget."""
        self.stopped = ""
        for line in read_json_lines(file) if file else []:
            if isinstance(line, dict) and line.pop("scope", None) == scope:
                self._add(Trial(**line))

    def measured(self, point: Settings, items: Sequence[str]) -> Trial:
        """Return a point measured on at least these items; what is known is not asked again."""
        self.done += 1
        known = self.trials.get(content_hash(point, 12))
        missing = [item for item in items if known is None or item not in known.values]
        if known is not None and not missing:
            return known
        began = time.perf_counter()
        try:
            got = self.measure(with_fields(self.origin, point), missing)
            error = None
        except LadderError as failure:
            got, error = Measured({}), str(failure)
        took = round(time.perf_counter() - began, 6) if got.seconds is None else got.seconds
        trial = Trial(dict(point), got.values, got.figures, took, got.money, error)
        if self.file is not None and error is None:  # what failed may go well the next time
            append_json(self.file, asdict(trial) | {"scope": self.scope})
        return self._add(trial)

    def _add(self, trial: Trial) -> Trial:
        old = self.trials.get(trial.key)
        if old is not None:
            trial = Trial(
                trial.settings,
                old.values | trial.values,
                old.figures | trial.figures,
                old.seconds + trial.seconds,
                old.money + trial.money,
                trial.error,
            )
        self.trials[trial.key] = trial
        return trial

    def left(self, point: Settings) -> bool:
        """Return whether the budget allows to measure a point; note it where it does not."""
        spent = [(trial.seconds, trial.money) for trial in self.trials.values()]
        seconds, money = sum(each[0] for each in spent), sum(each[1] for each in spent)
        if not self.budget.left(seconds, money):
            self.stopped = f"The budget was used up after {seconds / 60:.1f} minutes" + (
                f" and ${money:.2f}." if money else "."
            )
            return False
        if self.expects is None or content_hash(point, 12) in self.trials:
            return True
        known = list(self.trials.values())
        more = self.expects(with_fields(self.origin, point), known)
        if self.budget.left(seconds + more[0], money + more[1]):
            return True
        self.too_dear.add(content_hash(point, 12))
        return False

    def found(self, points: set[str]) -> Found:
        """Return what is known of the points of the space, by their keys, at the end."""
        wanted = set(self.order)
        known = [trial for key, trial in self.trials.items() if key in points]
        whole = [
            replace(trial, values={item: trial.values[item] for item in self.order})
            for trial in known
            if not trial.error and wanted <= trial.values.keys()
        ]
        names = {trial.key for trial in whole}
        rest = tuple(trial for trial in known if trial.key not in names)
        base = next(trial for trial in whole if trial.key == content_hash(self.base, 12))
        # Of equals, what is used now comes first: a change needs a reason.
        whole.sort(key=lambda trial: (-trial.value, trial is not base, trial.key))
        stopped = self.stopped
        if not stopped and self.too_dear:
            one = len(self.too_dear) == 1
            begun = "setting was not begun: it" if one else "settings were not begun: each"
            stopped = (
                f"{len(self.too_dear)} more {begun} might have passed the budget of "
                f"{self.budget.words}."
            )
        return Found(base, tuple(whole), rest, len(points) - len(known), stopped)


def rounds(points: int, items: int) -> list[int]:
    """Return how many items each round of halving has, the last one all."""
    sizes = [items]
    while points > ETA and sizes[0] // ETA >= _FEWEST:
        sizes.insert(0, sizes[0] // ETA)
        points //= ETA
    return sizes


def _survivors(reached: Sequence[Trial], base: Trial, costs: Sequence[str]) -> list[Trial]:
    """Return the best third of a round, and what is cheapest for its quality."""
    able = [trial for trial in reached if not trial.error and trial.key != base.key]
    ranked = sorted(able, key=lambda trial: -trial.value)
    best = ranked[: math.ceil(len(able) / ETA)]
    return best + [trial for trial in front(able, costs) if costs and trial not in best]


def _proposals(
    method: Method,
    everything: Sequence[Settings],
    count: int,
    space: Space,
    seed: int,
    tried: Sequence[Trial],
) -> Iterator[Settings]:
    """Yield the points to try; `tried` grows by what was measured of them."""
    if method == "grid":
        yield from everything
    elif method == "random":
        yield from random.Random(seed).sample(list(everything), count)
    else:
        from ladder.evaluation.proposals import proposed

        yield from proposed(everything, count, space, seed, tried)
