"""Tasks of every kind, and Answerers whose skill is known beforehand."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ladder.answering import Answer, Query, Setup
from ladder.errors import ModelError
from ladder.models.fakes import use_fakes
from ladder.project import Example, Task, TaskFolder, create_project

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
def task_of() -> Iterator[Callable[[str, int], TaskFolder]]:
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
