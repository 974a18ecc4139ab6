"""A task whose examples are hard to quote, and a Python that does not know this project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ladder.project import Example, Task, TaskFolder, create_project

ROWS = [
    ("my card has not arrived", "card arrival"),
    ("where is the card that I ordered two weeks ago", "card arrival"),
    ("the new card is still not in the mail", "card arrival"),
    ("has my card been sent yet?", "card arrival"),
    ("please refund my order {order}", "refund"),
    ("I want my money back for the order", "refund"),
    ("the refund for {input} is not on my account", "refund"),
    ("how long does a refund take", "refund"),
    ("close my account", "close account"),
    ("I want to delete the account and all data in it", "close account"),
    ("how do I close an account that I share", "close account"),
    ("cancel everything, I leave", "close account"),
    ("the app crashes when I open it", "app"),
    ('the app says "error {0}" and stops', "app"),
    ("I cannot log in to the app", "app"),
    ("the app is slow since the update", "app"),
]
TEXTS = [
    "My card has NOT arrived!",  # an example, but for letter case and signs
    "is there a refund for {order} in the app",
    "delete my account, the app is slow",
    "was ist mit der Karte \u2013 \u201eheute\u201c?",
]


@pytest.fixture
def route(home: Path) -> TaskFolder:
    """Return a task of labels with its examples, some of them kept for the test."""
    folder = create_project("desk").add_task(Task("route", "classification", "Route {the} text."))
    folder.add_examples([Example(str(n), *row) for n, row in enumerate(ROWS)])
    more = [Example(f"more-{n}", f"{text} again, number {n}", label)
            for n, (text, label) in enumerate(ROWS)]  # fmt: skip
    folder.add_examples(more)
    assert folder.split().test
    return folder


@pytest.fixture
def many_labels(route: TaskFolder) -> TaskFolder:
    """Return a task of more labels than are scored in one pass."""
    folder = route.project.add_task(Task("wide", "classification", "Name it."))
    folder.add_examples(
        [Example(f"{n}-{m}", f"{ROWS[n % 16][0]}, case {n}.{m}", f"label {n % 5} of {n}")
         for n in range(24) for m in range(2)]
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def other_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python with the same packages, in which this project cannot be imported."""
    folder = tmp_path_factory.mktemp("other")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60
    )
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / Path(sys.executable).name
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    # Its .pth files are not read from here, and by one of them the project is installed.
    Path(own.stdout.strip(), "packages.pth").write_text(sysconfig.get_path("purelib"))
    return python


RUN = """
import json, runpy, sys
from io import StringIO
for name in ("ladder", "rag", "training", "advisor"):
    try:
        __import__(name)
    except ImportError:
        continue
    sys.exit(f"{name} can be imported")
for script, arguments, texts in json.load(sys.stdin):
    sys.argv, sys.stdin = [script, *arguments], StringIO(texts)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
"""


@pytest.fixture
def asked_alone(other_python: Path, tmp_path: Path) -> Callable[..., list[list[Any]]]:
    """Return what runs programs one after the other in a new process, in an empty folder."""

    def ask(scripts: Sequence[Path], *arguments: str) -> list[list[Any]]:
        empty = tmp_path / "empty"
        empty.mkdir(exist_ok=True)
        texts = "".join(f"{text}\n" for text in TEXTS)
        ran = subprocess.run(
            [other_python, "-I", "-c", RUN],
            input=json.dumps([(str(script), arguments, texts) for script in scripts]),
            capture_output=True, text=True, check=False, cwd=empty, timeout=240, encoding="utf-8",
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert not list(empty.iterdir())
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        assert len(lines) == len(scripts) * len(TEXTS), ran.stdout
        return [lines[n : n + len(TEXTS)] for n in range(0, len(lines), len(TEXTS))]

    return ask
