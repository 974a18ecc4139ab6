"""One thread that owns a loaded model: everything that touches the model runs in it.

Which adapter is active is global to a model, and so is its cache of prefixes. So requests of
many threads are put in a queue and carried out one after the other, in the order they came.
"""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ladder.errors import ModelError

__all__ = ["GenerationThread"]

T = TypeVar("T")
_Work = tuple[Callable[[], Any], "Future[Any]"]


class GenerationThread:
    """Runs functions one after the other in a thread of its own; what they raise reaches you.

    The thread is a daemon; it ends when `close` is called or nobody holds this object.
    """

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=_run, args=(self._queue,), name=f"generation {name}", daemon=True
        )
        self._thread.start()
        self._finalizer = weakref.finalize(self, self._queue.put, None)
        self._finalizer.atexit = False

    @property
    def waiting(self) -> int:
        """Return how many requests wait, about."""
        return self._queue.qsize()

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Queue a function and return the Future of its result.

        Raises:
            ModelError: the thread was closed.
        """
        if not self._finalizer.alive:
            raise ModelError("This model was unloaded; load it again by its reference.")
        future: Future[T] = Future()
        self._queue.put((function, future))
        return future

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the thread and return its result, or raise what it raised."""
        return self.submit(function).result()

    def close(self) -> None:
        """Carry out what is queued, then end the thread; closing twice does nothing."""
        self._finalizer()
        if threading.current_thread() is not self._thread:
            self._thread.join()


def _run(work: queue.SimpleQueue[_Work | None]) -> None:
    """Carry out what is queued until told to end."""
    while (item := work.get()) is not None:
        function, future = item
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)
        del item, function, future
