"""Jobs run in processes of their own, one after the other, and tell how they ended."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.errors import JobError, StorageError
from ladder.files import read_json, write_text
from ladder.jobs import (
    Job,
    active_jobs,
    cancel,
    context,
    follow,
    job,
    jobs,
    launch,
    processes,
    retry,
    start_next,
    submit,
)
from ladder.project.workspace import Project, create_project

Until = Callable[[str, Callable[[Job], bool]], Job]


def done(run_id: str) -> Job:
    return follow(run_id, lambda _: None)


def test_a_job_is_done_and_its_result_kept(project: Project, home: Path) -> None:
    run_id = submit(project, "count", {"steps": 3})
    seen: list[Job] = []
    now = follow(run_id, seen.append)
    assert (now.state, now.result["steps"], now.error) == ("done", 3, None)
    assert (now.progress.done, now.progress.total, now.progress.message) == (3, 3, "step 3")
    assert now.folder == home / "toys" / "runs" / run_id
    assert now.created <= now.started <= now.finished  # type: ignore[operator]
    assert seen[-1] == now
    assert now.result["pid"] != os.getpid()
    assert "The job is done." in now.log_tail()


def test_two_at_once_run_one_after_the_other(project: Project, until: Until) -> None:
    first = submit(project, "wait", {})
    second = submit(project, "count", {})
    until(first, lambda job: job.state == "running")
    assert [(j.id, j.state) for j in jobs()] == [(second, "queued"), (first, "running")]
    assert [j.id for j in active_jobs()] == [first, second]
    write_text(job(first).folder / "enough", "")
    ended = done(second)
    assert job(first).finished <= ended.result["began"]  # type: ignore[operator]
    assert {j.state for j in jobs()} == {"done"}
    assert active_jobs() == []


def test_the_worker_starts_the_next_with_nobody_looking(project: Project, until: Until) -> None:
    first, second = submit(project, "count", {}), submit(project, "count", {})
    result = project.runs_folder / second / "result.json"
    waited = threading.Event()
    for _ in range(500):
        if result.exists():
            break
        waited.wait(0.02)
    assert json.loads(result.read_text())["steps"] == 3
    assert done(first).state == done(second).state == "done"


def test_a_refusal_is_the_error_word_for_word(project: Project) -> None:
    now = done(submit(project, "refuse", {}))
    assert now.state == "failed"
    assert now.error == 'The method "x" makes no sense here; take another.'


def test_an_unforeseen_error_is_one_line_and_its_traceback_is_in_the_log(project: Project) -> None:
    now = done(submit(project, "crash", {}))
    assert now.state == "failed"
    assert now.error is not None
    assert "ZeroDivisionError: something unforeseen" in now.error
    assert "\n" not in now.error
    assert "Traceback" not in now.error
    assert "Traceback" in now.log_tail()


def test_a_result_that_is_no_plain_data_fails(project: Project) -> None:
    now = done(submit(project, "strange", {}))
    assert (now.state, now.result) == ("failed", {})


def test_an_unknown_kind_fails_and_names_those_there_are(project: Project) -> None:
    now = done(submit(project, "dance", {}))
    assert now.state == "failed"
    assert "count" in (now.error or "")


def test_a_full_disk_while_telling_progress_does_not_stop_the_work(project: Project) -> None:
    now = done(submit(project, "fill", {"steps": 2}))
    assert (now.state, now.result["steps"], now.progress.total) == ("done", 2, 0)


def test_a_worker_that_cannot_start_says_what_its_log_says(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [sys.executable, "-c", "raise ImportError('no module named x')"]
    monkeypatch.setattr(launch, "worker_command", lambda _: broken)
    now = done(submit(project, "count", {}))
    assert now.state == "failed"
    assert "ImportError: no module named x" in (now.error or "")
    monkeypatch.setattr(launch, "worker_command", lambda _: ["/no/such/program"])
    now = done(submit(project, "count", {}))
    assert now.state == "failed"
    assert "/no/such/program" in (now.error or "")


def test_the_worker_is_light_polite_and_in_a_session_of_its_own(
    project: Project, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.chdir(home.parent)
    monkeypatch.setenv("LADDER_HOME", home.name)
    now = done(submit(project, "environment", {}))
    assert now.result["heavy"] == []
    assert now.result["session"] is True
    assert now.result["nice"] >= 5
    assert int(now.result["OMP_NUM_THREADS"]) == len(os.sched_getaffinity(0))
    assert now.result["LADDER_HOME"] == str(home)
    assert now.result["project"] == "toys"


def test_each_gpu_has_a_job_of_its_own(
    project: Project, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    held = [submit(project, "wait", {}) for _ in range(3)]
    for run_id in held[:2]:
        until(run_id, lambda job: job.state == "running")
    assert [job(run_id).slot for run_id in held] == ["gpu:2", "gpu:5", None]
    last = submit(project, "environment", {})
    cancel(held[2])
    cancel(held[1], wait=True)
    assert done(last).result["CUDA_VISIBLE_DEVICES"] == "5"
    cancel(held[0], wait=True)


def test_trying_again_makes_a_new_run_with_the_same_settings(project: Project) -> None:
    old = done(submit(project, "refuse", {"method": "x"}))
    new = done(retry(old.id))
    assert (new.id != old.id, new.retry_of) == (True, old.id)
    assert (new.kind, new.spec) == (old.kind, old.spec)
    assert {j.id for j in jobs()} == {old.id, new.id}


def test_what_still_runs_is_not_tried_again(project: Project) -> None:
    run_id = submit(project, "wait", {})
    with pytest.raises(JobError, match="cancel it"):
        retry(run_id)
    cancel(run_id, wait=True)


def test_an_interrupt_ends_the_following_alone(project: Project, until: Until) -> None:
    run_id = submit(project, "wait", {})

    def interrupt(now: Job) -> None:
        if now.progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(run_id, interrupt)
    before = job(run_id).progress.done
    assert until(run_id, lambda job: job.progress.done > before).state == "running"
    cancel(run_id, wait=True)


def test_the_jobs_of_one_project_are_told_from_those_of_others(project: Project) -> None:
    other = create_project("others")
    mine, theirs = submit(project, "count", {}), submit(other, "count", {})
    done(theirs)
    assert [j.id for j in jobs(project)] == [mine]
    assert [j.id for j in jobs(other)] == [theirs]


def test_an_unknown_run_is_refused(project: Project) -> None:
    for ask in (job, cancel, retry, done):
        with pytest.raises(JobError, match="no job"):
            ask("../../etc")


def test_settings_that_are_no_plain_data_are_refused(project: Project) -> None:
    with pytest.raises(JobError, match="cannot be stored"):
        submit(project, "count", {"value": {1, 2}})
    assert jobs() == []
    assert list(project.runs_folder.iterdir()) == []


def test_a_project_that_cannot_be_written_gets_no_job(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(StorageError, match="read-only"):
        submit(project, "count", {})
    monkeypatch.undo()
    assert not project.runs_folder.exists()


def test_a_project_that_is_gone_gets_no_job(project: Project) -> None:
    with pytest.raises(JobError, match="gone"):
        submit(Project(project.path / "nothing"), "count", {})


def test_starting_that_was_cut_short_is_taken_up_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_spawn", lambda _: None)  # as if killed in between
    run_id = submit(project, "count", {})
    assert job(run_id).state == "starting"
    monkeypatch.undo()
    monkeypatch.setenv("LADDER_HOME", str(project.path.parent))
    assert job(run_id).state == "starting"  # it may still come
    monkeypatch.setattr("ladder.jobs.reconcile._START_WAIT", 0.0)
    monkeypatch.setattr(launch, "worker_command", _toy_command())
    assert start_next() == [run_id]
    monkeypatch.setattr("ladder.jobs.reconcile._START_WAIT", 30.0)
    assert done(run_id).state == "done"


def test_progress_is_written_rarely_and_at_the_end(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    monkeypatch.setattr(context, "write_json", lambda _, value: written.append(value["done"]))
    run = context.RunContext(project, {}, project.path)
    for step in range(1, 5001):
        run.progress(step, 5000)
    assert (written[0], written[-1]) == (1, 5000)
    assert len(written) < 20


def test_what_was_said_last_is_seen_though_a_silence_follows(project: Project) -> None:
    run = context.RunContext(project, {}, project.path)
    run.progress(1, 9, "the first part is scored")
    run.progress(2, 9, "loading")
    assert read_json(project.path / "progress.json")["message"] == "the first part is scored"
    for _ in range(500):
        if read_json(project.path / "progress.json")["message"] == "loading":
            return
        threading.Event().wait(0.01)
    pytest.fail("the last word was never written")


def test_nothing_is_left_of_children_that_ended(project: Project) -> None:
    run_id = submit(project, "count", {})
    folder = done(run_id).folder
    for _ in range(500):
        if processes.reap(folder) is not None:
            break
        threading.Event().wait(0.01)
    assert processes.reap(folder) == 0


def _toy_command() -> Callable[[Path], list[str]]:
    toy = str(Path(__file__).parent / "toy_worker.py")
    return lambda folder: [sys.executable, toy, str(folder)]
