"""A worker with toy kinds of jobs; the tests start it in place of `ladder.jobs.worker`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ladder.errors import InputError
from ladder.jobs import launch, worker
from ladder.jobs.context import RunContext


def command(folder: Path) -> list[str]:
    return [sys.executable, __file__, str(folder)]


def count(context: RunContext) -> dict[str, Any]:
    """Take `steps` steps of `seconds` each, and note when it began and ended."""
    began = time.time()
    steps = context.spec.get("steps", 3)
    for step in range(steps):
        time.sleep(context.spec.get("seconds", 0.01))
        context.progress(step + 1, steps, f"step {step + 1}")
    return {"steps": steps, "began": began, "ended": time.time(), "pid": os.getpid()}


def wait(context: RunContext) -> dict[str, Any]:
    """Run until stopped, saying so; a file named `enough` ends it well."""
    step = 0
    while not (context.folder / "enough").exists():
        step += 1
        context.progress(step, 100_000, "waiting")
        time.sleep(0.02)
    return {"steps": step}


def partial(context: RunContext) -> dict[str, Any]:
    """Run until cancelled, then give what there is."""
    context.progress(0, 0, "waiting")
    while not context.cancelled():
        time.sleep(0.02)
    return {"rows": 7}


def stubborn(context: RunContext) -> dict[str, Any]:
    """Ignore the request to stop, with a grandchild that ignores it too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return orphan(context)


def orphan(context: RunContext) -> dict[str, Any]:
    """Start a child in a session of its own that starts a grandchild; tell their pids."""
    nap = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {nap!r}])\n"
        "print(child.pid, flush=True)\n"
        f"{nap}"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout is not None
    pids = f"{child.pid} {int(child.stdout.readline())}"
    context.progress(1, 2, pids)
    if context.spec.get("leave"):
        return {"pids": pids}
    time.sleep(600)
    return {}


def deaf(context: RunContext) -> dict[str, Any]:
    """Like `orphan`, hearing the request to stop and doing nothing about it."""
    worker._PATIENCE = 0.1
    return orphan(context)


def refuse(context: RunContext) -> dict[str, Any]:
    raise InputError('The method "x" makes no sense here; take another.')


def crash(context: RunContext) -> dict[str, Any]:
    raise ZeroDivisionError("something\nunforeseen")


def fill(context: RunContext) -> dict[str, Any]:
    """Work on a disk that is full as far as progress goes."""
    from ladder.jobs import context as module

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    module.write_json = full  # type: ignore[assignment]
    return count(context)


def environment(context: RunContext) -> dict[str, Any]:
    names = ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LADDER_HOME")
    values: dict[str, Any] = {name: os.environ.get(name) for name in names}
    return values | {
        "nice": os.nice(0),
        "project": context.project.name,
        "session": os.getsid(0) == os.getpid(),
        "heavy": sorted({"torch", "numpy", "streamlit", "pandas"} & set(sys.modules)),
    }


def strange(context: RunContext) -> dict[str, Any]:
    return {"value": float("nan")}


KINDS = {
    "count": count,
    "wait": wait,
    "partial": partial,
    "stubborn": stubborn,
    "orphan": orphan,
    "deaf": deaf,
    "refuse": refuse,
    "crash": crash,
    "fill": fill,
    "environment": environment,
    "strange": strange,
}

if __name__ == "__main__":
    launch.worker_command = command
    worker.main(sys.argv[1:], KINDS)
