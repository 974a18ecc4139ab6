"""Jobs: work that outlives the page that started it, one at a time per device."""

from __future__ import annotations

from ladder.jobs.context import RunContext
from ladder.jobs.job import Job, Progress, State
from ladder.jobs.launch import active_jobs, cancel, follow, job, jobs, retry, start_next, submit
from ladder.jobs.store import rebuild_index

__all__ = [
    "Job",
    "Progress",
    "RunContext",
    "State",
    "active_jobs",
    "cancel",
    "follow",
    "job",
    "jobs",
    "rebuild_index",
    "retry",
    "start_next",
    "submit",
]
