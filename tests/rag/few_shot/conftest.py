"""Tasks of every kind, and Answerers whose skill is known beforehand."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ladder.answering import Answer, Query, Setup
from ladder.costs.basis import Band
from ladder.errors import ModelError
from ladder.methods import preset
from ladder.models.fakes import use_fakes
from ladder.project import Example, Task, TaskFolder, create_project
from rag.few_shot.board import (
    Board,
    CurvePoint,
    Group,
    Line,
    Price,
    Verdict,
    VerdictKind,
    state_of,
)

LABELS = ("card", "refund", "account")
Skill = Callable[[Setup], float]


class Skilled:
    """Builds Answerers that are right on the share of items that `skill` says of their Setup.

    Items have a difficulty: who is right on a hard one is right on all easier ones.
    """

    def __init__(self, folder: TaskFolder, skill: Skill | None = None) -> None:
        self.right = {each.id: each.output or "" for each in folder.examples()}
        self.kind, self.skill = folder.task.kind, skill or self.usual
        self.asked: list[tuple[str, str]] = []
        """The hash of the Setup and the item."""
        self.stop_after: int | None = None

    def __call__(self, setup: Setup, folder: Any, pool: Any, scheme: Any) -> Any:
        if self.skill(setup) < 0:
            raise ModelError("This one cannot be built; choose another.")
        return _Answerer(self, setup)

    @staticmethod
    def usual(setup: Setup) -> float:
        """Nearest last is best by far, and more examples help up to eight."""
        if setup.answerer not in ("generate", "labels"):
            return {"majority": 0.3, "1-nn": 0.5, "knn": 0.55, "logistic": 0.5}[setup.answerer]
        shown = setup.examples
        if not shown.count:
            return 0.1
        if shown.selection == "nearest" and shown.order == "nearest-last":
            return {1: 0.5, 2: 0.6, 4: 0.8}.get(shown.count, 0.97)
        return {"bm25": 0.8, "mmr": 0.9, "random": 0.3}.get(shown.selection, 0.6)


class _Answerer:
    one_at_a_time = True

    def __init__(self, by: Skilled, setup: Setup) -> None:
        self.by, self.setup = by, setup

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        for query in queries:
            if self.by.stop_after is not None and len(self.by.asked) >= self.by.stop_after:
                raise KeyboardInterrupt
            self.by.asked.append((self.setup.hash, query.id))
            able = random.Random(query.id).random() < self.by.skill(self.setup)
            text = self.by.right[query.id] if able else "none of it"
            yield Answer(
                query.id, text, text if able and self.by.kind == "classification" else None,
                prompt_tokens=50 + 20 * self.setup.examples.count, completion_tokens=2,
                seconds=0.001,
            )  # fmt: skip

    def stream(self, query: Query) -> Iterator[str]:
        raise NotImplementedError


@pytest.fixture
def skilled() -> type[Skilled]:
    """Return the class of builders whose Answerers have a known skill."""
    return Skilled


@pytest.fixture
def route(home: Any) -> Iterator[TaskFolder]:
    """Return a task of three labels with 160 examples: 80 to choose on."""
    folder = create_project("demo").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(
        [
            Example(f"t{i:03}", f"{LABELS[i % 3]} matter {i * 7919} is open", LABELS[i % 3])
            for i in range(160)
        ]
    )
    with use_fakes():
        yield folder


@pytest.fixture
def task_of(home: Any) -> Iterator[Callable[[str, int], TaskFolder]]:
    """Return a function that makes a task of any kind with so many examples."""
    outputs = {
        "classification": lambda i: LABELS[i % 3],
        "extraction": lambda i: json.dumps({"number": i * 7919, "label": LABELS[i % 3]}),
        "qa": lambda i: f"after {i * 7919} days",
        "generation": lambda i: f"Dear customer, your matter {i * 7919} is closed. Regards.",
    }

    def make(kind: Any, count: int) -> TaskFolder:
        folder = create_project(f"p-{kind}").add_task(Task("it", kind, "Do it."))
        folder.add_examples(
            [
                Example(
                    f"e{i:03}", f"{LABELS[i % 3]} matter {i * 7919} of day {i}", outputs[kind](i)
                )
                for i in range(count)
            ]
        )
        return folder

    with use_fakes():
        yield make


@pytest.fixture
def board_of() -> Callable[..., Board]:
    """Return a function that makes up a leaderboard of a task, with a line of every sort."""

    def make(folder: TaskFolder, kind: VerdictKind = "cannot-tell", **changed: Any) -> Board:
        few = preset("few-shot", folder.task)
        first = replace(few, examples=replace(few.examples, order="nearest-first"))
        drawn = replace(few, examples=replace(few.examples, selection="random"))
        lines = (
            _line("a linear classifier on embeddings", "no-llm", preset("logistic", folder.task),
                  0.84, prompt_tokens=0.0, milliseconds=13.0),
            _line("zero-shot", "zero-shot", preset("zero-shot", folder.task), 0.1, n=20,
                  state="dropped", why="It was 14 behind after 20 items.", invalid=0.4),
            _line("8 nearest, most similar last", "selection", few, 0.86, best=True),
            _line("8 nearest, most similar first", "selection", first, 0.7, tied=True,
                  against_best="Cannot tell yet, about 90 more examples."),
            _line("8 at random", "selection", drawn, 0.2, n=20, state="dropped",
                  why="It was 12 behind after 20 items.", seeds=((0, 0.15), (1, 0.25))),
            Line("32 nearest, most similar last", "count", few.to_dict(), "not tried",
                 "The time was used up."),
        )  # fmt: skip
        made = Board(
            task=folder.task.name, model="smollm2-135m-instruct", metric=folder.task.metric,
            target=0.85, split="validation", scheme="leave-one-out", seed=0, limit=None, n=40,
            lines=lines, left_out=(("calibration", "here the model writes the labels"),),
            curve=(CurvePoint(0, 0.1, 0.0, 0.2, 40), CurvePoint(8, 0.86, 0.72, 0.93, 40)),
            best=few.to_dict(), choice="Best: 8 nearest.", cheapest="8 nearest, most similar last",
            verdict=Verdict(kind, f"The verdict is {kind}. Its proof: 0.86.", ("A reason.",)),
            plan=Price(14, 40, 400, Band(60, 120, 300), None, "our assumptions"),
            took=90.0, created="2026-01-01T00:00:00+00:00", made_of=state_of(folder),
        )  # fmt: skip
        return replace(made, **changed)

    return make


def _line(name: str, group: Group, setup: Setup, value: float, **more: Any) -> Line:
    given: dict[str, Any] = {"n": 40, "prompt_tokens": 210.0, "milliseconds": 420.0} | more
    return Line(
        name, group, setup.to_dict(), value=value,
        low=max(0.0, value - 0.13), high=min(1.0, value + 0.1), **given,
    )  # fmt: skip
