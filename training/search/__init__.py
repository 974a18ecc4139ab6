"""Search over a recipe's own fields: a training run whose recipe was searched."""

from __future__ import annotations

from training.search.asked import Asked, asked_for, usual_values
from training.search.forecast import Expected, expected
from training.search.records import Setting, settings_tried

__all__ = [
    "Asked",
    "Expected",
    "Setting",
    "asked_for",
    "expected",
    "settings_tried",
    "usual_values",
]
