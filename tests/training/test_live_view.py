"""The Train page while a run goes on, and what it says of how the run ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ladder.files import append_json, write_json
from ladder.jobs import store
from ladder.jobs.records import add_event, new_run
from ladder.project import TaskFolder
from tests.training.test_train_page import finished
from training import measurements
from training.live_view import ended_words, metric_points, not_scored_words, now_tiles, sample_rows
from training.measurements import Measurement, Sample
from training.recipe import recipe_for

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]


def at(step: int, value: float, loss: float | None = 1.0) -> Measurement:
    shown = (Sample("v1", "a  card\nlost", "card", f"answer {step}", 1.0 if step else 0.0),)
    return Measurement(step, "accuracy", value, 0.1, 0.9, 40, 0, loss, 2.0, 50.0, shown)


FOUND = [at(0, 0.2, 3.0), at(10, 0.5), at(20, 0.7, 0.8), at(30, 0.6, None), at(40, 0.6)]


def result(**more: Any) -> dict[str, Any]:
    short = {
        name: None if each is None else each.to_json() | {"samples": None}
        for name, each in (("start", FOUND[0]), ("best", FOUND[2]), ("last", FOUND[-1]))
    }
    times = {"times": 5, "seconds": 10.0, "share": 0.08}
    usual = {"ended": "early", "steps": 40, "steps_planned": 100, "validation": short | times}
    return usual | more


def test_the_best_measurement_is_marked_and_the_start_is_none() -> None:
    points = metric_points(FOUND)
    assert [point["Step"] for point in points if point["Best"]] == [20]
    assert not any(point["Best"] for point in metric_points(FOUND[:1]))


def test_how_it_stands_is_said_in_numbers_and_empty_before_the_first_step() -> None:
    assert now_tiles(None, FOUND) == []
    line = {"loss": 1.234, "tokens_per_second": 1234.5, "learning_rate": 2e-4,
            "memory_gb": 1.5, "seconds_left": 90}  # fmt: skip
    tiles = {title: (value, words) for title, value, words in now_tiles(line, FOUND)}
    assert tiles["Accuracy"][0] == "0.60"
    assert "Best so far: accuracy 0.70 (0.10 to 0.90, n = 40) at step 20" in tiles["Accuracy"][1]
    assert tiles["Tokens a second"][0] == "1,234"
    assert tiles["Memory"][0] == "1.5 GB"
    assert tiles["Time left"][0] == "2 min"
    assert "Accuracy" not in {title for title, _, _ in now_tiles(line, [])}


def test_samples_are_a_row_each_with_the_start_and_the_newest_answers() -> None:
    (row,) = sample_rows(FOUND)
    assert list(row) == ["Text", "Right answer", "At the start", "Step 20", "Step 30", "Step 40"]
    assert row["Text"] == "a card lost"
    assert (row["At the start"], row["Step 40"]) == ("wrong: answer 0", "right: answer 40")
    assert sample_rows([]) == []


def test_how_a_run_ended_is_said_with_which_weights_are_kept() -> None:
    ((warning, words),) = ended_words(result())
    assert not warning
    assert "Kept are the weights of its best measurement: accuracy 0.70" in words
    assert "stopped early, at step 40 of 100: nothing measured from step 20 to 40" in words
    assert "5 measurements took 10 s, 8% of the run." in words
    assert "stopped early" not in ended_words(result(ended="finished"))[0][1]
    assert ended_words({"steps": 3}) == []


def test_a_run_that_went_astray_or_got_no_better_is_warned_of() -> None:
    said = ended_words(result(advice="Lower learning_rate."))
    assert said[0] == (True, "It was stopped because it went astray. Lower learning_rate.")
    data = result()
    data["validation"]["start"]["value"] = 0.8
    assert "No measurement was above the start (accuracy 0.80)" in ended_words(data)[-1][1]


def test_a_run_without_a_score_says_what_is_known_of_it() -> None:
    assert "a falling loss says only" in not_scored_words({})
    assert "the measurements above chose its weights" in not_scored_words(result())


def measured(run: Path) -> None:
    for each in FOUND:
        measurements.add(run, each)


def test_the_page_shows_both_curves_and_the_samples_while_it_trains(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.reconcile._last_words", lambda job: job)
    spec = {"task": "route", "method": "lora", "recipe": recipe_for("lora").to_dict()}
    job = new_run(route.project.runs_folder / "20261122-000000-bbbbbb", "train", spec)
    store.put(add_event(job.folder, "starting", slot="cpu"))
    import os

    import psutil

    add_event(job.folder, "started", pid=os.getpid(), pid_started=psutil.Process().create_time())
    measured(job.folder)
    append_json(job.folder / "metrics.jsonl", {"step": 41, "steps": 100, "loss": 2.5})
    app = open_page("train")
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 2
    assert app.metric[0].label == "Accuracy"
    assert app.dataframe[0].value["At the start"].tolist() == ["wrong: answer 0"]


def test_the_page_says_how_the_newest_run_ended(route: TaskFolder, open_page: OpenPage) -> None:
    from ladder.files import read_json

    folder = route.project.runs_folder / finished(route)
    measured(folder)
    write_json(folder / "result.json", read_json(folder / "result.json") | result())
    app = open_page("train")
    assert not app.exception
    assert "Kept are the weights of its best measurement" in " ".join(m.value for m in app.markdown)
