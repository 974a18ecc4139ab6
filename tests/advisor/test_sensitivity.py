from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advise import advise, best_of
from advisor.answers import Answers, choices
from advisor.sensitivity import Change, changes, sensitivity


def found(answers: Answers, name: str) -> list[Change]:
    return [change for change in changes(answers) if change.answer == name]


def test_more_labels_lead_to_adapters_at_the_first_number_where_they_do() -> None:
    few = Answers(missing=("style",), labelled=40, baseline=0.5, target=0.8)
    (change,) = found(few, "labelled")
    assert (change.before, change.after, change.recommended) == (40, 100, "peft")
    assert change.sentence == "With 60 more labelled examples: Small adapters (PEFT, LoRA)."
    assert best_of(Answers(missing=("style",), labelled=100, baseline=0.5, target=0.8)) == "peft"


def test_a_number_may_turn_the_answer_in_both_directions() -> None:
    middle = Answers(missing=("style",), labelled=500, queries_per_day=50, baseline=0.7)
    fewer = [change for change in found(middle, "labelled") if change.after < 500]
    assert fewer[0].sentence.startswith("With 450 fewer labelled examples")


def test_labels_that_can_be_made_follow_the_labels_that_are_there() -> None:
    possible = Answers(missing=("style",), labelled=60, labelled_possible=2000, baseline=0.5)
    assert best_of(possible) == "peft"
    fewer, more = found(possible, "labelled")
    assert (fewer.after, fewer.recommended) == (50, "icl")
    assert (more.after, more.recommended) == (100_000, "full")


def test_yes_for_no_is_said_in_words() -> None:
    documents = Answers(missing=("style",), labelled=2000, knowledge_tokens=10**6)
    (change,) = found(documents, "citations")
    assert change.sentence.startswith("If answers must cite their source: Retrieval")


def test_a_measurement_that_is_still_open_is_named() -> None:
    open_questions = Answers(missing=("style",), labelled=2000)
    sentences = [change.sentence for change in changes(open_questions)]
    assert "If a prompt reaches 0.85, which is the target: Prompt." in sentences
    larger = found(Answers(missing=("skill",), labelled=2000), "larger_model_score")
    assert larger[0].recommended == "larger-model"


def test_where_nothing_is_measured_there_is_nothing_to_vary() -> None:
    assert sensitivity(advise(Answers(baseline=None))) == ()


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        Answers,
        missing=st.lists(st.sampled_from(choices("missing"))).map(tuple),
        baseline=st.floats(0, 1),
        knowledge_tokens=st.sampled_from([0, 5000, 10**7]),
        labelled=st.sampled_from([0, 7, 60, 5000]),
        labelled_tokens=st.sampled_from([None, 10**6]),
        labelled_possible=st.sampled_from([None, 3000]),
        gpus=st.sampled_from(["none", "1xT4"]),
        budget_one_off=st.sampled_from([None, 500]),
        deadline_days=st.sampled_from([None, 3]),
        wrong_answer_cost=st.sampled_from([None, 0.5]),
        task_kind=st.sampled_from(choices("task_kind")),
    )
)
def test_what_is_found_is_true_smallest_first_and_said(answers: Answers) -> None:
    now = best_of(answers)
    rows = changes(answers)
    assert [row.size for row in rows] == sorted(row.size for row in rows)
    for row in rows:
        assert row.recommended != now
        assert row.after != row.before
        assert row.sentence.endswith(".")
        assert row.sentence[0].isupper()
        assert ":" in row.sentence


@pytest.mark.parametrize("field", ["citations", "gpus", "knowledge_change", "missing"])
def test_a_change_that_is_found_gives_its_method_when_it_is_made(field: str) -> None:
    from dataclasses import replace
    from typing import Any

    base = Answers(missing=("facts",), knowledge_tokens=2 * 10**6, labelled=5000, baseline=0.4)
    for row in found(base, field):
        values: dict[str, Any] = {field: row.after}
        assert best_of(replace(base, **values)) == row.recommended
