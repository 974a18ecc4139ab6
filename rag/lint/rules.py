"""What instructions to a model look like: patterns, each with what it speaks for and how much.

Two points make a finding. What is worth two hardly stands in a document that means no harm; what
is worth one ("say", "AI assistant") is common there, and counts only together with something of
another kind in the same sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.lint.addressed import ADDRESSED
from rag.lint.further import FURTHER
from rag.lint.languages import LANGUAGES
from rag.lint.marks import MARKS
from rag.lint.needed import needed
from rag.lint.orders import ORDERS_GIVEN
from rag.lint.replies import REPLIES

__all__ = ["RULES", "Rule", "known_squashed"]


@dataclass(frozen=True)
class Rule:
    """A pattern that speaks for an instruction to a model."""

    kind: str
    """Which findings it belongs to; two of the same kind count once."""
    points: int
    pattern: re.Pattern[str]
    needed: tuple[str, ...]
    """One of these stands in whatever it matches; empty where none is known."""

    def search(self, text: str, lowered: str) -> re.Match[str] | None:
        """Return where the pattern stands in a text that is given in lower case, too."""
        if self.needed and not any(each in lowered for each in self.needed):
            return None
        return self.pattern.search(text)


def _compiled() -> tuple[Rule, ...]:
    rows = (*ADDRESSED, *ORDERS_GIVEN, *REPLIES, *MARKS, *LANGUAGES, *FURTHER)
    return tuple(
        Rule(kind, points, re.compile(pattern, re.IGNORECASE), needed(pattern, re.IGNORECASE))
        for kind, points, pattern in rows
    )


RULES = _compiled()

_SQUASHED = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|your|the|every|these|previous|prior|above|"
    r"earlier|other){1,4}(?:instructions?|rules?|prompts?|guidelines?)|systemprompt|"
    r"(?:reply|respond|answer)(?:only|with|every)|tellthe(?:user|customer)|youarenow|"
    r"(?:reveal|print|show)(?:your|the|all)",
)


def known_squashed(text: str) -> bool:
    """Return whether letters that were written apart, blanks and all, spell an instruction."""
    return bool(_SQUASHED.search(re.sub(r"[\W_]+", "", text.casefold())))
