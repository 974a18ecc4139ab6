"""Which process is meant, whether it lives, and how to end it with all that it started.

A pid names nobody: it is reused. A process is known by its pid and the time of its creation,
and everything a job started by the run folder that its environment carries, also after its
parent died and it was handed to init.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

__all__ = ["MARK", "alive", "end", "family", "identity", "launch", "reap", "terminate"]

MARK = "LADDER_RUN_FOLDER"
"""The variable by which a process and its descendants carry the run that they belong to."""
_DRIFT = 2.0
"""Seconds by which a creation time may move: it is counted from the boot, which clocks shift."""

_children: dict[Path, subprocess.Popen[bytes]] = {}
_codes: dict[Path, int] = {}
_lock = threading.Lock()


def launch(command: Sequence[str], folder: Path, log: Path, env: dict[str, str]) -> int:
    """Start a worker in a session of its own, its output in a file; return its pid.

    Raises:
        OSError: the operating system would not start it.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            close_fds=True,
            start_new_session=True,
            # The checkout's root: `-m` looks there first, so never in the user's folder.
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, **env, MARK: str(folder)},
        )
    with _lock:
        # Kept so that it can be reaped: a dropped Popen leaves a zombie and a warning.
        _children[folder] = child
    return child.pid


def reap(folder: Path) -> int | None:
    """Collect the ended children of this process; return the run's exit code where known."""
    with _lock:
        for key, child in list(_children.items()):
            code = child.poll()
            if code is not None:
                _codes[key] = code
                del _children[key]
        return _codes.get(folder)


def identity(pid: int) -> tuple[int, float] | None:
    """Return a process's pid and creation time; None when it is gone."""
    try:
        return pid, psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def alive(pid: int | None, started: float | None, folder: Path) -> bool:
    """Return whether the process of a run lives; a zombie does not, nor a reused pid."""
    return _process(pid, started, folder) is not None


def terminate(pid: int | None, started: float | None, folder: Path) -> None:
    """Ask the process of a run to save and stop."""
    process = _process(pid, started, folder)
    if process is not None:
        with suppress(psutil.Error):
            process.terminate()


def family(pid: int | None, started: float | None, folder: Path) -> list[psutil.Process]:
    """Return a run's process, its descendants, and whatever else carries the run's mark."""
    found: dict[int, psutil.Process] = {}
    process = _process(pid, started, folder)
    if process is not None:
        found[process.pid] = process
        with suppress(psutil.Error):
            # A worker may have started the next one: a child, but of another run.
            mine = (None, str(folder))
            children = process.children(recursive=True)
            found |= {child.pid: child for child in children if _mark(child) in mine}
    for other in psutil.process_iter():
        if other.pid not in found and _mark(other) == str(folder):
            found[other.pid] = other
    return list(found.values())


def end(processes: Sequence[psutil.Process], wait: float = 5.0) -> bool:
    """Kill processes, this one excepted; return whether all are gone within `wait` seconds.

    psutil compares creation times before it kills, so a pid reused meanwhile is safe.
    """
    others = [process for process in processes if process.pid != os.getpid()]
    for process in others:
        with suppress(psutil.Error):
            process.kill()
    until = time.monotonic() + wait
    while any(_lives(process) for process in others):  # a zombie is dead, whoever reaps it
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _process(pid: int | None, started: float | None, folder: Path) -> psutil.Process | None:
    """Return the living process with this identity."""
    if pid is None or started is None or pid <= 0:
        return None
    reap(folder)
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) <= _DRIFT
    except (psutil.Error, OverflowError):
        return None
    # The mark tells, also after a clock set anew has shifted creation times, or when the pid was
    # taken anew within the drift. What may not be looked into, or is only just being started and
    # has no environment yet, is known by its time alone.
    with suppress(psutil.Error, OSError):
        if environment := process.environ():
            same = environment.get(MARK) == str(folder)
    return process if same and _lives(process) else None


def _lives(process: psutil.Process) -> bool:
    """Return whether a process still runs; one that waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _mark(process: psutil.Process) -> str | None:
    """Return the run whose mark a process carries; what may not be looked into has none."""
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
