from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ladder.errors import ModelError
from ladder.models.generation_thread import GenerationThread


def alive(name: str) -> bool:
    return any(thread.name == f"generation {name}" for thread in threading.enumerate())


def test_everything_runs_in_the_one_thread_and_never_two_at_once() -> None:
    thread, inside, seen = GenerationThread("one"), threading.Lock(), set[str]()

    def work() -> int:
        assert inside.acquire(blocking=False)
        seen.add(threading.current_thread().name)
        inside.release()
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: thread.call(work), range(200))) == 200
    assert seen == {"generation one"}
    thread.close()


def test_what_a_function_raises_reaches_its_caller_and_the_thread_lives_on() -> None:
    thread = GenerationThread("raises")
    for error in (ValueError("x"), KeyboardInterrupt(), SystemExit(3)):
        with pytest.raises(type(error)):
            thread.call(lambda error=error: _raise(error))
    assert thread.call(lambda: 7) == 7
    thread.close()


def test_closing_finishes_what_is_queued_and_then_refuses() -> None:
    thread, go = GenerationThread("closes"), threading.Event()
    first, second = thread.submit(go.wait), thread.submit(lambda: 2)
    threading.Timer(0.05, go.set).start()
    thread.close()
    thread.close()
    assert (first.result(0), second.result(0)) == (True, 2)
    assert not alive("closes")
    with pytest.raises(ModelError, match="unloaded"):
        thread.call(lambda: 1)


def test_a_cancelled_request_is_never_begun() -> None:
    thread, go, ran = GenerationThread("cancels"), threading.Event(), list[int]()
    thread.submit(go.wait)
    assert thread.submit(lambda: ran.append(1)).cancel()
    go.set()
    thread.close()
    assert ran == []


def test_the_thread_is_a_daemon_and_ends_when_nobody_holds_it() -> None:
    thread = GenerationThread("dropped")
    worker = thread._thread
    assert worker.daemon
    del thread
    gc.collect()
    worker.join(5)
    assert not worker.is_alive()


def _raise(error: BaseException) -> None:
    raise error
