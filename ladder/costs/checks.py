"""What numbers an estimate takes."""

from __future__ import annotations

import math

from ladder.errors import InputError

__all__ = ["not_negative", "positive"]


def positive(name: str, value: float) -> float:
    """Return a number that is finite and above 0.

    Raises:
        InputError: it is not.
    """
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{name} is {value:g}; give a number above 0.")
    return value


def not_negative(name: str, value: float) -> float:
    """Return a number that is finite and at least 0.

    Raises:
        InputError: it is not.
    """
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"{name} is {value:g}; give a number that is 0 or more.")
    return value
