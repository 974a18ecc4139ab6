"""Compare what a run folder says with the processes there are, and write down how it ended.

Whoever looks does this: a worker that was killed cannot say so itself.
"""

from __future__ import annotations

import os
import shutil
import time
from typing import Any

import psutil

from ladder.errors import StorageError
from ladder.files import read_json
from ladder.jobs import processes
from ladder.jobs.job import Job, after
from ladder.jobs.records import RESULT, add_event, read_job

__all__ = ["reconcile"]

_START_WAIT = 30.0
"""Seconds between setting out to start a worker and its process, before another may try."""
_KEPT = "What was saved is kept, and trying again goes on from it."


def reconcile(job: Job) -> Job:
    """Return the job as it is now: a process that is gone ends it, an overdue stop is forced."""
    if job.over or job.state == "queued":
        return job
    if job.pid is None:
        return _not_spawned(job)
    if processes.alive(job.pid, job.pid_started, job.folder):
        overdue = job.cancel_at is not None and time.time() - job.cancel_at > job.grace
        # A worker that looks at its own job does not end it here: it has its own patience.
        return _force(job) if overdue and job.pid != os.getpid() else job
    now = read_job(job.folder)  # its last words may have come meanwhile
    if now.over or (now.pid, now.pid_started) != (job.pid, job.pid_started):
        return now
    processes.end(processes.family(job.pid, job.pid_started, job.folder))
    return _last_words(now)


def _not_spawned(job: Job) -> Job:
    """Give a job back to the queue when whoever set out to start it was cut short.

    Should that process come after all, its worker finds the job no longer its own and leaves.
    """
    since = job.cancel_at or job.starting or 0.0
    if abs(time.time() - since) < _START_WAIT:
        return job
    return _settle(job, "cancelled" if job.cancel_at else "requeued")


def _force(job: Job) -> Job:
    """End a worker that did not stop in time, with all that it started."""
    found = processes.family(job.pid, job.pid_started, job.folder)
    # Read after the processes: a worker starts the next job only once its own is over.
    now = read_job(job.folder)
    if now.over or not processes.end(found):
        return now
    return _last_words(now)


def _last_words(job: Job) -> Job:
    """Write down how a job ended whose process is gone without saying so."""
    if job.cancel_at is not None:
        return _settle(job, "cancelled")
    if _has_result(job):
        return _settle(job, "done")
    code = processes.reap(job.folder)
    line = _last_line(job)
    if job.started is None and (code is None or code >= 0):
        return _settle(job, "failed", f"The worker could not start{line} Then try again.")
    if code is not None and code > 0:
        return _settle(job, "failed", f"The worker ended with exit code {code}{line} {_KEPT}")
    return _settle(job, "lost", f"{_why_lost(job)} {_KEPT}")


def _why_lost(job: Job) -> str:
    """Return the likeliest reason why a process ended without a word."""
    if psutil.boot_time() > (job.started or time.time()):
        return "The computer was restarted while this job ran."
    try:
        if shutil.disk_usage(job.folder).free < 1_000_000:
            return "The job ended when the disk was full; free some space first."
    except OSError:
        pass
    return (
        "The job's process was killed from outside: by the system when memory ran out, "
        "or by somebody. If memory was short, close other programs or take a smaller model."
    )


def _last_line(job: Job) -> str:
    """Return the end of a sentence that quotes the log's last line."""
    lines = [line.strip() for line in job.log_tail(5).splitlines() if line.strip()]
    return f'; its log ends with "{lines[-1][:300]}".' if lines else "; its log is empty."


def _has_result(job: Job) -> bool:
    """Return whether the work had given its result before its process ended."""
    try:
        return isinstance(read_json(job.folder / RESULT), dict)
    except (OSError, ValueError):
        return False


def _settle(job: Job, name: str, error: str | None = None) -> Job:
    """Append an event; where the folder cannot be written, say what it would have said."""
    values: dict[str, Any] = {"error": error} if error else {}
    try:
        return add_event(job.folder, name, **values)
    except StorageError:
        return after(job, [{"event": name, "at": time.time(), **values}])
