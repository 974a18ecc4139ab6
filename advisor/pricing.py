"""From answers to first prices: which rates of the offline list stand for which model."""

from __future__ import annotations

from functools import lru_cache

from advisor.answers import Answers
from ladder.costs import (
    GPUS,
    Band,
    FirstPrice,
    PriceInputs,
    TokenPrice,
    TokenRates,
    first_price,
    parse_gpus,
    token_price,
)

__all__ = ["DAY_PRICE", "price_inputs", "price_of"]

DAY_PRICE = 500.0
"""$ of a person's working day, only used to compare methods (our assumption)."""

_SMALL = (
    "groq:llama-3.1-8b-instant",
    "fireworks:llama-v3p1-8b-instruct",
    "together:meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
)
_SMALL_PARAMS = 8e9
_LARGE = ("openai:gpt-5", "openai:gpt-4.1", "anthropic:claude-sonnet-4-5")
_ENOUGH_LABELS = 1000


@lru_cache(maxsize=4096)
def price_of(method: str, answers: Answers, token_model: str = "") -> FirstPrice:
    """Return the first price of a method in a situation.

    Raises:
        InputError: there is no such method, or no price for `token_model`.
    """
    return first_price(method, price_inputs(answers, token_model))


def price_inputs(answers: Answers, token_model: str = "") -> PriceInputs:
    """Return the numbers that first prices need; `token_model` prices tokens where named."""
    machine = parse_gpus(answers.gpus)
    if token_model:
        rates = _rates((token_model,), 1.0)
    else:
        rates = _rates(_SMALL, answers.base_params / _SMALL_PARAMS)
    wanted = max(0, _ENOUGH_LABELS - answers.labelled)
    return PriceInputs(
        rates=rates,
        larger_rates=_rates(_LARGE, 1.0),
        queries_per_day=answers.queries_per_day,
        tokens_in=answers.tokens_in,
        tokens_out=answers.tokens_out,
        knowledge_tokens=answers.knowledge,
        training_tokens=answers.training_tokens,
        labelled=answers.labelled,
        labels_to_make=min(wanted, answers.labels_at_hand - answers.labelled),
        unlabelled_tokens=answers.unlabelled_tokens,
        preferences=answers.preferences,
        facts_to_change=answers.facts_to_change,
        base_params=answers.base_params,
        hosted=answers.data_may_leave,
        gpu=machine.gpu if machine else GPUS["A100-80"],
    )


def _rates(models: tuple[str, ...], scale: float) -> TokenRates:
    """Return the lowest, middle and highest price of some models, scaled by size."""
    prices = [token_price(model) for model in models]
    names = ", ".join(price.model for price in prices)
    source = f"{prices[0].source} ({prices[0].date}): {names}"
    if scale != 1:
        source += f", x {scale:.3g} for the number of parameters (our assumption)"
    return TokenRates(_span(prices, "input", scale), _span(prices, "output", scale), source)


def _span(prices: list[TokenPrice], name: str, scale: float) -> Band:
    values = sorted(getattr(price, name) * scale for price in prices)
    return Band(values[0], values[len(values) // 2], values[-1])
