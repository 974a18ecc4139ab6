from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ladder.costs.basis import Band
from ladder.errors import ProjectError
from ladder.methods import preset
from ladder.project import Example, Task, TaskFolder, create_project
from rag.few_shot.board import (
    Board,
    CurvePoint,
    Line,
    Price,
    Verdict,
    board_file,
    keep_board,
    kept_board,
    out_of_date,
    state_of,
)


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    found = create_project("demo").add_task(Task("route", "classification", "Route the ticket."))
    found.add_examples(
        [Example(str(i), f"matter {i}", ("card", "refund")[i % 2]) for i in range(40)]
    )
    return found


@pytest.fixture
def board(folder: TaskFolder) -> Board:
    setup = preset("few-shot", folder.task).to_dict()
    drawn = Line(
        "8 at random", "selection", setup, value=0.3, low=0.2, high=0.4, n=20, tied=False,
        seeds=((0, 0.25), (1, 0.35)), against_best="8 nearest is better than 8 at random.",
    )  # fmt: skip
    best = Line(
        "8 nearest", "selection", setup, value=0.9, low=0.7, high=0.97, n=20, best=True, tied=True
    )
    unlucky = Line("32 nearest", "count", setup, "not tried", "The budget was used up.")
    return Board(
        task="route", model="smollm2-135m-instruct", metric="accuracy", target=0.85,
        split="validation", scheme="leave-one-out", seed=0, limit=20, n=20,
        lines=(best, drawn, unlucky), left_out=(("calibration", "no labels are scored"),),
        curve=(CurvePoint(0, 0.1, 0.0, 0.2, 20), CurvePoint(8, 0.9, 0.7, 0.97, 20)),
        best=setup, choice="8 nearest is best.", cheapest="8 nearest",
        verdict=Verdict("cannot-tell", "Cannot tell yet.", ("0.90 (0.70 to 0.97, n = 20)",)),
        plan=Price(9, 20, 180, Band(10, 30, 90), None, "our assumptions"),
        took=12.5, created="2026-01-01T00:00:00+00:00", made_of=state_of(folder),
    )  # fmt: skip


def test_a_board_that_was_kept_is_the_same_when_it_is_read(
    board: Board, folder: TaskFolder
) -> None:
    keep_board(folder, board)
    assert kept_board(folder) == board
    priced = replace(board, plan=replace(board.plan, dollars=Band(0.1, 0.2, 0.4)))
    assert Board.from_json(json.loads(json.dumps(priced.to_json()))) == priced


def test_no_board_and_a_damaged_one_are_none(board: Board, folder: TaskFolder) -> None:
    assert kept_board(folder) is None
    data = board.to_json()
    del data["verdict"]
    board_file(folder).write_text(json.dumps(data))
    assert kept_board(folder) is None
    with pytest.raises(ProjectError, match="make it again"):
        Board.from_json(data)
    board_file(folder).write_text('{"lines": [')
    assert kept_board(folder) is None


def test_a_new_label_or_another_target_makes_a_board_out_of_date(
    board: Board, folder: TaskFolder
) -> None:
    assert not out_of_date(board, folder)
    assert out_of_date(board, folder.save_task(replace(folder.task, target=0.7)))
    folder.save_task(folder.task)
    folder.add_examples([Example("new", "a new matter of another kind", "card")])
    test = set(folder.split().test)
    assert out_of_date(board, folder) == ("new" not in test)
