"""The rules against situations: what they say, that each is needed, and that they never turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.advise import best_of, verdict
from advisor.answers import Answers, choices
from advisor.methods import MEASURE_FIRST, METHODS
from advisor.rules import RULES, Rule, judge
from advisor.sensitivity import changes
from ladder.methods import METHODS as ASKED
from ladder.methods import why_not
from ladder.project import Task

DATA = os.environ.get("LADDER_DATA")
OWN = Path(__file__).with_name("situations.yaml")
SHARED = Path(DATA) / "situations.yaml" if DATA else None
PROMPT_TOKENS: dict[str, Callable[[Answers], int]] = {
    "no-llm": lambda a: 0,
    "classifier": lambda a: 0,
    "prompt": lambda a: a.tokens_in,
    "icl": lambda a: a.tokens_in + 8 * (a.tokens_in + a.tokens_out),
    "docs-in-prompt": lambda a: a.tokens_in + a.knowledge,
    "rag": lambda a: a.tokens_in + 1500,
    "rag+peft": lambda a: a.tokens_in + 1500,
    "peft": lambda a: a.tokens_in,
    "full": lambda a: a.tokens_in,
    "edit": lambda a: a.tokens_in,
}


def cases(file: Path | None) -> list[Any]:
    if file is None:
        return []
    return [pytest.param(each, id=each["id"]) for each in yaml.safe_load(file.read_text())]


@cache
def situations() -> dict[str, Answers]:
    return {
        each["id"]: Answers.from_dict(each["answers"])
        for each in yaml.safe_load(OWN.read_text(encoding="utf-8"))
    }


def check(case: dict[str, Any]) -> None:
    recommended, accepted = verdict(Answers.from_dict(case["answers"]))
    assert recommended in case["accept"]
    assert recommended in accepted or not accepted
    assert not set(accepted) & set(case["forbid"])


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="LADDER_DATA is not set")
@pytest.mark.parametrize("case", cases(SHARED))
def test_a_careful_reader_would_accept_the_advice(case: dict[str, Any]) -> None:
    check(case)


@pytest.mark.parametrize("case", cases(OWN))
def test_a_careful_reader_would_accept_the_advice_on_our_own_situations(
    case: dict[str, Any],
) -> None:
    check(case)


@pytest.mark.parametrize("method", [*METHODS, MEASURE_FIRST])
def test_every_method_can_win_and_can_lose(method: str) -> None:
    verdicts = [verdict(answers) for answers in situations().values()]
    assert any(recommended == method for recommended, _ in verdicts)
    assert any(method not in accepted for _, accepted in verdicts)


@cache
def verdicts_now() -> dict[str, tuple[str, tuple[str, ...]]]:
    return {name: verdict(answers) for name, answers in situations().items()}


def turns(name: str, rules: tuple[Rule, ...] = RULES) -> list[Any]:
    return [(c.answer, c.after, c.recommended) for c in changes(situations()[name], "", rules)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_that_is_left_out_changes_an_advice_or_what_would_change_it(rule: Rule) -> None:
    rest = tuple(each for each in RULES if each is not rule)
    now = verdicts_now()
    if any(verdict(answers, "", rest) != now[name] for name, answers in situations().items()):
        return
    assert any(turns(name, rest) != turns(name) for name in situations())


def test_a_rule_has_its_own_id_a_sentence_a_source_and_known_methods() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.sentence[0].isupper()
        assert rule.sentence.endswith(".")
        assert rule.source
        assert rule.certainty in ("V", "V2", "E", "A", "D")
        assert bool(rule.rules_out) != bool(rule.effects)
        assert {*rule.rules_out, *rule.effects} <= set(METHODS)
        assert all(-2 <= effect <= 2 for effect in rule.effects.values())
        assert rule.link.startswith("https://") or not rule.link


def test_what_a_paper_says_has_its_address() -> None:
    for rule in RULES:
        if rule.certainty in ("V", "V2", "E") and "measured" not in rule.source:
            assert rule.link or "Google Cloud" in rule.source, rule.id


def situation_answers(**fixed: Any) -> st.SearchStrategy[Answers]:
    parts: dict[str, st.SearchStrategy[Any]] = {
        "missing": st.lists(st.sampled_from(choices("missing")), max_size=3).map(tuple),
        "baseline": st.one_of(st.just("below-target"), st.floats(0, 1)),
        "baseline_by": st.sampled_from(["prompt", "icl"]),
        "larger_model_score": st.one_of(st.none(), st.floats(0, 1)),
        "knowledge_tokens": st.sampled_from([0, 300, 3000, 60_000, 150_000, 10**7]),
        "knowledge_change": st.sampled_from(choices("knowledge_change")),
        "citations": st.booleans(),
        "row_level_access": st.booleans(),
        "multi_hop": st.booleans(),
        "keep_general": st.booleans(),
        "data_may_leave": st.booleans(),
        "language_covered": st.booleans(),
        "usable_base": st.booleans(),
        "open_weights": st.booleans(),
        "reward_checkable": st.booleans(),
        "labelled": st.sampled_from([0, 7, 20, 60, 120, 5000, 200_000]),
        "labels": st.sampled_from([None, 2, 77]),
        "unlabelled_tokens": st.sampled_from([0, 10**8, 2 * 10**9, 4 * 10**11]),
        "preferences": st.sampled_from([0, 500, 5000]),
        "facts_to_change": st.sampled_from([0, 5, 200, 20_000]),
        "popularity": st.sampled_from(choices("popularity")),
        "queries_per_day": st.sampled_from([20, 1000, 50_000]),
        "tokens_in": st.sampled_from([30, 500, 3000]),
        "tokens_out": st.sampled_from([5, 150]),
        "latency_p95_s": st.sampled_from([0.2, 5]),
        "context_window": st.sampled_from([32_000, 200_000]),
        "gpus": st.sampled_from(["none", "1xT4", "8xA100-80", "512xH100"]),
        "fertility": st.sampled_from([1, 2.5]),
        "base_params": st.sampled_from([1e9, 8e9, 7e10]),
        "budget_one_off": st.sampled_from([None, 0, 20, 300, 5000]),
        "budget_monthly": st.sampled_from([None, 0, 20, 300, 5000]),
        "deadline_days": st.sampled_from([None, 1, 14]),
        "task_kind": st.sampled_from(choices("task_kind")),
    }
    return st.builds(Answers, **(parts | {name: st.just(value) for name, value in fixed.items()}))


def lead(answers: Answers, method: str, over: str) -> int:
    judged = judge(answers, RULES)
    return judged[method].score - judged[over].score


def allowed(answers: Answers, method: str) -> bool:
    return not judge(answers, RULES)[method].ruled_out_by


@settings(max_examples=150, deadline=None)
@given(situation_answers(), st.data())
def test_more_change_of_the_documents_never_lowers_retrieval_against_adapters(
    answers: Answers, data: st.DataObject
) -> None:
    steps = choices("knowledge_change")
    later: Any = data.draw(st.sampled_from(steps[steps.index(answers.knowledge_change) :]))
    changed = replace(answers, knowledge_change=later)
    assert lead(changed, "rag", "peft") >= lead(answers, "rag", "peft")
    assert allowed(changed, "rag") >= allowed(answers, "rag")
    assert allowed(changed, "peft") <= allowed(answers, "peft")


@settings(max_examples=150, deadline=None)
@given(situation_answers(), st.integers(0, 300_000))
def test_more_labels_never_lower_adapters_against_examples_in_the_prompt(
    answers: Answers, more: int
) -> None:
    changed = replace(answers, labelled=answers.labelled + more)
    assert lead(changed, "peft", "icl") >= lead(answers, "peft", "icl")
    assert allowed(changed, "peft") >= allowed(answers, "peft")
    if best_of(answers) == "peft":
        assert best_of(changed) != "icl"


@settings(max_examples=100, deadline=None)
@given(situation_answers(), st.integers(0, 5000))
def test_labels_that_can_be_made_never_lower_adapters_against_examples_in_the_prompt(
    answers: Answers, possible: int
) -> None:
    changed = replace(answers, labelled_possible=max(answers.labelled, possible))
    assert lead(changed, "peft", "icl") >= lead(answers, "peft", "icl")
    assert allowed(changed, "peft") >= allowed(answers, "peft")


@settings(max_examples=100, deadline=None)
@given(situation_answers())
def test_what_is_accepted_is_never_ruled_out_and_money_never_outweighs_the_rest(
    answers: Answers,
) -> None:
    judged = judge(answers, RULES)
    recommended, accepted = verdict(answers)
    assert not any(judged[method].ruled_out_by for method in accepted)
    broken = {
        method: [r for r in own.ruled_out_by if not r.id.startswith("G12-")]
        for method, own in judged.items()
    }
    if any(not rules for rules in broken.values()):
        assert not broken[recommended]


@settings(max_examples=100, deadline=None)
@given(situation_answers(usable_base=False))
def test_without_a_base_none_is_trained_further(answers: Answers) -> None:
    for method in ("peft", "full", "cpt", "edit", "distill", "rag+peft", "preference"):
        assert not allowed(answers, method)


def test_missing_facts_stay_with_the_documents_however_many_ask() -> None:
    for queries in (100, 5000, 10_000, 10**6):
        for tokens in (500, 1200, 4000):
            answers = Answers(
                missing=("facts", "style"), baseline=0.6, target=0.8, task_kind="qa",
                knowledge_tokens=20_000_000, labelled=5000, queries_per_day=queries,
                tokens_in=tokens,
            )  # fmt: skip
            recommended, accepted = verdict(answers)
            assert recommended in ("rag", "rag+peft")
            assert "peft" not in accepted


def test_gpus_on_hand_are_nothing_to_pay() -> None:
    own = Answers(
        missing=("style",), labelled=2000, baseline=0.6, target=0.8, data_may_leave=False,
        gpus="1xA100-80", budget_one_off=0, budget_monthly=0,
    )  # fmt: skip
    assert best_of(own) == "peft"
    assert not allowed(replace(own, queries_per_day=10**8), "peft")  # more GPUs must be rented
    assert not allowed(replace(own, gpu_hours_week=20), "peft")  # none answers at night
    assert not allowed(replace(own, gpus="none", data_may_leave=True), "peft")


def test_a_model_that_does_not_fit_is_not_asked() -> None:
    private = Answers(missing=("style",), labelled=2000, data_may_leave=False, gpus="1xT4")
    assert allowed(private, "icl")
    assert not allowed(replace(private, base_params=32e9), "icl")
    assert allowed(replace(private, base_params=32e9, data_may_leave=True), "icl")


@settings(max_examples=200, deadline=None)
@given(situation_answers(), st.integers(0, 10**6))
@example(
    Answers(
        missing=("style",), knowledge_change="live", citations=True, facts_to_change=200,
        queries_per_day=20, tokens_in=3000, tokens_out=5, latency_p95_s=0.2, fertility=2.5,
        keep_general=True, task_kind="classification",
    ),
    9980,
)  # fmt: skip
def test_more_traffic_never_lowers_the_method_with_the_shorter_prompt(
    answers: Answers, more: int
) -> None:
    changed = replace(answers, queries_per_day=answers.queries_per_day + more)
    before, after = judge(answers, RULES), judge(changed, RULES)
    lengths = {method: tokens(answers) for method, tokens in PROMPT_TOKENS.items()}
    for short, its in lengths.items():
        for long, other in lengths.items():
            if its < other:
                gained = after[short].score - before[short].score
                assert gained >= after[long].score - before[long].score, (short, long)


@settings(max_examples=100, deadline=None)
@given(situation_answers(keep_general=False))
def test_to_keep_other_abilities_never_helps_full_fine_tuning_against_adapters(
    answers: Answers,
) -> None:
    keep = replace(answers, keep_general=True)
    assert lead(keep, "peft", "full") >= lead(answers, "peft", "full")


@settings(max_examples=100, deadline=None)
@given(situation_answers(), st.sampled_from([100, 10_000, 10**6]))
def test_more_money_rules_out_nothing_more(answers: Answers, money: int) -> None:
    poor = judge(replace(answers, budget_one_off=money, budget_monthly=money), RULES)
    rich = judge(replace(answers, budget_one_off=9 * money, budget_monthly=9 * money), RULES)
    for method in METHODS:
        assert {r.id for r in rich[method].ruled_out_by} <= {
            r.id for r in poor[method].ruled_out_by
        }


def test_what_is_given_is_enough_to_say_so() -> None:
    assert best_of(Answers(baseline=None)) == MEASURE_FIRST


def test_what_makes_no_sense_for_labels_is_ruled_out_where_no_facts_are_missing() -> None:
    route = Task("route", "classification")
    told = Answers(task_kind="classification", labels=2, labelled=200, knowledge_tokens=5000)
    refused = {ASKED[name].advisor_id for name in ASKED if why_not(name, route)} | {"rag+peft"}

    def out(answers: Answers) -> set[str]:
        gates = {m: [r.id for r in j.ruled_out_by] for m, j in judge(answers, RULES).items()}
        return {method for method, ids in gates.items() if "label-not-in-documents" in ids}

    assert out(told) == refused
    for other in ({"missing": ("facts",)}, {"citations": True}, {"task_kind": "code"}):
        assert out(replace(told, **other)) == set()


def test_a_measured_figure_has_its_n_and_speaks_for_what_was_measured() -> None:
    told = Answers(task_kind="classification", labels=2, labelled=200)
    judged = judge(told, RULES)
    figures = {m: [r for r in judged[m].rules if "0.92" in r.sentence] for m in METHODS}
    assert [method for method, rules in figures.items() if rules] == ["no-llm"]
    assert "3,080" in figures["no-llm"][0].sentence
    assert "100 " in figures["no-llm"][0].sentence
    assert judged["classifier"].score == judged["no-llm"].score
