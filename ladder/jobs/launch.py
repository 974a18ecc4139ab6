"""Queue jobs, start them, look at them, stop them.

Every look also tends the queue: it notes which processes are gone and starts the next job on
a device that became free. So no server has to live for the queue to go on.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import JobError, LadderError, StorageError
from ladder.jobs import processes, store
from ladder.jobs.devices import environment, slots
from ladder.jobs.job import Job
from ladder.jobs.reconcile import reconcile
from ladder.jobs.records import LOG, add_event, new_run, read_job

if TYPE_CHECKING:
    from ladder.project.workspace import Project

__all__ = [
    "active_jobs",
    "cancel",
    "follow",
    "job",
    "jobs",
    "retry",
    "start_next",
    "submit",
    "worker_command",
]


def worker_command(folder: Path) -> list[str]:
    """Return the command that carries out the job of a run folder."""
    return [sys.executable, "-m", "ladder.jobs.worker", str(folder)]


def submit(project: Project, kind: str, spec: dict[str, Any]) -> str:
    """Queue a job, start it if a device is free, and return its run id.

    Raises:
        JobError: the project is gone, the settings are not plain data, or the list of jobs
            is damaged.
        StorageError: the project or the workspace cannot be written.
    """
    return _queue(project.path.resolve(), kind, spec)


def jobs(project: Project | None = None) -> list[Job]:
    """Return the jobs of the workspace, or of one project, newest first."""
    _tend()
    found = [reconcile(read_job(folder)) for folder in reversed(store.folders())]
    if project is None:
        return found
    return [item for item in found if item.project == project.path.resolve()]


def active_jobs() -> list[Job]:
    """Return the jobs that are not over, oldest first; quicker than `jobs`."""
    return [item for item in _tend() if not item.over]


def job(run_id: str) -> Job:
    """Return one job.

    Raises:
        JobError: there is no run with this id.
    """
    folder = _folder(run_id)
    _tend()
    return reconcile(read_job(folder))


def start_next() -> list[str]:
    """Start queued jobs on devices that are free; return the ids of those started.

    Any number of processes may call this at once: a job is started once, on one device.
    """
    if not _startable(_current()):
        return []
    chosen = []
    with store.exclusively() as folders:
        active = [read_job(folder) for folder in folders]
        free = _free(active)
        for item in active:
            if item.state == "queued" and free:
                with suppress(StorageError):  # it stays queued; the others are not held up
                    chosen.append(add_event(item.folder, "starting", slot=free[0]))
                    free.pop(0)
    for item in chosen:
        _spawn(item)
    return [item.id for item in chosen]


def cancel(run_id: str, *, grace: float | None = None, wait: bool = False) -> Job:
    """Stop a job: a queued one at once, a running one as soon as it has saved.

    Args:
        run_id: The job; one that is over already stays as it is.
        grace: Seconds it may take to save, by default 10, or 60 for training, whose steps are
            longer. Then whoever looks next ends its processes.
        wait: Return only once it is over and no process of it is left.

    Raises:
        JobError: there is no such run, or (with `wait`) its processes cannot be ended.
        StorageError: the run folder cannot be written.
    """
    folder = _folder(run_id)
    now = reconcile(read_job(folder))
    if grace is None:
        grace = 60.0 if now.kind == "train" else 10.0
    if not now.over:
        now = add_event(folder, "cancel", grace=grace)
    if now.state == "cancelling":
        processes.terminate(now.pid, now.pid_started, folder)
    until = time.monotonic() + grace + 30.0
    while wait and not (now.over and not processes.alive(now.pid, now.pid_started, folder)):
        if time.monotonic() > until:
            raise JobError(
                f"The job {run_id} does not end: process {now.pid} cannot be stopped. "
                "End it with the system's own means, then look again."
            )
        time.sleep(0.05)
        now = reconcile(read_job(folder))
    _tend()
    return now


def follow(run_id: str, on_progress: Callable[[Job], None]) -> Job:
    """Wait for a job to end; tell `on_progress` at once and whenever something changed.

    An interrupt (Ctrl-C) ends the waiting alone: the job runs on.

    Raises:
        JobError: there is no run with this id.
    """
    seen: Job | None = None
    while True:
        now = job(run_id)
        if seen is None or (now.state, now.progress) != (seen.state, seen.progress):
            on_progress(now)
        if now.over:
            return now
        seen = now
        time.sleep(0.2)


def retry(run_id: str) -> str:
    """Queue a new job with the settings of one that is over; return the new run id.

    Raises:
        JobError: it is not over yet, or what it was asked to do cannot be read.
    """
    old = job(run_id)
    if not old.over:
        raise JobError(f"The job {run_id} is still {old.state}; cancel it before trying again.")
    if old.kind == "unknown":
        raise JobError(f"The job {run_id} cannot be tried again. {old.error}")
    return _queue(old.project, old.kind, old.spec, retry_of=run_id)


def _queue(project: Path, kind: str, spec: dict[str, Any], retry_of: str | None = None) -> str:
    """Make the run folder, put it on the list, start it if it can be."""
    if not project.is_dir():
        raise JobError(f"The project folder {project} is gone; open another project.")
    run_id = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
    new = new_run(project / "runs" / run_id, kind, spec, retry_of)
    try:
        store.put(new)
    except LadderError:
        shutil.rmtree(new.folder, ignore_errors=True)
        raise
    _tend()
    return run_id


def _folder(run_id: str) -> Path:
    """Return the folder of a run."""
    folder = store.find(run_id)
    if folder is None:
        raise JobError(f'There is no job "{run_id}"; `ladder jobs` lists those there are.')
    return folder


def _current() -> list[Job]:
    """Return the jobs that were not known to be over, as they are now."""
    found = [reconcile(read_job(folder)) for folder in store.folders(active=True)]
    store.mark_over(item.id for item in found if item.over)
    return found


def _tend() -> list[Job]:
    """Reconcile the active jobs and start the next; looking goes on where that cannot be done."""
    found = _current()
    if _startable(found):
        with suppress(LadderError):
            start_next()
        found = _current()
    return found


def _startable(active: list[Job]) -> bool:
    """Return whether a job waits and a device is free."""
    return any(item.state == "queued" for item in active) and bool(_free(active))


def _free(active: list[Job]) -> list[str]:
    """Return the devices that no job holds."""
    taken = {item.slot for item in active if not item.over and item.state != "queued"}
    return [slot for slot in slots() if slot not in taken]


def _spawn(item: Job) -> None:
    """Start the worker of a job that is "starting"."""
    env = environment(item.slot)
    for name in ("LADDER_HOME", "LADDER_MODELS"):
        if name in os.environ:  # the worker has another working directory
            env[name] = str(Path(os.environ[name]).absolute())
    try:
        pid = processes.launch(worker_command(item.folder), item.folder, item.folder / LOG, env)
    except OSError as error:
        with suppress(StorageError):
            reason = f"The worker could not be started ({error}); mend that, then try again."
            add_event(item.folder, "failed", error=reason)
        return
    who = processes.identity(pid)
    with suppress(StorageError):  # the worker says itself that it started
        add_event(item.folder, "spawned", pid=pid, pid_started=who[1] if who else None)
