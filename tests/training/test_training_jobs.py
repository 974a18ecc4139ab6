from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from ladder.answering import Setup
from ladder.errors import ModelError
from ladder.evaluation import evaluate, scoreboard
from ladder.files import read_json, read_json_lines
from ladder.jobs import RunContext
from ladder.models import load_generator
from ladder.models.runs import trained_setup
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from training.jobs import run_train, start
from training.recipe import Recipe, recipe_for

MakeRecipe = Callable[..., Recipe]
MakeRun = Callable[..., RunContext]


def test_a_whole_run_leaves_every_file_and_answers_as_run_id(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    context = run_of(tiny("lora", "epochs=2"))
    result = run_train(context)
    run = context.folder
    for name in ("recipe.yaml", "setup.yaml", "metrics.jsonl", "card.md", "trained_on.json"):
        assert (run / name).is_file(), name
    assert (run / "adapter" / "adapter_model.safetensors").is_file()
    assert not (run / "checkpoints").exists()
    split = route.split()
    seen = read_json(run / "trained_on.json")["ids"]
    assert set(seen) == set(split.train)
    lines = read_json_lines(run / "metrics.jsonl")
    assert [line["step"] for line in lines] == list(range(1, result["steps"] + 1))
    assert lines[-1]["tokens"] == result["tokens"]
    assert lines[-1]["seconds_left"] == 0
    assert result["steps"] == result["steps_planned"]
    assert not result["stopped"]
    resolved = Recipe.from_dict(yaml.safe_load((run / "recipe.yaml").read_text()))
    assert resolved.learning_rate == 1e-3
    assert "# five times LoRA's usual" in (run / "recipe.yaml").read_text()
    setup = Setup.from_dict(yaml.safe_load((run / "setup.yaml").read_text()))
    assert setup.model == resolved.model
    generator = load_generator("run:r1", "float32")
    assert generator.complete([{"role": "plain", "content": "Text:"}], max_new_tokens=2)


def test_a_run_is_scored_only_on_what_it_never_saw(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    run_train(run_of(tiny()))
    score = evaluate(route, trained_setup("run:r1"), build_answerer)
    split = route.split()
    assert (score.n, score.scheme, score.method) == (len(split.validation), "held-out", "lora")
    rows = read_json_lines(route.answers_folder / f"{score.key}.jsonl")
    assert not {row["id"] for row in rows} & set(split.train)


def test_a_classifier_on_a_decoder_learns_the_words_and_answers_with_labels(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    context = run_of(tiny("classifier", "epochs=12", "learning_rate=0.02"))
    result = run_train(context)
    assert read_json(context.folder / "adapter" / "labels.json") == ["account", "card", "refund"]
    assert result["loss_last"] < result["loss_first"] / 2
    score = evaluate(route, trained_setup("run:r1"), build_answerer)
    assert score.method == "classifier"
    assert score.value >= 0.8
    assert score.errors == 0
    assert score.p50_ms is not None
    assert [s.method for s in scoreboard(route)] == ["classifier"]


def test_a_stopped_run_saves_what_it_has(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = run_of(tiny("lora", "epochs=5"))
    say = context.progress

    def stop_at_two(done: int, total: int, message: str, left: Any = None) -> None:
        if done == 2:
            context.stop.set()
        say(done, total, message, left)

    monkeypatch.setattr(context, "progress", stop_at_two)
    result = run_train(context)
    assert (result["steps"], result["stopped"]) == (2, True)
    assert (context.folder / "adapter" / "adapter_config.json").is_file()
    assert (context.folder / "checkpoints" / "checkpoint-2" / "complete.json").is_file()
    assert "stopped early" in (context.folder / "card.md").read_text()


def test_trying_again_goes_on_from_the_checkpoint_to_the_same_weights(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    recipe = tiny("lora", "epochs=2", "dropout=0")
    whole = run_of(recipe, "whole")
    assert run_train(whole)["resumed_from"] == 0
    first = run_of(recipe, "first")
    say = first.progress

    def stop_at_two(done: int, total: int, message: str, left: Any = None) -> None:
        if done == 2:
            first.stop.set()
        say(done, total, message, left)

    monkeypatch.setattr(first, "progress", stop_at_two)
    run_train(first)
    again = run_of(recipe, "again", retry_of="first")
    result = run_train(again)
    assert result["resumed_from"] == 2
    steps = [line["step"] for line in read_json_lines(again.folder / "metrics.jsonl")]
    assert steps == list(range(1, result["steps_planned"] + 1))
    file = "adapter/adapter_model.safetensors"
    left, right = load_file(whole.folder / file), load_file(again.folder / file)
    assert all((left[name] - right[name]).abs().max() < 1e-6 for name in left)


def test_another_recipe_does_not_go_on_from_the_checkpoint(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    first = run_of(tiny(), "first")
    run_train(first)
    again = run_of(tiny("lora", "seed=1"), "again", retry_of="first")
    assert run_train(again)["resumed_from"] == 0


def test_a_base_that_is_not_there_is_refused_before_launch(
    route: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.submit", lambda *_: pytest.fail("it was launched"))
    for model, reason in (("path:/nosuch", "has no config.json"), ("", "names no model")):
        with pytest.raises(ModelError, match=reason):
            start(route, replace(recipe_for("lora"), model=model))


def test_a_classifier_that_was_trained_can_be_tested_and_asked(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    from ladder.models import test_model
    from rag.conversation import ask

    run_train(run_of(tiny("classifier")))
    result = test_model("run:r1")
    assert result.ok, result.sentence
    assert result.sentence.startswith("It names one of 3 labels: ")
    given = ask(route.project, "refund me", task="route", model="run:r1")
    assert given["method"] == "classifier"
    assert given["answer"] in route.labels()
