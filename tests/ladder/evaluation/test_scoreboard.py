from __future__ import annotations

from dataclasses import replace
from typing import Any

from ladder.answering import Setup
from ladder.evaluation import evaluate, looks, rows_of, scoreboard, verdicts
from ladder.methods import preset
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
