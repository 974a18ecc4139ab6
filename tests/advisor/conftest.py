"""A project with examples, scores written into it, and the pages run without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.evaluation import Score
from ladder.files import append_json
from ladder.project import Example, Task, TaskFolder, create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
LABELS = ("repair", "opening")


def score_of(method: str, value: float, **more: Any) -> Score:
    plain = Score(
        method=method, setup_hash=method, split="validation", metric="accuracy", value=value,
        low=max(0.0, value - 0.08), high=min(1.0, value + 0.08), n=40, errors=0, abstained=0,
        invalid=0, prompt_tokens=0, cached_tokens=0, completion_tokens=0, p50_ms=4.0, p95_ms=6.0,
        cost_per_1k=None, deploy_cost_per_1k=None, model="m", dtype="", seed=0, limit=None,
        scheme="leave-one-out", created="2026-11-22T00:00:00+00:00", seconds=1.0,
        code_version="c", key=method,
    )  # fmt: skip
    return replace(plain, **more)


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    """Return a task with 80 labelled tickets and 20 that are not."""
    folder = create_project("shop").add_task(Task("route", "classification"))
    folder.save_examples(
        [
            Example(str(i), f"ticket number {i}", LABELS[i % 2] if i < 80 else None)
            for i in range(100)
        ]
    )
    return folder


@pytest.fixture
def add_score(folder: TaskFolder) -> Callable[..., None]:
    """Return a function that writes one score: method, value, and what differs from the plain."""

    def add(method: str, value: float, **more: Any) -> None:
        append_json(folder.scores_file, score_of(method, value, **more).to_json())

    return add


@pytest.fixture
def scored(folder: TaskFolder, add_score: Callable[..., None]) -> Callable[..., TaskFolder]:
    """Return a function that writes validation scores into the task, by method."""

    def write(**values: float) -> TaskFolder:
        for name, value in values.items():
            add_score("1-nn" if name == "nn_1" else name.replace("_", "-"), value)
        return folder

    return write


@pytest.fixture
def open_advisor_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Return a function that opens Home or Decide, with what stands in the address."""
    from streamlit.testing.v1 import AppTest

    monkeypatch.chdir(ROOT)

    def open_it(page: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        if page == "decide":
            app.switch_page("advisor/decide_page.py").run()
        assert not app.exception
        return app

    return open_it


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Return the list into which jobs go instead of the queue."""
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        "ladder.jobs.submit", lambda project, kind, spec: asked.append((kind, spec)) or "run"
    )
    return asked
