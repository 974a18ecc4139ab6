r"""What is known about one job, and the few steps by which it may change.

    queued -> starting -> running -> done | failed | cancelled | lost
                 \           \-> cancelling -> cancelled
                  \-> queued again, when who started it was cut short

A job is what its events say, taken in the order in which they were appended; an event that
does not fit the state before it changes nothing. So of two processes that claim one job, or
declare it over, the first wins and the second can see that it lost, without any lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

__all__ = ["OVER", "Job", "Progress", "State", "after"]

State = Literal[
    "queued", "starting", "running", "cancelling", "done", "failed", "cancelled", "lost"
]
OVER: frozenset[str] = frozenset({"done", "failed", "cancelled", "lost"})
"""The states that never change again."""


@dataclass(frozen=True)
class Progress:
    """How far a job is; all zero until it says something."""

    done: int = 0
    total: int = 0
    """0 while unknown."""
    message: str = ""
    seconds_left: float | None = None
    """From the rate of the last part of the run; None until that is known."""
    updated: float | None = None
    """When this was written, in seconds since 1970."""

    @property
    def share(self) -> float:
        """Return how much is done, from 0 to 1, for a progress bar."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0


@dataclass(frozen=True)
class Job:
    """One job as its run folder tells it; all times are seconds since 1970."""

    id: str
    project: Path
    """The folder of its project; `project.name` is the project's name."""
    kind: str
    """What the worker does: "evaluate", "measure"."""
    folder: Path
    """The run folder."""
    spec: dict[str, Any] = field(default_factory=dict)
    """The settings that the work was asked for with."""
    created: float = 0.0
    retry_of: str | None = None
    """The run that this one tries again."""
    state: State = "queued"
    slot: str | None = None
    """The device it holds: "cpu", or "gpu:" and the GPU's number."""
    starting: float | None = None
    """When a process set out to start it."""
    pid: int | None = None
    pid_started: float | None = None
    """When that process was created; a pid alone is reused and names nobody."""
    started: float | None = None
    cancel_at: float | None = None
    """When it was asked to stop."""
    grace: float = 0.0
    """Seconds it may take to stop by itself."""
    finished: float | None = None
    progress: Progress = field(default_factory=Progress)
    error: str | None = None
    """Why it did not end well and what to do, in a sentence or two."""
    result: dict[str, Any] = field(default_factory=dict)
    """What it gave; for one that was cancelled, what it had by then."""

    @property
    def over(self) -> bool:
        """Return whether it has ended, well or not."""
        return self.state in OVER

    def log_tail(self, lines: int = 40) -> str:
        """Return the last lines of what the work wrote; empty when it wrote nothing."""
        try:
            with (self.folder / "log.txt").open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - 65_536))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def after(job: Job, events: Iterable[Any]) -> Job:
    """Return the job as it is after its events; what is no event changes nothing."""
    for event in events:
        if isinstance(event, dict) and isinstance(event.get("at"), int | float):
            job = _step(job, event)
    return job


def _step(job: Job, event: dict[str, Any]) -> Job:
    """Return the job after one event."""
    name, at = event.get("event"), float(event["at"])
    pid, started = event.get("pid"), event.get("pid_started")
    who: dict[str, Any] = {
        "pid": pid if isinstance(pid, int) else None,
        "pid_started": started if isinstance(started, int | float) else None,
    }
    if job.over:
        return job
    if name in OVER:
        return replace(job, state=name, finished=at, error=event.get("error"))
    match name, job.state:
        case "starting", "queued":
            return replace(job, state="starting", starting=at, slot=event.get("slot"))
        case "requeued", "starting":
            return replace(job, state="queued", starting=None, slot=None, pid=None)
        case "spawned", "starting" | "cancelling" if job.pid is None:
            return replace(job, **who)
        case "started", "starting":
            return replace(job, state="running", started=at, **who)
        case "started", "cancelling" if job.started is None:
            return replace(job, started=at, **who)
        case "cancel", "queued":
            return replace(job, state="cancelled", finished=at)
        case "cancel", "starting" | "running":
            grace = float(event.get("grace", 0.0))
            return replace(job, state="cancelling", cancel_at=at, grace=grace)
    return job
