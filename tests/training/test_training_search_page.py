"""Train asks what to vary and for how long, and shows what a search found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ladder.files import read_json, write_json
from ladder.project import TaskFolder
from tests.training.test_train_page import finished, primary, said
from training.recipe import recipe_for
from training.search.asked import Asked
from training.search_view import field_words, rows_of, searchable, text_of, values_text

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]


def setting(number: int, rate: float, value: float, **more: Any) -> dict[str, Any]:
    own = {
        "key": f"k{number}", "number": number, "settings": {"learning_rate": rate},
        "name": f"learning rate {rate:g}", "base": number == 1, "metric": "accuracy",
        "value": value, "low": value - 0.1, "high": value + 0.1, "n": 40, "mean": value,
        "steps": 30, "steps_planned": 60, "minutes": 1.5, "seconds": 90.0, "error": "",
    }  # fmt: skip
    return own | more | ({"value": None} if "error" in more else {})


def searched() -> dict[str, Any]:
    trials = [
        setting(3, 2e-3, 0.8), setting(1, 1e-3, 0.6), setting(2, 5e-4, 0.5),
        setting(4, 4e-3, 0.3),
        setting(5, 0.5, 0.0, n=0, steps=0, error="The loss is no number any more."),
    ]  # fmt: skip
    return {
        "fields": ["learning_rate"], "items": 40, "tried": 4, "trials": trials,
        "best": trials[0], "base": trials[1], "effort": "4 of 5 settings were trained in 6 min.",
        "sentence": "learning rate 0.002 is better than the recipe as it was.",
        "warning": "It flatters (the winner's curse).",
        "importance": {"shares": {"learning_rate": 0.9}, "words": "Learning rate explains 90%."},
    }  # fmt: skip


def test_the_form_asks_what_to_vary_and_starts_the_search_that_it_describes(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(
        "training.jobs.start", lambda folder, recipe, search=None: started.append(search)
    )
    app = open_page("train")
    assert primary(app)[0].startswith("Start, about ")
    app.toggle(key="search_on").set_value(True).run()
    assert not app.exception
    assert app.multiselect(key="search_lora_fields").value == ["learning_rate", "rank"]
    assert app.text_input(key="search_lora_rank").value == "8, 16, 32"
    assert "compares them on the same 12 validation examples" in said(app)
    assert primary(app)[0].startswith("Search, at most ")

    app.text_input(key="search_lora_rank").set_value("4, 16").run()
    app.number_input(key="search_minutes").set_value(500.0).run()
    app.number_input(key="search_points").set_value(5).run()
    app.button(key="start").click().run()
    assert not app.exception
    asked = started[0]
    assert isinstance(asked, Asked)
    assert (asked.minutes, asked.points) == (500.0, 5)
    assert asked.values == {"learning_rate": (5e-4, 1e-3, 2e-3), "rank": (4, 16)}


def test_a_value_that_cannot_be_is_said_and_nothing_can_start(
    route: TaskFolder, open_page: OpenPage
) -> None:
    app = open_page("train")
    app.toggle(key="search_on").set_value(True).run()
    app.text_input(key="search_lora_rank").set_value("4, many").run()
    assert not app.exception
    assert "rank is 'many'" in app.error[0].value
    assert app.button(key="start").disabled


def test_a_search_that_ended_shows_its_verdict_its_settings_and_what_mattered(
    route: TaskFolder, open_page: OpenPage
) -> None:
    run_id = finished(route)
    file = route.project.runs_folder / run_id / "result.json"
    write_json(file, read_json(file) | {"search": searched()})
    app = open_page("train")
    assert not app.exception
    assert "learning rate 0.002 is better" in app.info[0].value
    table = app.dataframe[0].value
    assert list(table["Setting"])[:2] == ["learning rate 0.002", "learning rate 0.001"]
    assert list(table["Score"]) == ["0.80", "0.60", "0.50", "0.30", "failed"]
    assert "winner's curse" in app.caption[0].value
    charts = app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")
    assert len(charts) == 3, "the loss, what mattered, and the score by learning rate"


def test_the_table_and_the_charts_words_name_every_setting() -> None:
    found = searched()
    rows = rows_of(found["trials"], "k3")
    assert [row[""] for row in rows][:2] == ["best", "as it was"]
    assert rows[4]["Score"] == "failed"
    assert rows[4][""] == "The loss is no number any more."
    assert field_words(found, "learning_rate").startswith(
        "Score by learning rate: 0.0005: 0.50 (0.40 to 0.60), 0.001: 0.60"
    )


def test_values_to_begin_with_come_from_the_recipe() -> None:
    recipe = recipe_for("lora")
    assert searchable(recipe)[:2] == ["learning_rate", "rank"]
    assert not {"seed", "measure_items", "model", "head"} & set(searchable(recipe))
    assert values_text(recipe, "targets") == "all-linear, attention"
    assert values_text(recipe, "dora") == "false, true"
    assert values_text(recipe, "batch_size") == "4, 8, 16"
    assert values_text(recipe, "dropout") == "0.025, 0.05, 0.1"
    assert text_of({"rank": "4, 8", "dora": "true"}) == "rank=4,8 dora=true"
