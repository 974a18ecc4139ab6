"""Many read at once, one writes: the lock around what a store holds in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Guard"]


class Guard:
    """A lock for many readers or one writer.

    A writer that waits goes before readers that come later, so that it is not kept waiting for
    ever; a thread that reads already may read again. Writers queue behind `one_writer`, which a
    writer may hold for longer (while it embeds) than it keeps readers out.
    """

    def __init__(self) -> None:
        self.one_writer = threading.RLock()
        self._changed = threading.Condition()
        self._readers = 0
        self._wanted = 0
        self._mine = threading.local()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold what is there as it is, beside other readers."""
        depth = getattr(self._mine, "depth", 0)
        with self._changed:
            if not depth:
                self._changed.wait_for(lambda: not self._wanted)
            self._readers += 1
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have it alone, to change it.

        Raises:
            RuntimeError: this thread is reading, and would wait for itself.
        """
        if getattr(self._mine, "depth", 0):
            raise RuntimeError("A store cannot be changed from inside a search of it.")
        with self.one_writer:
            with self._changed:
                self._wanted += 1
                self._changed.wait_for(lambda: not self._readers)
            self._mine.depth = 1  # what it calls may read
            try:
                yield
            finally:
                self._mine.depth = 0
                with self._changed:
                    self._wanted -= 1
                    self._changed.notify_all()
