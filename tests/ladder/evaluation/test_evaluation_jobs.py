from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ladder.answering import Setup
from ladder.errors import InputError, ModelError
from ladder.evaluation import scoreboard
from ladder.evaluation.estimate import method_seconds
from ladder.evaluation.jobs import run_evaluate, run_measure
from ladder.jobs.context import Cancelled, RunContext
from ladder.methods import METHODS, why_not
from ladder.models.fakes import use_fakes
from ladder.project.task import Example, Task
from ladder.project.task_folder import TaskFolder
from ladder.project.workspace import create_project
from rag.answerers import build_answerer


class Watched(RunContext):
    """A run's context that remembers its progress."""

    def progress(
        self, done: int, total: int, message: str = "", seconds_left: float | None = None
    ) -> None:
        self.seen = [*getattr(self, "seen", []), (done, total, message)]
        self.lefts = [*getattr(self, "lefts", []), (message, seconds_left)]
        super().progress(done, total, message, seconds_left)


def context(folder: TaskFolder, tmp_path: Path, **spec: Any) -> Watched:
    return Watched(folder.project, {"task": folder.task.name, **spec}, tmp_path)


def test_evaluate_scores_a_method(route: TaskFolder, tmp_path: Path) -> None:
    with use_fakes():
        result = run_evaluate(
            context(route, tmp_path, method="1-nn", split="test", limit=10, seed=3), build_answerer
        )
    assert (result["method"], result["split"], result["n"]) == ("1-nn", "test", 10)
    assert result["seed"] == 3
    assert 0 <= result["ci_low"] <= result["score"] <= result["ci_high"] <= 1


def test_evaluate_scores_a_setup_with_another_model(route: TaskFolder, tmp_path: Path) -> None:
    setup = Setup("generate", "route", model="m").to_dict()
    with use_fakes("card"):
        result = run_evaluate(
            context(route, tmp_path, setup=setup, model="path:other"), build_answerer
        )
    assert (result["method"], result["model"]) == ("zero-shot", "path:other")
    with pytest.raises(InputError, match="a method or a Setup"):
        run_evaluate(context(route, tmp_path), build_answerer)


def test_measure_scores_every_method_in_one_job(route: TaskFolder, tmp_path: Path) -> None:
    job = context(route, tmp_path)
    with use_fakes("card"):
        result = run_measure(job, build_answerer)
    sensible = [name for name in METHODS if not why_not(name, route.task)]
    assert [score["method"] for score in result["scores"]] == sensible
    assert (result["failed"], set(result["skipped"])) == ({}, set(METHODS) - set(sensible))
    assert [score.method for score in scoreboard(route)] == sensible
    done = [done for done, _, _ in job.seen]
    assert done == sorted(done)
    total = result["scores"][0]["n"] * len(sensible)
    assert {t for _, t, _ in job.seen} == {total}
    assert done[-1] == total
    assert "few-shot" in job.seen[-1][2]


def test_a_method_that_fails_is_recorded_and_the_others_go_on(
    route: TaskFolder, tmp_path: Path
) -> None:
    with use_fakes("!The server does not answer; start it."):
        result = run_measure(context(route, tmp_path), build_answerer)
    assert set(result["failed"]) == {"zero-shot", "few-shot"}
    assert "The server does not answer" in result["failed"]["few-shot"]
    assert len(result["scores"]) == 4
    with use_fakes("!The server does not answer; start it."), pytest.raises(ModelError, match="no"):
        run_measure(context(route, tmp_path, methods=["zero-shot"]), build_answerer)


def test_measure_leaves_out_what_makes_no_sense(home: Path, tmp_path: Path) -> None:
    folder = create_project("demo").add_task(Task("answer", "qa"))
    folder.add_examples([Example(f"q{i}", f"what is {i}", f"it is {i}") for i in range(12)])
    with use_fakes("it is 3"):
        result = run_measure(
            context(folder, tmp_path, methods=["knn", "1-nn", "lora"]), build_answerer
        )
    assert [score["method"] for score in result["scores"]] == ["1-nn"]
    assert "makes no sense for qa" in result["skipped"]["knn"]
    assert "no method" in result["skipped"]["lora"]


def test_a_cancelled_measure_keeps_what_was_done(route: TaskFolder, tmp_path: Path) -> None:
    job = context(route, tmp_path)

    def say(messages: Any) -> str:
        job.stop.set()
        return "card"

    with use_fakes(say), pytest.raises(Cancelled):
        run_measure(job, build_answerer)
    assert [score.method for score in scoreboard(route)] == ["majority", "1-nn", "knn", "logistic"]
    again = context(route, tmp_path)
    with use_fakes("card") as generator:
        run_measure(again, build_answerer)
    n = scoreboard(route)[0].n
    assert len(generator.asked) == 2 * n - 1  # the one answer that was there is not asked again


def test_while_a_fast_baseline_runs_the_time_left_holds_the_slow_methods_to_come(
    route: TaskFolder, tmp_path: Path
) -> None:
    watched = context(route, tmp_path, methods=["majority", "zero-shot", "few-shot"])
    expected = method_seconds(route, "zero-shot") + method_seconds(route, "few-shot")
    with use_fakes():
        run_measure(watched, build_answerer)
    assert all(left is not None for _, left in watched.lefts), "nobody else knows it better"
    said = [left for message, left in watched.lefts if "majority" in message]
    assert said
    assert min(said) >= expected
    last = [left for message, left in watched.lefts if "few-shot" in message and left is not None]
    assert last[-1] < expected, "the end of the last method waits for nothing more"
