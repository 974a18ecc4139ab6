"""What a search over settings measures, and what it finds: plain data, and which are in front."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol, TypeVar

from ladder.errors import InputError
from ladder.evaluation.space import Settings, named
from ladder.files import content_hash

__all__ = ["Budget", "Expects", "Found", "GivenUp", "Measure", "Measured", "Trial", "front"]

T_contra = TypeVar("T_contra", contravariant=True)


@dataclass(frozen=True)
class Budget:
    """How much a search may take; None is no limit. What earlier runs of it took counts."""

    minutes: float | None = None
    money: float | None = None
    """In $."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and not value > 0:
                raise InputError(f"The budget in {name} is {value}; give a number above 0.")

    def left(self, seconds: float, money: float) -> bool:
        """Return whether anything is left after so many seconds and so much money."""
        in_time = self.minutes is None or seconds < self.minutes * 60
        return in_time and (self.money is None or money < self.money)

    @property
    def words(self) -> str:
        """Return the budget in words: "30 minutes and $2"."""
        parts = [] if self.minutes is None else [f"{self.minutes:g} minutes"]
        parts += [] if self.money is None else [f"${self.money:g}"]
        return " and ".join(parts) or "no limit"


@dataclass(frozen=True)
class Measured:
    """What a setting did on some items."""

    values: dict[str, float]
    """By item, 0 to 1, the more the better."""
    figures: dict[str, float] = field(default_factory=dict)
    """What it costs besides: seconds, tokens, bytes; the less the better."""
    money: float = 0.0
    """What measuring it cost, in $."""
    seconds: float | None = None
    """How long measuring it took, where some of that was before this call; None: this call's."""


class GivenUp(Exception):
    """Raised by a measure that was told to stop: what is measured so far stands."""


class Measure(Protocol[T_contra]):
    """Measures one setting on some items; raises a LadderError where it cannot be had."""

    def __call__(self, setting: T_contra, items: Sequence[str], /) -> Measured:
        """Return the value of each item."""
        ...


class Expects(Protocol[T_contra]):
    """Says what measuring a setting will take at most, in the light of those that were measured."""

    def __call__(self, setting: T_contra, measured: Sequence[Trial], /) -> tuple[float, float]:
        """Return seconds and $."""
        ...


@dataclass(frozen=True)
class Trial:
    """One point of the space and what is known of it."""

    settings: Settings
    """The fields in which it may differ from the base, with their values."""
    values: dict[str, float]
    """By item, as far as it was measured."""
    figures: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    money: float = 0.0
    error: str | None = None
    """Why it could not be measured."""

    @property
    def key(self) -> str:
        """Return what names the point."""
        return content_hash(self.settings, 12)

    @property
    def value(self) -> float:
        """Return the mean over the items; 0 without any."""
        return sum(self.values.values()) / len(self.values) if self.values else 0.0

    @property
    def name(self) -> str:
        """Return the settings in words: "k 4, retriever bm25"."""
        return named(self.settings)


@dataclass(frozen=True)
class Found:
    """What a search found."""

    base: Trial
    """What is used now."""
    trials: tuple[Trial, ...]
    """The points that were measured on every item, the best first; the base is among them."""
    dropped: tuple[Trial, ...]
    """Points that were measured on some items only, or failed."""
    untried: int
    """Points of the space that were not measured at all."""
    stopped: str = ""
    """Why it ended before it was through; empty if it did not."""


def front(trials: Sequence[Trial], costs: Sequence[str]) -> list[Trial]:
    """Return the trials that no other beats: none is as good, as cheap in all, and better in one.

    A cost that a trial does not know counts as infinite.
    """
    sizes = [(-trial.value, *(trial.figures.get(c, math.inf) for c in costs)) for trial in trials]

    def beaten(mine: tuple[float, ...]) -> bool:
        return any(
            other != mine and all(a <= b for a, b in zip(other, mine, strict=True))
            for other in sizes
        )

    return [trial for trial, size in zip(trials, sizes, strict=True) if not beaten(size)]
