from __future__ import annotations

from pathlib import Path

import pytest

from ladder.errors import InputError, ProjectError
from ladder.project import Task, create_example, create_project, home, open_project, projects
from ladder.project import workspace as module


def test_the_workspace_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_HOME", "/somewhere")
    assert home() == Path("/somewhere")
    monkeypatch.delenv("LADDER_HOME")
    assert home() == Path.home() / ".adaptation-ladder"


def test_projects_are_made_listed_and_opened(home: Path) -> None:
    assert projects() == []
    made = create_project("second")
    create_project("first")
    for other in ("models", "cache", ".hidden", "no-project"):
        (home / other).mkdir()
    assert projects() == ["first", "second"]
    assert open_project("second") == open_project(made.path) == made
    assert (made.name, made.tasks(), made.documents()) == ("second", [], [])
    assert made.runs_folder == made.path / "runs"


def test_opening_what_is_not_there_lists_what_is(home: Path) -> None:
    with pytest.raises(ProjectError, match=r'no project "x" .* there is none yet'):
        open_project("x")
    create_project("mine")
    for wrong in ("x", "", "../mine/x", "mine/tasks", "models"):
        with pytest.raises(ProjectError, match="there is mine"):
            open_project(wrong)


@pytest.mark.parametrize("name", ["", "Upper", "a b", "../up", "a/b", ".hidden", "x" * 65])
def test_a_name_that_cannot_name_a_folder_is_refused(home: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot name a project"):
        create_project(name)


def test_a_name_that_is_taken_or_reserved_is_refused(home: Path) -> None:
    create_project("mine")
    for name in ("mine", "models", "cache"):
        with pytest.raises(ProjectError, match=name):
            create_project(name)


def test_an_example_project_is_copied_whole(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = tmp_path / "examples" / "toy"
    (example / "tasks" / "route").mkdir(parents=True)
    (example / "tasks" / "route" / "task.yaml").write_text("kind: classification\n")
    monkeypatch.setattr(module, "_EXAMPLES", tmp_path / "examples")
    project = create_example("mine", "toy")
    assert project.tasks() == ["route"]
    assert projects() == ["mine"]
    with pytest.raises(ProjectError, match='no example project "other"; there is toy'):
        create_example("new", "other")
    with pytest.raises(ProjectError, match="already a project"):
        create_example("mine", "toy")


def test_the_only_task_needs_no_name_and_several_are_listed(home: Path) -> None:
    project = create_project("mine")
    with pytest.raises(ProjectError, match="has no task yet"):
        project.task()
    project.add_task(Task("route", "classification"))
    assert project.task().task.name == "route"
    project.add_task(Task("answer", "qa"))
    with pytest.raises(ProjectError, match="choose one of answer, route"):
        project.task()
    with pytest.raises(ProjectError, match='no task "other"; it has answer, route'):
        project.task("other")
    with pytest.raises(ProjectError, match='already has a task "route"'):
        project.add_task(Task("route", "qa"))
