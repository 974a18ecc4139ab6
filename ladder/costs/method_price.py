"""The price of a method: money once, money a month, and people's days beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ladder.costs.basis import Band
from ladder.costs.figure import Figure
from ladder.costs.gpus import GPUS, Gpu
from ladder.errors import InputError

__all__ = ["ZERO", "FirstPrice", "Line", "PriceInputs", "TokenRates", "When", "times"]

When = Literal["one-off", "monthly"]
ZERO = Band(0, 0, 0)


@dataclass(frozen=True)
class TokenRates:
    """$ per million tokens, as a band over several hosts or models."""

    input: Band
    output: Band
    source: str
    """Price list, its date and the models that the band spans."""
    cached: Band | None = None
    """$ per million prompt tokens that the host keeps; None: a tenth to all of `input`."""

    @property
    def cached_input(self) -> Band:
        """Return the price of kept prompt tokens; half of the full price in the middle."""
        own = Band(0.1 * self.input.p10, 0.5 * self.input.p50, self.input.p90)
        return self.cached or own


@dataclass(frozen=True)
class PriceInputs:
    """The plain numbers that prices need."""

    rates: TokenRates
    """What the candidate model's tokens cost when hosted."""
    larger_rates: TokenRates
    """What a larger model's tokens cost."""
    queries_per_day: float = 1000
    tokens_in: float = 500
    tokens_out: float = 150
    cacheable_share: float = 0
    """Share of a prompt, 0 to 1, that is the same in every question."""
    knowledge_tokens: float = 0
    training_tokens: float = 0
    """Tokens of the labelled examples, read once."""
    labelled: float = 0
    """Labelled examples that are there."""
    labels_to_make: float = 0
    """Labelled examples that would be made first."""
    label_minutes: float = 2
    """Minutes of a person for a label (our assumption)."""
    label_hourly: float = 30
    """$ for an hour of that person (our assumption)."""
    unlabelled_tokens: float = 0
    preferences: float = 0
    facts_to_change: float = 0
    base_params: float = 8e9
    hosted: bool = True
    """False: data may not leave, so every model runs on own GPUs that are always on."""
    gpu: Gpu = GPUS["a100-80"]
    """The GPU that trains, and serves what no host serves."""
    owned_gpus: int = 0
    """Such GPUs that are on hand: what runs on them is priced as rented, and is nothing to pay."""
    owned_always_on: int = 0
    """Those of them that are free at every hour, and so can answer questions."""
    changes_a_month: float = 0
    """How often a month the documents change."""
    peak_factor: float = 5
    """Peak over mean traffic; own GPUs must bear the peak (our assumption: 5)."""
    engine: str = "vllm"
    """What serves on own GPUs (our assumption)."""
    build_days: Band | None = None
    """Working days to build the method; None: our assumption for it."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
                raise InputError(f"{name} is {value}; give a number that is 0 or more.")
        if self.base_params == 0:
            raise InputError("base_params is 0; give the number of parameters, such as 8e9.")
        if self.cacheable_share > 1:
            raise InputError(f"cacheable_share is {self.cacheable_share}; give at most 1.")
        if self.peak_factor < 1:
            raise InputError(f"peak_factor is {self.peak_factor}; give 1 or more.")

    def gpu_share(self, gpus: int) -> float:
        """Return the share of so many GPUs that is not on hand and must be rented."""
        return max(0, gpus - self.owned_gpus) / gpus


@dataclass(frozen=True)
class Line:
    """One part of a price: a figure that explains itself, and when it is paid."""

    when: When
    figure: Figure
    paid: Band | None = None
    """$ to pay beyond what runs on GPUs on hand; None: all of it."""

    @property
    def cash(self) -> Band:
        """Return the $ that must be paid: GPUs on hand cost nothing more.

        Their electricity, cents an hour, is not counted (our assumption).
        """
        return self.money if self.paid is None else self.paid

    @property
    def name(self) -> str:
        """Return what is paid for."""
        return self.figure.name

    @property
    def money(self) -> Band:
        """Return the $."""
        return self.figure.value

    @property
    def formula(self) -> str:
        """Return the formula with what went in, in one sentence."""
        given = "; ".join(f"{name} {_plain(value)}" for name, value in self.figure.inputs.items())
        return f"{self.name}: {self.figure.formula}" + (f" ({given})" if given else "")

    @property
    def source(self) -> str:
        """Return where formula and constants come from."""
        return self.figure.source


@dataclass(frozen=True)
class FirstPrice:
    """What a method costs before anything of it has run."""

    method: str
    lines: tuple[Line, ...]
    people_days: Band
    """Working days of people to build it; not in the money."""

    @property
    def one_off(self) -> Band:
        """Return the $ once."""
        return self._sum("one-off")

    @property
    def monthly(self) -> Band:
        """Return the $ a month."""
        return self._sum("monthly")

    def cash(self, when: When) -> Band:
        """Return the $ that must be paid, once or a month, where own GPUs are there already."""
        return sum((line.cash for line in self.lines if line.when == when), ZERO)

    def total(self, months: float, day_price: float = 0) -> Band:
        """Return the $ over some months, people's days at `day_price` $ each."""
        return self.one_off + self.monthly * months + self.people_days * day_price

    def _sum(self, when: When) -> Band:
        return sum((line.money for line in self.lines if line.when == when), ZERO)


def times(a: Band, b: Band) -> Band:
    """Multiply two bands that are wrong together: an upper bound on the width."""
    return Band(a.p10 * b.p10, a.p50 * b.p50, a.p90 * b.p90)


def _plain(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"
