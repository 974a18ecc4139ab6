"""Measures few-shot Setups item by item, and remembers what each of them answered.

Rows are kept where an evaluation of the Setup looks for them, so nothing that was answered is
asked again: not by the next round, not by a sweep that was killed and started again, and not when
the chosen Setup is scored.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING

from ladder.answering import Answerer, Setup
from ladder.errors import LadderError
from ladder.evaluation.records import Latency
from ladder.evaluation.rows import Row
from ladder.evaluation.runner import Builder, Evaluation, ask, latency_of, planned
from ladder.evaluation.search import Measured
from rag.few_shot.candidates import canonical, draws

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["Bench", "OutOfTime", "Tried"]

_STEP = 1.25
"""Prompts whose tokens differ by less than this factor cost the same to the search."""


class OutOfTime(Exception):
    """Raised at the next item once the budget is used up; what was answered is kept."""


@dataclass
class Tried:
    """A Setup and what is known of it."""

    setup: Setup
    rows: list[dict[str, Row]] = field(default_factory=list)
    """By item, one for each draw of random examples (one for all other selections)."""
    error: str = ""
    """Why it could not be measured."""
    latency: Latency | None = None

    @property
    def items(self) -> set[str]:
        """Return the items that every draw answered."""
        return set.intersection(*map(set, self.rows)) if self.rows else set()

    def scores(self, metric: str) -> dict[str, float]:
        """Return what each item is worth, the mean over the draws."""
        return {id: fmean(rows[id].score(metric) for rows in self.rows) for id in self.items}


class Bench:
    """Measures Setups on the validation items of a task.

    Args:
        folder: the task.
        build: makes Answerers.
        limit: size of a stratified random sample; None means all.
        seed: draws it.
        minutes: after so many it raises `OutOfTime`; None is no limit.
        progress: told before and after every answer: the Setup asked, whether it was answered.
    """

    split = "validation"

    def __init__(
        self,
        folder: TaskFolder,
        build: Builder,
        limit: int | None = None,
        seed: int = 0,
        minutes: float | None = None,
        progress: Callable[[Setup, int], None] | None = None,
    ) -> None:
        self.folder, self.limit, self.seed = folder, limit, seed
        self.tried: dict[str, Tried] = {}
        self._build, self._progress = build, progress or (lambda setup, answered: None)
        self.ends = math.inf if minutes is None else time.monotonic() + 60 * minutes
        self._evaluations: dict[str, tuple[Evaluation, Callable[[], Answerer]]] = {}

    def evaluation(self, setup: Setup) -> Evaluation:
        """Return which items a Setup is asked about, and from what."""
        return self._planned(setup)[0]

    def known(self, setup: Setup) -> Tried:
        """Return what is known of a Setup: what it answers from now on, too."""
        setup = canonical(setup)
        return self.tried.setdefault(setup.hash, Tried(setup))

    def measure(self, setup: Setup, items: Sequence[str]) -> Measured:
        """Return the value of each item, and steps of the tokens that a prompt takes.

        Raises:
            LadderError: it cannot be measured; that is remembered.
            OutOfTime: the budget is used up.
        """
        known = self.known(setup)
        each = draws(known.setup)
        known.rows = known.rows or [{} for _ in each]
        try:
            for place, draw in enumerate(each):
                evaluation, built = self._planned(draw)
                known.rows[place] |= ask(evaluation, built, items, self._told(draw))
        except LadderError as error:
            known.error = str(error)
            raise
        finally:
            self._remember(known, each)
        if self.whole(setup):
            known.latency = latency_of(*self._planned(each[0]), known.rows[0])
        metric, wanted = self.folder.task.metric, set(items)
        values = {id: value for id, value in known.scores(metric).items() if id in wanted}
        rows = [row for answered in known.rows for row in answered.values()]
        tokens = max(1.0, fmean(row.prompt_tokens for row in rows))
        return Measured(values, {"tokens": float(round(math.log(tokens, _STEP)))})

    def whole(self, setup: Setup) -> bool:
        """Return whether a Setup answered every item."""
        return len(self.known(setup).items) == self.n > 0

    @property
    def n(self) -> int:
        """Return how many items a Setup that was measured whole has."""
        first = next(iter(self._evaluations.values()), None)
        return len(first[0].items) if first else 0

    def _planned(self, setup: Setup) -> tuple[Evaluation, Callable[[], Answerer]]:
        if setup.hash not in self._evaluations:
            evaluation = planned(self.folder, setup, "validation", self.limit, self.seed)
            of = (setup, self.folder, evaluation.pool, evaluation.scheme)
            built = cache(lambda: self._build(*of))
            self._evaluations[setup.hash] = evaluation, built
        return self._evaluations[setup.hash]

    def _remember(self, known: Tried, each: Sequence[Setup]) -> None:
        """Take in the rows of a measurement that ended before its end."""
        from ladder.evaluation.runner import standing_rows

        for place, draw in enumerate(each):
            evaluation = self.evaluation(draw)
            if len(known.rows[place]) < len(evaluation.items):
                known.rows[place] |= standing_rows(evaluation, evaluation.items)

    def _told(self, setup: Setup) -> Callable[[int, int, str], None]:
        before: list[int] = []

        def progress(done: int, total: int, message: str) -> None:
            self._progress(setup, done - before[-1] if before else 0)
            before.append(done)
            if done < total and time.monotonic() > self.ends:
                raise OutOfTime

        return progress
