from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.costs import GPUS, Band, PriceInputs, TokenRates, first_price
from ladder.costs.methods import _LINES
from ladder.costs.people import BUILD_DAYS
from ladder.costs.training import training_estimate
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
    assert set(METHODS) == set(BUILD_DAYS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("hosted", [True, False])
def test_every_method_has_a_band_with_its_formula_and_source(method: str, hosted: bool) -> None:
    price = first_price(method, replace(PLAIN, hosted=hosted))
    assert price.monthly.p90 > 0
    for line in price.lines:
        assert line.formula.startswith(line.name)
        assert line.source
        assert line.figure.inputs
        assert all(name in line.formula for name in line.figure.inputs)


@given(st.sampled_from(METHODS), st.booleans(), st.integers(1, 10**6), st.integers(0, 10**6))
def test_more_traffic_never_costs_less(method: str, hosted: bool, now: int, more: int) -> None:
    low = first_price(method, replace(PLAIN, hosted=hosted, queries_per_day=now)).monthly
    high = first_price(method, replace(PLAIN, hosted=hosted, queries_per_day=now + more)).monthly
    for name in ("p10", "p50", "p90"):
        assert getattr(low, name) <= getattr(high, name)


@given(st.sampled_from(METHODS), st.booleans(), st.integers(0, 10**5), st.integers(0, 10**5))
def test_a_longer_prompt_never_costs_less(method: str, hosted: bool, now: int, more: int) -> None:
    short = first_price(method, replace(PLAIN, hosted=hosted, tokens_in=now)).total(12)
    long = first_price(method, replace(PLAIN, hosted=hosted, tokens_in=now + more)).total(12)
    for name in ("p10", "p50", "p90"):
        assert getattr(short, name) <= getattr(long, name) * (1 + 1e-9)


@given(
    st.sampled_from(METHODS), st.booleans(), st.sampled_from(sorted(GPUS)),
    st.floats(1, 1e13), st.integers(0, 10**12), st.integers(0, 10**9), st.integers(0, 10**12),
)  # fmt: skip
def test_no_numbers_are_too_small_or_too_large_for_a_price(
    method: str, hosted: bool, gpu: str, params: float, tokens: int, queries: int, documents: int
) -> None:
    price = first_price(
        method,
        replace(
            PLAIN, hosted=hosted, gpu=GPUS[gpu], base_params=params, tokens_in=tokens,
            tokens_out=tokens, queries_per_day=queries, knowledge_tokens=documents,
            labelled=documents, facts_to_change=documents,
        ),
    )  # fmt: skip
    assert math.isfinite(price.total(12).p90)


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


def test_training_costs_what_the_estimate_of_training_says() -> None:
    many = replace(PLAIN, training_tokens=1e9)
    for method, trained in (("full", "full"), ("peft", "lora")):
        found = training_estimate(
            params=8e9, tokens=3e9, gpu=GPUS["a100-80"], stage="finetune", method=trained
        )
        assert first_price(method, many).one_off.p50 == pytest.approx(found.money.p50)


def test_a_small_training_run_takes_at_least_an_hour_of_the_gpu() -> None:
    price = first_price("peft", PLAIN)
    assert price.one_off == GPUS["a100-80"].hourly


def test_labels_and_days_are_inputs() -> None:
    given = replace(
        PLAIN, labels_to_make=600, label_minutes=5, label_hourly=60, build_days=Band(1, 2, 3)
    )
    price = first_price("peft", given)
    labels = next(line for line in price.lines if "label" in line.name)
    assert labels.money.p50 == pytest.approx(600 * 5)
    assert price.people_days == Band(1, 2, 3)


def test_what_a_cache_keeps_is_cheaper_at_a_host_and_on_own_gpus() -> None:
    for hosted in (True, False):
        busy = replace(PLAIN, hosted=hosted, tokens_in=4000, queries_per_day=2e6)
        kept = first_price("prompt", replace(busy, cacheable_share=0.9)).monthly
        assert kept.p50 < first_price("prompt", busy).monthly.p50


def test_examples_and_documents_in_the_prompt_cost_more_than_a_prompt() -> None:
    prompt, shots, docs = (
        first_price(method, PLAIN).monthly.p50 for method in ("prompt", "icl", "docs-in-prompt")
    )
    assert prompt < shots < docs


def test_data_that_may_not_leave_pays_for_a_machine_that_is_always_on() -> None:
    price = first_price("prompt", replace(PLAIN, hosted=False, gpu=GPUS["t4"]))
    assert price.monthly.p50 >= 730 * GPUS["t4"].hourly.p50
    assert "always on" in price.lines[0].name


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_negative_and_missing_numbers_are_refused(bad: float) -> None:
    with pytest.raises(InputError, match="tokens_in"):
        replace(PLAIN, tokens_in=bad)


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="rag"):
        first_price("magic", PLAIN)
