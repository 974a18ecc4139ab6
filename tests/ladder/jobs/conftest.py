"""A workspace whose jobs are toys, and from which no process is left behind."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import psutil
import pytest

from ladder.jobs import Job, job, launch, processes, store
from ladder.jobs.records import read_job
from ladder.project.workspace import Project, create_project

HERE = Path(__file__).parent


def _load_toy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("toy_worker", HERE / "toy_worker.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Return an empty project whose jobs are done by the toy worker, on one CPU."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(launch, "worker_command", _load_toy().command)
    yield create_project("toys")
    (home / "jobs.sqlite").unlink(missing_ok=True)  # a test may have damaged it
    folders = store.folders()
    for folder in folders:
        now = read_job(folder)
        processes.end(processes.family(now.pid, now.pid_started, folder))
        processes.reap(folder)
    assert not processes._children.keys() & set(folders)


@pytest.fixture
def until() -> Callable[[str, Callable[[Job], bool]], Job]:
    """Return a function that looks at a job until something holds of it."""

    def look(run_id: str, holds: Callable[[Job], bool], seconds: float = 30.0) -> Job:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = job(run_id)
            if holds(now):
                return now
            time.sleep(0.02)
        pytest.fail(f"It did not come: {job(run_id)}")

    return look


@pytest.fixture
def living() -> Callable[[list[int]], list[int]]:
    """Return a function that tells which pids live; a zombie that no one reaped does not."""

    def alive(pids: list[int]) -> list[int]:
        found = []
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                    found.append(pid)
        return found

    return alive


@pytest.fixture
def python() -> Callable[[str], list[str]]:
    """Return a function that makes the command of another process with toy jobs."""
    head = f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
    head += "import toy_worker\nfrom ladder.jobs import launch\n"
    head += "launch.worker_command = toy_worker.command\n"
    return lambda code: [sys.executable, "-c", head + code]
