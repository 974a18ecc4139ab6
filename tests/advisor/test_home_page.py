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
    assert "Nothing is measured yet; the target is 0.85; measuring all 6 methods would" in said(app)
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
    table = app.table[0].value
    assert table.iloc[-1]["Score"] == "0.90 (0.82 to 0.98, n = 40) by knn"
    assert "the target" in said(app)
    assert app.get("vega_lite_chart")[0].proto.alt.startswith("The ladder, target 0.85.")


def test_a_project_without_a_task_leads_to_start(open_advisor_page: Open, home: Path) -> None:
    create_project("empty")
    app = open_advisor_page("home")
    assert app.button(key="to_start").label == "Add examples"


def test_home_confirms_the_best_on_one_button_that_says_what_it_costs(
    scored: Callable[..., TaskFolder],
    open_advisor_page: Open,
    submitted: list[tuple[str, dict[str, Any]]],
) -> None:
    scored(majority=0.5, nn_1=0.8, knn=0.88, logistic=0.8, zero_shot=0.1, few_shot=0.6)
    app = open_advisor_page("home")
    button = app.button(key="next_confirm")
    assert button.proto.type == "primary"
    assert button.label.startswith("Confirm knn on the test split, about 1 minute")
    assert "counts as a look at the test split" in button.help
    button.click().run()
    assert submitted == [("evaluate", {"task": "route", "split": "test", "method": "knn"})]


def test_below_the_target_the_next_rung_comes_first_and_confirming_second(
    scored: Callable[..., TaskFolder], open_advisor_page: Open
) -> None:
    scored(majority=0.5, nn_1=0.7, knn=0.7, logistic=0.6, zero_shot=0.1, few_shot=0.6)
    app = open_advisor_page("home")
    first, second = app.button(key="next_decide"), app.button(key="next_confirm")
    assert (first.proto.type, second.proto.type) == ("primary", "secondary")
    assert first.label == "See what it takes: Small classifier"


def test_a_narrow_screen_reads_the_rungs_instead_of_the_picture(
    scored: Callable[..., TaskFolder], open_advisor_page: Open
) -> None:
    scored(knn=0.9)
    app = open_advisor_page("home")
    listed = app.main.get("html")[-1].proto.body
    assert "● measured <b>0.90</b> (0.82 to 0.98, n = 40) by knn" in listed
    assert "target 0.85" in listed
    assert listed.index("No LLM") < listed.index("Pretraining")
