from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.costs.basis import PriceBasis
from ladder.costs.prices import TokenPrice, cost_per_1k, models_with_prices, token_price
from ladder.errors import InputError

MODELS = ["openai:gpt-5-mini", "google:gemini-2.5-pro", "groq:llama-3.1-8b-instant"]
tokens = st.integers(0, 2_000_000)


def test_a_model_has_its_price_with_source_and_date() -> None:
    price = token_price("openai:gpt-5-mini")
    assert price.model == "openai:gpt-5-mini"
    assert 0 < price.cached_input < price.input < price.output
    assert price.source.startswith("price list genai-prices ")
    assert price.date[:2] == "20"


def test_a_model_without_a_cache_discount_pays_the_full_price_for_cached_tokens() -> None:
    price = token_price("together:meta-llama/Llama-3-8b-chat-hf")
    assert price.cached_input == price.input > 0


def test_an_embedding_model_has_no_output_price() -> None:
    assert token_price("openai:text-embedding-3-small").output == 0


def test_long_prompts_take_the_price_of_their_length() -> None:
    short = token_price("google:gemini-2.5-pro", 1000)
    long = token_price("google:gemini-2.5-pro", 300_000)
    assert long.input > short.input


@pytest.mark.parametrize(
    ("model", "near"),
    [("openai:gpt-5-minnni", "openai:gpt-5-mini"), ("opnai:gpt-5-mini", "openai")],
)
def test_an_unknown_model_names_near_ones(model: str, near: str) -> None:
    with pytest.raises(InputError, match=near):
        token_price(model)


@pytest.mark.parametrize("model", ["gpt-5-mini", "", ":", "openai:"])
def test_a_reference_without_provider_and_model_is_refused(model: str) -> None:
    with pytest.raises(InputError, match="provider:model"):
        token_price(model)


def test_every_listed_model_has_a_price() -> None:
    models = models_with_prices()
    assert len(models) > 500
    for model in models[::40]:
        assert token_price(model).input >= 0


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf])
def test_negative_and_missing_numbers_are_refused(bad: float) -> None:
    basis = PriceBasis(hourly=1, hourly_source="invoice")
    price = token_price("openai:gpt-5-mini")
    with pytest.raises(InputError):
        cost_per_1k(basis, bad, 0, 0, 0)
    for arguments in ((bad, 0, 0), (10, bad, 0), (10, 0, bad)):
        with pytest.raises(InputError):
            price.cost(*arguments)
    with pytest.raises(InputError):
        TokenPrice("a:b", bad, 0, 0, "", "")


def test_more_cached_than_sent_is_refused() -> None:
    with pytest.raises(InputError, match="part of the prompt"):
        token_price("openai:gpt-5-mini").cost(10, 11, 0)


@given(st.sampled_from(MODELS), tokens, tokens, tokens, tokens)
def test_more_tokens_never_cost_less(
    model: str, prompt: int, completion: int, more_prompt: int, more_completion: int
) -> None:
    basis = PriceBasis(token_model=model)
    low = cost_per_1k(basis, 0, prompt, 0, completion)
    high = cost_per_1k(basis, 0, prompt + more_prompt, 0, completion + more_completion)
    assert low is not None
    assert high is not None
    assert low <= high


@given(st.sampled_from(MODELS), tokens, tokens, tokens, tokens)
def test_the_cost_of_two_queries_is_the_sum_of_each(
    model: str, prompt: int, completion: int, prompt_2: int, completion_2: int
) -> None:
    price = token_price(model)
    together = price.cost(prompt + prompt_2, 0, completion + completion_2)
    assert math.isclose(
        together,
        price.cost(prompt, 0, completion) + price.cost(prompt_2, 0, completion_2),
        abs_tol=1e-9,
    )


@given(st.sampled_from(MODELS), tokens, st.floats(0, 1))
def test_cached_tokens_never_cost_more_than_fresh_ones(
    model: str, prompt: int, share: float
) -> None:
    price = token_price(model)
    assert price.cost(prompt, share * prompt, 0) <= price.cost(prompt, 0, 0) + 1e-12


def test_without_a_price_basis_there_is_no_cost() -> None:
    assert cost_per_1k(PriceBasis(), 2.0, 100, 0, 10) is None


def test_hardware_by_the_hour_is_seconds_over_utilisation() -> None:
    basis = PriceBasis(hourly=3.6, hourly_source="invoice of May", utilisation=0.5)
    assert cost_per_1k(basis, 2.0, 100, 0, 10) == pytest.approx(1000 * 2 * 0.001 / 0.5)


def test_token_prices_count_before_hardware() -> None:
    basis = PriceBasis(hourly=3.6, hourly_source="invoice", token_model="openai:gpt-5-mini")
    price = token_price("openai:gpt-5-mini")
    expected = 1000 * (60 * price.input + 40 * price.cached_input + 10 * price.output) / 1e6
    assert cost_per_1k(basis, 99.0, 100, 40, 10) == pytest.approx(expected)


def test_a_price_is_marked_once_its_list_is_older_than_180_days() -> None:
    price = TokenPrice("host:model", 1, 1, 1, "a list", "2026-05-01")
    assert price.price_words(date(2026, 10, 28)) == "a list (2026-05-01)"
    assert "older than 180 days" in price.price_words(date(2026, 10, 29))
