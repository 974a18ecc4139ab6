"""The facts of a sentence that can be checked: numbers with units, dates, times of day, names.

A claim states what its source does not have where one of its facts is not among those of the
source. What is written otherwise counts as equal: "seven" and 7, "1,200" and 1200, "2 weeks" and
"14 days", "3 March 2026" and "2026-03-03", "1 pm" and 13:00. Names are words with a capital
inside a sentence, so they tell nothing in German, where every noun has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.quantities import Quantity, quantities

__all__ = ["Fact", "facts", "missing", "names", "unnamed"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar", "february feb februar", "march mar m\u00e4rz maerz",
            "april apr", "may mai", "june jun juni", "july jul juli", "august aug",
            "september sept sep", "october oct oktober okt", "november nov",
            "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag", "tuesday tue tues dienstag", "wednesday wed mittwoch",
            "thursday thu thurs donnerstag", "friday fri freitag", "saturday samstag sonnabend",
            "sunday sonntag",
        )
    )
    for name in names.split()
}  # fmt: skip


def _capitalised(words: dict[str, int]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return rf"\b(?:{'|'.join(word.capitalize() for word in ordered)})\b\.?"


_MONTH = _capitalised(_MONTHS)
_DAY = r"\b(\d{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?:,?\s+(\d{4})\b)?"
_DATE = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})\b"
    rf"|\b(?P<dotted>\d{{1,2}}\.\s?\d{{1,2}}\.\s?\d{{4}})\b"
    rf"|\b(?P<slashed>\d{{1,2}}/\d{{1,2}}/\d{{4}})\b"
    rf"|{_DAY}\s*(?:of\s+)?(?P<m1>{_MONTH}){_YEAR}"
    rf"|(?P<m2>{_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d){_YEAR}"
    rf"|(?P<m3>{_MONTH}),?\s+(\d{{4}})\b"
    rf"|(?:(?<=\b[A-Za-z][a-z]\s)|(?<=\b[a-z]{{3}}\s)|(?<=[a-z]{{4}}\s))(?P<m4>{_MONTH})"
    rf"|(?P<weekday>{_capitalised(_WEEKDAYS)[:-3]}s?)"
)
"""A month by itself counts where a word in small letters precedes it: "in May", not "May I"."""
_TIME = re.compile(
    r"\b(\d{1,2})(?::(\d{2})|\.(\d{2})(?=\s*(?:[ap]\.?m\b|Uhr)))?"
    r"\s*(?:(?P<half>[ap])\.?m\b\.?|(?:o'clock|Uhr)\b|(?<=:\d\d)|(?<=:\d\d\s))",
)
_NAMED_TIME = re.compile(r"\b(?:noon|midday|midnight)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'\u2019&-]*")
_TWO_CAPITALS = re.compile(r"[^\W\d_a-z][\w'\u2019&-]*\s+(?:[^\W\d_a-z])")
"""A sentence that begins with two words that have capitals begins with a name."""
_PLAIN = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by can do does for from had has have he her his how i if in is "
        "it its may must no not of on or our she should so than that the their then there these "
        "they this those to was we were what when where which who why will with yes you your "
        "after all also although another any because before both during each every however its "
        "many more most much one only other otherwise since some such thus under until while",
    )
)
"""Words that begin a sentence without being a name."""


@dataclass(frozen=True)
class Fact:
    """One fact: how it is written, and what it says."""

    text: str
    kind: str
    """"number", "date", "time", "weekday"."""
    quantity: Quantity | None = None
    dates: frozenset[tuple[int, int, int]] = frozenset()
    """Year, month and day, 0 where it is not said; several where it can be read in two ways."""
    minute: int = -1
    """Of the day."""

    def agrees(self, other: Fact) -> bool:
        """Return whether another fact says this, or more."""
        if self.kind == "number":
            return other.quantity is not None and _within(self.quantity, other.quantity)
        if self.kind != other.kind:
            return False
        if self.kind == "date":
            return any(
                all(not mine or mine == theirs for mine, theirs in zip(one, two, strict=True))
                for one in self.dates
                for two in other.dates
            )
        return self.minute == other.minute


def facts(text: str) -> list[Fact]:
    """Return the numbers, dates and times of day of a text."""
    found = []
    masked = list(text)
    for match in _DATE.finditer(text):
        fact = _date(match)
        if fact is not None:
            found.append(fact)
            masked[slice(*match.span())] = " " * len(match[0])
    for match in _NAMED_TIME.finditer(text):
        minute = 0 if match[0].casefold() == "midnight" else 720
        found.append(Fact(match[0], "time", minute=minute))
    for match in _TIME.finditer("".join(masked)):
        hour = int(match[1]) % 12 if match["half"] else int(match[1])
        minute = int(match[2] or match[3] or 0)
        if hour < 24 and minute < 60:
            hour += 12 * (match["half"] == "p")
            found.append(Fact(match[0].strip(), "time", minute=hour * 60 + minute))
            masked[slice(*match.span())] = " " * len(match[0])
    rest = "".join(masked)
    return found + [Fact(each.text, "number", quantity=each) for each in quantities(rest)]


def names(text: str) -> list[str]:
    """Return the words of a sentence that are names by their capitals, the first word left out."""
    return [word for place, word in _capitals(text) if place]


def unnamed(question: str, text: str) -> float:
    """Return the share of the names of a question that a text lacks; 0 where it has none."""
    asked = {_fold(name) for name in names(question)}
    return len(asked - _folded_words(text)) / len(asked) if asked else 0.0


def missing(
    claim: str, source: str, beside: str = "", around: str = "", *, check_names: bool = True
) -> tuple[str, ...]:
    """Return the facts of a claim that its source does not have, as the claim writes them.

    Args:
        claim: a sentence of an answer.
        source: the sentence that is to support it.
        beside: what belongs to the source and may hold names and dates: its headings.
        around: more of the document; a first word that stands in it is no foreign name.
        check_names: False where capitals tell nothing (German).
    """
    have = [*facts(source), *facts(beside)]
    have += [part for fact in have if fact.dates for part in _parts_of(fact)]
    lacking = [fact.text for fact in facts(claim) if not any(map(fact.agrees, have))]
    if check_names:
        lacking += _foreign(claim, source, beside, around)
    return tuple(dict.fromkeys(lacking))


def _foreign(claim: str, source: str, beside: str, around: str) -> list[str]:
    """Return the names of a claim that the source does not have."""
    known = _folded_words(f"{source} {beside}")
    found = [name for name in names(claim) if _fold(name) not in known]
    first = [word for place, word in _capitals(claim) if not place]
    said, begun = _folded_words(claim), _TWO_CAPITALS.match(source.strip()) is not None
    others = [
        word for place, word in _capitals(source) if (place or begun) and _fold(word) not in said
    ]
    seen = known | _folded_words(around)
    # The first word has a capital anyhow: it is a foreign name where nothing around has the word
    # and the source names somebody, or something, that the claim does not.
    if others:
        found += [word for word in first if _fold(word) not in seen and word.isalpha()]
    return found


def _capitals(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words that have a capital, each with 0 for the first of the text, else 1."""
    dates = [match.span() for match in _DATE.finditer(text)]
    for number, match in enumerate(_WORD.finditer(text)):
        word = match[0].strip("'\u2019-&")
        dated = any(a <= match.start() < b for a, b in dates)
        if word == word.lower() or dated or word.casefold() in _PLAIN:
            continue
        yield min(number, 1), word


