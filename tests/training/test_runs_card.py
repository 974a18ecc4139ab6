"""Runs side by side, the queue, and recipes as YAML on the Train page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from ladder.errors import InputError
from ladder.evaluation.rows import Row, append_row
from ladder.evaluation.score import Score
from ladder.files import append_json, write_json, write_text
from ladder.jobs import store
from ladder.jobs.records import add_event, new_run
from ladder.project import TaskFolder
from training import runs_view
from training.measurements import Measurement, add
from training.recipe import Recipe, recipe_for
from training.recipe_card import parsed
from training.runs import training_runs

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]


def run_of(folder: TaskFolder, number: int, ending: str = "done", **fields: Any) -> Path:
    """Make the folder of a run as the worker would leave it, or one that waits."""
    recipe = Recipe.from_dict(recipe_for("lora").to_dict() | fields)
    spec = {"task": folder.task.name, "method": recipe.method, "recipe": recipe.to_dict()}
    name = f"20261130-00000{number}-aaaaa{number}"
    job = new_run(folder.project.runs_folder / name, "train", spec)
    store.put(job)
    run = job.folder
    write_text(run / "recipe.yaml", recipe.to_yaml({"rank": "because"}))
    if ending == "queued":
        return run
    store.put(add_event(run, "starting", slot="cpu"))
    if ending == "running":
        me = psutil.Process()
        add_event(run, "started", pid=me.pid, pid_started=me.create_time())
        return run
    write_json(run / "adapter" / "adapter_config.json", {"task_type": "CAUSAL_LM"})
    write_text(run / "setup.yaml", "{answerer: labels, task: route, model: m}")
    for step in range(1, 4):
        append_json(run / "metrics.jsonl", {"step": step, "loss": number / step})
    for step, value in ((0, 0.1), (3, 0.2 * number)):
        add(run, Measurement(step, "accuracy", value, 0.0, 0.9, 20, 0, 1.0, 1.0, 9.0))
    write_json(
        run / "result.json",
        {
            "model": recipe.model, "steps": 3, "steps_planned": 3, "tokens": 900, "seconds": 9.0,
            "tokens_per_second": 100.0, "memory_gb": 2.5, "rows": 30, "trained_share": 0.01,
            "adapter_mb": 2.0,
        },
    )  # fmt: skip
    add_event(run, ending)
    return run


def test_filters_leave_the_runs_that_fit_all_of_them(route: TaskFolder) -> None:
    run_of(route, 1)
    run_of(route, 2, rank=4)
    run_of(route, 3, "failed")
    runs = training_runs(route.project)

    def ids(**filters: Any) -> list[str]:
        return [run.job.id[-1] for run in runs_view.chosen(runs, **filters)]

    assert sorted(ids()) == ["1", "2", "3"]
    assert ids(text="rank: 4") == ["2"]
    assert sorted(ids(states=["Done"])) == ["1", "2"]
    assert ids(methods=["classifier"]) == []
    assert runs_view.methods_of(runs) == ["lora"]


def test_the_table_says_what_each_run_took_and_scored(route: TaskFolder) -> None:
    run_of(route, 1)
    run_of(route, 2, "failed")
    one, two = sorted(runs_view.table(training_runs(route.project), []), key=lambda x: x["Run"])
    assert one["While training"] == "0.20 (0.00 to 0.90, n = 20)"
    assert (one["Memory"], one["Trained"], one["Kept"]) == ("2.5 GB", "1.00%", "2.0 MB")
    assert one["Score"] == "not measured"
    assert two["State"] == "Failed"


def test_only_settings_that_differ_are_shown(route: TaskFolder) -> None:
    run_of(route, 1, learning_rate=1e-3)
    run_of(route, 2, rank=4, learning_rate=1e-3, seed=7)
    rows = runs_view.differing(training_runs(route.project))
    assert [row["Setting"] for row in rows] == ["rank"]
    assert set(rows[0].values()) == {"rank", "16", "4"}


def test_runs_that_were_measured_are_compared_in_pairs(route: TaskFolder) -> None:
    scores = []
    for number in (1, 2):
        name = run_of(route, number, rank=number).name
        rows = [
            Row(str(i), "card", True, "card", "card" if number == 1 or i % 2 else "x")
            for i in range(40)
        ]
        key = f"{number}" * 8
        for row in rows:
            append_row(route.answers_folder / f"{key}.jsonl", row)
        data = {"method": "lora", "model": f"run:{name}", "key": key}
        scores.append(_score(data, sum(row.score("accuracy") for row in rows) / 40))
    (sentence,) = runs_view.verdicts(route, training_runs(route.project), scores)
    assert "lora aaaaa1" in sentence
    assert "lora aaaaa2" in sentence
    assert "on the same 40 examples" in sentence
    assert runs_view.verdicts(route, training_runs(route.project), scores[:1]) == []


def _score(data: dict[str, Any], value: float) -> Score:
    known: dict[str, Any] = {
        "setup_hash": data["key"], "split": "validation", "metric": "accuracy", "score": value,
        "ci_low": 0.1, "ci_high": 0.9, "n": 40,
    }  # fmt: skip
    return Score.from_json(known | data)


def test_the_page_shows_two_runs_beside_each_other(route: TaskFolder, open_page: OpenPage) -> None:
    run_of(route, 1)
    run_of(route, 2, rank=4)
    app = open_page("train")
    assert not app.exception
    (compared,) = (each for each in app.multiselect if each.key == "runs_compared")
    assert len(compared.value) == 2
    assert len(app.get("vega_lite_chart")) >= 3  # the newest run's loss, and two comparisons
    app.multiselect(key="runs_methods").set_value(["lora"]).run()
    app.text_input(key="runs_text").set_value("nothing is so").run()
    assert any("No run is like that" in each.value for each in app.markdown)


def test_a_run_that_waits_can_be_taken_out_of_the_queue(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.reconcile._last_words", lambda job: job)
    run_of(route, 1, "running")
    waiting = run_of(route, 2, "queued")
    taken: list[str] = []
    monkeypatch.setattr("ladder.jobs.cancel", taken.append)
    app = open_page("train")
    assert not app.exception
    assert any("One more waits" in each.value for each in app.markdown)
    assert any(button.label.startswith("Start, about") for button in app.button)
    app.button(key=f"unqueue_{waiting.name}").click().run()
    assert taken == [waiting.name]


def test_a_recipe_that_is_pasted_fills_the_whole_form(
    route: TaskFolder, open_page: OpenPage
) -> None:
    app = open_page("train")
    app.number_input(key="lora_quick_rank").set_value(4).run()
    app.text_area(key="recipe_pasted").set_value("method: ia3\nbatch_size: 2").run()
    app.button(key="recipe_fill").click().run()
    assert not app.exception
    assert app.selectbox(key="train_method").value == "ia3"
    size = app.selectbox(key="train_preset").value
    assert app.number_input(key=f"ia3_{size}_batch_size").value == 2
    app.text_area(key="recipe_pasted").set_value("method: lora\nmax_tokens: 15000").run()
    app.button(key="recipe_fill").click().run()
    assert app.selectbox(key="train_preset").value == "quick"
    assert app.number_input(key="lora_quick_rank").value == 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("method: [", "no YAML"),
        ("- lora", "`name: value`"),
        ("1: 2", "`name: value`"),
        ("rank: many", "rank is 'many'"),
        ("colour: red", "no setting"),
        ("x" * 100_001, "100,001 letters"),
        ("!!python/object/apply:os.system [ls]", "no YAML"),
    ],
)
def test_what_is_no_recipe_is_refused_with_a_reason(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parsed(text)


def test_a_recipe_survives_yaml_both_ways(route: TaskFolder) -> None:
    recipe = Recipe.from_dict({"method": "adapter", "batch_size": 2, "learning_rate": 3e-4})
    assert parsed(recipe.to_yaml({"learning_rate": "a: reason"})) == recipe
