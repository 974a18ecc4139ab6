from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import Setup
from ladder.evaluation.rows import read_rows
from ladder.files import read_json
from ladder.jobs import RunContext
from ladder.jobs.context import Cancelled
from ladder.jobs.worker import KINDS
from ladder.methods import preset
from ladder.project import TaskFolder
from rag.few_shot.board import kept_board
from rag.few_shot.candidates import asked_as, base_setup
from rag.few_shot.jobs import run_icl
from rag.few_shot.leaderboard import leaderboard


def context(folder: TaskFolder, run: Path, **spec: Any) -> RunContext:
    run.mkdir(exist_ok=True)
    return RunContext(folder.project, {"task": "route", **spec}, run, threading.Event())


def test_the_job_keeps_the_board_and_says_how_far_it_is(
    skilled: Any, route: TaskFolder, tmp_path: Path
) -> None:
    job = context(route, tmp_path / "run", limit=20, seed=3)
    result = run_icl(job, skilled(route))
    job.save_progress()
    board = kept_board(route)
    assert board is not None
    assert (board.n, board.limit, board.seed) == (20, 20, 3)
    assert result["choice"] == board.choice
    progress = read_json(tmp_path / "run" / "progress.json")
    assert 0 < progress["done"] <= progress["total"]
    assert "icl" in KINDS


def test_the_job_measures_the_setup_that_it_is_given(
    skilled: Any, route: TaskFolder, tmp_path: Path
) -> None:
    own = preset("few-shot", route.task)
    edited = replace(own, prompt=replace(own.prompt, instruction="Which team?", format="chat"))
    run_icl(context(route, tmp_path / "run", limit=10, setup=edited.to_dict()), skilled(route))
    board = kept_board(route)
    assert board is not None
    asked = [line.settings["prompt"] for line in board.lines if line.group != "no-llm"]
    assert {(each["instruction"], each["format"]) for each in asked} == {("Which team?", "chat")}
    assert board.asked_as == asked_as(base_setup(route, setup=edited))
    assert board.asked_as != asked_as(base_setup(route))
    best = Setup.from_dict(board.best or {})
    assert board.asked_as == asked_as(base_setup(route, setup=best)), "what is best asks the same"


def test_a_job_that_is_cancelled_keeps_what_was_answered(
    skilled: Any, route: TaskFolder, tmp_path: Path
) -> None:
    job = context(route, tmp_path / "run")
    first = skilled(route)

    def skill(setup: Any) -> float:
        if len(first.asked) >= 400:
            job.stop.set()
        return float(skilled.usual(setup))

    first.skill = skill
    with pytest.raises(Cancelled):
        run_icl(job, first)
    assert kept_board(route) is None
    rest = skilled(route)
    run_icl(context(route, tmp_path / "again"), rest)
    assert kept_board(route) is not None
    assert not set(rest.asked) & set(first.asked)


def test_a_killed_sweep_loses_no_answer(
    skilled: Any, route: TaskFolder, tmp_path: Path, home: Path
) -> None:
    log, script = tmp_path / "asked.txt", tmp_path / "slow.py"
    script.write_text(_SLOW, encoding="utf-8")
    env = {**os.environ, "LADDER_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen([sys.executable, str(script), str(log)], env=env)
    try:
        deadline = time.monotonic() + 60
        while not log.exists() or len(log.read_text().split()) < 12:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    kept = {file.stem: set(read_rows(file)) for file in route.answers_folder.glob("*.jsonl")}
    answered = sum(map(len, kept.values()))
    assert answered >= len(log.read_text().split()) - 1
    rest = skilled(route)
    board = leaderboard(route, rest, limit=20)
    whole = {file.stem: set(read_rows(file)) for file in route.answers_folder.glob("*.jsonl")}
    assert sum(map(len, whole.values())) == answered + len(rest.asked)
    assert all(kept[key] <= whole[key] for key in kept)
    assert board.best is not None


_SLOW = """
import sys, time
from ladder.answering import Answer
from ladder.models.fakes import use_fakes
from ladder.project.workspace import open_project
from rag.few_shot.leaderboard import leaderboard

class Slow:
    one_at_a_time = True
    def answer(self, queries):
        for query in queries:
            with open(sys.argv[1], "a") as log:
                log.write(query.id + "\\n")
            time.sleep(0.05)
            yield Answer(query.id, "card", "card", prompt_tokens=9, seconds=0.05)

folder = open_project("demo").task()
with use_fakes():
    leaderboard(folder, lambda *a, **k: Slow(), limit=20)
"""
