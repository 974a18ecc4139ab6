"""The index of all jobs: which run folders there are, and one lock for who starts what.

`LADDER_HOME/jobs.sqlite` holds nothing that the run folders do not: it is made again from
them when it is missing, and by `ladder doctor --rebuild` when it is damaged.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ladder.errors import JobError, LadderError, StorageError
from ladder.files import locked, read_json, write_json
from ladder.jobs.job import Job
from ladder.jobs.records import read_job
from ladder.project.workspace import home

__all__ = ["exclusively", "find", "folders", "mark_over", "put", "rebuild_index"]

_SCHEMA = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, folder TEXT NOT NULL, created REAL NOT NULL, over INTEGER NOT NULL
)"""
_PUT = "INSERT OR IGNORE INTO jobs VALUES (?, ?, ?, ?)"
_WAIT = 30.0
"""Seconds to wait for another process that is writing."""


def put(job: Job) -> None:
    """Add a job to the index, and its project to the list of those outside the workspace."""
    _remember(job.project)
    with _open() as index:
        index.execute(_PUT, _row(job))


def find(run_id: str) -> Path | None:
    """Return the folder of a run, None when there is no such run."""
    return next((folder for folder in folders() if folder.name == run_id), None)


def folders(*, active: bool = False) -> list[Path]:
    """Return the run folders, oldest first; with `active` those not known to be over.

    Where the index cannot be used, as in a workspace that is read-only, all are looked for.
    """
    where = "WHERE over = 0" if active else ""
    try:
        with _open() as index:
            rows = index.execute(f"SELECT folder FROM jobs {where} ORDER BY created, id").fetchall()
    except LadderError:
        return [job.folder for job in _scan() if not (active and job.over)]
    return [Path(row[0]) for row in rows]


def mark_over(run_ids: Iterable[str]) -> None:
    """Note that jobs are over, so that looking for the active ones passes them by."""
    rows = [(run_id,) for run_id in run_ids]
    if rows:
        with suppress(LadderError), _open() as index:
            index.executemany("UPDATE jobs SET over = 1 WHERE id = ?", rows)


@contextmanager
def exclusively() -> Iterator[list[Path]]:
    """Hold the only lock under which jobs are started; gives the active runs, oldest first."""
    with _open() as index:
        index.execute("BEGIN IMMEDIATE")
        query = "SELECT folder FROM jobs WHERE over = 0 ORDER BY created, id"
        try:
            yield [Path(row[0]) for row in index.execute(query).fetchall()]
        finally:
            index.execute("ROLLBACK")


def rebuild_index() -> int:
    """Make the index again from the run folders of all projects; return how many runs it has.

    Raises:
        StorageError: the workspace cannot be written.
    """
    path = _path()
    with locked(_home()):
        if path.exists() and not _sound(path):
            aside = path.with_name(f"jobs-damaged-{time.strftime('%Y%m%d-%H%M%S')}.sqlite")
            path.replace(aside)
            for end in ("-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
    with _open() as index:
        index.execute("BEGIN IMMEDIATE")
        # Looked for under the lock: a run queued meanwhile is found, or adds itself after.
        found = [_row(job) for job in _scan()]
        index.execute("DELETE FROM jobs")
        index.executemany(_PUT, found)
        index.execute("COMMIT")
    return len(found)


@contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    """Open the index, made first where there is none; every operation has its own connection."""
    path = _path()
    try:
        if not path.exists():
            _make(path)
        with closing(sqlite3.connect(path, timeout=_WAIT, isolation_level=None)) as index:
            yield index
    except sqlite3.Error as error:
        raise _refusal(path, str(error)) from error


def _make(path: Path) -> None:
    """Make the index beside its place and move it there whole, filled from the run folders."""
    with locked(_home()):
        if path.exists():
            return
        draft = path.with_name(".jobs.sqlite.new")
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft, isolation_level=None)) as index:
            index.execute("PRAGMA journal_mode = WAL")
            index.execute(_SCHEMA)
            index.executemany(_PUT, [_row(job) for job in _scan()])
        draft.replace(path)


def _refusal(path: Path, text: str) -> JobError | StorageError:
    """Return what to tell the user when the index cannot be used."""
    if "locked" in text:
        return JobError(
            f"The list of jobs is in use by another process since {_WAIT:.0f} s; try again. "
            f"If it stays so, end the process that holds {path}."
        )
    if "readonly" in text or "unable to open" in text or "full" in text or "disk I/O" in text:
        return StorageError(
            f"The list of jobs {path} cannot be written ({text}); free some space, "
            "or make the workspace folder writable. Nothing was lost."
        )
    return JobError(
        f"The list of jobs {path} is damaged ({text}); run `ladder doctor --rebuild`, "
        "which makes it again from the runs themselves."
    )


def _sound(path: Path) -> bool:
    """Return whether a file is an index that can be read and written."""
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT)) as index:
            index.execute("SELECT id, folder, created, over FROM jobs LIMIT 1").fetchall()
            return bool(index.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        return "locked" in str(error)


def _scan() -> list[Job]:
    """Return the jobs of all run folders: of the workspace, and of remembered projects."""
    inside = [path for path in sorted(_home().glob("*")) if not path.name.startswith(".")]
    projects = dict.fromkeys(path.resolve() for path in inside + _remembered())
    found = (path.parent for project in projects for path in project.glob("runs/*/job.json"))
    return sorted((read_job(folder) for folder in found), key=lambda job: (job.created, job.id))


def _row(job: Job) -> tuple[str, str, float, int]:
    """Return a job's line of the index."""
    return job.id, str(job.folder), job.created, int(job.over)


def _home() -> Path:
    """Return the workspace as run folders spell it: absolute, links followed."""
    return home().resolve()


def _path() -> Path:
    """Return where the index is."""
    return _home() / "jobs.sqlite"


def _remembered() -> list[Path]:
    """Return the projects outside the workspace that had a job."""
    try:
        value = read_json(_home() / "projects.json")
    except (OSError, ValueError):
        return []
    return [Path(path) for path in value if isinstance(path, str)]


def _remember(project: Path) -> None:
    """Add a project outside the workspace to the list of those that had a job."""
    if project.parent != _home() and project not in _remembered():
        with locked(_home()):
            paths = sorted({*map(str, _remembered()), str(project)})
            write_json(_home() / "projects.json", paths)
