from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.jobs.job import Job, Progress
from ladder.project import create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]


def show(monkeypatch: pytest.MonkeyPatch, *known: Job) -> None:
    monkeypatch.setattr("ladder.jobs.jobs", lambda project=None: list(known))
    monkeypatch.setattr("ladder.jobs.active_jobs", lambda: [j for j in known if not j.over])


def a_job(folder: Path, **values: object) -> Job:
    return Job("r1", folder / "shop", "measure", folder, {"task": "route"}, **values)  # type: ignore[arg-type]


def test_without_jobs_the_page_says_what_will_stand_there_and_leads_to_the_first(
    open_page: OpenPage,
) -> None:
    app = open_page("jobs")
    assert any("Nothing is running, and nothing has run yet." in m.value for m in app.markdown)
    assert any("**Train**: a model learns from your examples" in m.value for m in app.markdown)
    assert [button.label for button in app.button] == ["Start with your data"]
    create_project("shop")
    assert [button.label for button in open_page("jobs").button] == ["See what to do next"]


def test_when_all_jobs_are_over_the_page_says_that_nothing_is_running(
    tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(monkeypatch, a_job(tmp_path, state="done"))
    app = open_page("jobs")
    assert any(m.value == "Nothing is running." for m in app.markdown)
    assert [button.label for button in app.button] == ["See the scoreboard"]


def test_a_running_job_shows_progress_time_left_and_its_log(
    tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.txt").write_text("".join(f"line {i}\n" for i in range(99)), encoding="utf-8")
    job = a_job(tmp_path, state="running", progress=Progress(30, 120, "few-shot", 95.0))
    show(monkeypatch, job)
    app = open_page("jobs")
    assert app.get("progress")[0].proto.text == "30 of 120, few-shot, about 2 min left"
    assert app.code[0].value.splitlines()[-1] == "line 98"
    assert len(app.code[0].value.splitlines()) == 12
    assert not any("Nothing is running" in m.value for m in app.markdown)
    links = [link.proto.label for link in app.get("page_link")]
    assert any("2 min left" in label for label in links)


def test_cancel_stops_the_job(
    tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    show(monkeypatch, a_job(tmp_path, state="running"))
    monkeypatch.setattr("ladder.jobs.cancel", asked.append)
    open_page("jobs").button(key="cancel_r1").click().run()
    assert asked == ["r1"]


def test_a_failed_job_shows_its_reason_and_can_be_tried_again(
    tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    reason = "The disk is full; free some space and try again."
    show(monkeypatch, a_job(tmp_path, state="failed", error=reason, finished=1.0))
    monkeypatch.setattr("ladder.jobs.retry", asked.append)
    app = open_page("jobs")
    assert [error.value for error in app.error] == [reason]
    app.button(key="again").click().run()
    assert not app.exception
    assert asked == ["r1"]


def test_a_refusal_is_a_sentence(
    tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ladder.errors import JobError

    def refuse(run_id: str) -> None:
        raise JobError("It is over already.")

    show(monkeypatch, a_job(tmp_path, state="running"))
    monkeypatch.setattr("ladder.jobs.cancel", refuse)
    app = open_page("jobs").button(key="cancel_r1").click().run()
    assert not app.exception
    assert app.error[0].value == "It is over already."


def test_a_job_that_is_done_says_what_it_found(
    tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"documents": 20, "chunks": 214, "unreadable": []}
    job = Job("r1", tmp_path / "shop", "index", tmp_path, state="done", result=found)
    show(monkeypatch, job)
    assert any("20 documents, 214 passages" in m.value for m in open_page("jobs").markdown)
