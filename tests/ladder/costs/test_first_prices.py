from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.costs import GPUS, Band, PriceInputs, TokenRates, first_price
from ladder.costs.first_prices import _LINES, _PEOPLE_DAYS
from ladder.errors import InputError

METHODS = sorted(_LINES)
RATES = TokenRates(Band(0.05, 0.18, 0.2), Band(0.08, 0.18, 0.2), "three hosts")
LARGER = TokenRates(Band(1.25, 2, 3), Band(8, 10, 15), "three models")
PLAIN = PriceInputs(
    RATES,
    LARGER,
    knowledge_tokens=100_000,
    labelled=500,
    training_tokens=150_000,
    unlabelled_tokens=1e9,
    preferences=100,
    facts_to_change=5,
)


def test_all_sixteen_methods_have_a_price() -> None:
    assert len(METHODS) == 16
    assert set(METHODS) == set(_PEOPLE_DAYS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("hosted", [True, False])
def test_every_method_has_a_band_with_its_formula_and_source(method: str, hosted: bool) -> None:
    price = first_price(method, replace(PLAIN, hosted=hosted))
    assert price.monthly.p90 > 0
    assert all(line.formula and line.source for line in price.lines)


@given(st.sampled_from(METHODS), st.booleans(), st.integers(1, 10**6), st.integers(0, 10**6))
def test_more_traffic_never_costs_less(method: str, hosted: bool, now: int, more: int) -> None:
    low = first_price(method, replace(PLAIN, hosted=hosted, queries_per_day=now)).monthly
    high = first_price(method, replace(PLAIN, hosted=hosted, queries_per_day=now + more)).monthly
    for name in ("p10", "p50", "p90"):
        assert getattr(low, name) <= getattr(high, name)


@given(st.sampled_from(METHODS), st.floats(0, 60), st.floats(0, 60))
def test_a_longer_horizon_adds_up(method: str, months: float, more: float) -> None:
    price = first_price(method, PLAIN)
    longer = price.total(months + more, 500)
    shorter = price.total(months, 500)
    assert math.isclose(longer.p50, shorter.p50 + more * price.monthly.p50, rel_tol=1e-9)


def test_the_money_is_the_sum_of_its_lines() -> None:
    price = first_price("rag+peft", PLAIN)
    lines = [line.money.p50 for line in price.lines]
    assert sum(lines) == pytest.approx(price.one_off.p50 + price.monthly.p50)


def test_asking_is_tokens_times_price() -> None:
    month = first_price("prompt", PLAIN).monthly
    each = (500 * 0.18 + 150 * 0.18) / 1e6
    assert month.p50 == pytest.approx(1000 * 365 / 12 * each)


def test_adapters_train_with_four_and_all_weights_with_six_operations() -> None:
    many = replace(PLAIN, training_tokens=1e9)

    def machine(method: str) -> float:
        return first_price(method, many).one_off.p50

    assert machine("full") / machine("peft") == pytest.approx(6 / 4)
    hours = 4 * 8e9 * 3 * 1e9 / (312e12 * 3600 * 0.25)
    assert machine("peft") == pytest.approx(hours * GPUS["a100-80"].hourly.p50 * 1.5)


def test_a_small_training_run_takes_at_least_an_hour_of_the_gpu() -> None:
    price = first_price("peft", PLAIN)
    assert price.one_off.p10 == pytest.approx(1.5 * GPUS["a100-80"].hourly.p10)


def test_examples_and_documents_in_the_prompt_cost_more_than_a_prompt() -> None:
    prompt, shots, docs = (
        first_price(method, PLAIN).monthly.p50 for method in ("prompt", "icl", "docs-in-prompt")
    )
    assert prompt < shots < docs


def test_data_that_may_not_leave_pays_for_a_machine_that_is_always_on() -> None:
    price = first_price("prompt", replace(PLAIN, hosted=False, gpu=GPUS["t4"]))
    assert price.monthly.p50 >= 730 * GPUS["t4"].hourly.p50
    assert "always on" in price.lines[0].formula


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_negative_and_missing_numbers_are_refused(bad: float) -> None:
    with pytest.raises(InputError, match="tokens_in"):
        replace(PLAIN, tokens_in=bad)


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="rag"):
        first_price("magic", PLAIN)
