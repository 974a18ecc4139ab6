"""From answers to first prices: which rates of the offline list stand for which model."""

from __future__ import annotations

from functools import lru_cache

from advisor.answers import Answers
from ladder.costs import (
    GPUS,
    Band,
    FirstPrice,
    PriceInputs,
    TokenRates,
    first_price,
    token_price,
)
from ladder.costs.gpus import old_mark

__all__ = [
    "DAY_PRICE",
    "LARGE_MODELS",
    "LARGE_RATES",
    "SMALL_MODELS",
    "SMALL_RATES",
    "price_inputs",
    "price_of",
    "total_of",
]

DAY_PRICE = 500.0
"""$ of a person's working day, only used to compare methods (our assumption)."""

SMALL_MODELS = (
    "groq:llama-3.1-8b-instant",
    "fireworks:llama-v3p1-8b-instruct",
    "together:meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
)
LARGE_MODELS = ("openai:gpt-5", "openai:gpt-4.1", "anthropic:claude-sonnet-4-5")
_COPIED = "2026-11-22"
_LIST = f"price list genai-prices 0.2.3, copied on {_COPIED}{old_mark(_COPIED)}"
SMALL_RATES = TokenRates(
    Band(0.05, 0.18, 0.2), Band(0.08, 0.18, 0.2), f"{_LIST}: {', '.join(SMALL_MODELS)}"
)
LARGE_RATES = TokenRates(Band(1.25, 2, 3), Band(8, 10, 15), f"{_LIST}: {', '.join(LARGE_MODELS)}")
"""Lowest, middle and highest price of three hosts or models. Copied, so that the first page need
not read the whole list; a test compares them with it."""
_SMALL_PARAMS = 8e9
_ENOUGH_LABELS = 1000
_WEEK = 168
_DRAFTED_SAVES = 0.5
"""Share of the work that a drafted label saves: the low end of what Wang et al. 2108.13487 found
for mixed labelling (50 to 96 %)."""
_CHANGES_A_MONTH = {"never": 0, "yearly": 1 / 12, "monthly": 1, "daily": 30, "live": 30}
"""Live documents are embedded again each day too (our assumption)."""


@lru_cache(maxsize=4096)
def price_of(method: str, answers: Answers, token_model: str = "") -> FirstPrice:
    """Return the first price of a method in a situation.

    Raises:
        InputError: there is no such method, or no price for `token_model`.
    """
    return _priced(method, price_inputs(answers, token_model))


_priced = lru_cache(maxsize=4096)(first_price)
"""Many answers move no price, so that trying them out finds most prices here."""


def total_of(method: str, answers: Answers, token_model: str = "") -> float:
    """Return the likely $ of a method over the horizon, people's days included."""
    price = price_of(method, answers, token_model)
    return price.total(answers.horizon_months, DAY_PRICE).p50


@lru_cache(maxsize=1024)
def price_inputs(answers: Answers, token_model: str = "") -> PriceInputs:
    """Return the numbers that first prices need; `token_model` prices tokens where named."""
    machine = answers.machine
    if token_model:
        rates = _rates_of(token_model)
    else:
        rates = _scaled(SMALL_RATES, answers.base_params / _SMALL_PARAMS)
    wanted = max(0, _ENOUGH_LABELS - answers.labelled)
    return PriceInputs(
        rates=rates,
        larger_rates=LARGE_RATES,
        queries_per_day=answers.traffic,
        tokens_in=answers.tokens_in,
        tokens_out=answers.tokens_out,
        cacheable_share=answers.cacheable_share,
        knowledge_tokens=answers.knowledge,
        training_tokens=answers.training_tokens,
        labelled=answers.labelled,
        labels_to_make=min(wanted, answers.labels_at_hand - answers.labelled),
        label_minutes=answers.label_minutes * (1 - _DRAFTED_SAVES * answers.drafted_share),
        label_hourly=answers.label_hourly,
        unlabelled_tokens=answers.unlabelled_tokens,
        preferences=answers.preferences,
        facts_to_change=answers.facts_to_change,
        base_params=answers.base_params,
        hosted=answers.data_may_leave,
        gpu=machine.gpu if machine else GPUS["a100-80"],
        owned_gpus=machine.count if machine else 0,
        owned_always_on=machine.count if machine and answers.gpu_hours_week >= _WEEK else 0,
        changes_a_month=_CHANGES_A_MONTH[answers.knowledge_change],
        peak_factor=answers.peak_factor,
    )


def _rates_of(model: str) -> TokenRates:
    """Return the price of one model as a band without width."""
    price = token_price(model)
    fresh, out = price.input, price.output
    source = f"{price.price_words()}: {price.model}"
    kept = Band(*[price.cached_input] * 3)
    return TokenRates(Band(fresh, fresh, fresh), Band(out, out, out), source, kept)


def _scaled(rates: TokenRates, scale: float) -> TokenRates:
    if scale == 1:
        return rates
    source = f"{rates.source}, x {scale:.3g} for the number of parameters (our assumption)"
    return TokenRates(rates.input * scale, rates.output * scale, source)
