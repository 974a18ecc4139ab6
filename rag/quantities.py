"""Numbers with their units in running text, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["Quantity", "dimension", "in_digits", "quantities"]

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_GERMAN = "zwei drei vier f\u00fcnf sechs sieben acht neun zehn elf zw\u00f6lf"
_SPELLED = (
    {word: float(number) for number, word in enumerate(_ONES.split())}
    | {word: 10.0 * number for number, word in enumerate(_TENS.split(), start=2)}
    | {word: float(number) for number, word in enumerate(_ORDINALS.split(), start=3)}
    | {word: float(number) for number, word in enumerate(_GERMAN.split(), start=2)}
    | {"dozen": 12.0}
)
_TIMES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

_UNITS: dict[str, tuple[str, float]] = {}
for _names, _base, _factor in (
    ("second seconds sec secs sekunde sekunden", "second", 1),
    ("minute minutes min mins minuten", "second", 60),
    ("hour hours hr hrs stunde stunden", "second", 3600),
    ("day days tag tage tagen", "second", 86_400),
    ("week weeks woche wochen", "second", 7 * 86_400),
    ("month months monat monate monaten", "month", 1),
    ("year years jahr jahre jahren", "month", 12),
    ("decade decades", "month", 120),
    ("century centuries jahrhundert", "century", 1),
    ("millimetre millimetres millimeter millimeters mm", "metre", 0.001),
    ("centimetre centimetres centimeter centimeters cm", "metre", 0.01),
    ("metre metres meter meters m", "metre", 1),
    ("kilometre kilometres kilometer kilometers km", "metre", 1000),
    ("inch inches", "metre", 0.0254),
    ("foot feet ft", "metre", 0.3048),
    ("mile miles mi", "metre", 1609.344),
    ("milligram milligrams mg", "gram", 0.001),
    ("gram grams gramme grammes g", "gram", 1),
    ("kilogram kilograms kilo kilos kg", "gram", 1000),
    ("tonne tonnes", "gram", 1e6),
    ("millilitre millilitres milliliter milliliters ml", "litre", 0.001),
    ("centilitre centilitres cl", "litre", 0.01),
    ("litre litres liter liters l", "litre", 1),
    ("euro euros eur \u20ac", "euro", 1),
    ("dollar dollars usd $", "dollar", 1),
    ("pound pounds gbp \u00a3", "pound", 1),
    ("percent prozent %", "percent", 1),
    ("watt watts w", "watt", 1),
    ("kilowatt kilowatts kw", "watt", 1000),
    ("volt volts v", "volt", 1),
    ("bar bars", "bar", 1),
    ("celsius \u00b0c", "celsius", 1),
    ("fahrenheit \u00b0f", "fahrenheit", 1),
    ("megabyte megabytes mb", "byte", 1e6),
    ("gigabyte gigabytes gb", "byte", 1e9),
):
    _UNITS |= {_name: (_base, _factor) for _name in _names.split()}

_DIMENSIONS = {
    "second": "time", "month": "time", "century": "time",
    "euro": "money", "dollar": "money", "pound": "money",
}  # fmt: skip

_DIGITS = r"\d{1,3}(?:[ \u00a0\u202f]\d{3}\b)+(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
"""With blanks between thousands, or commas or points."""
_WORDS = rf"(?:{'|'.join(sorted([*_SPELLED, *_TIMES], key=len, reverse=True))})"
_NUMBER = re.compile(
    rf"(?P<before>[\u20ac$\u00a3]\s?)?"
    rf"(?P<number>(?:{_DIGITS})(?:st|nd|rd|th)?(?![\w])|(?:{_DIGITS})(?=[^\W\d_])"
    rf"|\b{_WORDS}(?:(?:\s+and\s+|[\s-]+){_WORDS})*\b)"
    rf"(?P<times>\s+(?:{'|'.join(_TIMES)})\b)?"
    rf"(?P<unit>[\s-]?\s*(?:degrees\s+|(?:working|business|calendar|full)\s+)?"
    rf"(?:per\s+cent\b|[%\u20ac$\u00a3]|\u00b0[CF]\b|[^\W\d_]+))?",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:to|and|or|bis|und|-|\u2013)\s*")


@dataclass(frozen=True)
class Quantity:
    """A number, and its unit where one follows."""

    text: str
    """As it is written."""
    values: frozenset[float]
    """Several where it can be read in two ways: 1.200 is 1200 in German."""
    unit: str = ""
    factor: float = 1.0
    """How many of the unit's base one is."""

    def equals(self, other: Quantity) -> bool:
        """Return whether it is as much; where one has no unit, the numbers alone tell."""
        bare = not self.unit or not other.unit
        if not bare and self.unit != other.unit:
            return False
        mine, theirs = (1.0, 1.0) if bare else (self.factor, other.factor)
        return any(
            abs(a * mine - b * theirs) <= 1e-6 * max(abs(a * mine), abs(b * theirs))
            for a in self.values
            for b in other.values
        )


