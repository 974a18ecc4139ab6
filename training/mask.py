"""Which tokens of a row are trained: the one place that decides it.

The trainer takes its labels from here, and so do the microscope and the checks; what they show is
what happens.
"""

from __future__ import annotations

from training.data import Row

__all__ = ["IGNORED", "labels_of"]

IGNORED = -100
"""The label of a token on which there is no loss."""


def labels_of(row: Row) -> list[int]:
    """Return the label of each token of a row: the token itself in the answer, else `IGNORED`."""
    return [IGNORED] * len(row.prompt) + list(row.completion)
