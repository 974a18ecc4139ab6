"""A small task to train on, and run folders as jobs have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.jobs import RunContext
from ladder.jobs.records import new_run
from ladder.project import Example, Task, TaskFolder, create_project
from training.recipe import Recipe, changed, recipe_for

if TYPE_CHECKING:
    pass

LABELS = ("card", "refund", "account")
ROOT = Path(__file__).parents[2]


def tickets(n: int) -> list[Example]:
    """Texts that share no six words and name their label."""
    found = []
    for i in range(n):
        words = " ".join(f"{a}{i * 7 % 61}{a}" for a in "pqrstu")
        found.append(Example(f"t{i:03}", f"{LABELS[i % 3]} {words}", LABELS[i % 3]))
    return found


@pytest.fixture
def route(home: Path) -> TaskFolder:
    folder = create_project("demo").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(tickets(60))
    return folder


@pytest.fixture
def tiny(tiny_llama_folder: Path) -> Callable[..., Recipe]:
    """Return a function that makes the recipe of a run on the tiny Llama."""

    def make(method: str = "lora", *settings: str) -> Recipe:
        base = [f"model=path:{tiny_llama_folder}", "epochs=1", "dtype=float32"]
        recipe = recipe_for(method, "good")
        own = ["rank=4"] if recipe.name in ("lora", "qlora") else []
        return changed(recipe, [*base, *own, *settings])

    return make


@pytest.fixture
def run_of(route: TaskFolder) -> Callable[..., RunContext]:
    """Return a function that makes the folder and context of a training job."""

    def make(recipe: Recipe, run_id: str = "r1", retry_of: str | None = None) -> RunContext:
        spec: dict[str, Any] = {
            "task": "route", "method": recipe.method, "recipe": recipe.to_dict(),
        }  # fmt: skip
        job = new_run(route.project.runs_folder / run_id, "train", spec, retry_of)
        return RunContext(route.project, spec, job.folder)

    return make
