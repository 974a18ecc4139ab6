"""Decide: questions, flowchart, reasons and prices; the ladder of a project."""

from __future__ import annotations

from advisor.advice import Advice, RankedMethod, Reason
from advisor.advice_json import advice_to_json
from advisor.advise import advise
from advisor.answers import BELOW_TARGET, Answers
from advisor.methods import MEASURE_FIRST, METHODS, AdvisorMethod
from advisor.rules import RULES, Rule
from advisor.sensitivity import Change, sensitivity

__all__ = [
    "BELOW_TARGET",
    "MEASURE_FIRST",
    "METHODS",
    "RULES",
    "Advice",
    "AdvisorMethod",
    "Answers",
    "Change",
    "RankedMethod",
    "Reason",
    "Rule",
    "advice_to_json",
    "advise",
    "sensitivity",
]
