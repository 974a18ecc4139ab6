"""Carry out the job of one run folder: `python -m ladder.jobs.worker RUN_FOLDER`.

Together with `ladder.cli` this is the only place that joins the packages: `KINDS` names what
each kind of job does, imported inside the call.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from ladder.errors import JobError, LadderError
from ladder.files import write_json
from ladder.jobs import processes
from ladder.jobs.context import Cancelled, RunContext
from ladder.jobs.devices import cores
from ladder.jobs.job import Job
from ladder.jobs.launch import active_jobs, start_next
from ladder.jobs.records import RESULT, add_event, read_job

__all__ = ["KINDS", "Work", "main", "run_worker"]

Work = Callable[[RunContext], dict[str, Any]]
_log = logging.getLogger("ladder.worker")
_PATIENCE = 15.0
"""Seconds beyond its grace after which a worker that does not stop ends itself, unlooked at."""


def _evaluate(context: RunContext) -> dict[str, Any]:
    """Score one method or Setup on one split."""
    from ladder.evaluation.jobs import run_evaluate
    from rag.answerers import build_answerer

    return run_evaluate(context, build_answerer)


def _measure(context: RunContext) -> dict[str, Any]:
    """Score several methods, one after the other."""
    from ladder.evaluation.jobs import run_measure
    from rag.answerers import build_answerer

    return run_measure(context, build_answerer)


def _train(context: RunContext) -> dict[str, Any]:
    """Train a model, and measure it meanwhile."""
    from rag.answerers import build_answerer
    from training.jobs import run_train

    return run_train(context, build_answerer)


def _after(context: RunContext) -> dict[str, Any]:
    """Measure what a training run came to, and what it forgot."""
    from rag.answerers import build_answerer
    from training.after import run_after

    return run_after(context, build_answerer)


def _export(context: RunContext) -> dict[str, Any]:
    """Write a run's model in a format that other programs read."""
    from training.export.jobs import run_export

    return run_export(context)


def _index(context: RunContext) -> dict[str, Any]:
    """Make the documents searchable."""
    from rag.indexing import run_index

    return run_index(context)


def _prove(context: RunContext) -> dict[str, Any]:
    """Measure how well the documents are searched."""
    from rag.proof.jobs import run_prove

    return run_prove(context)


def _sweep(context: RunContext) -> dict[str, Any]:
    """Look for better settings of the search."""
    from rag.proof.jobs import run_sweep

    return run_sweep(context)


def _icl(context: RunContext) -> dict[str, Any]:
    """Find the best few-shot prompt."""
    from rag.answerers import build_answerer
    from rag.few_shot.jobs import run_icl

    return run_icl(context, build_answerer)


def _calibrate(context: RunContext) -> dict[str, Any]:
    """Measure how fast this machine is."""
    from training.probe import run_calibrate

    return run_calibrate(context)


KINDS: dict[str, Work] = {
    "after": _after,
    "calibrate": _calibrate,
    "evaluate": _evaluate,
    "export": _export,
    "icl": _icl,
    "index": _index,
    "measure": _measure,
    "prove": _prove,
    "sweep": _sweep,
    "train": _train,
}
"""What each kind of job does."""


def run_worker(folder: Path, kinds: Mapping[str, Work]) -> int:
    """Claim the job of a run folder, do it and write down how it ended; return an exit code.

    Returns:
        0 when it is done, cancelled, or another process's job; 1 when it failed.
    """
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: _asked_to_stop(folder, stop))
    pid, started = os.getpid(), psutil.Process().create_time()
    job = add_event(folder, "started", pid=pid, pid_started=started)
    if job.over or job.pid != pid or job.started is None:
        _log.info("This job is not this process's to do; it is %s.", job.state)
        return 0
    if job.state == "cancelling":
        stop.set()
    with _share_of_the_machine():
        ended, error = _outcome(job, kinds, stop)
    processes.end(processes.family(pid, started, folder))
    _end(folder, ended, error)
    return int(ended == "failed")


def _outcome(job: Job, kinds: Mapping[str, Work], stop: threading.Event) -> tuple[str, str | None]:
    """Do the work; return how it ended, and why if it did not end well."""
    from ladder.project.workspace import machine_place, open_project

    try:
        if job.kind not in kinds:
            known = ", ".join(sorted(kinds))
            raise JobError(f'There is no kind of job "{job.kind}"; there is {known}.')
        place = machine_place()
        project = place if job.project == place.path else open_project(job.project)
        context = RunContext(project, job.spec, job.folder, stop)
        if stop.is_set():
            raise Cancelled
        try:
            result = kinds[job.kind](context)
        finally:
            context.save_progress()
        write_json(job.folder / RESULT, result)
        if stop.is_set():  # it saw `cancelled` and gave what it had
            raise Cancelled
    except (Cancelled, KeyboardInterrupt):
        return "cancelled", _who_stopped(job.folder)
    except LadderError as error:
        _log.error("%s", error)
        return "failed", str(error)
    except MemoryError:
        _log.exception("out of memory")
        return "failed", (
            "The job ran out of memory. What was saved is kept; close other programs "
            "or take a smaller model, then try again."
        )
    except (Exception, SystemExit) as error:
        _log.exception("The job stopped on an error that nobody foresaw.")
        text = " ".join(str(error).split())[:300]
        return "failed", (
            f"The job stopped on an error that nobody foresaw ({type(error).__name__}: {text}). "
            "Its log has the details. What was saved is kept, and trying again goes on from it."
        )
    return "done", None


def _who_stopped(folder: Path) -> str | None:
    """Return why a job stopped that no one cancelled."""
    if read_job(folder).cancel_at is not None:
        return None
    return (
        "The job was told to stop from outside, perhaps because the computer was shut down. "
        "What was saved is kept, and trying again goes on from it."
    )


def _end(folder: Path, ended: str, error: str | None) -> None:
    """Write down how the job ended, then start the next one."""
    add_event(folder, ended, **({"error": error} if error else {}))
    _log.info("The job is %s.", ended)
    with suppress(LadderError):
        start_next()


def _asked_to_stop(folder: Path, stop: threading.Event) -> None:
    """Let the work stop at its next progress; end it should that not come and nobody look."""
    if not stop.is_set():
        stop.set()
        threading.Thread(target=_end_after_patience, args=(folder,), daemon=True).start()


def _end_after_patience(folder: Path) -> None:
    """End this worker and all that it started."""
    time.sleep(read_job(folder).grace + _PATIENCE)
    processes.end(processes.family(os.getpid(), psutil.Process().create_time(), folder))
    with suppress(LadderError):
        _end(folder, "cancelled", _who_stopped(folder))
    os._exit(1)


@contextmanager
def _share_of_the_machine() -> Iterator[None]:
    """Leave the pages responsive, and each other running job a core."""
    with suppress(OSError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(5)
    others = sum(job.pid != os.getpid() and job.state != "queued" for job in active_jobs())
    threads = str(max(1, cores() - others))
    # Read by the numeric libraries when they are loaded, which is after this.
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    mine = [name for name in names if name not in os.environ]
    os.environ.update(dict.fromkeys(mine, threads))
    try:
        yield
    finally:
        for name in mine:  # the next worker, started from here, counts for itself
            os.environ.pop(name, None)


def main(arguments: list[str], kinds: Mapping[str, Work] = KINDS) -> None:
    """Do the job and end this process, whatever threads the work may have left."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    code = 1
    try:
        code = run_worker(Path(arguments[0]), kinds)
    except BaseException:
        _log.exception("The worker could not go on.")
    finally:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
