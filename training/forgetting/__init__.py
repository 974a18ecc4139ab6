"""What training made a model forget: prose and small tasks, before and after."""

from __future__ import annotations

from training.forgetting.abilities import SAMPLE, Abilities, expected_seconds, measure
from training.forgetting.report import Forgetting, compared, forgetting_words

__all__ = [
    "SAMPLE",
    "Abilities",
    "Forgetting",
    "compared",
    "expected_seconds",
    "forgetting_words",
    "measure",
]
