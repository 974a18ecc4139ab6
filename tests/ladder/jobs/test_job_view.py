from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from ladder.jobs import job_view
from ladder.jobs.job import Job, Progress, State

JOB = Job(
    "r1", Path("/w/shop"), "evaluate", Path("/w/shop/runs/r1"), {"method": "1-nn", "task": "t"}
)


def test_every_state_has_a_word_of_its_own() -> None:
    assert set(job_view.STATES) == set(get_args(State))
    words = [word for word, _ in job_view.STATES.values()]
    assert len(set(words)) == len(words)


def test_a_job_is_called_by_what_it_does() -> None:
    assert job_view.title(JOB) == "Evaluate: 1-nn, task t"
    assert job_view.title(replace(JOB, kind="measure", spec={"task": "t"})) == (
        "Measure all methods, task t"
    )
    assert job_view.title(replace(JOB, kind="index", spec={})) == "Index"


def test_progress_says_how_far_what_and_how_long() -> None:
    running = replace(JOB, state="running", progress=Progress(40, 1200, "few-shot", 200.0))
    assert job_view.progress_words(running) == "40 of 1,200, few-shot, about 3 min left"
    assert job_view.progress_words(JOB) == "waits for the job before it"
    assert job_view.progress_words(replace(JOB, state="starting")) == "loading what it needs"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (5400, "1 h 30 min")],
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, words: str) -> None:
    assert job_view.duration(seconds) == words


SCORE = {
    "method": "rag", "score": 0.31, "ci_low": 0.18, "ci_high": 0.45, "n": 40, "errors": 0,
    "split": "validation",
}  # fmt: skip
WORSE = SCORE | {"method": "zero-shot", "score": 0.1, "ci_low": 0.0, "ci_high": 0.2}


@pytest.mark.parametrize(
    ("kind", "result", "words"),
    [
        ("evaluate", SCORE, "rag 0.31 (0.18 to 0.45), n = 40"),
        (
            "evaluate",
            SCORE | {"split": "test", "errors": 2},
            "rag 0.31 (0.18 to 0.45) on test, n = 40, 2 errors",
        ),
        (
            "measure",
            {"scores": [WORSE, SCORE], "failed": {"few-shot": "No model."}},
            "2 methods, highest rag 0.31 (0.18 to 0.45), n = 40; not measured: few-shot",
        ),
        (
            "index",
            {"documents": 20, "chunks": 214, "unreadable": [{"doc": "a.pdf"}]},
            "20 documents, 214 passages; 1 could not be read",
        ),
        (
            "train",
            {"reference": "run:r1", "method": "lora", "steps": 60, "loss_first": 1.234,
             "loss_last": 0.4},
            "run:r1, lora, 60 steps, loss 1.23 to 0.40",
        ),
        ("evaluate", {"score": "much"}, ""),
        ("measure", {"scores": [], "failed": {}}, ""),
        ("climb", {"anything": 1}, ""),
        ("index", {}, ""),
    ],
)  # fmt: skip
def test_a_job_says_what_it_found(kind: str, result: dict[str, object], words: str) -> None:
    folder = Path("shop")
    job = Job("r1", folder, kind, folder, state="done", result=result)
    assert job_view.found_words(job) == words
    assert job_view.found_words(replace(job, state="running")) == ""
