"""What is wrong with a task's examples, noticed before a run starts rather than after it.

Three looks, from quick to slow: `check` reads the examples alone, `check_rows` the rows as the
model's tokenizer makes them, `check_neighbours` compares every label with those of similar texts.
"""

from __future__ import annotations

from training.checks.finding import Checked, Finding
from training.checks.looks import check, check_everything, check_rows, compared_labels
from training.checks.neighbours import check_neighbours

__all__ = [
    "Checked",
    "Finding",
    "check",
    "check_everything",
    "check_neighbours",
    "check_rows",
    "compared_labels",
]
