"""Token prices from the price list of genai-prices, read offline, and the price of 1,000 queries.

Nothing is fetched: the list comes with the installed package, and every price says which one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date as day
from functools import cache
from typing import Any

from ladder.costs.basis import PriceBasis
from ladder.costs.gpus import old_mark
from ladder.errors import InputError

__all__ = ["TokenPrice", "cost_per_1k", "models_with_prices", "token_price"]

_MILLION = 1_000_000
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class TokenPrice:
    """What a model's tokens cost, in $ per million."""

    model: str
    """The model that was found, as `provider:model`."""
    input: float
    """$ per million prompt tokens."""
    cached_input: float
    """$ per million prompt tokens that the provider had cached; `input` where it has no discount.
    What writing the cache costs is not counted."""
    output: float
    """$ per million generated tokens; 0 for an embedding model."""
    source: str
    """The price list and its version."""
    date: str
    """Day of the newest price change that the list knows, up to today (ISO)."""

    def __post_init__(self) -> None:
        for name in ("input", "cached_input", "output"):
            _check(f"The price of {name} tokens", getattr(self, name))

    def price_words(self, today: day | None = None) -> str:
        """Return the price list and its day, marked when no price changed for 180 days."""
        return f"{self.source} ({self.date}{old_mark(self.date, today)})"

    def cost(self, prompt_tokens: float, cached_tokens: float, completion_tokens: float) -> float:
        """Return the $ of this many tokens; `cached_tokens` are part of `prompt_tokens`.

        Raises:
            InputError: a number is negative or not a number, or more is cached than was sent.
        """
        _check("prompt_tokens", prompt_tokens)
        _check("cached_tokens", cached_tokens)
        _check("completion_tokens", completion_tokens)
        if cached_tokens > prompt_tokens:
            raise InputError(
                f"cached_tokens is {cached_tokens}, more than the {prompt_tokens} prompt tokens "
                "that hold them; count cached tokens as part of the prompt."
            )
        fresh = (prompt_tokens - cached_tokens) * self.input
        return (
            fresh + cached_tokens * self.cached_input + completion_tokens * self.output
        ) / _MILLION


def token_price(model: str, prompt_tokens: float = 0) -> TokenPrice:
    """Return what a model's tokens cost today.

    Args:
        model: `provider:model`, for example `openai:gpt-5-mini`.
        prompt_tokens: the length of a prompt; some models cost more above a length.

    Raises:
        InputError: the provider or the model is not in the price list; near ones are named.
    """
    _check("prompt_tokens", prompt_tokens)
    provider_id, separator, name = model.partition(":")
    if not separator or not provider_id or not name:
        raise InputError(
            f'"{model}" does not name a priced model; write provider:model, '
            "for example openai:gpt-5-mini."
        )
    from datetime import UTC, datetime

    try:
        provider, info = _find(provider_id, name)
    except LookupError as error:
        raise InputError(_unknown(provider_id, name)) from error
    prices = info.get_prices(datetime.now(tz=UTC))
    fresh = _rate(prices.input_mtok, prompt_tokens)
    if fresh is None:
        raise InputError(
            f'The price list knows "{model}" but gives it no price per token; choose another model.'
        )
    cached = _rate(prices.cache_read_mtok, prompt_tokens)
    source, date = _list_source()
    return TokenPrice(
        model=f"{provider}:{info.id}",
        input=fresh,
        cached_input=fresh if cached is None else cached,
        output=_rate(prices.output_mtok, prompt_tokens) or 0.0,
        source=source,
        date=date,
    )


def cost_per_1k(
    basis: PriceBasis,
    seconds: float,
    prompt_tokens: float,
    cached_tokens: float,
    completion_tokens: float,
) -> float | None:
    """Return the $ of 1,000 queries, or None when no price has been set.

    A model's token prices count where the basis names one: tokens times price. Otherwise
    hardware by the hour: 1000 x seconds / 3600 x $ per hour / utilisation.

    Args:
        basis: how this team's queries are priced.
        seconds: mean busy seconds of the hardware per query.
        prompt_tokens: mean prompt tokens per query, the cached ones included.
        cached_tokens: mean cached prompt tokens per query.
        completion_tokens: mean generated tokens per query.

    Raises:
        InputError: a number is negative or not a number, or the model has no price.
    """
    _check("seconds", seconds)
    if basis.token_model:
        price = token_price(basis.token_model, prompt_tokens)
        return 1000 * price.cost(prompt_tokens, cached_tokens, completion_tokens)
    if basis.hourly is None:
        return None
    _check("The price per hour", basis.hourly)
    return 1000 * seconds / _SECONDS_PER_HOUR * basis.hourly / basis.utilisation


@cache
def models_with_prices() -> tuple[str, ...]:
    """Return every model with prices for prompt and output tokens, as `provider:model`, sorted."""
    from datetime import UTC, datetime

    from genai_prices.data_snapshot import get_snapshot

    now = datetime.now(tz=UTC)
    found = []
    for provider in get_snapshot().providers:
        for info in provider.models:
            if not info.prices:
                continue
            prices = info.get_prices(now)
            if prices.input_mtok is not None and prices.output_mtok is not None:
                found.append(f"{provider.id}:{info.id}")
    return tuple(sorted(found))


def _find(provider_id: str, name: str) -> tuple[str, Any]:
    """Return the provider's id and the entry of a model: by its exact id, else by its aliases.

    A few entries of the list are not matched by their own id, so the exact id comes first.

    Raises:
        LookupError: the list has no such provider or model.
    """
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    provider = snapshot.find_provider(None, provider_id, None)
    for info in provider.models:
        if info.id == name:
            return provider.id, info
    provider, found = snapshot.find_provider_model(name, provider, None, None)
    return provider.id, found


def _rate(price: Any, prompt_tokens: float) -> float | None:
    """Return $ per million of one price entry, which may step up with the prompt's length."""
    if price is None:
        return None
    if not hasattr(price, "tiers"):
        return float(price)
    rate = price.base
    for tier in price.tiers:
        if prompt_tokens > tier.start:
            rate = tier.price
    return float(rate)


@cache
def _list_source() -> tuple[str, str]:
    """Return the name of the price list and the day of its newest price change up to today."""
    from datetime import UTC, datetime
    from importlib.metadata import version

    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import StartDateConstraint

    today = datetime.now(tz=UTC).date()
    days = [
        condition.constraint.start_date
        for provider in get_snapshot().providers
        for info in provider.models
        if isinstance(info.prices, list)
        for condition in info.prices
        if isinstance(condition.constraint, StartDateConstraint)
        and condition.constraint.start_date <= today
    ]
    return f"price list genai-prices {version('genai-prices')}", max(days).isoformat()


def _unknown(provider_id: str, name: str) -> str:
    """Return the sentence for a model that the price list does not have."""
    from difflib import get_close_matches

    known = models_with_prices()
    providers = sorted({model.partition(":")[0] for model in known})
    if provider_id not in providers:
        near = get_close_matches(provider_id, providers, 3, 0.5) or providers[:8]
        return f'No provider "{provider_id}" is in the price list; near: {", ".join(near)}.'
    own = [model for model in known if model.startswith(f"{provider_id}:")]
    near = get_close_matches(f"{provider_id}:{name}", own, 5, 0.4) or own[:5]
    return f'"{provider_id}:{name}" is not in the price list; near: {", ".join(near)}.'


def _check(what: str, value: float) -> None:
    if not math.isfinite(value) or value < 0:
        raise InputError(f"{what} is {value}; give a number that is 0 or more.")
