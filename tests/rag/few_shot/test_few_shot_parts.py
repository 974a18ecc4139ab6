"""The parts of the Few-shot page without a browser: leaderboard, examples, instruction, export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.costs import Band
from ladder.errors import InputError
from ladder.models.fakes import ScriptedGenerator, use_fakes
from ladder.plan import Plan, Step, save_plan
from ladder.project import Example, Task, TaskFolder, create_project
from rag.few_shot.board import Board, keep_board
from rag.few_shot.instructions import versions

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

Open = Callable[..., "AppTest"]
LABELS = ("card", "refund")


@pytest.fixture(autouse=True)
def models() -> Iterator[ScriptedGenerator]:
    with use_fakes("card") as generator:
        yield generator


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    asked: list[tuple[str, dict[str, Any]]] = []

    def submit(project: Any, kind: str, spec: dict[str, Any]) -> str:
        asked.append((kind, spec))
        return "run"

    monkeypatch.setattr("ladder.jobs.submit", submit)
    return asked


def task(labelled: int, waiting: int = 0) -> TaskFolder:
    folder = create_project("shop").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(
        [
            Example(str(i), f"the {LABELS[i % 2]} matter {i * 7919} is open", LABELS[i % 2])
            for i in range(labelled)
        ]
        + [Example(f"w{i}", f"another matter {i}") for i in range(waiting)]
    )
    return folder


def said(app: AppTest) -> str:
    return " ".join(m.value for m in [*app.markdown, *app.info, *app.text])


def look_at(app: AppTest, section: str) -> None:
    app.button_group(key="shots_section").set_value(section).run()
    assert not app.exception


def primary(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.proto.type == "primary"]


def click(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def test_before_anything_is_measured_the_best_prompt_can_be_looked_for(
    home: Path, open_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    task(80)
    app = open_page("few-shot")
    (label,) = primary(app)
    assert label.startswith("Find the best prompt, about ")
    look_at(app, "board")
    assert "Nothing is measured yet" in said(app)
    click(app, "find")
    ((kind, spec),) = submitted
    assert (kind, spec["task"], spec["minutes"]) == ("icl", "route", 30)
    assert spec["setup"]["model"] == "smollm2-135m-instruct"


def test_finding_takes_the_time_the_sample_and_the_setting_of_the_page(
    home: Path, open_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    task(80)
    app = open_page("few-shot")
    whole = app.button(key="find").help
    app.number_input(key="shots_sample").set_value(12).run()
    app.number_input(key="shots_minutes").set_value(None).run()
    assert "on 12 examples" in app.button(key="find").help
    assert "on 12 examples" not in whole
    app.text_area(key="shots_instruction").set_value("Which team?").run()
    look_at(app, "board")
    click(app, "find")
    ((_, spec),) = submitted
    assert (spec["limit"], spec.get("minutes")) == (12, None)
    assert spec["setup"]["prompt"]["instruction"] == "Which team?"


def test_with_few_labels_nothing_is_looked_for(home: Path, open_page: Open) -> None:
    task(6)
    app = open_page("few-shot")
    assert primary(app) == ["Use this setting"]
    look_at(app, "board")
    assert "6 labelled examples say little" in said(app)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> Callable[[TaskFolder], None]:
    """Return a function that makes a task's leaderboard be in the making."""
    from ladder.jobs import Job, Progress

    def begin(folder: TaskFolder) -> None:
        job = Job(
            "r1", folder.project.path.resolve(), "icl", folder.path, {"task": "route"},
            state="running", started=1.0, progress=Progress(40, 200, "8 nearest", 95.0),
        )  # fmt: skip
        monkeypatch.setattr("ladder.jobs.active_jobs", lambda: [job])

    return begin


def test_while_it_is_looked_for_its_progress_and_time_left_are_seen(
    home: Path, open_page: Open, looking: Callable[[TaskFolder], None]
) -> None:
    looking(task(80))
    app = open_page("few-shot")
    assert primary(app) == ["See the running job"]
    (bar,) = app.get("progress")
    assert "40 of 200, 8 nearest, about 2 min left" in bar.proto.text
    assert not [button for button in app.button if button.key == "find"]


