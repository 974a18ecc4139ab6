"""What a query costs: a band instead of a number, and the basis that prices it."""

from __future__ import annotations

from dataclasses import dataclass

from ladder.errors import InputError

__all__ = ["Band", "PriceBasis"]


@dataclass(frozen=True)
class Band:
    """An estimate: 80 % of the outcomes are expected between `p10` and `p90`."""

    p10: float
    p50: float
    p90: float

    def __post_init__(self) -> None:
        if not 0 <= self.p10 <= self.p50 <= self.p90:
            raise InputError(
                f"A band needs 0 <= p10 <= p50 <= p90; got {self.p10}, {self.p50}, {self.p90}."
            )

    def __add__(self, other: Band) -> Band:
        """Add two costs that are wrong together: an upper bound on the width of the sum."""
        return Band(self.p10 + other.p10, self.p50 + other.p50, self.p90 + other.p90)

    def __mul__(self, factor: float) -> Band:
        """Scale by a number that is not negative."""
        return Band(self.p10 * factor, self.p50 * factor, self.p90 * factor)

    @classmethod
    def around(cls, value: float, factor: float) -> Band:
        """Return the band from `value / factor` to `value * factor`."""
        return cls(value / factor, value, value * factor)


@dataclass(frozen=True)
class PriceBasis:
    """How this team's queries are priced: hardware by the hour, or a model's tokens."""

    hourly: float | None = None
    """$ per hour of the hardware that answers."""
    hourly_source: str = ""
    """Where the hourly price comes from, with its date."""
    utilisation: float = 0.2
    """Mean over peak traffic of that hardware, above 0 and at most 1 (our assumption: 0.2)."""
    token_model: str = ""
    """A model whose token prices count instead, as `provider:model` of genai-prices."""

    def __post_init__(self) -> None:
        if self.hourly is not None and not self.hourly >= 0:
            raise InputError(f"The price per hour is {self.hourly}; give 0 or more.")
        if self.hourly is not None and not self.hourly_source:
            raise InputError("A price per hour needs its source; say where it comes from.")
        if not 0 < self.utilisation <= 1:
            raise InputError(f"utilisation is {self.utilisation}; give a share above 0, at most 1.")
