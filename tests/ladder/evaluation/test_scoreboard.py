from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ladder.answering import Setup
from ladder.errors import InputError
from ladder.evaluation import Score, comparable, evaluate, looks, rows_of, scoreboard, verdicts
from ladder.files import append_json, read_json_lines
from ladder.methods import preset
from ladder.project.task import Example
from ladder.project.task_folder import TaskFolder

SETUP = Setup("generate", "route", model="m")


def test_nothing_is_on_the_board_of_a_new_task(route: TaskFolder) -> None:
    assert scoreboard(route) == []
    assert verdicts(route) == []
    assert looks(route) == []


def test_the_board_has_the_newest_score_of_every_setup(route: TaskFolder, right: Any) -> None:
    evaluate(route, SETUP, right, limit=5)
    newest = evaluate(route, SETUP, right)
    test = evaluate(route, SETUP, right, split="test")
    other = evaluate(route, preset("majority", route.task), right)
    assert scoreboard(route) == [newest, test, other]
    assert set(rows_of(route, newest)) == {row.id for row in rows_of(route, newest).values()}
    assert len(rows_of(route, newest)) == newest.n
    assert len(looks(route)) == 1


def test_the_whole_split_comes_before_a_sample_whichever_is_newer(
    route: TaskFolder, right: Any, scripted: Any
) -> None:
    full = evaluate(route, SETUP, right)
    sample = evaluate(route, SETUP, scripted(lambda text: "card"), limit=10)
    assert sample.value < full.value
    assert scoreboard(route) == [full]
    assert evaluate(route, SETUP, right) == full
    assert scoreboard(route) == [full]
    only = evaluate(route, replace(SETUP, model="other"), right, limit=10)
    assert scoreboard(route)[1] == only
    assert only.sampled
    lines = [line["score"] for line in read_json_lines(route.scores_file)]
    assert lines == [full.value, sample.value, full.value, only.value]


def test_the_score_by_the_task_s_metric_is_shown_whenever_there_is_one(
    route: TaskFolder, scripted: Any
) -> None:
    half = scripted(lambda text: text.split()[0] if text.split()[0] == "card" else "refund")
    metrics = []
    for metric in ("accuracy", "macro-f1", "accuracy"):
        route = route.save_task(replace(route.task, metric=metric))
        evaluate(route, SETUP, half)
        metrics += [score.metric for score in scoreboard(route)]
    assert metrics == ["accuracy", "macro-f1", "accuracy"]
    assert scoreboard(route.save_task(replace(route.task, metric="macro-f1")))[0].value < 0.7


@pytest.mark.parametrize("change", ["another label", "more examples"])
def test_a_score_on_items_that_changed_is_stale_and_stands_beside_no_other(
    route: TaskFolder, right: Any, change: str
) -> None:
    old = evaluate(route, SETUP, right)
    other = replace(SETUP, model="other")
    sample = evaluate(route, other, right, limit=5)
    assert comparable(route) == scoreboard(route) == [old, sample]
    if change == "another label":
        id = next(iter(rows_of(route, old)))
        route.set_output(id, "refund" if rows_of(route, old)[id].expected == "card" else "card")
    else:
        route.add_examples([Example(f"new{i}", f"card {i} new", "card") for i in range(6)])
    assert scoreboard(route) == [replace(old, stale=True), replace(sample, stale=True)]
    assert comparable(route) == []
    again = evaluate(route, other, right)
    assert [score.stale for score in scoreboard(route)] == [True, False]
    assert comparable(route) == [again]
    assert verdicts(route) == []


def test_a_sample_of_today_s_items_comes_before_a_stale_whole(
    route: TaskFolder, right: Any
) -> None:
    evaluate(route, SETUP, right)
    route.add_examples([Example(f"new{i}", f"card {i} new", "card") for i in range(6)])
    sample = evaluate(route, SETUP, right, limit=5)
    assert scoreboard(route) == [sample]


def test_a_line_that_lacks_what_makes_a_score_is_left_out(route: TaskFolder, right: Any) -> None:
    score = evaluate(route, SETUP, right)
    line = score.to_json()
    for missing in sorted(line):
        route.scores_file.unlink()
        append_json(route.scores_file, {k: v for k, v in line.items() if k != missing})
        found = scoreboard(route)
        assert len(found) == (missing not in _ESSENTIAL)
        assert not found or found[0].value == score.value
    with pytest.raises(InputError, match="A score lacks ci_low; measure again"):
        Score.from_json({k: v for k, v in line.items() if k != "ci_low"})


_ESSENTIAL = ("method", "setup_hash", "split", "metric", "score", "ci_low", "ci_high", "n")


def test_every_two_setups_have_a_verdict(route: TaskFolder, right: Any, scripted: Any) -> None:
    evaluate(route, SETUP, right)
    evaluate(route, preset("majority", route.task), scripted(lambda text: "card"))
    evaluate(route, replace(SETUP, model="other"), right)
    found = verdicts(route)
    names = [(verdict.a, verdict.b) for verdict in found]
    assert [("majority" in pair) for pair in names] == [True, False, True]
    assert all("zero-shot (" in "".join(pair) for pair in names)
    assert [verdict.better for verdict in found] == ["a", None, "b"]
    assert f"on the same {found[0].n} examples" in found[0].sentence
    assert "corrected for 3 pairs (Holm)" in found[0].sentence
    assert verdicts(route, "test") == []
    for setup in (SETUP, replace(SETUP, model="other")):
        evaluate(route, setup, right, split="test")
    assert "test examples" in verdicts(route, "test")[0].sentence
    assert {verdict.split for verdict in verdicts(route)} == {"validation", "test"}
    assert found[0].to_json()["sentence"] == found[0].sentence


def test_scores_by_another_metric_are_not_compared(route: TaskFolder, right: Any) -> None:
    evaluate(route, SETUP, right)
    evaluate(route, replace(SETUP, model="other"), right)
    assert len(verdicts(route)) == 1
    assert verdicts(route.save_task(replace(route.task, metric="macro-f1"))) == []