def _folded_words(text: str) -> set[str]:
    words = _WORD.findall(text)
    return {_fold(part) for word in words for part in (word, *word.split("-"))}


def _fold(word: str) -> str:
    """Return a name without case, possessive and plural."""
    word = word.casefold().replace("\u2019", "'").removesuffix("'s").strip("'")
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _date(match: re.Match[str]) -> Fact | None:
    """Return the date of a match of `_DATE`; None where its numbers are none."""
    text = match[0].strip()
    if match["weekday"]:
        name = match["weekday"].casefold()
        number = _WEEKDAYS.get(name, _WEEKDAYS.get(name.removesuffix("s"), -1))
        return Fact(text, "weekday", minute=number)
    if match["iso"] or match["dotted"] or match["slashed"]:
        a, b, c = (int(part) for part in re.findall(r"\d+", text))
        read = {(a, b, c)} if match["iso"] else {(c, b, a)}
        if match["slashed"]:
            read.add((c, a, b))
    else:
        name = next(filter(None, (match[key] for key in ("m1", "m2", "m3", "m4"))))
        month = _MONTHS[name.casefold().rstrip(".")]
        numbers = [int(number) for number in re.findall(r"\d+", text)]
        day = next((number for number in numbers if number < 32), 0)
        year = next((number for number in numbers if number > 999), 0)
        read = {(year, month, day)}
    able = frozenset(each for each in read if each[1] <= 12 and each[2] <= 31)
    return Fact(text, "date", dates=able) if able else None


def _parts_of(fact: Fact) -> list[Fact]:
    """Return the year and the day of a date as numbers, for a claim that says these alone."""
    numbers = {float(part) for date in fact.dates for part in (date[0], date[2]) if part}
    return [
        Fact(fact.text, "number", quantity=Quantity(fact.text, frozenset((number,))))
        for number in numbers
    ]


def _within(one: Quantity | None, other: Quantity) -> bool:
    return one is not None and one.equals(other)
