from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ladder.project import TaskFolder
from rag.few_shot import leaderboard_view as view
from rag.few_shot.board import Board

BoardOf = Callable[..., Board]


def rows(board: Board) -> dict[str, dict[str, Any]]:
    return {row["Prompt"]: row for row in view.table_rows(board)}


def points(data: dict[str, Any], chart: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows that a chart, or a part of it, draws."""
    found: list[dict[str, Any]] = data.get("values") or chart["datasets"][data["name"]]
    return found


def test_every_line_says_what_became_of_it(route: TaskFolder, board_of: BoardOf) -> None:
    found = {name: row["Found"] for name, row in rows(board_of(route)).items()}
    assert found == {
        "a linear classifier on embeddings": "",
        "zero-shot": "dropped after 20 items",
        "8 nearest, most similar last": "the best prompt",
        "8 nearest, most similar first": "cannot be told from the best",
        "8 at random": "dropped after 20 items, 2 draws 0.15 to 0.25",
        "32 nearest, most similar last": "not tried",
    }


def test_scores_have_their_interval_and_n(route: TaskFolder, board_of: BoardOf) -> None:
    best = rows(board_of(route))["8 nearest, most similar last"]
    assert (best["Score"], best["n"]) == ("0.86 (0.73 to 0.96)", "40")
    untried = rows(board_of(route))["32 nearest, most similar last"]
    assert (untried["Score"], untried["n"]) == ("", "")


def test_tokens_and_time_are_those_of_a_prompt(route: TaskFolder, board_of: BoardOf) -> None:
    board = board_of(route)
    lines = tuple(replace(line, cached_tokens=60.4) for line in board.lines)
    found = rows(replace(board, lines=lines))
    assert found["8 nearest, most similar last"]["Tokens"] == "210, 60 kept"
    assert found["a linear classifier on embeddings"]["Tokens"] == ""
    assert found["a linear classifier on embeddings"]["Time"] == "13 ms"
    assert found["zero-shot"]["Invalid"] == "40%"


def test_prices_have_a_column_where_there_are_any(route: TaskFolder, board_of: BoardOf) -> None:
    board = board_of(route)
    assert "$ per 1,000" not in view.table_rows(board)[0]
    lines = tuple(replace(each, cost_per_1k=0.5 if each.n else None) for each in board.lines)
    prices = [row["$ per 1,000"] for row in view.table_rows(replace(board, lines=lines))]
    assert prices == ["$0.50"] * 5 + [""]


def test_the_chart_has_a_dot_an_interval_and_the_target(
    route: TaskFolder, board_of: BoardOf
) -> None:
    chart = view.board_chart(board_of(route)).to_dict()
    dots = points(chart["data"], chart)
    assert [dot["kind"] for dot in dots] == [
        "no LLM", "dropped early", "best prompt", "prompt", "dropped early",
    ]  # fmt: skip
    assert dots[2]["low"] < dots[2]["score"] < dots[2]["high"]
    assert points(chart["layer"][2]["data"], chart) == [{"score": 0.85, "label": "target 0.85"}]
    assert chart["layer"][1]["encoding"]["shape"]["scale"]["range"] == [
        "square", "circle", "diamond", "triangle-up",
    ]  # fmt: skip


def test_every_sort_of_dot_has_a_sign_and_a_word(route: TaskFolder, board_of: BoardOf) -> None:
    assert [(sign, kind) for sign, _, kind in view.legend(board_of(route))] == [
        ("■", "no LLM"), ("●", "prompt"), ("◆", "best prompt"), ("▲", "dropped early"),
    ]  # fmt: skip
    alone = replace(board_of(route), lines=board_of(route).lines[:1])
    assert [kind for _, _, kind in view.legend(alone)] == ["no LLM"]


def test_charts_are_said_in_words(route: TaskFolder, board_of: BoardOf) -> None:
    words = view.board_words(board_of(route))
    assert "the target is 0.85" in words
    assert "8 nearest, most similar last 0.86 (0.73 to 0.96), n = 40" in words
    curve = view.curve_words(board_of(route))
    assert "0: 0.10 (0.00 to 0.20, n = 40); 8: 0.86" in curve


def test_the_curve_has_its_points_in_order(route: TaskFolder, board_of: BoardOf) -> None:
    chart = view.curve_chart(board_of(route)).to_dict()
    assert [point["count"] for point in points(chart["data"], chart)] == ["0", "8"]
    assert chart["layer"][1]["encoding"]["x"]["sort"] == ["0", "8"]


def test_only_measured_prompts_can_be_tried(route: TaskFolder, board_of: BoardOf) -> None:
    names = [line.name for line in view.prompts(board_of(route))]
    assert "8 nearest, most similar last" in names
    assert "a linear classifier on embeddings" not in names
    assert "32 nearest, most similar last" not in names


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("enough", "8 nearest, most similar last"),
        ("no-llm", "a linear classifier on embeddings"),
    ],
)
def test_what_to_use_is_the_best_prompt_unless_no_llm_is_needed(
    kind: str, name: str, route: TaskFolder, board_of: BoardOf
) -> None:
    line = view.recommended(board_of(route, kind))
    assert line is not None
    assert line.name == name


def test_it_is_said_on_what_was_measured(route: TaskFolder, board_of: BoardOf) -> None:
    board = board_of(route)
    assert "on 40 labelled examples outside the test split; for each" in view.how_words(board)
    held_out = replace(board, scheme="held-out", limit=40)
    assert "on 40 validation examples, a sample drawn by seed 0" in view.how_words(held_out)


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("One. Two. Three.", ("One.", "Two. Three.")),
        ("0.84 of 1 is one.", ("0.84 of 1 is one.", "")),
    ],
)
def test_a_text_is_its_first_sentence_and_the_rest(sentence: str, parts: tuple[str, str]) -> None:
    assert view.said_shortly(sentence) == parts
