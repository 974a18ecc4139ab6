from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ladder.project
from ladder.errors import StorageError
from ladder.project import (
    ImportReport,
    Project,
    Task,
    create_project,
    open_project,
    projects,
    start_view,
)
from ladder.project.label_card import save_edits
from ladder.project.split import bring, write_split
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
    from ladder.project import what_n_can_show, what_validation_means

    folder = create_project("shop").add_task(Task("route", "classification"))
    folder.save_examples([Example(str(i), f"number {i} of them", "ab"[i % 2]) for i in range(60)])
    app = open_page("start")
    said = [m.value for m in app.markdown]
    assert what_n_can_show(len(folder.split().test)) in said
    assert [metric.value for metric in app.metric] == ["60 of 60", "30", "12", "18"]
    assert what_validation_means(folder) in said


def test_what_was_left_out_is_listed_after_the_import(home: Path, open_page: OpenPage) -> None:
    folder = create_project("shop").add_task(Task("tickets", "classification"))
    folder.save_examples([Example("7", "Where is it?", "parcel")])
    app = drop(open_page("start"), "tickets.csv", b"id,text,label\n7,Where is it?,refund\n")
    app.button(key="import").click().run()
    assert not app.exception
    assert app.success[0].value == "Added 0 rows to the task tickets; 1 remark about rows."
    assert "correct it on the page Start" in " ".join(app.dataframe[0].value["What"])


def test_a_file_that_fails_is_said_and_the_others_are_kept(
    home: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = create_project("shop")
    app = open_page("start")
    for name in ("good.csv", "bad.csv"):
        app.file_uploader[0].upload(name, f"text,label\nfirst {name},a\n".encode())
    app.run()
    real = ladder.project.import_into

    def fails_once(into: Project, name: str, *rest: Any) -> ImportReport:
        if name == "bad":
            raise StorageError("The disk is full.")
        return real(into, name, *rest)

    monkeypatch.setattr(ladder.project, "import_into", fails_once)
    app.button(key="import").click().run()
    assert not app.exception
    assert app.success[0].value == "Added 1 row to the task good."
    assert app.error[0].value == (
        "bad.csv was not brought in. The disk is full. Drop that file again."
    )
    assert project.tasks() == ["good"]


def test_a_file_goes_to_the_task_of_its_name_or_the_only_one_of_its_kind(
    home: Path, open_page: OpenPage
) -> None:
    project = create_project("shop")
    project.add_task(Task("answer", "qa"))
    project.add_task(Task("route", "classification"))
    rows = "".join(f"text number {i},{'ab'[i % 2]}\n" for i in range(8))
    for name, task in (("route.csv", "route"), ("answer.csv", "answer"), ("more.csv", "route")):
        app = drop(open_page("start"), name, f"text,label\n{rows}".encode())
        assert app.selectbox(key=_task_key(app)).value == task
    project.add_task(Task("topic", "classification"))
    app = drop(open_page("start"), "more.csv", f"text,label\n{rows}".encode())
    assert app.selectbox(key=_task_key(app)).value == "more"


def test_a_long_table_says_what_it_shows_and_can_be_searched(
    home: Path, open_page: OpenPage
) -> None:
    folder = create_project("shop").add_task(Task("route", "classification"))
    folder.save_examples([Example(str(i), f"text {i}", "ab"[i % 2]) for i in range(501)])
    app = open_page("start")
    assert any(m.value.startswith("Showing 500 of 501 rows") for m in app.markdown)
    app.text_input(key="labels_shop_route_find").set_value("text 500").run()
    assert not app.exception
    assert any(m.value.startswith("Showing 1 of 501 rows") for m in app.markdown)


def test_near_duplicates_of_a_brought_test_are_listed(home: Path, open_page: OpenPage) -> None:
    folder = create_project("shop").add_task(Task("route", "classification"))
    rows = [Example(str(i), f"number {i * 7919} of these many things", "a") for i in range(30)]
    twin = Example("twin", rows[0].input.upper(), "a")
    folder.save_examples([*rows, twin])
    split = bring(bring(None, [row.id for row in rows[:10]], "test"), ["twin"], "train")
    write_split(folder.split_file, split)
    app = open_page("start")
    assert app.expander[0].label == "1 near-duplicate of test examples elsewhere"
    assert list(app.dataframe[0].value["There"]) == [twin.input]


def test_a_saved_label_does_not_overwrite_what_changed_elsewhere(home: Path) -> None:
    folder = create_project("shop").add_task(Task("ask", "qa"))
    folder.save_examples([Example(str(i), f"text {i}") for i in range(4)])
    rows = start_view.label_rows(folder.examples())
    saved: dict[int, Mapping[str, Any]] = {}
    save_edits(folder, rows, {0: {"output": "mine"}}, saved)
    assert folder.examples()[0].output == "mine"
    folder.set_output("0", "theirs")
    save_edits(folder, rows, {0: {"output": "mine"}, 1: {"unanswerable": True}}, saved)
    first, second, *_ = folder.examples()
    assert (first.output, second.output, second.answerable) == ("theirs", "", False)
    save_edits(folder, rows, {1: {"unanswerable": False}}, saved)
    assert not folder.examples()[1].labelled


def _task_key(app: AppTest) -> str:
    return next(str(box.key) for box in app.selectbox if box.label == "Task")
