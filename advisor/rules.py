"""All rules together: the gates, then the scores."""

from __future__ import annotations

from advisor.gates import GATES
from advisor.rule import Certainty, Judgement, Rule, judge, source_words
from advisor.scores_given import GIVEN_SCORES
from advisor.scores_missing import MISSING_SCORES

__all__ = ["RULES", "Certainty", "Judgement", "Rule", "judge", "source_words"]

RULES: tuple[Rule, ...] = (*GATES, *MISSING_SCORES, *GIVEN_SCORES)
"""Every rule, in the order in which pages list them."""
