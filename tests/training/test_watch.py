from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ladder.files import read_json_lines, write_json
from ladder.jobs import RunContext
from training.checkpoints import checkpoints, take_over
from training.data import Schedule
from training.divergence import trouble
from training.recipe import recipe_for
from training.watch import Watch

MakeRun = Callable[..., RunContext]
TEN = Schedule(tuple(range(10)), tuple(range(100, 1100, 100)))


def state(step: int) -> Any:
    return SimpleNamespace(global_step=step)


def control() -> Any:
    return SimpleNamespace(should_save=True, should_training_stop=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_or_gradient_that_is_no_number_ends_the_run_with_the_remedy(
    run_of: MakeRun, value: float
) -> None:
    for what in ("loss", "grad_norm"):
        watch = Watch(run_of(recipe_for("lora"), f"{what}-{value}"), TEN, "f", 60)
        asked = control()
        watch.on_log(None, state(1), asked, {"loss": 2.0, "learning_rate": 1e-3})
        assert not asked.should_training_stop
        watch.on_log(None, state(2), asked, {"loss": 1.0, what: value})
        assert (asked.should_training_stop, asked.should_save) == (True, False)
        assert watch.ended == "diverged"
        assert "at step 2" in watch.advice
        assert "Lower learning_rate to a third" in watch.advice
        lines = read_json_lines(watch.context.folder / "metrics.jsonl")
        assert [line["loss"] for line in lines] == ([2, None] if what == "loss" else [2, 1])


def test_a_loss_that_stays_far_above_its_start_ends_the_run_and_a_peak_does_not() -> None:
    start = [2.0] * 5
    assert "above 6.00 in the last 10" in trouble(15, 6.0, 1.0, [*start, *[6.0] * 9])
    assert trouble(14, 6.0, 1.0, [*start, *[6.0] * 8]) == ""
    assert trouble(15, 6.0, 1.0, [*start, *[6.0] * 8, 4.9]) == ""
    assert trouble(15, 1.0, None, [*start, *[6.0] * 9]) == ""


def test_the_time_left_comes_from_the_tokens_of_the_steps_to_come(
    run_of: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("training.watch.time.monotonic", lambda: now[0])
    watch = Watch(run_of(recipe_for("lora")), TEN, "f", 60)
    control = SimpleNamespace(should_save=False, should_training_stop=False)
    watch.on_train_begin(None, state(0), control)
    for step in (1, 2, 3, 4):
        now[0] += 2.0
        watch.on_step_end(None, state(step), control)
    watch.on_log(None, state(4), control, {"loss": 1.0})
    line = read_json_lines(watch.context.folder / "metrics.jsonl")[-1]
    assert (line["tokens"], line["tokens_per_second"], line["seconds_left"]) == (400, 50.0, 12.0)
    assert watch.tokens_per_second == 50.0
    assert not control.should_save
    now[0] += 60.0
    watch.on_step_end(None, state(5), control)
    assert control.should_save
    assert not control.should_training_stop


def test_a_checkpoint_cut_short_or_of_another_recipe_is_not_gone_on_from(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for step, fingerprint in ((1, "f"), (2, "f"), (3, "other"), (4, None)):
        folder = old / "checkpoints" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        if fingerprint:
            write_json(folder / "complete.json", {"step": step, "fingerprint": fingerprint})
    assert [folder.name for folder in checkpoints(old, "f")] == ["checkpoint-2", "checkpoint-1"]
    copy = take_over(old, new, "f")
    assert copy == new / "checkpoints" / "checkpoint-2"
    assert take_over(old, new, "none") is None