def dimension(unit: str) -> str:
    """Return what a unit measures, "time" for weeks and "money" for euros; empty if unknown."""
    base = _UNITS.get(unit.casefold(), ("", 1.0))[0]
    return _DIMENSIONS.get(base, base)


def quantities(text: str) -> list[Quantity]:
    """Return the numbers of a text; the first of a range has the unit of the second.

    "one" counts only with a unit or another number word, for it is mostly a pronoun.
    """
    found: list[Quantity] = []
    ends: list[tuple[int, int]] = []
    for quantity, start, end in _found(text):
        if found and not found[-1].unit and _JOINED.fullmatch(text[ends[-1][1] : start]):
            found[-1] = replace(found[-1], unit=quantity.unit, factor=quantity.factor)
        found.append(quantity)
        ends.append((start, end))
    return found


def in_digits(text: str) -> str:
    """Return a text with each number in one form, a comma or point inside it left out."""
    parts, place = [], 0
    for quantity, start, end in _found(text):
        parts += [text[place:start], f"{max(quantity.values):.12g}".replace(".", "p")]
        place = end
    return "".join([*parts, text[place:]])


def _found(text: str) -> Iterator[tuple[Quantity, int, int]]:
    """Yield each number with the place of its digits or number words."""
    for match in _NUMBER.finditer(text):
        word = (match["unit"] or "").strip(" -\n\t").casefold()
        word = re.sub(r"^(?:degrees|working|business|calendar|full)\s+", "", word)
        word = "percent" if re.fullmatch(r"per\s+cent", word) else word
        unit, factor = _UNITS.get(word, ("", 1.0))
        if match["before"]:
            unit, factor = _UNITS[match["before"].strip()]
        number = match["number"].casefold()
        if number == "one" and not unit:
            continue
        values = _values(number)
        if match["times"]:
            values = frozenset(
                value * _TIMES[match["times"].strip().casefold()] for value in values
            )
        end = match.end("times") if match["times"] else match.end("number")
        written = text[match.start() : match.end("unit") if unit else end].strip()
        yield Quantity(written, values, unit, factor), match.start("number"), end


def _values(number: str) -> frozenset[float]:
    """Return what a number may stand for."""
    if not number[0].isdigit():
        return frozenset((_spelled(number),))
    digits = re.sub(r"(?:st|nd|rd|th)$|\s", "", number)
    found = set()
    for thousands, point in ((",", "."), (".", ",")):
        grouped = digits.replace(thousands, "").replace(point, ".")
        groups = digits.partition(point)[0].split(thousands)
        if grouped.count(".") <= 1 and all(len(group) == 3 for group in groups[1:]):
            found.add(float(grouped))
    return frozenset(found or {float(re.sub(r"[.,]", "", digits))})


def _spelled(words: str) -> float:
    """Return the number that words say: "two hundred and fifty" is 250."""
    whole, part = 0.0, 0.0
    for word in re.findall(r"[^\W\d_]+", words):
        if word == "hundred":
            part = (part or 1) * 100
        elif word in _TIMES:
            whole, part = whole + (part or 1) * _TIMES[word], 0.0
        elif word in _SPELLED:
            part = part * 12 if word == "dozen" and part else part + _SPELLED[word]
    return whole + part
