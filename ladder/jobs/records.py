"""The run folder of a job: what is true about it, whatever becomes of the index.

- `job.json`: what was asked for; written once
- `events.jsonl`: what happened to it, one line each, only ever appended
- `progress.json`: how far it is
- `result.json`: what it gave; written before the event "done"
- `log.txt`: what the work wrote
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from ladder.errors import JobError
from ladder.files import append_json, read_json, read_json_lines, storage_errors, write_json
from ladder.jobs.job import Job, Progress, after

__all__ = ["LOG", "PROGRESS", "RESULT", "add_event", "lost", "new_run", "read_job"]

LOG = "log.txt"
PROGRESS = "progress.json"
RESULT = "result.json"
_JOB = "job.json"
_EVENTS = "events.jsonl"


def new_run(folder: Path, kind: str, spec: dict[str, Any], retry_of: str | None = None) -> Job:
    """Make the run folder of a new job; its name is the job's id.

    Raises:
        JobError: the settings are not plain data.
        StorageError: the project's folder cannot be written, or the disk is full.
    """
    value = {"id": folder.name, "kind": kind, "spec": spec, "created": time.time()}
    value |= {"project": str(folder.parent.parent), "retry_of": retry_of}
    with storage_errors(folder):
        folder.mkdir(parents=True)
    try:
        write_json(folder / _JOB, value)
    except (TypeError, ValueError) as error:
        folder.rmdir()
        raise JobError(
            f"The settings of this job cannot be stored ({error}); "
            "give text, numbers, lists and mappings only."
        ) from error
    return read_job(folder)


def add_event(folder: Path, name: str, **values: Any) -> Job:
    """Append an event and return the job as it is then, for another may have been quicker.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    append_json(folder / _EVENTS, {"event": name, "at": time.time(), **values})
    return read_job(folder)


def read_job(folder: Path) -> Job:
    """Return the job that a run folder tells of; what cannot be read is a lost job, said why."""
    try:
        job = after(_asked_for(folder), read_json_lines(folder / _EVENTS))
    except FileNotFoundError:
        return lost(
            folder,
            "The run's folder or its job.json is no longer there; it was moved or deleted. "
            "`ladder doctor --rebuild` takes it off the list.",
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        return lost(
            folder,
            f"The files of this run cannot be read ({error}); "
            "what it was asked to do is unknown, so start it anew.",
        )
    job = replace(job, progress=_progress(folder))
    return replace(job, result=_result(folder)) if job.over else job


def lost(folder: Path, error: str) -> Job:
    """Return the job of a run folder that tells nothing that can be used."""
    return Job(
        id=folder.name,
        project=folder.parent.parent,
        kind="unknown",
        folder=folder,
        created=_modified(folder),
        state="lost",
        error=error,
    )


def _asked_for(folder: Path) -> Job:
    """Return the job as it was when queued; the folder says where it is, not the file."""
    value = read_json(folder / _JOB)
    kind, spec, created = value["kind"], value["spec"], value["created"]
    retry_of = value.get("retry_of")
    right = isinstance(kind, str) and isinstance(spec, dict)
    if not (right and _number(created) and isinstance(retry_of, str | None)):
        raise ValueError("job.json does not hold a kind, a spec and a time")
    return Job(
        id=folder.name,
        project=folder.parent.parent,
        kind=kind,
        folder=folder,
        spec=spec,
        created=float(created),
        retry_of=retry_of,
    )


def _progress(folder: Path) -> Progress:
    """Return the progress; what cannot be read is none yet."""
    try:
        value = read_json(folder / PROGRESS)
        left, updated = value["seconds_left"], value["updated"]
        return Progress(
            done=int(value["done"]),
            total=int(value["total"]),
            message=str(value["message"]),
            seconds_left=left if _number(left) else None,
            updated=updated if _number(updated) else None,
        )
    except (OSError, ValueError, TypeError, KeyError):
        return Progress()


def _result(folder: Path) -> dict[str, Any]:
    """Return what the job gave; nothing where that cannot be read."""
    try:
        value = read_json(folder / RESULT)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def _modified(folder: Path) -> float:
    """Return when a folder last changed; 0 where there is none."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
