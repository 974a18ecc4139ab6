"""A job is what its events say, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.jobs.job import OVER, Job, Progress, after

QUEUED = Job("1", Path("p"), "count", Path("p/runs/1"))
ACTIVE = {"queued", "starting", "running", "cancelling"}
NAMES = ["starting", "requeued", "spawned", "started", "cancel", *sorted(OVER), "nonsense"]


def told(*names: str, **values: Any) -> Job:
    return after(QUEUED, [{"event": name, "at": i, **values} for i, name in enumerate(names)])


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ([], "queued"),
        (["starting"], "starting"),
        (["starting", "spawned"], "starting"),
        (["starting", "spawned", "started"], "running"),
        (["starting", "started", "spawned", "done"], "done"),
        (["starting", "requeued"], "queued"),
        (["starting", "requeued", "started"], "queued"),
        (["starting", "started", "requeued"], "running"),
        (["cancel"], "cancelled"),
        (["starting", "cancel"], "cancelling"),
        (["starting", "cancel", "started", "cancelled"], "cancelled"),
        (["starting", "started", "cancel", "done"], "done"),
        (["started"], "queued"),
        (["starting", "starting", "started", "starting"], "running"),
        (["starting", "started", "lost", "done"], "lost"),
    ],
)
def test_an_event_that_does_not_fit_changes_nothing(names: list[str], state: str) -> None:
    assert told(*names, pid=5, pid_started=1.0).state == state


def test_of_two_workers_that_claim_a_job_the_first_has_it() -> None:
    events = [{"event": "starting", "at": 1}]
    events += [{"event": "started", "at": 2, "pid": pid, "pid_started": 1.5} for pid in (7, 8)]
    assert after(QUEUED, events).pid == 7


def test_the_worker_s_own_word_on_its_pid_replaces_the_launcher_s() -> None:
    events = [
        {"event": "starting", "at": 1},
        {"event": "spawned", "at": 2, "pid": 7, "pid_started": 1.0},
        {"event": "started", "at": 3, "pid": 8, "pid_started": 1.5},
    ]
    job = after(QUEUED, events)
    assert (job.pid, job.pid_started, job.started) == (8, 1.5, 3.0)


@given(st.lists(st.sampled_from(NAMES)), st.lists(st.sampled_from(NAMES)))
def test_what_is_over_stays_as_it_is(first: list[str], more: list[str]) -> None:
    before, later = told(*first), told(*first, *more)
    assert later == before if before.over else later.state in {*OVER, *ACTIVE}


@given(
    st.lists(st.one_of(st.none(), st.integers(), st.text(), st.dictionaries(st.text(), st.none())))
)
def test_what_is_no_event_changes_nothing(garbage: list[Any]) -> None:
    assert after(QUEUED, garbage) == QUEUED


@pytest.mark.parametrize(
    ("done", "total", "share"), [(0, 0, 0.0), (1, 4, 0.25), (9, 4, 1.0), (-1, 4, 0.0)]
)
def test_the_share_done_fits_a_progress_bar(done: int, total: int, share: float) -> None:
    assert Progress(done, total).share == share
