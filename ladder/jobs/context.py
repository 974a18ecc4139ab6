"""What a job's function is given: its project, its settings, and a way to say how far it is."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import StorageError
from ladder.files import write_json
from ladder.jobs.records import PROGRESS

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

    The last part is the last third, and at least five seconds. The slowest step in it does not
    count, unless it is the one just made: a model that was loaded, or one slow item, says
    nothing about the next ones. Nothing is said before three steps.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=512)

    def after(self, now: float, done: int, total: int) -> float | None:
        """Return the seconds left when `done` of `total` are done at `now`; None: not known."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        if not self._seen or now - self._seen[-1][0] >= _WRITE_EVERY:
            self._seen.append((now, done))
        if total <= 0:
            return None
        if done >= total:
            return 0.0
        elapsed = now - self._seen[0][0]
        seen = list(self._seen)
        last_part = [one for one in seen if one[0] >= now - max(5.0, elapsed / 3)]
        pace = _pace(last_part) or _pace(seen)
        return None if pace is None or elapsed < 1.0 else pace * (total - done)


def _pace(seen: list[tuple[float, int]]) -> float | None:
    """Return the seconds that an item takes; None with fewer than three steps."""
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(seen)]
    if sum(items > 0 for _, items in steps) < 3:
        return None
    steps.remove(max(steps[:-1]))
    items = sum(step[1] for step in steps)
    return sum(step[0] for step in steps) / items if items > 0 else None


@dataclass
class RunContext:
    """Given to a job's function."""

    project: Project
    spec: dict[str, Any]
    folder: Path
    stop: threading.Event = field(default_factory=threading.Event)
    """Set once the job was asked to stop."""
    _left: TimeLeft = field(default_factory=TimeLeft)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _unsaved: dict[str, Any] | None = None
    _saved: float = 0.0
    _saving_later: bool = False

    def cancelled(self) -> bool:
        """Return whether the job was asked to stop; save, and return or call `progress`."""
        return self.stop.is_set()

    def progress(
        self, done: int, total: int, message: str = "", seconds_left: float | None = None
    ) -> None:
        """Say how far the work is; cheap enough to call after every item.

        A job whose items are not equally long says how long it has left; of the others it is
        reckoned from their pace. A full disk does not stop the work here: only the progress shown
        is old then.

        Raises:
            Cancelled: the job was asked to stop.
        """
        now = time.monotonic()
        left = self._left.after(now, done, total) if seconds_left is None else seconds_left
        with self._lock:
            self._unsaved = {
                "done": done,
                "total": total,
                "message": message,
                "seconds_left": None if left is None else round(left, 1),
                "updated": time.time(),
            }
            due = done >= total or now - self._saved >= _WRITE_EVERY
            later = not due and not self._saving_later
            self._saving_later |= later
        if due:
            self.save_progress()
        if later:
            # What is said last must be seen, also when a long silence follows.
            timer = threading.Timer(_WRITE_EVERY, self.save_progress)
            timer.daemon = True
            timer.start()
        if self.stop.is_set():
            raise Cancelled

    def save_progress(self) -> None:
        """Write what was said last, if it is not written yet."""
        with self._lock:
            value, self._unsaved, self._saving_later = self._unsaved, None, False
            if value is not None:
                self._saved = time.monotonic()
                with suppress(StorageError, OSError):
                    write_json(self.folder / PROGRESS, value)
