"""The sentences of a text, in scripts with and without blanks between words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.cutting.ruler import Span, trimmed

__all__ = ["paragraphs", "sentences"]

_PARAGRAPHS = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")
_LINE_OF_ITS_OWN = re.compile(r"\s*(?:[-*+|>]|\d+[.)])\s?")
_SENTENCE_END = re.compile(
    r"[.!?…][\"'\u201d\u2019\u201c\u00bb)\]]*\s+(?=[^\s a-z])"  # a stop, a blank, no small letter
    # Chinese and Japanese set no blank after their stops.
    "|[\u3002\uff01\uff1f\uff61]+[\u300d\u300f\u201d\u2019\uff09)]*\\s*"
)
_ABBREVIATIONS = (
    *("e.g.", "i.e.", "etc.", "approx.", "no.", "mr.", "mrs.", "dr.", "st.", "vs.", "fig.", "pp."),
    *("z.b.", "z. b.", "d.h.", "d. h.", "u.a.", "u. a.", "bzw.", "ca.", "nr.", "prof.", "usw."),
    *("vgl.", "max.", "min.", "inkl.", "evtl.", "ggf.", "tel.", "str.", "jh."),
)
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\[\"'])(?:"
    + "|".join(re.escape(short) for short in sorted(_ABBREVIATIONS, key=len, reverse=True))
    + r"|[^\W\d_]\.)$"  # an initial
)
_DAY = re.compile(r"(?:^|\s)\d{1,2}\.$")
_GERMAN_ORDINAL = re.compile(
    r"Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
    r"|Jahrhundert|Jh|Jahrtausend|Kapitel|Artikel|Tag|Monat|Jahr|Platz|Klasse|Auflage"
)
"""German writes ordinals with a point: "am 3. Mai", "im 19. Jahrhundert"."""
_LOOKED_BACK = 12
"""Characters before a stop that tell whether it ends a sentence; the longest abbreviation fits."""


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the sentences of a part of a text; a list item or a table row is one."""
    found = []
    for paragraph in paragraphs(text, (start, len(text) if end is None else end)):
        for line in _lines(text, paragraph):
            begin = line[0]
            for match in _SENTENCE_END.finditer(text, line[0], line[1]):
                if _goes_on(text, begin, match):
                    continue
                found.append((begin, match.end()))
                begin = match.end()
            found.append((begin, line[1]))
    spans = (trimmed(text, span) for span in found)
    return [span for span in spans if span[0] < span[1]]


def paragraphs(text: str, body: Span) -> Iterator[Span]:
    """Yield the parts between blank lines."""
    begin = body[0]
    for match in _PARAGRAPHS.finditer(text, *body):
        yield begin, match.start()
        begin = match.end()
    yield begin, body[1]


def _goes_on(text: str, begin: int, stop: re.Match[str]) -> bool:
    """Return whether what looks like the end of a sentence is none."""
    if text[stop.start()] != ".":
        return False
    if text[begin : stop.start()].strip().isdecimal():  # the number of a list's item
        return True
    before = text[max(begin, stop.start() - _LOOKED_BACK) : stop.start() + 1]
    if _ABBREVIATED.search(before.lower()):
        return True
    return bool(_DAY.search(before) and _GERMAN_ORDINAL.match(text, stop.end()))


def _lines(text: str, paragraph: Span) -> Iterator[Span]:
    """Yield list items and table rows by themselves, and lines that only wrap together."""
    begin, place = paragraph[0], paragraph[0]
    in_table = False
    for line in text[slice(*paragraph)].splitlines(keepends=True):
        own = bool(_LINE_OF_ITS_OWN.match(line))
        if place > begin and (own or in_table):
            yield begin, place
            begin = place
        in_table = line.lstrip().startswith("|")
        place += len(line)
    yield begin, paragraph[1]
