"""What the pages call a job, its state and its progress, as plain words."""

from __future__ import annotations

from ladder.jobs.job import Job, State
from ladder.printing import duration

__all__ = ["STATES", "duration", "progress_words", "title", "whose"]

STATES: dict[State, tuple[str, str]] = {
    "queued": ("Waiting", "gray"),
    "starting": ("Starting", "blue"),
    "running": ("Running", "blue"),
    "cancelling": ("Stopping", "orange"),
    "done": ("Done", "green"),
    "failed": ("Failed", "red"),
    "cancelled": ("Cancelled", "gray"),
    "lost": ("Lost", "red"),
}
"""The word and the colour of each state; the colour never speaks alone."""

_KINDS = {
    "calibrate": "Measure this machine",
    "evaluate": "Evaluate",
    "index": "Index",
    "measure": "Measure all methods",
    "train": "Train",
}


def title(job: Job) -> str:
    """Return what a job does, as a person says it."""
    name = _KINDS.get(job.kind, job.kind.capitalize())
    method, task = job.spec.get("method"), job.spec.get("task")
    return name + (f": {method}" if method else "") + (f", task {task}" if task else "")


def whose(job: Job) -> str:
    """Return the project that a job belongs to, as the end of a sentence; empty where none."""
    from ladder.project.workspace import machine_place

    return "" if job.project == machine_place().path else f" in {job.project.name}"


def progress_words(job: Job) -> str:
    """Return how far a job is, what it is at, and how long it still takes."""
    now = job.progress
    parts = [f"{now.done:,} of {now.total:,}"] if now.total else []
    if now.message:
        parts.append(now.message)
    elif job.state == "queued":
        parts.append("waits for the job before it")
    elif not now.total:
        parts.append("loading what it needs")
    if now.seconds_left is not None:
        parts.append(f"about {duration(now.seconds_left)} left")
    return ", ".join(parts)
