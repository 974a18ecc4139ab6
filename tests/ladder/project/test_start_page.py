from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.project import Task, create_project, open_project, projects
from ladder.project.task import Example

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]
SAMPLES = Path(__file__).parents[3] / "ladder" / "project" / "samples"


def drop(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader[0].upload(name, data).run()
    assert not app.exception
    return app


def test_a_project_is_made_by_its_name(home: Path, open_page: OpenPage) -> None:
    app = open_page("start")
    app.text_input(key="project_name").set_value("bike-rental")
    app.button(key="make").click().run()
    assert not app.exception
    assert projects() == ["bike-rental"]
    assert len(app.get("download_button")) == 3


def test_a_name_that_cannot_be_is_refused_in_a_sentence(home: Path, open_page: OpenPage) -> None:
    app = open_page("start")
    app.text_input(key="project_name").set_value("../../etc")
    app.button(key="make").click().run()
    assert not app.exception
    assert "cannot name a project" in app.error[0].value
    assert projects() == []


def test_a_dropped_table_is_shown_before_anything_is_written_and_then_imported(
    home: Path, open_page: OpenPage
) -> None:
    project = create_project("shop")
    app = drop(open_page("start"), "tickets.csv", (SAMPLES / "tickets.csv").read_bytes())
    said = " ".join(m.value for m in app.markdown)
    assert "**52 rows**, 40 with a right answer" in said
    assert project.tasks() == []
    app.button(key="import").click().run()
    assert not app.exception
    assert app.success[0].value == "Added 52 rows to the task tickets."
    folder = open_project("shop").task("tickets")
    assert sum(example.labelled for example in folder.examples()) == 40
    assert folder.labels() == ["account", "booking", "opening", "payment", "repair"]
    assert app.metric[0].value == "40 of 52"


def test_the_columns_can_be_changed_before_the_import(home: Path, open_page: OpenPage) -> None:
    create_project("shop")
    data = b"alpha,beta\nfirst question,first answer\nsecond question,second answer\n"
    app = drop(open_page("start"), "pairs.csv", data)
    boxes = {box.label: box for box in app.selectbox}
    boxes["Input"].set_value("beta").run()
    boxes = {box.label: box for box in app.selectbox}
    boxes["Right answer"].set_value("alpha").run()
    app.button(key="import").click().run()
    assert not app.exception
    examples = open_project("shop").task("pairs").examples()
    assert [(e.input, e.output) for e in examples] == [
        ("first answer", "first question"),
        ("second answer", "second question"),
    ]


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    home: Path, open_page: OpenPage
) -> None:
    project = create_project("shop")
    app = drop(open_page("start"), "broken.json", b'{"rows": [')
    assert len(app.error) == 1
    assert app.button(key="import").disabled
    assert project.tasks() == []


def test_a_dropped_document_is_kept(home: Path, open_page: OpenPage) -> None:
    project = create_project("shop")
    app = drop(open_page("start"), "handbook.md", (SAMPLES / "handbook.md").read_bytes())
    app.button(key="import").click().run()
    assert not app.exception
    assert [path.suffix for path in project.documents()] == [".md"]


def test_a_change_on_the_task_card_is_saved_at_once(home: Path, open_page: OpenPage) -> None:
    project = create_project("shop")
    folder = project.add_task(Task("route", "classification"))
    folder.save_examples([Example(str(i), f"text {i}", "ab"[i % 2]) for i in range(6)])
    app = open_page("start")
    app.slider(key="card_route_target").set_value(0.7).run()
    app.text_area(key="card_route_instruction").set_value("Name the team.").run()
    assert not app.exception
    task = project.task("route").task
    assert (task.target, task.instruction) == (0.7, "Name the team.")


def test_a_price_by_the_hour_needs_its_source(home: Path, open_page: OpenPage) -> None:
    project = create_project("shop")
    project.add_task(Task("route", "classification"))
    app = open_page("start")
    app.selectbox(key="card_route_way").set_value("Hardware by the hour").run()
    app.number_input(key="card_route_hourly").set_value(1.5).run()
    assert project.task("route").task.price.hourly is None
    app.text_input(key="card_route_source").set_value("our bill, November 2026").run()
    assert not app.exception
    assert project.task("route").task.price.hourly == 1.5


def test_what_this_number_of_examples_can_show_is_said(home: Path, open_page: OpenPage) -> None:
    from ladder.project import what_n_can_show

    folder = create_project("shop").add_task(Task("route", "classification"))
    folder.save_examples([Example(str(i), f"number {i} of them", "ab"[i % 2]) for i in range(60)])
    app = open_page("start")
    said = [m.value for m in app.markdown]
    assert what_n_can_show(len(folder.split().test)) in said
    assert [metric.value for metric in app.metric] == ["60 of 60", "30", "12", "18"]
