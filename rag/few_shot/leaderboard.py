"""The few-shot leaderboard: which prompt is best on the validation examples, and is it enough?

Three steps, each around the best so far: which examples, by a search with successive halving
(`ladder.evaluation.search`); how many; how label scores are corrected. What needs no language model
stands beside it. The test split is never looked at.

"Best" is the highest value among the prompts that answered every item. It is set against every
other of them by a paired test (p corrected by Holm), and the cheapest that the test cannot tell
from it is named too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ladder.answering import Setup
from ladder.errors import LadderError, ProjectError
from ladder.evaluation.paired import Verdict as Paired
from ladder.evaluation.runner import Builder, evaluate
from ladder.evaluation.search import search
from ladder.evaluation.space import with_fields
from ladder.methods import DEFAULT_EMBEDDER, METHODS, preset, why_not
from ladder.project.task import Task
from rag.few_shot.bench import Bench, OutOfTime
from rag.few_shot.board import Board, Group, Line, state_of
from rag.few_shot.candidates import (
    COUNTS,
    SHOTS,
    asked_as,
    base_setup,
    calibrations,
    canonical,
    left_out,
    selections,
    setup_words,
)
from rag.few_shot.lines import Entry, cheapest_of, curve, lines, paired, value_of
from rag.few_shot.price import Reckoner, plan_of, possible_shots
from rag.few_shot.verdict import in_documents, judged, score_words

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["FEWEST", "leaderboard"]

Progress = Callable[[int, int, str, float], None]
"""Called with the prompts answered, about how many there are, a message, and seconds left."""

FEWEST = 10
"""Examples outside the test split below which a leaderboard would tell nothing."""


def leaderboard(
    folder: TaskFolder,
    build: Builder,
    *,
    model: str | None = None,
    setup: Setup | None = None,
    limit: int | None = None,
    seed: int = 0,
    minutes: float | None = None,
    progress: Progress | None = None,
) -> Board:
    """Measure few-shot prompts and return the leaderboard; it is not kept here.

    Args:
        folder: the task.
        build: makes Answerers.
        model: who is asked; None takes the Setup's.
        setup: what is varied; None takes the task's own, or few-shot with the bundled model.
        limit: size of a stratified random sample; None means the whole split.
        seed: of the sample, and of the order in which items are asked.
        minutes: what this run may take. What was answered stays: the next run goes on from there.
        progress: told after every answer; to stop, let it raise.

    Raises:
        ProjectError: there are too few examples.
        ModelError: the model cannot be had.
    """
    began, made_of = time.monotonic(), state_of(folder)
    sweep = _Sweep(folder, build, model, setup, limit, seed, minutes, progress)
    sweep.run()
    return sweep.board(began, made_of)


@dataclass
class _Sweep:
    """A leaderboard in the making."""

    folder: TaskFolder
    build: Builder
    model: str | None
    setup: Setup | None
    limit: int | None
    seed: int
    minutes: float | None
    progress: Progress | None
    stopped: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    """What is tried, by the hash of its Setup, in the order of the steps."""
    curve_of: Setup | None = None
    """The selection whose number of examples is varied."""

    def __post_init__(self) -> None:
        self.base = base_setup(self.folder, self.model, self.setup)
        self.bench = Bench(self.folder, self.build, self.limit, self.seed, self.minutes, self._tell)
        asked = self.bench.evaluation(self.base)
        self.ids, self.scheme = [item.id for item in asked.items], asked.scheme
        if len(self.ids) < FEWEST:
            remedy = "give a higher --limit" if self.limit else "label more of them on Start"
            raise ProjectError(
                f"A leaderboard needs {FEWEST} labelled examples to measure on, and "
                f'"{self.task.name}" has {len(self.ids)} here, outside the test split; {remedy}.'
            )
        self.asked_as = asked_as(self.base)
        self.plan = plan_of(
            self.folder, model=self.model, setup=self.setup, limit=self.limit, seed=self.seed
        )
        self.reckoner = Reckoner(self.folder, self.base, asked.items, asked.pool)
        self.counts = possible_shots(self.reckoner)
        self.base = with_fields(self.base, {"examples.count": min(SHOTS, max(self.counts))})
        self.answered, self.expected, self.first = 0, 0.0, 0.0

    @property
    def task(self) -> Task:
        """Return what is asked for."""
        return self.folder.task

    def run(self) -> None:
        """Take the steps, and score the best prompt, so that it is on the scoreboard."""
        try:
            for step in (self._without_llm, self._selections, self._counts, self._calibrations):
                step()
        except OutOfTime:
            self.stopped = (
                f"The budget of {self.minutes:g} minutes was used up. What was answered is kept: "
                "the next run goes on from there."
            )
        best = self._best()
        if best is not None:
            self._score(best.setup)

    def _without_llm(self) -> None:
        """Measure what needs no language model."""
        embedder = self.base.embedder or DEFAULT_EMBEDDER
        for name, method in METHODS.items():
            if method.advisor_id == "no-llm" and not why_not(name, self.task):
                setup = preset(name, self.task, embedder=embedder)
                if self._try("no-llm", setup):
                    self._score(setup)

    def _selections(self) -> None:
        """Try which examples are shown, and in which order."""
        space = selections(self.base, self.task)
        for point in space.points(self.base):
            self._note("selection", with_fields(self.base, point))
        self.bench.measure(self.base, self.ids)  # whoever cannot be asked at all, says so here
        search(
            self.base, space, self.bench.measure, self.ids,
            halving=True, costs=("tokens",), seed=self.seed,
        )  # fmt: skip

    def _counts(self) -> None:
        """Try how many examples are shown, in the best selection."""
        best = self._best(zero_shot=False)
        self.curve_of = self.base if best is None else best.setup
        along = {c: with_fields(self.curve_of, {"examples.count": c}) for c in COUNTS}
        for count, setup in along.items():
            self._note("count", setup, "" if count in self.counts else self.reckoner.why_not(count))
        for count in self.counts:
            self._try("count", along[count])

    def _calibrations(self) -> None:
        """Try the corrections of label scores on the best prompt."""
        best, space = self._best(), calibrations(self.base, self.task)
        if best is not None and space is not None:
            for point in space.points(best.setup):
                self._try("calibration", with_fields(best.setup, point))

    def _note(self, group: Group, setup: Setup, why_not: str = "") -> Entry:
        """Return the entry of a Setup, made for this step if there is none."""
        setup = canonical(setup)
        kind: Group = "zero-shot" if group != "no-llm" and not setup.examples.count else group
        tried = self.bench.known(setup)
        return self.entries.setdefault(setup.hash, Entry(kind, tried, why_not))

    def _try(self, group: Group, setup: Setup) -> bool:
        """Measure a Setup on every item; return whether it could be, the bench knows why not."""
        self._note(group, setup)
        try:
            self.bench.measure(setup, self.ids)
        except LadderError:
            return False
        return True

    def _score(self, setup: Setup) -> None:
        """Put a Setup that answered everything on the scoreboard; nothing is asked again."""
        evaluate(self.folder, setup, self.build, limit=self.limit, seed=self.seed)

    def _best(self, *, llm: bool = True, zero_shot: bool = True) -> Entry | None:
        """Return the highest value among those that answered every item; of equals the shorter."""
        able = [
            entry
            for entry in self.entries.values()
            if self.bench.whole(entry.setup)
            and (entry.group != "no-llm") is llm
            and (zero_shot or entry.setup.examples.count)
        ]
        metric = self.task.metric
        return max(
            able,
            key=lambda each: (value_of(each.tried, metric), -self.reckoner.tokens(each.setup)),
            default=None,
        )

    def _tell(self, setup: Setup, answered: int) -> None:
        """Say how far it is, and how long it takes if what is to come keeps to this pace."""
        if setup.model is None or self.progress is None:
            return
        now = time.monotonic()
        if self.answered == 0 and answered:  # loading the model tells nothing of the pace
            self.first = now
        self.answered += answered
        self.expected += answered * self.reckoner.seconds(setup)
        slower = (now - self.first) / self.expected if self.answered >= 3 else 1.0
        left = slower * max(0.0, self.plan.seconds.p50 - self.expected)
        left = min(left, max(0.0, self.bench.ends - now))
        total = max(self.plan.asks, self.answered)
        self.progress(self.answered, total, setup_words(setup, self.task), left)

    def board(self, began: float, made_of: str) -> Board:
        """Put together what was found."""
        best, baseline, n = self._best(), self._best(llm=False), len(self.ids)
        entries = [self._said(entry) for entry in self.entries.values()]
        shown = lines(entries, best, n, self.task)
        line = next((each for each in shown if each.best), None)
        plain = next((each for each in shown if each.group == "no-llm"), None)
        cheapest = cheapest_of(shown)
        return Board(
            task=self.task.name,
            model=self.base.model or "",
            metric=self.task.metric,
            target=self.task.target,
            split=self.bench.split,
            scheme=self.scheme,
            seed=self.seed,
            limit=self.limit,
            n=n,
            lines=tuple(shown),
            left_out=left_out(self.base, self.task),
            curve=curve(self._along_the_curve(), n, self.task),
            best=best.setup.to_dict() if best else None,
            choice=_choice(line, cheapest),
            cheapest=cheapest.name if cheapest else "",
            verdict=judged(
                self.task,
                line,
                best.tried.scores(self.task.metric) if best else {},
                plain if baseline else None,
                paired(baseline, best, self.task) if baseline and best else None,
                self._growth(),
                in_documents(self.folder),
                sum(example.labelled for example in self.folder.examples()),
            ),
            plan=self.plan,
            took=round(time.monotonic() - began, 1),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            made_of=made_of,
            asked_as=self.asked_as,
            stopped=self.stopped,
        )

    def _said(self, entry: Entry) -> Entry:
        """Return an entry with the reason why it is not whole, where the budget is the reason."""
        if not self.stopped or entry.why_not or self.bench.whole(entry.setup):
            return entry
        done = len(entry.tried.items)
        why = f"The budget was used up after {done} of {len(self.ids)} examples."
        return Entry(entry.group, entry.tried, why if done else "The budget was used up before it.")

    def _along_the_curve(self) -> list[Entry]:
        """Return the entries of the best selection with each number of examples, fewest first."""
        if self.curve_of is None:
            return []
        setups = [
            canonical(with_fields(self.curve_of, {"examples.count": count}))
            for count in self.counts
        ]
        return [self.entries[s.hash] for s in setups if self.bench.whole(s)]

    def _growth(self) -> Paired | None:
        """Return the paired test of the last two points of the curve."""
        points = self._along_the_curve()
        return paired(points[-2], points[-1], self.task) if len(points) > 1 else None


def _choice(best: Line | None, cheapest: Line | None) -> str:
    """Return the best setting in a sentence, and the cheapest that ties with it."""
    if best is None:
        return "No prompt was measured on every example yet."
    said = f"Best: {score_words(best)}, {best.prompt_tokens:,.0f} tokens a prompt."
    if cheapest is None or cheapest is best:
        return f"{said} None that takes markedly fewer tokens is as good by the paired test."
    return (
        f"{said} {cheapest.name} takes {cheapest.prompt_tokens:,.0f} tokens, and the paired test "
        f"cannot tell it apart: {cheapest.value:.2f} ({cheapest.low:.2f} to {cheapest.high:.2f})."
    )
