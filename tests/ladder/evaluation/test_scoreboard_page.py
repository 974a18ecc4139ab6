from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.evaluation.rows import Row, append_row
from ladder.evaluation.score import Score
from ladder.files import append_json
from ladder.jobs import Job
from ladder.methods import preset
from ladder.project import Example, Task, TaskFolder, create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]
KNN = Score(
    method="knn", setup_hash="aaaa1111", split="validation", metric="accuracy", value=0.9,
    low=0.77, high=0.96, n=40, errors=0, abstained=0, invalid=0, prompt_tokens=0,
    cached_tokens=0, completion_tokens=0, p50_ms=4.0, p95_ms=6.0, cost_per_1k=None,
    deploy_cost_per_1k=None, model="all-minilm-l6-v2", dtype="", seed=0, limit=None,
    scheme="leave-one-out", created="2026-11-22T00:00:00+00:00", seconds=1.0, code_version="c",
    key="k1",
)  # fmt: skip
FEW = replace(KNN, method="few-shot", setup_hash="bbbb2222", value=0.6, low=0.45, high=0.74,
              key="k2", model="smollm2-135m-instruct", prompt_tokens=8_000)  # fmt: skip


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    folder = create_project("shop").add_task(Task("route", "classification"))
    folder.save_examples([Example(str(i), f"ticket number {i}", "repair") for i in range(40)])
    return folder


def measured(folder: TaskFolder, score: Score, right: int) -> None:
    append_json(folder.scores_file, score.to_json())
    for i in range(score.n):
        said = "repair" if i < right else "opening"
        row = Row(str(i), "repair", True, said, said)
        append_row(folder.answers_folder / f"{score.key}.jsonl", row)


def test_only_a_job_of_the_same_task_stands_before_measuring(
    folder: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Job("1", folder.path, "measure", folder.path, spec={"task": "route"})
    monkeypatch.setattr("ladder.jobs.active_jobs", lambda: [elsewhere])
    app = open_page("scoreboard")
    assert app.button(key="measure").label.startswith("Measure now, about ")
    here = replace(elsewhere, project=folder.project.path)
    monkeypatch.setattr("ladder.jobs.active_jobs", lambda: [elsewhere, here])
    assert app.run().button(key="to_jobs").label == "See the running job"


def test_without_a_score_the_page_offers_to_measure_and_says_how_long(
    folder: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, dict[str, object]]] = []
    monkeypatch.setattr(
        "ladder.jobs.submit", lambda project, kind, spec: asked.append((project.name, kind, spec))
    )
    app = open_page("scoreboard")
    assert any(m.value == "Nothing measured yet." for m in app.markdown)
    assert app.button(key="measure").label.startswith("Measure now, about ")
    app.button(key="measure").click().run()
    assert not app.exception
    assert asked == [("shop", "measure", {"task": "route", "split": "validation"})]


