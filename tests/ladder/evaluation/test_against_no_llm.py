from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ladder.evaluation import Row, Score, against_no_llm, compare_all
from ladder.evaluation.rows import append_row
from ladder.files import append_json
from ladder.project import Example, Task, create_project

KNN = Score(
    method="knn", setup_hash="aaaa1111", split="validation", metric="accuracy", value=0.9,
    low=0.77, high=0.96, n=40, errors=0, abstained=0, invalid=0, prompt_tokens=0, cached_tokens=0,
    completion_tokens=0, p50_ms=4.0, p95_ms=6.0, cost_per_1k=None, deploy_cost_per_1k=None,
    model="all-minilm-l6-v2", dtype="", seed=0, limit=None, scheme="leave-one-out",
    created="2026-11-22T00:00:00+00:00", seconds=1.0, code_version="c", key="k1",
)  # fmt: skip
FEW = replace(KNN, method="few-shot", setup_hash="bbbb2222", value=0.6, model="m", key="k2")
LORA = replace(FEW, method="lora", setup_hash="cccc3333", value=0.875, model="run:1",
               setup={"model": "run:1"}, key="k3")  # fmt: skip
MAJORITY = replace(KNN, method="majority", setup_hash="dddd4444", value=0.1, model="", key="k4")


def rows(right: int, first: int = 0) -> list[Row]:
    said = ["repair" if i < right else "opening" for i in range(40)]
    return [Row(str(first + i), "repair", True, text, text) for i, text in enumerate(said)]


def test_what_is_worse_by_the_paired_test_is_parted_from_what_only_scores_lower() -> None:
    found = compare_all(
        {"knn": rows(36), "few-shot": rows(24), "lora": rows(35), "majority": rows(4)}, "accuracy"
    )
    assert against_no_llm([KNN, FEW, LORA, MAJORITY], found) == [
        "Worse than knn, which needs no LLM, by the paired test: few-shot (0.60 against 0.90, "
        "n = 40).",
        "Below knn, which needs no LLM, though the paired test cannot tell yet: lora (0.88 "
        "against 0.90, n = 40).",
    ]


def test_nothing_is_said_where_no_model_scores_lower_or_nothing_was_measured_without_one() -> None:
    found = compare_all({"knn": rows(24), "few-shot": rows(36)}, "accuracy")
    assert against_no_llm([replace(KNN, value=0.6), replace(FEW, value=0.9)], found) == []
    assert against_no_llm([FEW, LORA], []) == []
    assert against_no_llm([KNN, MAJORITY], []) == []


def test_one_that_was_asked_other_examples_is_named_without_a_verdict() -> None:
    found = compare_all({"knn": rows(36), "few-shot": rows(24, first=100)}, "accuracy")
    (line,) = against_no_llm([KNN, FEW], found)
    assert line.endswith("cannot tell yet: few-shot (0.60, no example in common).")


def test_verdicts_of_the_other_split_do_not_count() -> None:
    (verdict,) = compare_all({"knn": rows(36), "few-shot": rows(24)}, "accuracy")
    validation = [KNN, FEW]
    assert "Worse than knn" in against_no_llm(validation, [replace(verdict, split="validation")])[0]
    assert "no example in common" in against_no_llm(validation, [replace(verdict, split="test")])[0]
    test = [replace(score, split="test") for score in validation]
    (line,) = against_no_llm(test, [replace(verdict, split="test")])
    assert line.startswith("Worse than knn, which needs no LLM, on the test split, by the paired")


def test_the_terminal_says_it_too(home: Path) -> None:
    from typer.testing import CliRunner

    from ladder.cli import app

    folder = create_project("shop").add_task(Task("route", "classification"))
    folder.save_examples([Example(str(i), f"ticket number {i}", "repair") for i in range(40)])
    for score, right in ((KNN, 36), (FEW, 24)):
        append_json(folder.scores_file, score.to_json())
        for row in rows(right):
            append_row(folder.answers_folder / f"{score.key}.jsonl", row)
    said = CliRunner().invoke(app, ["scoreboard", "shop"]).stdout
    assert "Worse than knn, which needs no LLM, by the paired test: few-shot (0.60" in said
