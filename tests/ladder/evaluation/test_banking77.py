"""The real thing: Banking77 with its own split, and the bundled models."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ladder.evaluation import evaluate, looks, scoreboard, verdicts
from ladder.methods import preset
from ladder.project import create_project, guess_mapping, import_into, preview, read_table
from rag.answerers import build_answerer

pytestmark = [pytest.mark.data, pytest.mark.real]


@pytest.fixture
def banking77() -> Path:
    folder = Path(os.environ.get("LADDER_DATA", "")) / "banking77"
    if "LADDER_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("LADDER_DATA names no folder with banking77")
    return folder


def test_few_shot_and_neighbours_on_banking77(home: Path, banking77: Path) -> None:
    project = create_project("bank")
    for name in ("test", "train"):
        table = read_table(f"{name}.csv", (banking77 / f"{name}.csv").read_bytes())
        found = preview(table, guess_mapping(table), kind="classification")
        import_into(project, "intent", found, split=name)  # type: ignore[arg-type]
    folder = project.task("intent")
    split = folder.split()
    assert len(split.test) >= 3_000
    assert len(folder.labels()) == 77

    for method in ("1-nn", "zero-shot", "few-shot"):
        setup = preset(method, folder.task)
        if method == "few-shot":
            assert (setup.examples.count, setup.examples.order) == (8, "nearest-last")
            assert setup.prompt.format == "plain"
        setup = replace(setup, decoding=replace(setup.decoding, dtype="bfloat16"))
        evaluate(folder, setup, build_answerer, split="test", limit=100, seed=0)
    scores = {score.method: score for score in scoreboard(folder)}
    for score in scores.values():
        print(score)  # noqa: T201 (the numbers are what this test is for)
    found_verdicts = verdicts(folder, "test")
    for verdict in found_verdicts:
        print(verdict.sentence)  # noqa: T201

    assert scores["few-shot"].value >= 0.72
    assert scores["1-nn"].value >= 0.83
    assert scores["zero-shot"].value < scores["few-shot"].value
    assert {score.n for score in scores.values()} == {100}
    assert {score.errors for score in scores.values()} == {0}
    assert scores["few-shot"].dtype == "bfloat16"
    assert len(looks(folder)) == len(found_verdicts) == 3
    # By brute force over all pairs, 39 test texts have a near-duplicate outside the test split.
    near = {test for test, _ in split.near_duplicates}
    assert len(near) == 39
    for score in scores.values():
        assert score.value_without_near_duplicates is not None
        assert score.n_without_near_duplicates == 100 - score.near_duplicates
        assert score.near_duplicates > 0
