from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advise import advice_to_json, advise
from advisor.answers import Answers, choices
from advisor.flowchart import QUESTIONS, walk
from advisor.methods import MEASURE_FIRST, METHODS, is_runnable
from advisor.rules import RULES, ruled_out
from ladder.costs import Band

DATA = os.environ.get("LADDER_DATA")
BEYOND_SEVEN_QUESTIONS = {"new-language-5gb", "new-language-no-money"}
"""Labelled examples are there, so question 3 leads to adapters; the language needs more rules."""


def situations() -> list[Any]:
    if not DATA:
        return []
    cases = yaml.safe_load((Path(DATA) / "situations.yaml").read_text())
    more = pytest.mark.xfail(reason="needs the full rules, not only seven questions", strict=True)
    return [
        pytest.param(
            case, id=case["id"], marks=more if case["id"] in BEYOND_SEVEN_QUESTIONS else ()
        )
        for case in cases
    ]


def situation_answers() -> st.SearchStrategy[Answers]:
    return st.builds(
        Answers,
        missing=st.lists(st.sampled_from(choices("missing"))).map(tuple),
        baseline=st.one_of(st.none(), st.just("below-target"), st.floats(0, 1)),
        larger_model_score=st.one_of(st.none(), st.floats(0, 1)),
        knowledge_tokens=st.integers(0, 10**8),
        knowledge_change=st.sampled_from(choices("knowledge_change")),
        citations=st.booleans(),
        row_level_access=st.booleans(),
        multi_hop=st.booleans(),
        data_may_leave=st.booleans(),
        usable_base=st.booleans(),
        open_weights=st.booleans(),
        reward_checkable=st.booleans(),
        labelled=st.sampled_from([0, 7, 60, 5000, 200_000]),
        unlabelled_tokens=st.sampled_from([0, 10**8, 2 * 10**9, 4 * 10**11]),
        preferences=st.sampled_from([0, 500]),
        facts_to_change=st.sampled_from([0, 5, 20_000]),
        gpus=st.sampled_from(["none", "1xT4", "8xA100-80", "512xH100"]),
        budget_one_off=st.sampled_from([None, 0, 500, 10**8]),
        task_kind=st.sampled_from(choices("task_kind")),
    )


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="LADDER_DATA is not set")
@pytest.mark.parametrize("case", situations())
def test_a_careful_reader_would_accept_the_advice(case: dict[str, Any]) -> None:
    recommended = advise(Answers.from_dict(case["answers"])).recommended
    assert recommended not in case["forbid"]
    assert recommended in case["accept"]


