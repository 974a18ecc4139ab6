"""What a number of examples can show."""

from __future__ import annotations

__all__ = ["what_n_can_show"]


def what_n_can_show(n: int) -> str:
    """Return one sentence: how often a 10-point gain is found with `n` test examples."""
    raise NotImplementedError
