"""What commands print about scores."""

from __future__ import annotations

import pytest

from ladder.jobs import job_view
from ladder.printing import duration, score_line, scores_table

SCORE = {
    "method": "knn", "split": "test", "metric": "accuracy", "score": 0.8, "ci_low": 0.7,
    "ci_high": 0.9, "n": 50, "errors": 0, "p50_ms": None, "cost_per_1k": None, "model": "",
    "value_without_near_duplicates": None, "n_without_near_duplicates": None, "limit": None,
    "stale": False,
}  # fmt: skip


def test_a_sample_and_a_stale_score_are_marked_in_the_table() -> None:
    lines = scores_table(
        [SCORE, SCORE | {"method": "1-nn", "limit": 50}, SCORE | {"method": "few", "stale": True}]
    ).splitlines()
    assert [line.split()[0] for line in lines] == ["method", "knn", "1-nn", "few"]
    assert [line.endswith("set a price") for line in lines] == [False, True, False, False]
    assert lines[2].endswith("a sample")
    assert lines[3].endswith("the examples changed since; measure again")


def test_a_score_without_near_duplicates_stands_beside_the_score() -> None:
    clean = {"value_without_near_duplicates": 0.75, "n_without_near_duplicates": 40}
    assert score_line(SCORE | clean).endswith("; without near-duplicates 0.750, n = 40")
    assert "near-duplicates" not in score_line(SCORE)


@pytest.mark.parametrize(("seconds", "words"), [(None, ""), (7320, "2 h 2 min"), (0.2, "1 s")])
def test_commands_and_pages_say_a_length_of_time_alike(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
    assert job_view.duration is duration
