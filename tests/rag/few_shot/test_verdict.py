from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ladder.evaluation.intervals import wilson
from ladder.evaluation.paired import Verdict as Paired
from ladder.evaluation.paired import compare_values
from ladder.project import Task, TaskFolder
from rag.few_shot.board import Line, Verdict
from rag.few_shot.verdict import in_documents, judged

TASK = Task("route", "classification", target=0.85)


def scores(share: float, n: int) -> dict[str, float]:
    """Return items of which the first are right."""
    return {f"{i:04}": float(i < round(share * n)) for i in range(n)}


def line(name: str, share: float, n: int) -> Line:
    low, high = wilson(share, n)
    return Line(name, "selection", {}, value=share, low=low, high=high, n=n)


def verdict(
    prompt: float,
    baseline: float | None,
    n: int = 100,
    half: float | None = None,
    documents: str = "",
    labelled: int = 200,
) -> Verdict:
    """Return the verdict on scores: of the prompt, and of half its examples, by default equal."""
    plain = None if baseline is None else line("k-NN", baseline, n)
    against: Paired | None = None
    if baseline is not None:
        against = compare_values(scores(baseline, n), scores(prompt, n), a="k-NN", b="8 nearest")
    growth = compare_values(
        scores(prompt if half is None else half, n), scores(prompt, n), a="16", b="32"
    )
    return judged(
        TASK, line("8 nearest", prompt, n), scores(prompt, n), plain, against, growth,
        documents, labelled,
    )  # fmt: skip


def test_a_baseline_that_reaches_the_target_needs_no_model_even_if_a_prompt_is_better() -> None:
    found = verdict(0.99, 0.93, n=200)
    assert found.kind == "no-llm"
    assert "k-NN 0.93 (0.89 to 0.96, n = 200) reaches the target 0.85" in found.sentence
    assert "A prompt does better still, at a price: 8 nearest 0.99" in found.sentence


def test_a_prompt_that_is_not_measurably_better_is_not_needed() -> None:
    found = verdict(0.92, 0.9, n=100)
    assert found.kind == "no-llm"
    assert "no prompt is measurably better than k-NN 0.90" in found.sentence
    assert "scores below the target 0.85" in found.sentence


def test_with_few_examples_a_higher_prompt_is_not_dismissed() -> None:
    assert verdict(0.95, 0.85, n=40).kind == "cannot-tell"
    assert verdict(0.98, 0.85, n=60).kind == "enough"
    assert verdict(0.85, 0.9, n=40).kind == "no-llm", "the cheaper one is even higher"


def test_a_prompt_that_surely_reaches_the_target_is_enough() -> None:
    found = verdict(0.95, 0.5)
    assert found.kind == "enough"
    assert found.sentence == (
        "Few-shot is enough: 8 nearest 0.95 (0.89 to 0.98, n = 100) reaches the target 0.85."
    )
    assert any("8 nearest is better than k-NN" in reason for reason in found.reasons)
    assert verdict(0.95, None).kind == "enough"


def test_answers_in_documents_and_a_flat_curve_are_retrieved() -> None:
    found = verdict(0.4, 0.2, documents="40 of 50 right answers stand in the documents.")
    assert found.kind == "rag"
    assert "RAG" in found.sentence
    assert "40 of 50 right answers stand in the documents." in found.reasons
    rising = verdict(0.4, 0.2, half=0.2, documents="They stand there.")
    assert rising.kind == "fine-tune", "examples still help, so documents are not what is missing"


def test_below_the_target_enough_labels_are_trained_on() -> None:
    assert "and more examples do not help measurably: fine-tune" in verdict(0.4, 0.2).sentence
    rising = verdict(0.4, 0.1, half=0.2)
    assert rising.kind == "fine-tune"
    assert "though more examples still help: fine-tune on the 200" in rising.sentence


def test_without_a_curve_nothing_is_said_of_more_examples() -> None:
    best = line("8 nearest", 0.4, 100)
    found = judged(TASK, best, scores(0.4, 100), None, None, None, "They stand there.", 200)
    assert found.kind == "rag"
    assert "more examples" not in found.sentence


def test_a_baseline_that_is_short_as_well_does_not_end_the_matter() -> None:
    assert verdict(0.4, 0.4).kind == "fine-tune"


def test_with_few_labels_below_the_target_more_are_asked_for() -> None:
    found = verdict(0.2, None, n=20, labelled=30)
    assert found.kind == "cannot-tell"
    assert "label about 20 more examples" in found.sentence


def test_an_interval_over_the_target_says_how_many_more_would_tell() -> None:
    found = verdict(0.9, 0.5, n=100)
    assert found.kind == "cannot-tell"
    assert "0.90 (0.83 to 0.94, n = 100) is above the target 0.85" in found.sentence
    assert "about 183 more examples would tell" in found.sentence  # 2.8² x 0.09 / 0.05² - 100
    assert "right at the target" in verdict(0.85, 0.5).sentence


def test_without_a_whole_prompt_nothing_is_said() -> None:
    assert judged(TASK, None, {}, None, None, None, "", 50).kind == "cannot-tell"


@pytest.mark.parametrize(("present", "found"), [(True, "50 of 50"), (False, "")])
def test_answers_count_as_in_the_documents_where_they_stand_there(
    task_of: Callable[[Any, int], TaskFolder], present: bool, found: str
) -> None:
    folder = task_of("qa", 50)
    said = [each.output or "" for each in folder.examples()] if present else ["nothing of it"]
    folder.project.add_document("guide.md", ". ".join(said).encode())
    assert in_documents(folder).startswith(found)
    assert bool(in_documents(folder)) is present


def test_labels_never_stand_in_documents(route: TaskFolder) -> None:
    route.project.add_document("guide.md", b"card refund account")
    assert in_documents(route) == ""
