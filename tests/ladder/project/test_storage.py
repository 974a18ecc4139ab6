"""A full disk, a folder that is read-only, two commands at once: nothing is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ladder.errors import ProjectError, StorageError
from ladder.project import (
    Example,
    Project,
    Task,
    TaskFolder,
    create_project,
    document_text,
    evaluation_plan,
    import_into,
    importing,
    open_project,
    preview,
    read_table,
)

ROWS = [Example(f"e{i}", f"q {i * 7919} or {i * 31}", f"l{i % 3}") for i in range(40)]


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    folder = create_project("mine").add_task(Task("route", "classification"))
    folder.add_examples(ROWS)
    return folder


def contents(project: Project) -> dict[str, bytes]:
    files = (path for path in project.path.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(project.path)): path.read_bytes() for path in files}


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)


def test_a_full_disk_leaves_everything_as_it_was(folder: TaskFolder, full_disk: None) -> None:
    before = contents(folder.project)
    new = preview(read_table("t.csv", b"text,label\nnew,a\n"))
    for action in (
        lambda: folder.add_examples([Example("new", "new")]),
        lambda: folder.set_output("e0", "other"),
        lambda: folder.save_task(Task("route", "classification", "New.")),
        lambda: folder.split(),
        lambda: folder.project.add_document("a.md", b"text"),
        lambda: import_into(folder.project, "route", new, split="test"),
        lambda: import_into(folder.project, "fresh", new),
    ):
        with pytest.raises(StorageError, match="the disk is full; free some space"):
            action()
        assert contents(folder.project) == before
    assert folder.examples() == ROWS
    assert folder.project.tasks() == ["route"]


def test_a_disk_that_fills_up_in_mid_import_undoes_the_import(
    folder: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder.project)
    paragraph = '{"context": "Two litres.", "qas": [{"id": "1", "question": "How much?"}]}'
    squad = f'{{"data": [{{"title": "x", "paragraphs": [{paragraph}]}}]}}'
    found = preview(read_table("s.json", squad.encode()))
    fsync = os.fsync
    for allowed in range(3):
        calls = iter([fsync] * allowed)

        def fills_up(handle: int, calls: Iterator[object] = calls) -> None:
            if next(calls, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(handle)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fills_up)
            with pytest.raises(StorageError, match="the disk is full"):
                import_into(folder.project, "route", found, split="train")
        assert contents(folder.project) == before


def test_a_failed_import_keeps_a_task_that_another_command_made_or_filled(
    folder: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = folder.project
    found = preview(read_table("t.csv", b"text,label\none,a\ntwo,b\n"))
    theirs = preview(read_table("u.csv", b"text,label\nthree,a\nfour,b\n"))

    def fails(*_: object) -> object:
        raise StorageError("the disk is full")

    make = Project.add_task

    def made_and_filled(self: Project, task: Task) -> TaskFolder:
        fresh = make(self, task)
        import_into(project, "fresh", theirs)
        return fresh

    with monkeypatch.context() as patch:
        patch.setattr(Project, "add_task", made_and_filled)
        patch.setattr(importing, "bring", fails)
        with pytest.raises(StorageError, match="the disk is full"):
            import_into(project, "fresh", found, split="train")
    assert [row.input for row in project.task("fresh").examples()] == ["three", "four"]

    def appears_just_before(self: Project, task: Task) -> TaskFolder:
        make(self, task)
        return make(self, task)

    with monkeypatch.context() as patch:
        patch.setattr(Project, "add_task", appears_just_before)
        with pytest.raises(ProjectError, match="already has a task"):
            import_into(project, "later", found)
    assert project.tasks() == ["fresh", "later", "route"]


def test_rows_are_refused_for_a_task_that_was_taken_back(folder: TaskFolder) -> None:
    (folder.path / "task.yaml").unlink()
    with pytest.raises(ProjectError, match="was taken back"):
        folder.add_examples([Example("new", "new")])


@pytest.fixture
def read_only(folder: TaskFolder, tmp_path: Path) -> Iterator[TaskFolder]:
    """Take the right to write away; from root, by not being root for a while."""
    warm = create_project("warm").add_document("a.html", b"<p>x</p>")
    document_text(warm)  # import the converter while the interpreter's own files can be read
    (folder.project.path / "documents").mkdir()
    (folder.project.path / "documents" / "page.html").write_text("<p>Hello</p>")
    (folder.path / ".lock").unlink(missing_ok=True)
    inside = [folder.project.path, *folder.project.path.rglob("*")]
    above = [path for path in folder.project.path.parents if tmp_path.parents[1] in path.parents]
    modes = {path: path.stat().st_mode for path in (*inside, *above, tmp_path.parents[1])}
    for path in modes:
        path.chmod(0o555 if path in inside else 0o755)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if user == 0:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


def test_a_read_only_project_can_be_read_and_refuses_the_rest_in_words(
    read_only: TaskFolder,
) -> None:
    project = open_project(read_only.project.path)
    folder = project.task()
    assert folder.examples() == ROWS
    (page,) = project.documents()
    assert document_text(page).strip() == "Hello"
    for action in (
        lambda: folder.set_output("e0", "other"),
        lambda: folder.add_examples([Example("new", "new")]),
        lambda: evaluation_plan(folder, "test"),
    ):
        with pytest.raises(StorageError, match="cannot be written"):
            action()
    assert folder.examples() == ROWS


WRITER = """
import sys
from ladder.project import Example, open_project
folder = open_project(sys.argv[1]).task()
for i in range(15):
    folder.add_examples([Example(f"{sys.argv[2]}-{i}", f"asked {i} by {sys.argv[2]}")])
    folder.set_output(f"e{int(sys.argv[3]) + i}", sys.argv[2])
    folder.split()
"""


def test_two_commands_at_once_lose_nothing(folder: TaskFolder) -> None:
    path = str(folder.project.path)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name, start])
        for name, start in (("one", "0"), ("two", "20"))
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    rows = {row.id: row for row in folder.examples()}
    assert len(rows) == 70
    for name, start in (("one", 0), ("two", 20)):
        assert all(f"{name}-{i}" in rows for i in range(15))
        assert all(rows[f"e{start + i}"].output == name for i in range(15))
    assert len(folder.split().test) == 20
