"""Start jobs, look at them, stop them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ladder.jobs.job import Job

if TYPE_CHECKING:
    from ladder.project.workspace import Project

__all__ = ["active_jobs", "cancel", "follow", "job", "jobs", "retry", "start_next", "submit"]


def submit(project: Project, kind: str, spec: dict[str, Any]) -> str:
    """Queue a job, start it if its device is free, and return its run id."""
    raise NotImplementedError


def jobs(project: Project | None = None) -> list[Job]:
    """Return the jobs of the workspace or of one project, newest first."""
    raise NotImplementedError


def active_jobs() -> list[Job]:
    """Return the jobs that are not over, oldest first; quicker than `jobs`."""
    raise NotImplementedError


def job(run_id: str) -> Job:
    """Return one job."""
    raise NotImplementedError


def cancel(run_id: str, *, grace: float = 10.0, wait: bool = False) -> Job:
    """Stop a job: a queued one at once, a running one after it saved."""
    raise NotImplementedError


def start_next() -> list[str]:
    """Start queued jobs on free devices; return the ids of those started."""
    raise NotImplementedError


def follow(run_id: str, on_progress: Callable[[Job], None]) -> Job:
    """Wait for a job to end, telling `on_progress` whenever something changed."""
    raise NotImplementedError


def retry(run_id: str) -> str:
    """Queue a job with the same settings as one that is over; return the new run id."""
    raise NotImplementedError
