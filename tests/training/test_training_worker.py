"""Runs as the queue carries them out: in a process of their own, which may be killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ladder.cli import app
from ladder.errors import ModelError
from ladder.files import read_json, read_json_lines
from ladder.jobs import Job, cancel, follow, job, jobs, processes, retry
from ladder.models import ModelCard, available, load_generator
from ladder.project import TaskFolder
from training.jobs import start
from training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]


@pytest.fixture(autouse=True)
def _leave_nothing(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    yield
    for item in jobs():
        processes.end(processes.family(item.pid, item.pid_started, item.folder))
        processes.reap(item.folder)


def steps_of(item: Job) -> int:
    lines = read_json_lines(item.folder / "metrics.jsonl")
    return int(lines[-1]["step"]) if lines else 0


def wait_for(run_id: str, holds: Callable[[Job], bool]) -> Job:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        now = job(run_id)
        if holds(now):
            return now
        assert not now.over, (now.error, now.log_tail())
        time.sleep(0.05)
    pytest.fail(f"It did not come: {job(run_id)}")


def test_a_run_killed_in_the_middle_goes_on_from_its_checkpoint_when_tried_again(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    run_id = start(route, tiny("lora", "epochs=40", "checkpoint_seconds=0"))
    now = wait_for(run_id, lambda item: steps_of(item) >= 4)
    assert now.pid is not None
    os.kill(now.pid, signal.SIGKILL)
    lost = wait_for(run_id, lambda item: item.over)
    assert lost.state == "lost"
    assert "trying again goes on from it" in str(lost.error)
    done = follow(retry(run_id), lambda _: None)
    assert done.state == "done", done.log_tail()
    assert done.result["resumed_from"] >= 3
    steps = [line["step"] for line in read_json_lines(done.folder / "metrics.jsonl")]
    assert steps == list(range(1, done.result["steps_planned"] + 1))
    assert "Warning" not in done.log_tail(1000)


def test_a_cancelled_run_keeps_what_it_learned(route: TaskFolder, tiny: MakeRecipe) -> None:
    run_id = start(route, tiny("lora", "epochs=100"))
    wait_for(run_id, lambda item: steps_of(item) >= 2)
    now = cancel(run_id, wait=True, grace=30)
    assert now.state == "cancelled"
    assert now.result["stopped"]
    assert 0 < now.result["steps"] < now.result["steps_planned"]
    assert f"run:{run_id}" in [card.reference for card in available()]


def test_the_command_trains_lists_and_scores_a_classifier(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    def ladder(*arguments: str) -> str:
        ran = CliRunner().invoke(app, list(arguments))
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    model = tiny().model
    common = ["train", "demo", "--method", "classifier", "--set", f"model={model}"]
    plan = json.loads(ladder(*common, "--set", "rank=4", "--dry-run", "--json"))
    assert plan["estimate"]["steps"] > 0
    assert plan["recipe"]["head"] == "classify"
    chosen = {"epochs", "learning_rate", "alpha", "batches", "measure_items", "measure_every"}
    assert set(plan["reasons"]) == chosen
    assert jobs() == []
    result = json.loads(ladder(*common, "--set", "epochs=1", "--set", "rank=4", "--json"))
    assert result["reference"] == f"run:{result['id']}"
    assert read_json(route.project.runs_folder / result["id"] / "result.json")["steps"] > 0
    listed = json.loads(ladder("runs", "demo", "--json"))
    assert [run["reference"] for run in listed] == [result["reference"]]
    assert result["reference"] in ladder("runs")
    score = json.loads(ladder("evaluate", "demo", "--model", result["reference"], "--json"))
    assert (score["method"], score["errors"]) == ("classifier", 0)
    cards: list[ModelCard] = [c for c in available() if c.reference == result["reference"]]
    assert [card.kind for card in cards] == ["classifier"]


def test_the_command_refuses_a_task_with_no_outputs(route: TaskFolder) -> None:
    with route.editing() as rows:
        rows[:] = [replace(row, output=None) for row in rows]
    ran = CliRunner().invoke(app, ["train", "demo"])
    assert ran.exit_code == 2
    assert "None of the 60 examples" in ran.stderr
    assert jobs() == []


def test_detached_it_returns_at_once_and_a_classifier_is_not_asked_to_write(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    settings = ["--method", "classifier", "--set", f"model={tiny().model}", "--set", "epochs=1"]
    ran = CliRunner().invoke(app, ["train", "demo", *settings, "--detach", "--json"])
    assert ran.exit_code == 0, ran.output
    run_id = json.loads(ran.stdout)["id"]
    assert follow(run_id, lambda _: None).state == "done"
    with pytest.raises(ModelError, match="it names labels and cannot write"):
        load_generator(f"run:{run_id}", "float32")


def dry(*options: str, code: int = 0) -> Any:
    """Return the recipe that `ladder train` would carry out, or its refusal."""
    ran = CliRunner().invoke(app, ["train", "demo", *options, "--dry-run", "--json"])
    assert ran.exit_code == code, ran.output
    return json.loads(ran.stdout)["recipe"] if code == 0 else ran.stderr


def test_a_recipe_of_another_method_than_the_one_asked_is_refused(
    route: TaskFolder, tmp_path: Path
) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("head: generate\nmodel: smollm2-135m-instruct\n", encoding="utf-8")
    refusal = dry("--method", "classifier", "--recipe", str(file), code=2)
    assert "head: generate, which trains a lora, and the method asked for is classifier" in refusal
    refusal = dry("--method", "lora", "--set", "head=classify", code=2)
    assert "leave --method out, or set head to generate" in refusal


def test_without_a_method_it_is_the_recipes_with_that_methods_defaults(
    route: TaskFolder, tmp_path: Path
) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("rank: 4\nhead: classify\n", encoding="utf-8")
    recipe = dry("--recipe", str(file))
    assert (recipe["head"], recipe["rank"]) == ("classify", 4)
    assert recipe["model"] == "all-minilm-l6-v2"
    file.write_text("rank: 4\n", encoding="utf-8")
    assert dry("--recipe", str(file))["head"] == "generate"
    assert dry("--method", "classifier", "--recipe", str(file))["model"] == "all-minilm-l6-v2"
