"""Any number of processes may look, launch and end at once; the server may die in mid-run."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from ladder.jobs import Job, cancel, follow, job, jobs, store, submit
from ladder.jobs.records import add_event, new_run
from ladder.project.workspace import Project

Living = Callable[[list[int]], list[int]]
Until = Callable[[str, Callable[[Job], bool]], Job]
Python = Callable[[str], list[str]]
SUBMIT = """
from ladder.jobs import submit
from ladder.project.workspace import open_project
print(submit(open_project("toys"), {kind!r}, {{}}), flush=True)
"""


def test_the_server_is_killed_and_another_sees_the_job_through(
    project: Project, until: Until, python: Python
) -> None:
    code = SUBMIT.format(kind="wait") + "import time; time.sleep(600)"
    server = subprocess.Popen(python(code), stdout=subprocess.PIPE, start_new_session=True)
    with server:
        assert server.stdout is not None
        run_id = server.stdout.readline().decode().strip()
        before = until(run_id, lambda job: job.progress.done > 0)
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    now = until(run_id, lambda job: job.progress.done > before.progress.done)
    assert (now.state, now.pid) == ("running", before.pid)
    (now.folder / "enough").touch()
    look = "from ladder.jobs import follow; print(follow(sys.argv[1], lambda _: None).state)"
    again = subprocess.run([*python(look), run_id], capture_output=True, text=True, check=True)
    assert again.stdout.strip() == "done"
    assert job(run_id).result["steps"] >= before.progress.done


def test_the_server_is_killed_and_another_cancels_the_job(
    project: Project, until: Until, python: Python, living: Living
) -> None:
    server = subprocess.run(
        python(SUBMIT.format(kind="stubborn") + "import os; os.kill(os.getpid(), 9)"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert server.returncode == -signal.SIGKILL
    run_id = server.stdout.strip()
    now = until(run_id, lambda job: job.progress.done == 1)
    pids = [now.pid or 0, *map(int, now.progress.message.split())]
    assert cancel(run_id, grace=0.2, wait=True).state == "cancelled"
    assert living(pids) == []


def test_two_launches_at_once_run_one_and_queue_one(project: Project, python: Python) -> None:
    both = [
        subprocess.Popen(python(SUBMIT.format(kind="count")), stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    ids = [one.communicate()[0].decode().strip() for one in both]
    ends = sorted((follow(run_id, lambda _: None) for run_id in ids), key=lambda j: j.started or 0)
    assert [one.state for one in ends] == ["done", "done"]
    assert ends[0].result["ended"] <= ends[1].result["began"]


def test_many_that_start_and_look_at_once_start_each_job_once(
    project: Project, python: Python
) -> None:
    ids = []
    for number in range(6):  # queued, and nobody started them yet
        run = new_run(project.runs_folder / f"20260101-00000{number}-abcdef", "count", {})
        ids.append(run.id)
        store.put(run)
    code = """
import time
from ladder.jobs import jobs, start_next
started = []
while not all(job.over for job in jobs()):
    started += start_next()
    time.sleep(0.01)
"""
    crowd = [subprocess.Popen(python(code)) for _ in range(5)]
    assert [one.wait(120) for one in crowd] == [0] * 5
    ends = sorted(jobs(), key=lambda j: j.started or 0)
    assert sorted(one.id for one in ends) == ids
    assert {one.state for one in ends} == {"done"}
    for first, second in pairwise(ends):
        assert first.result["ended"] <= second.result["began"]
    for one in ends:
        events = (one.folder / "events.jsonl").read_text()
        assert [events.count(f'"{name}"') for name in ("starting", "started", "done")] == [1, 1, 1]


def test_many_that_make_the_index_at_once_make_one(project: Project, python: Python) -> None:
    run = new_run(project.runs_folder / "20260101-000000-abcdef", "count", {})
    add_event(run.folder, "cancel")
    code = "from ladder.jobs import jobs, rebuild_index; rebuild_index(); print(len(jobs()))"
    crowd = [subprocess.Popen(python(code), stdout=subprocess.PIPE) for _ in range(6)]
    assert [one.communicate()[0] for one in crowd] == [b"1\n"] * 6
    assert [j.id for j in jobs()] == [run.id]


def test_a_second_worker_for_the_same_run_leaves_it_alone(
    project: Project, until: Until, home: Path
) -> None:
    from ladder.jobs.launch import worker_command

    run_id = submit(project, "wait", {})
    now = until(run_id, lambda job: job.progress.done > 0)
    second = subprocess.run(worker_command(now.folder), capture_output=True, text=True, check=False)
    assert second.returncode == 0
    assert "not this process's" in second.stderr
    assert job(run_id).pid == now.pid
    assert cancel(run_id, wait=True).state == "cancelled"
