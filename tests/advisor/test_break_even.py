from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advise import advise
from advisor.answers import Answers, choices
from advisor.break_even import break_evens, compared, lead_of, traffic_break_even
from advisor.methods import METHODS
from advisor.pricing import DAY_PRICE, price_of
from advisor.words import number_words

ALWAYS_ON = {"full", "edit", "cpt", "pretrain"}
"""No host serves them: their price goes up a server at a time."""
TUNED = Answers(missing=("style",), labelled=2000, queries_per_day=1000)


def answers() -> st.SearchStrategy[Answers]:
    return st.builds(
        Answers,
        missing=st.lists(st.sampled_from(choices("missing"))).map(tuple),
        baseline=st.sampled_from([None, "below-target", 0.9]),
        knowledge_tokens=st.sampled_from([0, 20_000, 10**7]),
        labelled=st.sampled_from([0, 60, 5000, 200_000]),
        data_may_leave=st.booleans(),
        queries_per_day=st.integers(0, 10**6),
        tokens_in=st.integers(1, 20_000),
        gpus=st.sampled_from(["none", "8xA100-80"]),
        base_params=st.sampled_from([1e9, 8e9, 7e10]),
    )


def total(method: str, a: Answers, months: float, queries: int | None = None) -> float:
    at = a if queries is None else replace(a, queries_per_day=queries)
    return price_of(method, at).total(months, DAY_PRICE).p50


@settings(max_examples=60, deadline=None)
@given(answers(), st.integers(1, 36))
def test_a_break_even_in_time_is_where_the_two_totals_are_equal(a: Answers, months: int) -> None:
    for point in break_evens(advise(a), months):
        if point.kind == "months":
            assert 0 < point.at < months
            assert total(point.first, a, point.at) == pytest.approx(total(point.then, a, point.at))
            assert total(point.first, a, point.at) == pytest.approx(point.money)
            assert total(point.first, a, 0) < total(point.then, a, 0)
            assert total(point.first, a, months) > total(point.then, a, months)


@settings(max_examples=60, deadline=None)
@given(answers(), st.integers(1, 36))
def test_a_break_even_in_traffic_is_where_the_cheaper_one_changes(a: Answers, months: int) -> None:
    for point in break_evens(advise(a), months):
        if point.kind == "queries_per_day":
            below, above = int(point.at), int(point.at) + 1
            gaps = [total(point.then, a, months, q) - total(point.first, a, months, q)
                    for q in (below, above)]  # fmt: skip
            assert gaps[0] >= -1e-6
            assert gaps[1] <= 1e-6
            if a.data_may_leave and not {point.first, point.then} & ALWAYS_ON:
                slope = [
                    abs(total(m, a, months, above) - total(m, a, months, below))
                    for m in (point.first, point.then)
                ]
                assert gaps[0] - gaps[1] <= sum(slope) + 1e-6


def test_more_traffic_makes_the_shorter_prompt_the_cheaper_one() -> None:
    found = {(p.first, p.then): p for p in break_evens(advise(TUNED), 12)}
    point = found["icl", "peft"]
    assert point.kind == "queries_per_day"
    assert total("peft", TUNED, 12, round(point.at * 1.1)) < total(
        "icl", TUNED, 12, round(point.at * 1.1)
    )
    assert point.sentence == (
        "Small adapters (PEFT, LoRA) is cheaper than Few-shot prompt (ICL) from about "
        f"{number_words(point.at)} questions a day on, over 12 months; now 1,000."
    )


def test_with_that_traffic_the_months_until_it_is_repaid_are_named() -> None:
    busy = replace(TUNED, queries_per_day=10_000)
    point = next(p for p in break_evens(advise(busy), 12) if (p.first, p.then) == ("icl", "peft"))
    assert point.kind == "months"
    assert f"from month {int(point.at) + 1} on" in point.sentence
    shorter = break_evens(advise(busy), int(point.at))
    assert ("icl", "peft") not in [(p.first, p.then) for p in shorter if p.kind == "months"]


def test_a_longer_horizon_lowers_the_traffic_that_repays_training() -> None:
    short = traffic_break_even("peft", "icl", TUNED, "", 6)
    long = traffic_break_even("peft", "icl", TUNED, "", 24)
    assert short is not None
    assert long is not None
    assert long.at < short.at


def test_two_methods_that_nobody_asks_for_different_prices_never_cross() -> None:
    assert traffic_break_even("no-llm", "no-llm", TUNED, "", 12) is None


def test_only_what_nothing_rules_out_is_compared() -> None:
    advice = advise(TUNED)
    out = {row.method for row in advice.ranked if row.ruled_out_by}
    points = break_evens(advice, 36)
    assert out
    assert not out & {method for point in points for method in (point.first, point.then)}
    assert all(lead_of(advice) in (point.first, point.then) for point in points)
    assert {lead_of(advice), *compared(advice), *out} == set(METHODS)


def test_before_anything_is_measured_the_next_method_leads() -> None:
    advice = advise(replace(TUNED, baseline=None))
    assert advice.recommended == "measure-first"
    assert lead_of(advice) == advice.runner_up


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.18, "0.18"), (1, "1"), (30416.7, "30,400"), (8e9, "8,000,000,000"),
     (312, "312"), (0.00012, "0.00012"), (8.64e15, "8.64e+15"), (2.5e-9, "2.5e-09"),
     (2000, "2,000")],
)  # fmt: skip
def test_numbers_have_three_digits_that_count(value: float, words: str) -> None:
    assert number_words(value) == words
