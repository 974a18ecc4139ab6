"""Power that goes, a disk that is full, a file cut short: no run is lost beyond its checkpoint."""

from __future__ import annotations

import logging
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import StorageError
from ladder.files import read_json, read_json_lines, write_json
from ladder.jobs import RunContext
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from tests.training.test_measuring import plain
from tests.training.test_methods import made, stop_after, tensors
from training.checkpoints import checkpoints
from training.jobs import run_train
from training.measurements import read
from training.prepare import prepare
from training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]
MakeRun = Callable[..., RunContext]
KILLS = 20
MEASURED = ["measure_items=4", "measure_every=10", "patience=0", "checkpoint_seconds=0"]


def in_a_process(context: RunContext) -> int:
    """Carry a run out in a process of its own, which has what this one has loaded."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        write_json(context.folder / "result.json", run_train(context, build_answerer))
        code = 0
    finally:
        os._exit(code)


def steps_of(run: Path) -> list[int]:
    return [line["step"] for line in read_json_lines(run / "metrics.jsonl")]


def wait_for_a_step(run: Path, saved: int) -> None:
    """Wait until a run has made a step that is not saved yet."""
    end = time.monotonic() + 20
    while max(steps_of(run), default=0) <= saved and time.monotonic() < end:
        time.sleep(0.02)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_run_killed_at_twenty_random_moments_ends_as_one_that_was_not(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    import datasets  # noqa: F401
    import trl

    library: Any = trl
    assert library.SFTTrainer is not None  # loaded once, not in each process
    recipe = made(tiny, "lora", "epochs=24", *MEASURED)
    fingerprint, folder = prepare(route, recipe).fingerprint, route.project.runs_folder
    whole = in_a_process(run_of(recipe, "whole"))
    moments = random.Random(7)
    before, saved, killed = None, 0, 0
    while killed < KILLS:
        context = run_of(recipe, f"run{killed}", retry_of=before)
        pid = in_a_process(context)
        if moments.random() < 0.8:  # else while it loads, perhaps
            wait_for_a_step(context.folder, saved)
        time.sleep(moments.uniform(0.0, 0.4))
        os.kill(pid, signal.SIGKILL)
        if os.waitpid(pid, 0)[1] == 0:
            break  # it was quicker
        killed, before = killed + 1, context.folder.name
        whole_ones = checkpoints(context.folder, fingerprint)
        if whole_ones:  # it has gone on from what was there, or further
            now = int(whole_ones[0].name.rpartition("-")[2])
            assert now >= saved
            saved = now
    last = run_of(recipe, "last", retry_of=before)
    assert killed >= KILLS // 2
    assert saved > 0
    assert os.waitpid(in_a_process(last), 0)[1] == 0
    assert os.waitpid(whole, 0)[1] == 0
    result = read_json(last.folder / "result.json")
    assert result["resumed_from"] >= saved
    assert steps_of(last.folder) == list(range(1, result["steps_planned"] + 1))
    assert plain(read(last.folder)) == plain(read(folder / "whole"))
    left, right = tensors(folder / "whole"), tensors(last.folder)
    assert all((left[name] == right[name]).all() for name in left)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_while_saving_ends_in_a_sentence_and_goes_on_from_the_one_before(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = made(tiny, "lora", "epochs=2", *MEASURED)
    whole, first = run_of(recipe, "whole"), run_of(recipe, "first")
    run_train(whole, build_answerer)
    say, soft = first.progress, resource.getrlimit(resource.RLIMIT_FSIZE)

    def full_at_four(done: int, total: int, message: str, left: Any = None) -> None:
        if done == 4:
            resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, soft[1]))
        say(done, total, message, left)

    monkeypatch.setattr(first, "progress", full_at_four)
    with (
        files_of_at_most(soft[0]),
        pytest.raises(StorageError, match="Free some space, then try again; trying again goes on "),
    ):
        run_train(first, build_answerer)
    kept = sorted(each.name for each in (first.folder / "checkpoints").iterdir())
    assert kept[-1] == "checkpoint-3"
    again = run_of(recipe, "again", retry_of="first")
    assert run_train(again, build_answerer)["resumed_from"] == 3
    left, right = tensors(whole.folder), tensors(again.folder)
    assert all((left[name] == right[name]).all() for name in left)


@pytest.mark.parametrize("file", ["optimizer.pt", "adapter_model.safetensors", "rng_state.pth"])
def test_a_checkpoint_that_was_cut_short_is_passed_over_for_the_one_before_and_the_log_says_so(
    file: str,
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    recipe = made(tiny, "lora", "epochs=2", *MEASURED)
    first = run_of(recipe, "first")
    stop_after(first, 5, monkeypatch)
    run_train(first, build_answerer)
    newest = first.folder / "checkpoints" / "checkpoint-5"
    os.truncate(newest / file, (newest / file).stat().st_size // 2)
    again = run_of(recipe, "again", retry_of="first")
    with caplog.at_level(logging.WARNING, "ladder.training"):
        result = run_train(again, build_answerer)
    assert result["resumed_from"] == 4
    assert f"checkpoint-5 is damaged: {file} has" in caplog.text
    assert steps_of(again.folder) == list(range(1, result["steps"] + 1))


def test_a_checkpoint_whose_best_weights_are_gone_is_no_full_one(
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    recipe = made(tiny, "lora", "epochs=2", "measure_items=4", "measure_every=2", "patience=0")
    first = run_of(recipe, "first")
    stop_after(first, 5, monkeypatch)
    run_train(first, build_answerer)
    shutil.rmtree(first.folder / "best")
    again = run_of(recipe, "again", retry_of="first")
    with caplog.at_level(logging.WARNING, "ladder.training"):
        assert run_train(again, build_answerer)["resumed_from"] == 0
    assert "checkpoint-5 lacks the best weights" in caplog.text


def test_a_run_tried_again_whose_second_try_saved_nothing_goes_on_from_the_first(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = made(tiny, "lora")
    first = run_of(recipe, "first")
    stop_after(first, 3, monkeypatch)
    run_train(first)
    run_of(recipe, "second", retry_of="first")  # lost before it did anything
    assert run_train(run_of(recipe, "third", retry_of="second"))["resumed_from"] == 3
