"""A task with sixty tickets, and Answerers that remember what they were asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import Answer, Query, Setup
from ladder.project.task import Example, Task
from ladder.project.task_folder import TaskFolder
from ladder.project.workspace import create_project

LABELS = ("card", "refund", "account")


class Scripted:
    """Answers from a function of the query's text; builds itself for any Setup."""

    def __init__(self, say: Callable[[str], str], one_at_a_time: bool = False) -> None:
        self.say, self.one_at_a_time = say, one_at_a_time
        self.asked: list[str] = []
        self.built = 0

    def __call__(
        self, setup: Setup, folder: TaskFolder, pool: Sequence[Example], scheme: Any
    ) -> Any:
        self.built += 1
        self.pool, self.scheme = list(pool), scheme
        return self

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        for query in queries:
            self.asked.append(query.id)
            began = time.perf_counter()
            text = self.say(query.text)
            if text.startswith("!"):
                yield Answer(query.id, "", error=text[1:])
            else:
                label = text if text in LABELS else None
                yield Answer(
                    query.id, text, label, prompt_tokens=100, cached_tokens=40,
                    completion_tokens=2, seconds=time.perf_counter() - began + 0.001,
                )  # fmt: skip

    def stream(self, query: Query) -> Iterator[str]:
        yield self.say(query.text)


def tickets(n: int) -> list[Example]:
    """Texts that share no six words and name their label."""
    found = []
    for i in range(n):
        label = LABELS[i % 3]
        words = [f"{a}{i * 7 % 61}{a}" for a in "pqrstu"]
        found.append(Example(f"t{i:03}", f"{label} {' '.join(words)}", label))
    return found


@pytest.fixture
def route(home: Path) -> TaskFolder:
    folder = create_project("demo").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(tickets(60))
    return folder


@pytest.fixture
def right() -> Scripted:
    """Return an Answerer that is always right."""
    return Scripted(lambda text: text.split()[0])


@pytest.fixture
def scripted() -> type[Scripted]:
    """Return the class of Answerers that say what a function of the text says."""
    return Scripted
