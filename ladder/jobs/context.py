"""What a job's function is given: its project, its settings, and a way to say how far it is."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import StorageError
from ladder.files import write_json

if TYPE_CHECKING:
    from ladder.project.workspace import Project

__all__ = ["Cancelled", "RunContext", "TimeLeft"]

_WRITE_EVERY = 0.25
"""Seconds between two writes of progress.json: people cannot read faster."""


class Cancelled(BaseException):
    """Raised inside a job at its next `progress` call once it was asked to stop.

    Like KeyboardInterrupt it is no `Exception`, so that work which turns the errors of single
    items into rows does not swallow it.
    """


class TimeLeft:
    """Estimates the seconds left from the rate of the last part of the run.

    The last part is the last third, and at least five seconds: loading a model at the start
    and a slow first baseline do not spoil the estimate for long, and one slow item neither.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=512)
        self._first: float | None = None

    def after(self, now: float, done: int, total: int) -> float | None:
        """Return the seconds left when `done` of `total` are done at `now`; None: not known."""
        if self._first is None or (self._seen and done < self._seen[-1][1]):
            self._first = now
            self._seen.clear()
        if not self._seen or now - self._seen[-1][0] >= _WRITE_EVERY:
            self._seen.append((now, done))
        if total > 0 and done >= total:
            return 0.0
        elapsed = now - self._first
        since = now - max(5.0, elapsed / 3)
        then, count = next((s for s in self._seen if s[0] >= since), self._seen[-1])
        if elapsed < 1.0 or done <= count or total <= 0:
            then, count = self._seen[0]
        if elapsed < 1.0 or done <= count or total <= 0:
            return None
        return (now - then) / (done - count) * (total - done)


@dataclass
class RunContext:
    """Given to a job's function."""

    project: Project
    spec: dict[str, Any]
    folder: Path
    stop: threading.Event = field(default_factory=threading.Event)
    """Set once the job was asked to stop."""
    _left: TimeLeft = field(default_factory=TimeLeft)
    _written: float = 0.0

    def cancelled(self) -> bool:
        """Return whether the job was asked to stop; save, and return or call `progress`."""
        return self.stop.is_set()

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far the work is; cheap enough to call after every item.

        A full disk does not stop the work here: only the progress shown is old then.

        Raises:
            Cancelled: the job was asked to stop.
        """
        now = time.monotonic()
        left = self._left.after(now, done, total)
        if done >= total or now - self._written >= _WRITE_EVERY:
            self._written = now
            with suppress(StorageError, OSError):
                write_json(
                    self.folder / "progress.json",
                    {
                        "done": done,
                        "total": total,
                        "message": message,
                        "seconds_left": None if left is None else round(left, 1),
                        "updated": time.time(),
                    },
                )
        if self.stop.is_set():
            raise Cancelled
