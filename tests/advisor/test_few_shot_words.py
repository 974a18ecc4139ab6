from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from advisor.few_shot_words import few_shot_words, measured_words
from advisor.methods import MEASURE_FIRST
from ladder.costs.basis import Band
from ladder.project import TaskFolder
from rag.few_shot.board import Board, Price, Verdict, keep_board, state_of


def keep(folder: TaskFolder, kind: Any, limit: int | None = None) -> None:
    board = Board(
        task="route", model="m", metric="accuracy", target=0.85, split="validation",
        scheme="leave-one-out", seed=0, limit=limit, n=40, lines=(), left_out=(), curve=(),
        best=None, choice="", cheapest="", verdict=Verdict(kind, "Few-shot is enough: 0.95."),
        plan=Price(1, 40, 40, Band(1, 2, 3), None, ""), took=1.0, created="",
        made_of=state_of(folder),
    )  # fmt: skip
    keep_board(folder, board)


def test_without_a_board_nothing_is_said(folder: TaskFolder) -> None:
    assert few_shot_words(folder, "rag") == ""
    assert measured_words(folder, "rag") == ""


@pytest.mark.parametrize(
    ("kind", "recommended", "against"),
    [
        ("enough", "icl", ""),
        ("enough", "peft", "Small adapters (PEFT, LoRA)"),
        ("no-llm", "icl", "Few-shot prompt (ICL)"),
        ("rag", "rag", ""),
        ("fine-tune", "rag", "Retrieval (RAG)"),
        ("cannot-tell", "pretrain", ""),
        ("enough", MEASURE_FIRST, ""),
    ],
)
def test_a_verdict_against_the_rules_says_so(
    folder: TaskFolder, kind: str, recommended: str, against: str
) -> None:
    keep(folder, kind)
    words = few_shot_words(folder, recommended)
    assert words.startswith("Measured few-shot prompts: Few-shot is enough: 0.95.")
    assert ("goes against the rules" in words) is bool(against)
    assert against in words


def test_a_sample_is_called_one(folder: TaskFolder) -> None:
    keep(folder, "enough", limit=40)
    assert few_shot_words(folder, "icl").startswith("Measured few-shot prompts (a sample of 40):")


def test_a_board_of_other_examples_is_not_quoted(folder: TaskFolder) -> None:
    keep(folder, "enough")
    test = set(folder.split().test)
    kept = next(each for each in folder.examples() if each.labelled and each.id not in test)
    folder.set_output(kept.id, "opening" if kept.output == "repair" else "repair")
    assert few_shot_words(folder, "icl") == ""


def test_it_stands_beside_what_needs_no_language_model(
    scored: Callable[..., TaskFolder],
) -> None:
    folder = scored(logistic=0.6, few_shot=0.95)
    keep(folder, "enough")
    words = measured_words(folder, "icl")
    assert words.index("Measured without a language model") < words.index("Measured few-shot")