def test_a_leaderboard_says_its_verdict_first_and_shows_the_proof(
    home: Path, open_page: Open, board_of: Callable[..., Board]
) -> None:
    folder = task(80)
    keep_board(folder, board_of(folder, "fine-tune"))
    app = open_page("few-shot")
    assert "**The verdict is fine\\-tune\\.** Its proof\\: 0\\.86\\." in said(app)
    assert len(app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")) == 2
    (table,) = app.dataframe
    assert list(table.value["Found"])[:3] == ["", "dropped after 20 items", "the best prompt"]
    assert primary(app) == ["Use 8 nearest, most similar last, 0.86"]
    assert app.button(key="shots_next").label == "Look at training"


def test_what_was_found_best_is_used_by_one_click(
    home: Path, open_page: Open, board_of: Callable[..., Board]
) -> None:
    folder = task(80)
    board = board_of(folder)
    keep_board(folder, board)
    app = open_page("few-shot")
    app.button_group(key="shots_section").set_value("prompt").run()
    click(app, "use_best")
    setup = folder.setup()
    assert setup is not None
    assert setup.to_dict() == board.best
    assert primary(app) == ["Measure this setting"]


def test_where_no_llm_is_needed_that_is_what_is_used(
    home: Path, open_page: Open, board_of: Callable[..., Board]
) -> None:
    folder = task(80)
    keep_board(folder, board_of(folder, "no-llm"))
    app = open_page("few-shot")
    assert primary(app) == ["Use a linear classifier on embeddings, 0.84"]
    click(app, "use_best")
    setup = folder.setup()
    assert setup is not None
    assert setup.answerer == "logistic"
    assert primary(app) == ["See the scoreboard"]


def test_a_prompt_of_the_leaderboard_can_be_tried(
    home: Path, open_page: Open, board_of: Callable[..., Board]
) -> None:
    folder = task(80)
    keep_board(folder, board_of(folder))
    app = open_page("few-shot")
    app.selectbox(key="shots_line").set_value("8 nearest, most similar first").run()
    click(app, "shots_take")
    assert app.selectbox(key="shots_order").value == "nearest-first"
    assert primary(app) == ["Use this setting"]


def test_a_leaderboard_of_other_examples_is_said_to_be_old(
    home: Path, open_page: Open, board_of: Callable[..., Board]
) -> None:
    folder = task(80)
    keep_board(folder, board_of(folder, made_of="of another day"))
    app = open_page("few-shot")
    assert "changed since this was measured" in said(app)
    assert primary(app)[0].startswith("Find it again, at most ")


def test_all_six_selections_can_be_chosen(home: Path, open_page: Open) -> None:
    task(80)
    app = open_page("few-shot")
    app.text_area(key="shots_input").set_value("where is my card").run()
    words = {
        "bm25": "by words",
        "mmr": "similarity",
        "per-label": "similarity",
        "nearest+per-label": "similarity",
        "random": "drawn at random",
        "nearest": "by similarity",
    }
    for selection, reason in words.items():
        app.selectbox(key="shots_selection").set_value(selection).run()
        assert not app.exception
        assert not app.error
        assert reason in said(app), selection


def test_examples_that_disagree_are_marked(home: Path, open_page: Open) -> None:
    folder = task(78)
    folder.add_examples([Example("a", "my card is lost", "card"),
                         Example("b", "My card is lost!", "refund")])  # fmt: skip
    held = {"a", "b"} & set(folder.split().test)
    app = open_page("few-shot")
    app.text_area(key="shots_input").set_value("my card is lost now").run()
    assert not app.exception
    badges = [each.value for each in app.markdown if "disagrees" in each.value]
    assert bool(badges) is not bool(held)


def test_a_prompt_that_does_not_fit_is_said_not_to(
    home: Path, open_page: Open, models: ScriptedGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "context", 200)
    task(80)
    app = open_page("few-shot")
    app.text_area(key="shots_input").set_value("where is my card").run()
    assert "does not fit" in app.warning[0].value


def test_a_month_of_questions_is_priced_by_what_the_visitor_says(
    home: Path, open_page: Open
) -> None:
    folder = task(80)
    folder.save_task(replace(folder.task, deploy_model="openai:gpt-4o-mini"))
    app = open_page("few-shot")
    app.text_area(key="shots_input").set_value("where is my card").run()
    month = app.number_input(key="shots_month_shop")
    assert month.value == 30_000
    month.set_value(0).run()
    assert "a call, \\$0 a month" in said(app)
    look_at(app, "export")
    look_at(app, "prompt")
    assert app.number_input(key="shots_month_shop").value == 0


def test_a_plans_answers_say_how_many_questions_a_month_there_are(
    home: Path, open_page: Open
) -> None:
    folder = task(80)
    step = Step("evaluate", Band(10, 20, 60), None)
    asked = {"queries_per_day": "12"}
    save_plan(folder.project, Plan("few-shot", "route", "x", (step,), answers=asked))
    app = open_page("few-shot")
    app.text_area(key="shots_input").set_value("where is my card").run()
    assert app.number_input(key="shots_month_shop").value == 365


def test_an_instruction_is_kept_compared_and_taken_up_again(home: Path, open_page: Open) -> None:
    folder = task(80)
    app = open_page("few-shot")
    look_at(app, "instruction")
    app.text_area(key="shots_instruction").set_value("Name the team, please.").run()
    (shown,) = [each for each in app.get("html") if "<ins>" in each.proto.body][:1]
    assert "<del>[- Route it]</del> <ins>[+ Name the team, please]</ins>." in shown.proto.body
    click(app, "shots_keep")
    assert [each.text for each in versions(folder)] == ["Route it.", "Name the team, please."]
    assert "**Version 2**" in said(app)
    click(app, "shots_restore_1")
    assert app.text_area(key="shots_instruction").value == "Route it."
    look_at(app, "prompt")
    assert app.text_area(key="shots_instruction").value == "Route it."


def test_using_a_setting_keeps_its_instruction(home: Path, open_page: Open) -> None:
    folder = task(80)
    app = open_page("few-shot")
    app.text_area(key="shots_instruction").set_value("Which team?").run()
    click(app, "use")
    assert [each.text for each in versions(folder)] == ["Route it.", "Which team?"]


def test_examples_are_counted_and_their_problems_named(home: Path, open_page: Open) -> None:
    task(60).add_examples(
        [Example(f"x{i}", f"another matter {i * 7919} is open", "Card") for i in range(20)]
    )
    app = open_page("few-shot")
    look_at(app, "examples")
    text = said(app)
    assert "labelled examples may be shown" in text
    assert "1 label is spelled in more than one way" in text.replace("\\", "")
    assert "Every example has its answer" in text


def test_what_to_label_next_is_listed_and_labelled_there(home: Path, open_page: Open) -> None:
    folder = task(40, waiting=30)
    app = open_page("few-shot")
    look_at(app, "examples")
    assert "30 wait for their answer" in said(app)
    rows = app.session_state["shots_suggested"][1]
    assert len(rows) == 20
    assert all(row["why"] for row in rows)
    click(app, "shots_more")
    assert folder.examples()  # nothing was lost on the way


def test_the_prompt_is_taken_along_as_files(
    home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rag.few_shot.export as exporting

    asked: list[tuple[str, str | None]] = []

    def exported(folder: Any, setup: Any, format: str, input: Any = None) -> dict[str, bytes]:
        asked.append((format, input))
        return {"a.json": b"{}"} if format == "openai" else {"a.py": b"1", "README.md": b"2"}

    monkeypatch.setattr(exporting, "exported", exported)
    task(80)
    app = open_page("few-shot")
    look_at(app, "export")
    assert "Type a text" in said(app)
    click(app, "shots_make_python")
    assert [each.proto.label for each in app.get("download_button")] == ["Save route-python.zip"]
    look_at(app, "prompt")
    app.text_area(key="shots_input").set_value("where is my card").run()
    look_at(app, "export")
    click(app, "shots_make_openai")
    assert asked == [("python", None), ("openai", "where is my card")]
    labels = [each.proto.label for each in app.get("download_button")]
    assert labels == ["Save a.json", "Save route-python.zip"]


def test_a_prompt_that_cannot_be_taken_along_is_said_in_a_sentence(
    home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rag.few_shot.export as exporting

    def refused(*_: Any) -> dict[str, bytes]:
        raise InputError("This one cannot be exported; choose another.")

    monkeypatch.setattr(exporting, "exported", refused)
    task(80)
    app = open_page("few-shot")
    look_at(app, "export")
    click(app, "shots_make_langchain")
    assert app.error[0].value == "This one cannot be exported; choose another."


def test_how_the_model_answers_can_be_chosen_in_plain_words(home: Path, open_page: Open) -> None:
    folder = task(80)
    app = open_page("few-shot")
    assert app.selectbox(key="shots_answerer").value == "labels"
    app.selectbox(key="shots_calibration").set_value("contextual").run()
    click(app, "use")
    setup = folder.setup()
    assert setup is not None
    assert (setup.answerer, setup.decoding.calibration) == ("labels", "contextual")
    app.selectbox(key="shots_answerer").set_value("generate").run()
    click(app, "use")
    setup = folder.setup()
    assert setup is not None
    assert (setup.answerer, setup.decoding.calibration) == ("generate", "none")


def test_an_extraction_can_be_held_to_json(home: Path, open_page: Open) -> None:
    folder = create_project("shop").add_task(Task("facts", "extraction", "Find the number."))
    folder.add_examples(
        [Example(str(i), f"matter {i * 7919}", f'{{"number": {i * 7919}}}') for i in range(40)]
    )
    app = open_page("few-shot")
    assert not [box for box in app.selectbox if box.key == "shots_answerer"]
    offered = app.selectbox(key="shots_selection").options
    assert "most similar of each label" not in offered
    app.toggle(key="shots_json").set_value(True).run()
    click(app, "use")
    setup = folder.setup()
    assert setup is not None
    assert setup.decoding.json_schema
    look_at(app, "examples")
    assert "Length of the answers" in [each.value for each in app.header]
