"""All rules together: the gates, then the scores."""

from __future__ import annotations

from advisor.gates import GATES
from advisor.rule import Certainty, Judgement, Rule, judge, source_words
from advisor.scores import SCORES

__all__ = ["RULES", "Certainty", "Judgement", "Rule", "judge", "source_words"]

RULES: tuple[Rule, ...] = (*GATES, *SCORES)
"""Every rule, in the order in which pages list them."""