def test_the_board_says_who_leads_who_loses_to_no_llm_and_what_the_pair_shows(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    measured(folder, KNN, right=36)
    measured(folder, FEW, right=24)
    app = open_page("scoreboard")
    said = " ".join(m.value for m in app.markdown)
    assert "**knn** leads with 0.90 (0.77 to 0.96, n = 40)" in said
    assert (
        "Worse than knn, which needs no LLM, by the paired test: few-shot (0.60 against 0.90, "
        "n = 40)." in said
    )
    assert "The test split was looked at 0 times." in said
    assert (
        "knn is better than few-shot: 0.90 against 0.60 on the same 40 examples"
        in app.info[0].value
    )
    assert "They differ on 12 of 40 items." in said
    table, differing = app.dataframe
    assert list(table.value["Score"]) == ["0.90 (0.77 to 0.96)", "0.60 (0.45 to 0.74)"]
    assert set(differing.value["Better"]) == {"knn"}


def test_the_chart_has_a_dot_an_interval_and_the_target(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    measured(folder, KNN, right=36)
    chart = open_page("scoreboard").get("vega_lite_chart")[0]
    marks = [layer["mark"]["type"] for layer in json.loads(chart.proto.spec)["layer"]]
    assert marks == ["rule", "point", "rule", "text"]


def test_a_score_by_another_metric_is_not_drawn_beside_the_others(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    measured(folder, KNN, right=36)
    measured(folder, replace(FEW, metric="macro-f1"), right=24)
    app = open_page("scoreboard")
    assert list(app.dataframe[0].value["Method"]) == ["knn"]
    assert any("Measured with another metric" in m.value for m in app.markdown)


def test_looks_at_the_test_split_are_counted(folder: TaskFolder, open_page: OpenPage) -> None:
    measured(folder, replace(KNN, split="test"), right=36)
    append_json(folder.looks_file, {"method": "knn"})
    app = open_page("scoreboard")
    assert any("looked at 1 time." in m.value for m in app.markdown)


def test_the_best_is_put_to_use_by_the_primary_button(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    setup = preset("knn", folder.task)
    measured(folder, replace(KNN, setup=setup.to_dict(), setup_hash=setup.hash), right=36)
    app = open_page("scoreboard")
    assert app.button(key="use").label == "Use the best: knn"
    app.button(key="use").click().run()
    assert not app.exception
    assert folder.setup() == setup
    primary = [button.label for button in app.button if button.proto.type == "primary"]
    assert [label.partition(",")[0] for label in primary] == ["Measure again"]


def test_the_best_is_never_chosen_on_the_test_split_or_on_a_sample(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    knn, few = preset("knn", folder.task), preset("few-shot", folder.task)
    one = replace(KNN, setup=knn.to_dict(), setup_hash=knn.hash, value=0.5)
    other = replace(FEW, setup=few.to_dict(), setup_hash=few.hash, value=0.9)
    measured(folder, one, right=20)
    measured(folder, replace(other, n=10, limit=10), right=9)
    measured(folder, replace(other, split="test", key="k3"), right=36)
    app = open_page("scoreboard")
    assert app.button(key="use").label == "Use the best: knn"
    app.segmented_control(key="split").set_value("test").run()
    assert not app.exception
    assert "use" not in [button.key for button in app.button]


def test_the_page_says_on_what_it_was_measured_and_leaves_out_what_is_stale(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    measured(folder, KNN, right=36)
    measured(folder, replace(FEW, items_hash="of other items"), right=24)
    app = open_page("scoreboard")
    said = " ".join(m.value for m in app.markdown)
    assert "Measured on the 40 labelled examples outside the test split" in said
    assert "Measured before the examples changed, measure again: few-shot 0.60 (n = 40)." in said
    assert list(app.dataframe[0].value["Method"]) == ["knn"]


def test_a_measurement_of_a_few_is_called_a_sample_of_all(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    measured(folder, replace(FEW, n=10, limit=10), right=9)
    said = " ".join(m.value for m in open_page("scoreboard").markdown)
    outside = 40 - len(folder.split().test)
    assert 10 < outside < 40
    assert f"on a sample of 10 of the {outside} labelled examples outside the test split" in said


def test_everything_can_be_measured_with_a_server_that_was_added(
    folder: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ladder.models import add_server

    asked: list[dict[str, object]] = []
    monkeypatch.setattr("ladder.jobs.submit", lambda project, kind, spec: asked.append(spec))
    server = add_server("qwen3", "http://127.0.0.1:9/v1").reference
    app = open_page("scoreboard")
    app.selectbox(key="measured_model").set_value(server).run()
    assert app.button(key="measure").label == "Measure now, as fast as the server answers"
    app.button(key="measure").click().run()
    assert not app.exception
    assert asked[0]["model"] == server


def test_the_money_columns_are_explained_and_without_a_price_there_is_a_way_to_one(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    measured(folder, KNN, right=36)
    measured(folder, replace(FEW, deploy_cost_per_1k=0.2), right=24)
    app = open_page("scoreboard")
    assert list(app.dataframe[0].value["As deployed"]) == ["no LLM", "$0.20"]
    columns = json.loads(app.dataframe[0].proto.columns)
    assert "task card" in columns["Cost per 1,000"]["help"]
    assert "will deploy" in columns["As deployed"]["help"]
    assert any("No price is set" in m.value for m in app.markdown)
    assert app.button(key="set_price").label == "Set a price"


def test_with_a_price_there_is_no_word_about_setting_one(
    folder: TaskFolder, open_page: OpenPage
) -> None:
    measured(folder, replace(KNN, cost_per_1k=0.02), right=36)
    measured(folder, FEW, right=24)
    app = open_page("scoreboard")
    assert not any("No price is set" in m.value for m in app.markdown)
    assert not [button for button in app.button if button.key == "set_price"]
