"""Decide: questions, flowchart, reasons and prices; the ladder of a project."""

from __future__ import annotations

from advisor.advise import Advice, RankedMethod, Reason, advice_to_json, advise
from advisor.answers import BELOW_TARGET, Answers
from advisor.methods import MEASURE_FIRST, METHODS, AdvisorMethod

__all__ = [
    "BELOW_TARGET",
    "MEASURE_FIRST",
    "METHODS",
    "Advice",
    "AdvisorMethod",
    "Answers",
    "RankedMethod",
    "Reason",
    "advice_to_json",
    "advise",
]
