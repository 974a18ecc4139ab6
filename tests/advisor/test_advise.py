from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice_json import advice_to_json
from advisor.advise import advise, verdict
from advisor.answers import STARRED, Answers, choices
from advisor.flowchart import QUESTIONS, walk
from advisor.methods import MEASURE_FIRST, METHODS, is_runnable
from ladder.costs import Band

answers_of = st.builds(
    Answers,
    missing=st.lists(st.sampled_from(choices("missing"))).map(tuple),
    baseline=st.one_of(st.none(), st.just("below-target"), st.floats(0, 1)),
    larger_model_score=st.one_of(st.none(), st.floats(0, 1)),
    no_llm_score=st.one_of(st.none(), st.floats(0, 1)),
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
    budget_monthly=st.sampled_from([None, 0, 500]),
    task_kind=st.sampled_from(choices("task_kind")),
)


@settings(max_examples=120, deadline=None)
@given(answers_of)
def test_an_advice_agrees_with_itself(answers: Answers) -> None:
    advice = advise(answers)
    rows = {row.method: row for row in advice.ranked}
    free = [row for row in advice.ranked if not row.ruled_out_by]
    assert set(rows) == set(METHODS)
    assert advice.recommended != advice.runner_up
    assert (advice.recommended == MEASURE_FIRST) == (answers.baseline is None)
    assert (advice.recommended, advice.accepted) == verdict(answers)
    assert 1 <= len(advice.reasons) <= 3
    assert [row.score for row in free] == sorted((row.score for row in free), reverse=True)
    for row in advice.ranked:
        assert row.score == sum(rule.effects[row.method] for rule in row.rules)
        assert (row.state == "ruled out") <= bool(row.ruled_out_by)
    if answers.measured and free:
        best = free[0].score
        assert advice.recommended == free[0].method
        assert set(advice.accepted) == {row.method for row in free if row.score >= best - 1}


@settings(max_examples=15, deadline=None)
@given(answers_of)
def test_every_advice_can_be_written_as_json(answers: Answers) -> None:
    json.dumps(advice_to_json(advise(answers)), allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(answers_of)
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


def test_the_answers_asked_first_exist_and_have_no_doubles() -> None:
    assert len(set(STARRED)) == len(STARRED)
    assert all(hasattr(Answers(), name) for name in STARRED)


def test_sixteen_methods_stand_on_the_ladder_and_eight_can_run() -> None:
    assert len(METHODS) == 16
    assert [method.rung for method in METHODS.values()] == list(range(16))
    able = ["no-llm", "classifier", "prompt", "icl", "docs-in-prompt", "rag", "peft", "full"]
    assert [m for m in METHODS if is_runnable(m)] == able


def test_nothing_measured_says_measure_first_and_what_would_follow() -> None:
    advice = advise(Answers(baseline=None, missing=("style",), labelled=120))
    assert advice.recommended == MEASURE_FIRST
    assert advice.accepted == (MEASURE_FIRST,)
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
    assert "already meets the target" in advice.row("peft").why_not


@pytest.mark.parametrize("labelled", [0, 80])
def test_the_prompt_that_reached_the_target_is_the_one_recommended(labelled: int) -> None:
    advice = advise(Answers(baseline=0.88, baseline_by="icl", labelled=labelled))
    assert advice.recommended == "icl"
    assert advice.sentence.startswith("Few-shot prompt (ICL): shows the model similar")
    assert "Your few-shot prompt reaches 0.88" in advice.reasons[0].text
    assert advice_to_json(advice)["path"][0]["then"] == "icl"


def test_no_reason_says_that_the_runner_up_costs_less() -> None:
    advice = advise(Answers(baseline=0.88, baseline_by="icl", labelled=240, tokens_in=30))
    assert advice.runner_up == "prompt"
    texts = [reason.text for reason in advice.reasons]
    assert not any(text.startswith("Over 12 months") for text in texts)
    assert texts[-1].startswith("Its first price: $0 once and ")


def test_citations_turn_a_way_without_documents_to_documents() -> None:
    advice = advise(Answers(missing=("style",), labelled=2000, citations=True))
    assert advice.recommended in ("rag", "rag+peft")
    assert "which is ruled out: An answer can cite only" in advice.chart_note


def test_where_the_questions_and_the_rules_part_a_sentence_says_so() -> None:
    language = Answers(missing=("language",), language_covered=False, labelled=500)
    advice = advise(language)
    assert (advice.path[-1].branch.then, advice.recommended) == ("peft", "larger-model")
    assert advice.chart_note == (
        "The flowchart leads to Small adapters (PEFT, LoRA); all rules together put "
        "A larger model 3 points ahead of it."
    )
    assert advise(Answers(missing=("style",), labelled=2000)).chart_note == ""


def test_documents_that_fit_cheaply_are_put_in_the_prompt_until_traffic_makes_them_dear() -> None:
    few = Answers(missing=("facts",), knowledge_tokens=20_000, queries_per_day=50)
    assert advise(few).recommended == "docs-in-prompt"
    assert advise(replace(few, queries_per_day=2_000_000)).recommended == "rag"


def test_where_nothing_passes_the_nearest_is_named_and_why_it_fails() -> None:
    told = Answers(missing=("facts",), knowledge_tokens=10**6, citations=True, budget_monthly=0)
    advice = advise(told)
    assert advice.recommended == "rag"
    assert advice.accepted == ()
    assert advice.sentence.startswith("Nothing passes every rule; what comes nearest is: Retr")
    assert advice.runner_up is None
    assert advice.reasons[0].text.startswith("Nothing passes every rule; this comes nearest.")
    assert "costs more a month than may be spent" in advice.reasons[0].text
    assert advise(replace(told, knowledge_tokens=0, budget_monthly=None)).recommended == "rag"


def test_our_own_assumptions_are_printed_as_such() -> None:
    advice = advise(Answers(citations=True, missing=("facts",), knowledge_tokens=10**6))
    assert "(our assumption)" in advice.row("peft").why_not
    assert "OpenAI" in advise(Answers()).row("peft").why_not


def test_the_advice_as_json_has_bands_scores_and_the_rules_that_spoke() -> None:
    data = advice_to_json(advise(Answers(missing=("facts",), knowledge_tokens=10**7)))
    assert data["recommended"] == "rag"
    assert data["accepted"] == ["rag"]
    assert [step["question"] for step in data["path"]] == ["Q1", "Q2"]
    rows = {row["method"]: row for row in data["ranked"]}
    assert rows["docs-in-prompt"]["ruled_out_by"] == ["G1-window"]
    assert (rows["rag"]["ruled_out_by"], rows["rag"]["rules"]) == ([], ["facts"])
    assert rows["rag"]["score"] == 2
    for row in rows.values():
        for name in ("one_off", "monthly"):
            Band(**row["cost"][name])


def test_a_named_model_prices_the_tokens() -> None:
    cheap = advise(Answers()).row("prompt").price.monthly.p50
    dear = advise(Answers(), token_model="openai:gpt-5").row("prompt").price.monthly
    assert dear.p10 == dear.p90 > cheap
