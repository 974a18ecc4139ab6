from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ladder.errors import InputError
from ladder.files import read_json_lines, write_json
from ladder.jobs import RunContext
from training.data import Schedule
from training.recipe import recipe_for
from training.watch import Watch, checkpoints, take_over

MakeRun = Callable[..., RunContext]
TEN = Schedule(tuple(range(10)), tuple(range(100, 1100, 100)))


def state(step: int) -> Any:
    return SimpleNamespace(global_step=step)


def test_a_loss_that_is_no_number_ends_the_run_with_the_remedy(run_of: MakeRun) -> None:
    watch = Watch(run_of(recipe_for("lora")), TEN, "f", 60)
    watch.on_log(None, state(1), None, {"loss": 2.0, "learning_rate": 1e-3})
    with pytest.raises(InputError, match="at step 2: the steps are too large"):
        watch.on_log(None, state(2), None, {"loss": float("nan")})
    assert [line["loss"] for line in read_json_lines(watch.context.folder / "metrics.jsonl")] == [2]


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
