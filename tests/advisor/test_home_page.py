from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.project import TaskFolder, create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

Open = Callable[..., "AppTest"]


def said(app: AppTest) -> str:
    return " ".join(m.value for m in app.markdown)


def test_an_empty_workspace_has_two_doors(open_advisor_page: Open) -> None:
    app = open_advisor_page("home")
    assert [button.label for button in app.button] == [
        "Look around with the helpdesk example",
        "Start with your own data",
    ]


def test_the_example_opens_on_its_ladder(open_advisor_page: Open, home: Path) -> None:
    app = open_advisor_page("home")
    app.button(key="example").click().run()
    assert not app.exception
    assert (home / "helpdesk" / "tasks").is_dir()
    assert app.get("vega_lite_chart")
    assert "Nothing is measured yet" in said(app)


def test_home_says_where_the_task_stands_and_measures_on_one_button(
    folder: TaskFolder, open_advisor_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    app = open_advisor_page("home")
    assert "Nothing is measured yet; the target is 0.85." in said(app)
    button = app.button(key="next_measure")
    assert button.label.startswith("Measure now, about ")
    button.click().run()
    assert submitted == [("measure", {"task": "route", "split": "validation"})]


def test_the_ladder_shows_scores_in_chart_and_table(
    scored: Callable[..., TaskFolder], open_advisor_page: Open
) -> None:
    scored(knn=0.9, few_shot=0.6)
    app = open_advisor_page("home")
    assert "No LLM (knn) reaches 0.90" in said(app)
    table = app.dataframe[0].value
    assert table.iloc[-1]["Score"] == "0.90 (0.82 to 0.98, n = 40) by knn"
    assert "the target" in said(app)
    assert app.get("vega_lite_chart")[0].proto.alt.startswith("The ladder, target 0.85.")


def test_a_project_without_a_task_leads_to_start(open_advisor_page: Open, home: Path) -> None:
    create_project("empty")
    app = open_advisor_page("home")
    assert app.button(key="to_start").label == "Add examples"
