"""What a question asks for, and whether a sentence has it: a number, an amount, a date, a name.

A number answers "how many" where it is not one of the question's own. Where the question names a
unit ("how many litres") or implies one ("how long", "what does it cost"), a quantity of that kind
is needed: weeks answer "how many days", grams do not answer "how many litres". Where it counts
something else ("how many boxes"), the sentence must have that word, too.

A question for whatever is said about something asks for no more than that: its subject.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from rag.facts import facts, names
from rag.quantities import dimension
from rag.words import content_words

__all__ = ["subject", "wanted"]

_COST = re.compile(
    r"\bhow much (?:does|do|did|is|are|will|must|has|have)\b[^?]*\b(?:costs?|pay|paid|charged?)\b"
    r"|\bwhat (?:does|do|did|will|must|is|are|was|were|has)\b[^?]*"
    r"\b(?:costs?|pay|paid|price|fee|charged?|worth)\b"
    r"|\b(?:was|wie ?viel)\b[^?]*\b(?:kostet|kosten|bezahlt|zahlt)\b"
)
_TIME = re.compile(r"\bhow (?:long|soon|quickly|old)\b|\bwie (?:lange?|alt)\b")
_COUNTED = re.compile(r"\b(?:how many|how much|what|which|wie ?viele?) (percent\w*|[\w%-]+)")
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|far|often|large|big|tall|high|fast|wide|deep)\b"
    r"|\b(?:what|which) (?:(?:is|was|are) the )?(?:[\w-]+ )??"
    r"(?:percent\w*|number|amount|share|proportion|age|price|fee)\b"
    r"|\bwie (?:viele?|weit|oft|gro\u00df|hoch|schnell|breit|tief|teuer)\b"
)
_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b|\bby when\b"
    r"|\bwann\b|\b(?:welche[mnrs]?) (?:jahr|datum|tag|monat|jahrhundert)\w*\b"
)
_WHO = re.compile(r"\b(?:who|whom|whose|wer|wem|wen|wessen)\b")
_ABOUT = (
    r"what (?:do|does) (?:\w+ ){1,3}(?:say|know|tell (?:me|us)) about",
    r"what is (?:said|written|known) about",
    r"(?:please )?(?:(?:can|could) you )?tell (?:me|us) (?:(?:something|more|all) )?about",
    r"was (?:sagen|sagt|steht) (?:\w+ ){0,3}(?:\u00fcber|zu[mr]?)",
    r"erz\u00e4hle? (?:mir|uns) (?:(?:etwas|mehr|alles) )?(?:\u00fcber|von)",
)
_SUBJECT = re.compile(rf"(?:{'|'.join(_ABOUT)}) (?P<subject>.*\w)\W*", re.IGNORECASE)
_FREE = re.compile(r"\b(?:free|nothing|no (?:charge|fee)|kostenlos|gratis)\b")


def subject(question: str) -> str:
    """Return what a question asks for whatever is said about; empty if it asks for more.

    "What do the documents say about plots?" is for the sentences on plots: its other words stand
    in no document, and are not missing there.
    """
    found = _SUBJECT.fullmatch(" ".join(question.split()))
    return found["subject"] if found else ""


def wanted(question: str, language: str = "en") -> Callable[[str], float]:
    """Return what says 1 of a sentence that has what is asked for, -1 if not, 0 if unknown.

    Between these: the number is there, and the word for what it counts is not.
    """
    asked = question.casefold()
    for pattern, kind in ((_COST, "money"), (_TIME, "time")):
        if pattern.search(asked):
            return partial(_measured, question=question, kind=kind)
    if counted := _HOW_MANY.search(asked):
        thing = _COUNTED.search(asked, counted.start())
        unit = dimension(thing[1]) if thing else ""
        if unit:
            return partial(_measured, question=question, kind=unit)
        word = content_words(thing[1], language) if thing else frozenset()
        return lambda text: _counted(text, question, word, language)
    if _WHEN.search(asked):
        kinds = ("date", "time", "weekday", "number")
        return lambda text: 1 if _new_facts(text, question, kinds) else -1
    if _WHO.search(asked):
        return lambda text: 1 if any(n.casefold() not in asked for n in names(text)) else -1
    return lambda text: 0


def _measured(text: str, question: str, kind: str) -> float:
    """Return 1 where a text has a new quantity of a kind, or costs nothing, else -1."""
    if any(dimension(each) == kind for each in _new_units(text, question)):
        return 1
    return 1 if kind == "money" and _FREE.search(text.casefold()) else -1


def _counted(text: str, question: str, word: frozenset[str], language: str) -> float:
    """Return whether a text has a new number, and what it counts."""
    if not _new_facts(text, question, ("number",)):
        return -1
    return 1 if word <= content_words(text, language) else 0


def _new_units(text: str, question: str) -> list[str]:
    """Return the units of the numbers of a text that the question does not have."""
    known = facts(question)
    return [
        fact.quantity.unit
        for fact in facts(text)
        if fact.quantity and not any(fact.agrees(other) for other in known)
    ]


def _new_facts(text: str, question: str, kinds: Sequence[str]) -> bool:
    """Return whether a text has a fact of some kind that the question does not have."""
    known = facts(question)
    return any(
        fact.kind in kinds and not any(fact.agrees(other) for other in known)
        for fact in facts(text)
    )
