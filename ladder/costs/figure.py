"""A figure that explains itself: its value, the formula, what went in, and the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ladder.costs.basis import Band

__all__ = ["Figure"]


@dataclass(frozen=True)
class Figure:
    """One number of an estimate."""

    name: str
    """What it is, such as "GPU-hours"."""
    value: Band
    unit: str
    formula: str
    """How it follows from the inputs, as a person writes it."""
    inputs: Mapping[str, float | str] = field(default_factory=dict)
    """What went in, by the names that stand in the formula."""
    source: str = ""
    """Where formula and constants come from; "our assumption" where they are ours."""

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return asdict(self) | {"inputs": dict(self.inputs)}
