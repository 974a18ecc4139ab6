from __future__ import annotations

import pytest

from advisor.answers import Answers
from advisor.methods import METHODS
from advisor.pricing import (
    LARGE_MODELS,
    LARGE_RATES,
    SMALL_MODELS,
    SMALL_RATES,
    price_inputs,
    price_of,
)
from ladder.costs import TokenRates, token_price
from ladder.errors import InputError


@pytest.mark.parametrize(
    ("models", "rates"), [(SMALL_MODELS, SMALL_RATES), (LARGE_MODELS, LARGE_RATES)]
)
def test_the_copied_prices_are_those_of_the_list(
    models: tuple[str, ...], rates: TokenRates
) -> None:
    prices = [token_price(model) for model in models]
    for name in ("input", "output"):
        band = getattr(rates, name)
        found = sorted(getattr(price, name) for price in prices)
        assert [band.p10, band.p50, band.p90] == pytest.approx(found)


def test_a_larger_candidate_costs_more_by_its_size() -> None:
    small, large = (price_inputs(Answers(base_params=size)) for size in (8e9, 16e9))
    assert large.rates.input.p50 == 2 * small.rates.input.p50
    assert "our assumption" in large.rates.source


def test_labels_are_made_up_to_a_thousand() -> None:
    assert price_inputs(Answers(labelled=200, labelled_possible=20_000)).labels_to_make == 800
    assert price_inputs(Answers(labelled=60, labelled_possible=60)).labels_to_make == 0
    assert price_inputs(Answers(labelled=5000)).labels_to_make == 0


def test_a_named_model_that_nobody_prices_is_refused() -> None:
    with pytest.raises(InputError, match="price list"):
        price_of("prompt", Answers(), "openai:nothing-like-it")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_advisor_has_a_price(method: str) -> None:
    assert price_of(method, Answers()).people_days.p50 > 0
