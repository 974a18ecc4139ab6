"""The Few-shot page without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.costs import Band
from ladder.methods import preset
from ladder.models.fakes import ScriptedGenerator, use_fakes
from ladder.plan import Plan, Step, save_plan
from ladder.project import Example, Task, TaskFolder, create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

Open = Callable[..., "AppTest"]
ROOT = Path(__file__).parents[3]
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


@pytest.fixture
def open_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    from streamlit.testing.v1 import AppTest

    monkeypatch.chdir(ROOT)

    def open_it(**query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        app.switch_page("rag/few_shot/few_shot_page.py").run()
        assert not app.exception
        return app

    return open_it


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


def prompt_of(app: AppTest) -> str:
    """Return the exact prompt: the longest text on the page."""
    return max((text.value for text in app.text), key=len)


def click(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def test_the_empty_page_asks_for_20_labelled_examples_and_says_how(
    home: Path, open_page: Open
) -> None:
    task(0, waiting=30)
    app = open_page()
    assert "20 labelled examples" in said(app)
    assert "30 examples wait for their answer" in said(app)
    assert [b.label for b in app.button] == ["Label 20 examples"]
    click(app, "to_start")
    assert app.title[0].value == "What do we have?"


def test_without_a_project_it_asks_for_a_file(home: Path, open_page: Open) -> None:
    app = open_page()
    assert "A file with answers" in said(app)
    assert [b.label for b in app.button] == ["Add examples"]


def test_a_few_labels_are_enough_to_try_and_it_says_how_many_to_aim_at(
    home: Path, open_page: Open
) -> None:
    task(6)
    app = open_page()
    assert "6 labelled examples; with 20" in said(app)
    assert app.button(key="use").label == "Use this setting"


def test_a_picked_text_shows_the_exact_prompt_with_its_examples(
    home: Path, open_page: Open
) -> None:
    task(80)
    app = open_page()
    assert not app.tabs  # nothing is computed before there is a text
    app.text_area(key="shots_input").set_value("where is my card").run()
    assert not app.exception
    prompt = prompt_of(app)
    assert prompt.startswith("Route it.\n\nText: ")
    assert prompt.endswith("Text: where is my card\nIntent:")
    assert prompt.count("Text: ") == 9
    text = said(app)
    assert f"{len(prompt.encode()):,} tokens: 8 examples" in text
    assert "nearest of 40 by similarity" in text
    assert [b.label for b in app.button if b.key == "use"] == ["Use this setting"]


def test_a_text_of_the_task_can_be_picked_instead_of_typed(home: Path, open_page: Open) -> None:
    task(80)
    app = open_page()
    app.button_group(key="shots_offer").set_value(0).run()
    assert not app.exception
    assert app.text_area(key="shots_input").value in {
        example.input for example in TaskFolder.open(*_where()).examples()
    }
    assert prompt_of(app).startswith("Route it.")


def _where() -> tuple[Any, str]:
    from ladder.project import open_project

    return open_project("shop"), "route"


def test_the_model_is_asked_exactly_what_is_shown(
    home: Path, open_page: Open, models: ScriptedGenerator
) -> None:
    task(80)
    app = open_page()
    app.text_area(key="shots_input").set_value("where is my card").run()
    assert models.asked == []
    click(app, "ask")
    assert [asked[0]["content"] for asked in models.asked] == [prompt_of(app)]
    assert "label **card**" in said(app)
    app.number_input(key="shots_count").set_value(2).run()
    assert "label **card**" not in said(app)  # it was the answer to another prompt


def test_every_setting_changes_the_prompt_and_use_keeps_it(home: Path, open_page: Open) -> None:
    folder = task(80)
    app = open_page()
    app.text_area(key="shots_input").set_value("where is my card").run()
    app.number_input(key="shots_count").set_value(2).run()
    first = prompt_of(app)
    app.selectbox(key="shots_order").set_value("nearest-first").run()
    assert prompt_of(app) != first
    app.selectbox(key="shots_selection").set_value("random").run()
    assert "drawn at random" in said(app)
    app.text_area(key="shots_instruction").set_value("Which team?").run()
    app.toggle(key="shots_labels").set_value(True).run()
    assert prompt_of(app).startswith("Which team?\n\nIntents: card, refund\n\n")
    app.selectbox(key="shots_format").set_value("chat").run()
    assert prompt_of(app).startswith("system: Which team?")
    click(app, "use")
    setup = folder.setup()
    assert setup is not None
    assert (setup.examples.count, setup.examples.selection) == (2, "random")
    assert setup.examples.order == "nearest-first"
    assert (setup.prompt.instruction, setup.prompt.show_labels) == ("Which team?", True)
    assert setup.prompt.format == "chat"


def test_a_plan_fills_the_page_in_and_its_measurement_belongs_to_it(
    home: Path, open_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    folder = task(80)
    setup = preset("few-shot", folder.task)
    step = Step("evaluate", Band(10, 20, 60), Band(0, 0, 0))
    plan = save_plan(
        folder.project,
        Plan("few-shot", "route", "few-shot with 8 examples", (step,), setup=setup.to_dict()),
    )
    app = open_page(plan=plan.id)
    assert f"Filled in by the plan **{plan.id}**" in said(app)
    click(app, "use")
    assert folder.setup() == setup
    assert app.button(key="measure").label == "Measure this setting"
    assert "about 20 s" in app.button(key="measure").help
    click(app, "measure")
    assert submitted[0][0] == "evaluate"
    assert submitted[0][1]["plan"] == plan.id
    assert submitted[0][1]["setup"] == setup.to_dict()


def test_a_changed_setting_is_no_longer_the_plans(
    home: Path, open_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    folder = task(80)
    setup = preset("few-shot", folder.task)
    step = Step("evaluate", Band(10, 20, 60), None)
    plan = save_plan(folder.project, Plan("few-shot", "route", "x", (step,), setup.to_dict()))
    app = open_page(plan=plan.id)
    app.number_input(key="shots_count").set_value(3).run()
    click(app, "use")
    click(app, "measure")
    assert "plan" not in submitted[0][1]
    assert submitted[0][1]["setup"]["examples"]["count"] == 3


def test_a_plan_that_is_not_there_is_said_and_the_page_goes_on(home: Path, open_page: Open) -> None:
    task(80)
    app = open_page(plan="../../etc/passwd")
    assert 'no plan "../../etc/passwd"' in app.error[0].value
    assert app.button(key="use")


def test_a_server_that_was_added_can_be_asked_and_measured(
    open_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    from ladder.models import add_server

    folder = task(24)
    server = add_server("qwen3", "http://127.0.0.1:9/v1").reference
    app = open_page()
    app.selectbox(key="shots_model").set_value(server).run()
    app.button(key="use").click().run()
    assert not app.exception
    kept = folder.setup()
    assert kept is not None
    assert kept.model == server
    assert "depends on the server" in app.button(key="measure").help
    assert app.button(key="find").label == "Find the best prompt, 30 minutes at most"
    app.number_input(key="shots_minutes").set_value(None).run()
    assert "as fast as the server answers" in app.button(key="find").label
    app.button(key="measure").click().run()
    assert submitted[0][1]["setup"]["model"] == server


def test_values_that_went_with_an_interrupted_visit_are_filled_in_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.testing.v1 import AppTest

    folder = task(labelled=24)
    monkeypatch.chdir(ROOT)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    app.session_state["shots_of"] = f"{folder.path} "  # all that is left of the visit
    app.run()
    app.switch_page("rag/few_shot/few_shot_page.py").run()
    assert not app.exception
    assert app.text_area(key="shots_input").value == ""
