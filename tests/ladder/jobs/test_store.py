"""The index holds nothing that the run folders do not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ladder.errors import JobError, StorageError
from ladder.files import append_json, read_json, write_json, write_text
from ladder.jobs import active_jobs, follow, job, jobs, rebuild_index, retry, store, submit
from ladder.jobs.records import add_event, new_run, read_job
from ladder.project.workspace import Project, create_project


@pytest.fixture
def three(project: Project) -> list[str]:
    """Return the ids of three runs: done, cancelled while queued, done."""
    ids = [f"2026010{day}-000000-abcdef" for day in (1, 2, 3)]
    for run_id, end in zip(ids, ("done", "cancel", "done"), strict=True):
        new_run(project.runs_folder / run_id, "count", {})
        add_event(project.runs_folder / run_id, end)
    return ids


def test_a_missing_index_is_made_again(home: Path, three: list[str]) -> None:
    assert [j.id for j in jobs()] == three[::-1]
    for file in home.glob("jobs.sqlite*"):
        file.unlink()
    assert [(j.id, j.state) for j in jobs()] == [
        (three[2], "done"),
        (three[1], "cancelled"),
        (three[0], "done"),
    ]


def test_a_damaged_index_is_looked_past_and_made_again(
    home: Path, project: Project, three: list[str]
) -> None:
    jobs()
    (home / "jobs.sqlite").write_bytes(b"this is no database " * 500)
    assert [j.id for j in jobs()] == three[::-1]
    with pytest.raises(JobError, match="doctor --rebuild"):
        submit(project, "count", {})
    assert len(list(project.runs_folder.iterdir())) == 3
    assert rebuild_index() == 3
    assert [j.id for j in jobs()] == three[::-1]
    assert len(list(home.glob("jobs-damaged-*.sqlite"))) == 1
    run_id = submit(project, "count", {})
    assert follow(run_id, lambda _: None).state == "done"


def test_rebuilding_forgets_deleted_runs_and_finds_copied_ones(
    project: Project, three: list[str]
) -> None:
    jobs()
    shutil.rmtree(project.runs_folder / three[0])
    assert job(three[0]).state == "lost"
    assert "no longer there" in (job(three[0]).error or "")
    new_run(project.runs_folder / "20260104-000000-abcdef", "count", {})
    add_event(project.runs_folder / "20260104-000000-abcdef", "cancel")
    assert rebuild_index() == 3
    assert [j.id for j in jobs()] == ["20260104-000000-abcdef", three[2], three[1]]


def test_a_project_outside_the_workspace_is_remembered(
    project: Project, home: Path, tmp_path: Path
) -> None:
    create_project("away").path.rename(tmp_path / "away")
    away = Project(tmp_path / "away")
    run_id = submit(away, "count", {})
    assert follow(run_id, lambda _: None).state == "done"
    assert read_json(home / "projects.json") == [str(tmp_path / "away")]
    assert rebuild_index() == 1
    assert [j.id for j in jobs(away)] == [run_id]
    assert jobs(project) == []
    shutil.rmtree(tmp_path / "away")
    assert rebuild_index() == 0


@pytest.mark.parametrize("junk", [b"", b"{", b"[1]", b"\xff\xfe\x00", b'{"kind": 3}', b"null"])
@pytest.mark.parametrize("file", ["job.json", "events.jsonl", "progress.json", "result.json"])
def test_garbage_in_a_run_folder_spoils_no_other(
    project: Project, three: list[str], file: str, junk: bytes
) -> None:
    jobs()
    (project.runs_folder / three[0] / file).write_bytes(junk)
    found = {j.id: j for j in jobs()}
    assert set(found) == set(three)
    assert found[three[2]].state == "done"
    if file == "job.json":
        assert found[three[0]].state == "lost"
        assert "cannot be read" in (found[three[0]].error or "")
        with pytest.raises(JobError, match="cannot be read"):
            retry(three[0])
    assert rebuild_index() == 3


def test_a_line_that_a_crash_cut_short_is_passed_over(project: Project) -> None:
    folder = project.runs_folder / "20260101-000000-abcdef"
    new_run(folder, "count", {})
    add_event(folder, "starting", slot="cpu")
    with (folder / "events.jsonl").open("a") as file:
        file.write('{"event": "do')
    assert read_job(folder).state == "starting"
    append_json(folder / "events.jsonl", {"event": "requeued", "at": 1.0})
    assert read_job(folder).state == "queued"


def test_a_workspace_that_cannot_be_written_is_still_looked_at(
    project: Project, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    jobs()
    monkeypatch.setattr(sqlite3, "connect", read_only)
    assert [j.id for j in jobs()] == three[::-1]
    assert active_jobs() == []
    with pytest.raises(StorageError, match="writable"):
        submit(project, "count", {})
    monkeypatch.undo()


def test_the_index_in_use_for_too_long_says_so(
    project: Project, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs()
    monkeypatch.setattr(store, "_WAIT", 0.1)
    with closing(sqlite3.connect(home / "jobs.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JobError, match="another process"):
            submit(project, "count", {})
        assert jobs() == []
        other.execute("ROLLBACK")


def test_a_folder_without_a_job_is_no_run(project: Project, home: Path) -> None:
    (project.runs_folder / "mine").mkdir(parents=True)
    write_text(project.runs_folder / "notes.txt", "hello")
    write_json(home / "projects.json", {"not": "a list"})
    assert rebuild_index() == 0
    assert jobs() == []