@settings(max_examples=150, deadline=None)
@given(situation_answers())
def test_what_is_recommended_is_never_ruled_out(answers: Answers) -> None:
    advice = advise(answers)
    against = ruled_out(answers)
    assert advice.recommended in {*METHODS, MEASURE_FIRST}
    assert advice.recommended not in against
    assert advice.runner_up not in against
    assert advice.recommended != advice.runner_up
    assert (advice.recommended == MEASURE_FIRST) == (answers.baseline is None)
    assert {row.method for row in advice.ranked} == set(METHODS)
    assert 1 <= len(advice.reasons) <= 3
    json.dumps(advice_to_json(advice), allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(situation_answers())
def test_every_walk_ends_in_a_method_and_no_question_comes_twice(answers: Answers) -> None:
    path = walk(answers)
    ids = [step.question.id for step in path]
    assert ids[0] == "Q1"
    assert len(ids) == len(set(ids)) <= 5
    assert path[-1].branch.then in {*METHODS, MEASURE_FIRST}


def test_there_are_seven_questions_and_every_branch_leads_on() -> None:
    assert list(QUESTIONS) == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"]
    for question in QUESTIONS.values():
        for branch in (question.yes, question.no):
            assert branch.then in QUESTIONS or branch.then in METHODS
            assert branch.sentence.endswith(".")
            assert branch.source
            assert branch.certainty in ("V", "V2", "E", "A", "D")
        assert all(hasattr(Answers(), field) for field in question.fields)


def test_rules_have_one_id_each_and_name_known_methods() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert all(set(rule.rules_out) <= set(METHODS) for rule in RULES)


def test_sixteen_methods_stand_on_the_ladder_and_five_can_run() -> None:
    assert len(METHODS) == 16
    assert [method.rung for method in METHODS.values()] == list(range(16))
    assert [m for m in METHODS if is_runnable(m)] == [
        "no-llm", "prompt", "icl", "docs-in-prompt", "rag",
    ]  # fmt: skip


def test_nothing_measured_says_measure_first_and_what_would_follow() -> None:
    advice = advise(Answers(baseline=None, missing=("style",), labelled=120))
    assert advice.recommended == MEASURE_FIRST
    assert advice.runner_up == "peft"
    assert "Small adapters" in advice.sentence
    assert len(advice.reasons) == 3
    assert advice.reasons[1].text.startswith("A prompt costs little to try: $")
    assert advice.reasons[2].text.startswith("Small adapters (PEFT, LoRA) would come next, at $")


def test_a_prompt_that_is_good_enough_ends_the_way() -> None:
    advice = advise(Answers(baseline=0.93, target=0.9, missing=("style",), labelled=5000))
    assert advice.recommended == "prompt"
    assert len(advice.path) == 1
    assert "0.93" in advice.reasons[0].text


@pytest.mark.parametrize("labelled", [0, 80])
def test_the_prompt_that_reached_the_target_is_the_one_recommended(labelled: int) -> None:
    advice = advise(Answers(baseline=0.88, baseline_by="icl", labelled=labelled))
    assert advice.recommended == "icl"
    assert advice.sentence.startswith("Few-shot prompt (ICL): shows the model similar")
    assert "Your few-shot prompt reaches 0.88" in advice.reasons[0].text
    assert advice_to_json(advice)["path"][0]["then"] == "icl"


def test_no_reason_says_that_the_runner_up_costs_less() -> None:
    advice = advise(Answers(baseline=0.88, baseline_by="icl", labelled=240, tokens_in=30))
    assert advice.runner_up == "larger-model"
    texts = [reason.text for reason in advice.reasons]
    assert not any(text.startswith("Over 12 months") for text in texts)
    assert texts[-1].startswith("Its first price: $0 once and ")


def test_citations_turn_a_way_without_documents_to_documents() -> None:
    advice = advise(Answers(missing=("style",), labelled=2000, citations=True))
    assert advice.recommended in ("rag", "rag+peft")
    assert any("ruled out" in reason.text for reason in advice.reasons)


def test_documents_that_fit_cheaply_are_put_in_the_prompt_until_traffic_makes_them_dear() -> None:
    few = Answers(missing=("facts",), knowledge_tokens=20_000, queries_per_day=50)
    assert advise(few).recommended == "docs-in-prompt"
    assert advise(replace(few, queries_per_day=2_000_000)).recommended == "rag"


def test_our_own_assumptions_are_printed_as_such() -> None:
    advice = advise(Answers(citations=True, missing=("facts",), knowledge_tokens=10**6))
    assert "(our assumption)" in advice.row("peft").why_not
    assert "OpenAI" in advise(Answers()).row("peft").why_not


def test_the_advice_as_json_has_bands_and_the_rules_that_spoke_against() -> None:
    data = advice_to_json(advise(Answers(missing=("facts",), knowledge_tokens=10**7)))
    assert data["recommended"] == "rag"
    assert [step["question"] for step in data["path"]] == ["Q1", "Q2"]
    rows = {row["method"]: row for row in data["ranked"]}
    assert rows["docs-in-prompt"]["ruled_out_by"] == ["G1-window"]
    assert rows["rag"]["ruled_out_by"] == []
    for row in rows.values():
        for name in ("one_off", "monthly"):
            Band(**row["cost"][name])


def test_a_named_model_prices_the_tokens() -> None:
    cheap = advise(Answers()).row("prompt").price.monthly.p50
    dear = advise(Answers(), token_model="openai:gpt-5").row("prompt").price.monthly
    assert dear.p10 == dear.p90 > cheap
