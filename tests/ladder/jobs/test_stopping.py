"""Whatever ends a worker, the job ends in words and none of its processes is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ladder.files import append_json, read_json, read_json_lines, write_json
from ladder.jobs import Job, active_jobs, cancel, job, processes, submit
from ladder.jobs.job import after
from ladder.jobs.reconcile import reconcile
from ladder.jobs.records import add_event, new_run, read_job
from ladder.project.workspace import Project

Living = Callable[[list[int]], list[int]]
Until = Callable[[str, Callable[[Job], bool]], Job]


def pids_of(now: Job) -> list[int]:
    assert now.pid is not None
    return [now.pid, *map(int, now.progress.message.split())]


def test_a_queued_job_is_cancelled_at_once(project: Project) -> None:
    first, second = submit(project, "wait", {}), submit(project, "wait", {})
    assert cancel(second).state == "cancelled"
    assert cancel(first, wait=True).state == "cancelled"
    assert active_jobs() == []
    assert job(second).pid is None


def test_a_running_job_saves_and_is_cancelled(
    project: Project, until: Until, living: Living
) -> None:
    run_id = submit(project, "partial", {})
    until(run_id, lambda job: job.progress.message == "waiting")
    assert cancel(run_id).state == "cancelling"
    now = cancel(run_id, wait=True)
    assert (now.state, now.result, now.error) == ("cancelled", {"rows": 7}, None)
    assert not living([now.pid or 0])


def test_cancelling_what_is_over_changes_nothing(project: Project, until: Until) -> None:
    run_id = submit(project, "count", {})
    now = until(run_id, lambda job: job.over)
    assert cancel(run_id) == now


def test_a_job_that_is_cancelled_while_it_starts_does_no_work(project: Project) -> None:
    run_id = submit(project, "wait", {})
    now = cancel(run_id, wait=True)
    assert (now.state, now.progress.done) == ("cancelled", 0)


def test_a_worker_that_ignores_the_request_is_ended_with_its_grandchildren(
    project: Project, until: Until, living: Living
) -> None:
    run_id = submit(project, "stubborn", {})
    pids = pids_of(until(run_id, lambda job: job.progress.done == 1))
    assert len(living(pids)) == 3
    before = time.monotonic()
    assert cancel(run_id, grace=0.5).state == "cancelling"
    assert time.monotonic() - before < 0.4
    now = until(run_id, lambda job: job.over)
    assert now.state == "cancelled"
    assert living(pids) == []


def test_a_worker_that_does_not_stop_ends_itself_with_nobody_looking(
    project: Project, until: Until, living: Living
) -> None:
    run_id = submit(project, "deaf", {})
    now = until(run_id, lambda job: job.progress.done == 1)
    pids = pids_of(now)
    os.kill(pids[0], signal.SIGTERM)
    assert psutil.wait_procs([psutil.Process(pids[0])], timeout=20)[1] == []
    now = read_job(now.folder)
    assert now.state == "cancelled"
    assert "from outside" in (now.error or "")
    assert living(pids) == []


def test_a_killed_worker_leaves_a_lost_job_and_no_process(
    project: Project, until: Until, living: Living
) -> None:
    run_id, waiting = submit(project, "orphan", {}), submit(project, "count", {})
    now = until(run_id, lambda job: job.progress.done == 1)
    pids = pids_of(now)
    os.kill(pids[0], signal.SIGKILL)
    now = until(run_id, lambda job: job.over)
    assert now.state == "lost"
    assert "killed" in (now.error or "")
    assert "try" in (now.error or "")
    assert living(pids) == []
    assert until(waiting, lambda job: job.over).state == "done"


def test_what_the_work_left_running_is_ended_with_it(
    project: Project, until: Until, living: Living
) -> None:
    run_id = submit(project, "orphan", {"leave": True})
    now = until(run_id, lambda job: job.over)
    assert now.state == "done"
    assert living([int(pid) for pid in now.result["pids"].split()]) == []


def test_a_stop_from_outside_says_so(project: Project, until: Until) -> None:
    run_id = submit(project, "wait", {})
    now = until(run_id, lambda job: job.progress.done > 0)
    os.kill(now.pid or 0, signal.SIGTERM)
    now = until(run_id, lambda job: job.over)
    assert now.state == "cancelled"
    assert "from outside" in (now.error or "")


def test_a_worker_that_was_only_paused_is_not_lost(project: Project, until: Until) -> None:
    run_id = submit(project, "wait", {})
    now = until(run_id, lambda job: job.progress.done > 0)
    os.kill(now.pid or 0, signal.SIGSTOP)
    assert job(run_id).state == "running"
    os.kill(now.pid or 0, signal.SIGCONT)
    assert cancel(run_id, wait=True).state == "cancelled"


def test_a_worker_that_ends_with_a_code_has_failed(project: Project, until: Until) -> None:
    run_id = submit(project, "wait", {})
    now = until(run_id, lambda job: job.progress.done > 0)
    processes._codes[now.folder] = 3  # what reaping it would have told
    os.kill(now.pid or 0, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(now.pid)], timeout=5)
    processes._children.pop(now.folder).wait()
    now = job(run_id)
    assert now.state == "failed"
    assert "exit code 3" in (now.error or "")


def running(project: Project, pid: int, started: float) -> Job:
    """Return a job that claims to run in a process."""
    folder = project.runs_folder / "20260101-000000-abcdef"
    new_run(folder, "wait", {})
    add_event(folder, "starting", slot="cpu")
    return add_event(folder, "started", pid=pid, pid_started=started)


@pytest.fixture
def stranger() -> psutil.Process:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process = psutil.Process(child.pid)
    while not process.environ():  # for a moment after the start it cannot be read
        time.sleep(0.01)
    yield process  # type: ignore[misc]
    child.kill()
    child.wait()


def test_a_reused_pid_is_not_the_worker_and_is_left_alone(
    project: Project, stranger: psutil.Process, living: Living
) -> None:
    now = running(project, stranger.pid, stranger.create_time() - 60)
    assert now.state == "running"
    now = reconcile(now)
    assert now.state == "lost"
    assert living([stranger.pid]) == [stranger.pid]


def test_a_pid_taken_anew_within_the_drift_is_not_the_worker(
    project: Project, stranger: psutil.Process, living: Living
) -> None:
    started = stranger.create_time() - processes._DRIFT / 2
    assert not processes.alive(stranger.pid, started, project.runs_folder / "r")
    assert cancel(running(project, stranger.pid, started).id, grace=0.0, wait=True).state == "lost"
    assert living([stranger.pid]) == [stranger.pid]


def test_a_process_that_may_not_be_looked_into_is_known_by_its_time(
    project: Project, stranger: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: psutil.Process) -> dict[str, str]:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "environ", refused)
    started = stranger.create_time()
    assert processes.alive(stranger.pid, started, project.path)
    assert not processes.alive(stranger.pid, started - 60, project.path)


def test_cancelling_never_reaches_the_process_that_has_the_pid_now(
    project: Project, stranger: psutil.Process, home: Path, living: Living
) -> None:
    now = running(project, stranger.pid, stranger.create_time() - 60)
    assert cancel(now.id, grace=0.0, wait=True).state == "lost"
    assert living([stranger.pid]) == [stranger.pid]


def test_a_clock_that_was_moved_does_not_lose_a_worker(project: Project, until: Until) -> None:
    run_id = submit(project, "wait", {})
    now = until(run_id, lambda job: job.progress.done > 0)
    assert processes.alive(now.pid, (now.pid_started or 0) - 3600, now.folder)
    assert not processes.alive(now.pid, (now.pid_started or 0) - 3600, now.folder.parent)
    cancel(run_id, wait=True)


def test_a_zombie_does_not_live(project: Project) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    found = psutil.Process(child.pid)
    started = found.create_time()
    while found.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not processes.alive(child.pid, started, project.path)
    child.wait()


def test_a_result_without_the_last_word_is_done(project: Project) -> None:
    now = running(project, 2**22 + 1, 1.0)
    write_json(now.folder / "result.json", {"rows": 3})
    now = reconcile(now)
    assert (now.state, now.result) == ("done", {"rows": 3})


def test_a_restart_of_the_computer_is_named(project: Project) -> None:
    now = running(project, 2**22 + 1, 1.0)
    lines = read_json_lines(now.folder / "events.jsonl")
    (now.folder / "events.jsonl").unlink()
    for line in lines:
        append_json(now.folder / "events.jsonl", line | {"at": psutil.boot_time() - 1000})
    now = reconcile(read_job(now.folder))
    assert now.state == "lost"
    assert "restarted" in (now.error or "")


def test_what_cannot_be_written_down_is_still_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = running(project, 2**22 + 1, 1.0)
    before = read_json_lines(now.folder / "events.jsonl")

    def read_only(*_: object) -> None:
        from ladder.errors import StorageError

        raise StorageError("the folder is read-only")

    monkeypatch.setattr("ladder.jobs.records.append_json", read_only)
    assert reconcile(now).state == "lost"
    assert read_json_lines(now.folder / "events.jsonl") == before
    assert after(now, []).state == "running"
    assert read_json(now.folder / "job.json")["kind"] == "wait"
