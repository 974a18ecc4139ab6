"""A run is measured while it trains: by the code that scores it later, and without a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ladder.evaluation import evaluate
from ladder.files import read_json, read_json_lines
from ladder.jobs import RunContext
from ladder.models.runs import trained_setup
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from tests.training.test_methods import SETTINGS, made, stop_after, tensors
from training.jobs import run_train
from training.measurements import Measurement, best_of, next_step, read, without_better
from training.prepare import prepare
from training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]
MakeRun = Callable[..., RunContext]
ALL = ["measure_items=12", "measure_every=2", "patience=0"]


def at(step: int, value: float, loss: float | None = 1.0, **more: Any) -> Measurement:
    rest = {"seconds": 1.0, "trained_seconds": 100.0} | more
    return Measurement(step, "accuracy", value, 0.0, 1.0, 10, 0, loss, **rest)


def plain(found: list[Measurement]) -> list[Measurement]:
    """Return measurements without the times that they took."""
    return [replace(each, seconds=0.0, trained_seconds=0.0) for each in found]


@pytest.mark.parametrize(
    ("which", "dtype"),
    [
        *((which, "float32") for which in SETTINGS if " " not in which),
        *((which, "bfloat16") for which in ("lora", "prefix-tuning", "prompt-tuning", "full")),
    ],
)
def test_a_measurement_is_the_score_that_the_run_has_when_it_is_loaded(
    which: str, dtype: Any, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    recipe = made(tiny, which, *ALL, f"dtype={dtype}")
    result = run_train(run_of(recipe), build_answerer)
    found = read(route.project.runs_folder / "r1")
    assert [each.step for each in found] == [0, 2, 4, 5]
    kept = next(each for each in found if each.step == result["kept_step"])
    setup = trained_setup("run:r1")
    setup = replace(setup, decoding=replace(setup.decoding, dtype=dtype))
    score = evaluate(route, setup, build_answerer)
    assert (kept.value, kept.low, kept.high, kept.n) == (
        score.value, score.low, score.high, score.n,
    )  # fmt: skip
    rows = {row["id"]: row for row in read_json_lines(route.answers_folder / f"{score.key}.jsonl")}
    assert len(kept.samples) == 4
    for sample in kept.samples:
        assert (sample.answer, sample.expected) == (rows[sample.id]["text"], sample.expected)
    losses = [each.loss for each in found]
    assert all(loss is not None and 0 < loss < 20 for loss in losses)


@pytest.mark.parametrize(
    ("which", "dtype"), [("lora", "float32"), ("prefix-tuning", "bfloat16"), ("full", "bfloat16")]
)
def test_measuring_changes_nothing_of_the_training(
    which: str, dtype: str, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    recipe = made(tiny, which, f"dtype={dtype}", "patience=0")
    bare = run_train(run_of(recipe, "bare"))
    watched = replace(recipe, measure_items=12, measure_every=2)
    result = run_train(run_of(watched, "watched"), build_answerer)

    def losses(run: str) -> list[float]:
        lines = read_json_lines(route.project.runs_folder / run / "metrics.jsonl")
        return [line["loss"] for line in lines]

    assert losses("bare") == losses("watched")
    if result["kept_step"] == bare["steps"]:
        left, right = (tensors(route.project.runs_folder / run) for run in ("bare", "watched"))
        assert all((left[name] == right[name]).all() for name in left)


@pytest.mark.parametrize("stop_at", [3, 4, 7])
def test_a_run_that_went_on_from_a_checkpoint_measured_and_kept_what_the_whole_one_did(
    stop_at: int,
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = made(tiny, "lora", "epochs=3", "measure_items=12", "measure_every=2", "patience=3")
    whole = run_train(run_of(recipe, "whole"), build_answerer)
    first = run_of(recipe, "first")
    stop_after(first, stop_at, monkeypatch)
    stopped = run_train(first, build_answerer)
    assert (stopped["stopped"], stopped["ended"]) == (True, "asked")
    again = run_train(run_of(recipe, "again", retry_of="first"), build_answerer)
    assert again["resumed_from"] == stop_at
    folder = route.project.runs_folder
    assert plain(read(folder / "whole")) == plain(read(folder / "again"))
    for name in ("kept_step", "steps", "ended"):
        assert whole[name] == again[name], name
    left, right = tensors(folder / "whole"), tensors(folder / "again")
    assert all((left[name] == right[name]).all() for name in left)
    assert not (folder / "again" / "best").exists()


def test_a_run_that_gets_no_better_stops_early_and_keeps_the_best_step(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    more = ["epochs=40", "head=classify", "learning_rate=0.05", "measure_items=12"]
    recipe = tiny("lora", "batch_size=4", *more, "measure_every=3", "patience=2")
    result = run_train(run_of(recipe), build_answerer)
    found = read(route.project.runs_folder / "r1")
    best = best_of(found)
    assert best is not None
    assert (result["ended"], result["stopped"]) == ("early", False)
    assert result["steps"] < result["steps_planned"]
    assert result["kept_step"] == best.step == found[-3].step
    assert result["validation"]["best"]["value"] == best.value
    assert result["validation"]["times"] == len(found)
    score = evaluate(route, trained_setup("run:r1"), build_answerer)
    assert score.value == best.value


def test_a_run_that_diverges_ends_with_advice_and_keeps_what_was_best(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import watch
    from training.divergence import trouble as real

    def from_five(step: int, loss: Any, gradient: Any, before: Any) -> str:
        return real(step, float("nan") if step == 5 else loss, gradient, before)

    monkeypatch.setattr(watch, "trouble", from_five)
    result = run_train(run_of(made(tiny, "lora", *ALL)), build_answerer)
    assert result["ended"] == "diverged"
    assert "Lower learning_rate to a third" in result["advice"]
    assert (result["steps"], result["kept_step"] in (2, 4)) == (5, True)


def test_without_validation_examples_nothing_is_measured_and_the_reason_says_so(
    tiny: MakeRecipe, home: Any
) -> None:
    from ladder.project import Task, create_project
    from tests.training.conftest import tickets

    folder = create_project("few").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(tickets(15))
    plan = prepare(folder, tiny("lora"))
    assert plan.recipe.measure_items == 0
    assert "does not stop early, and the last weights are kept" in plan.reasons["measure_items"]


def test_how_much_is_measured_is_chosen_by_its_share_of_the_training_time(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    short, long = prepare(route, tiny("lora")), prepare(route, tiny("lora", "epochs=60"))
    assert short.recipe.measure_items == long.recipe.measure_items == 12  # all there are
    assert "12 of 12 validation examples" in short.reasons["measure_items"]
    assert "of the training time" in long.reasons["measure_every"]
    assert long.recipe.measure_every
    assert short.recipe.measure_every
    assert long.schedule.steps / long.recipe.measure_every > 8
    assert short.schedule.steps / short.recipe.measure_every <= 2
    assert long.estimate.seconds.p50 > 0


def test_the_best_measurement_is_the_highest_and_among_equals_that_of_the_lowest_loss() -> None:
    found = [at(0, 0.9), at(2, 0.4), at(4, 0.6, 2.0), at(6, 0.6, 1.5), at(8, 0.6, None)]
    best = best_of(found)
    assert best is not None
    assert best.step == 6
    assert without_better(found) == 1
    assert best_of(found[:1]) is None
    assert without_better(found[:1]) == 0


def test_measuring_that_takes_too_long_comes_more_seldom() -> None:
    quick = [at(0, 0.1), at(10, 0.2, seconds=5.0)]
    assert next_step(quick, 10, 100) == 20
    slow = [at(0, 0.1, seconds=40.0), at(10, 0.2, seconds=40.0)]
    assert next_step(slow, 10, 1000) == 10 + 10 * 8  # 80 s where 10 were meant
    assert next_step(slow, 10, 50) == 50
    assert next_step([], 10, 7) == 7


def test_the_record_lists_what_was_measured(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    from training.runs import training_runs

    run_train(run_of(made(tiny, "lora", *ALL)), build_answerer)
    told = training_runs(route.project)[0].to_json()
    assert [each["step"] for each in told["measurements"]] == [0, 2, 4, 5]
    last = told["measurements"][-1]
    assert {"value", "low", "high", "n", "loss", "samples"} <= last.keys()
    assert told["now"]["memory_gb"] > 0
    assert told["now"]["step"] == 5
    assert read_json(route.project.runs_folder / "r1" / "trained_on.json")["ids"]
