"""Cut a text into the pieces that the linter judges: sentences, long ones in overlapping parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["sentences"]

_END = re.compile(
    r"(?<=[.!?])[\"'\u201d\u2019)\]]*\s+|(?<=[\u3002\uff01\uff1f])|(?<!\s)\s*\|\s+|"
    r"(?<!\s)\s*\n(?:[ \t]*\n\s*|[ \t]*+(?![a-z\u00df-\u00ff\u0430-\u044f]))"
)
"""A line that goes on with a small letter is the same sentence, wrapped. Blanks are looked at from
their first one alone: a file may be padded with a million of them."""
_SHORTEST = 8
"""Characters below which nothing can be told to a model, but in Chinese."""
_LONGEST = 240
"""Characters of a part; in a script without blanks a third of it."""
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a text, each with the place where it begins."""
    begin = 0
    for match in _END.finditer(text):
        yield from _parts(text[begin : match.start()], begin)
        begin = match.end()
    yield from _parts(text[begin:], begin)


def _parts(sentence: str, place: int) -> Iterator[tuple[int, str]]:
    """Yield a sentence, or its overlapping parts if it is longer than what is read at once."""
    wide = bool(_WIDE.search(sentence))
    longest, shortest = (_LONGEST // 3, _SHORTEST // 2) if wide else (_LONGEST, _SHORTEST)
    begin = 0
    while True:
        end = len(sentence)
        if end - begin > longest:
            end = sentence.rfind(" ", begin + longest // 2, begin + longest) + 1 or begin + longest
        part = sentence[begin:end].strip()
        if len(part) >= shortest:
            yield place + begin, part
        if end == len(sentence):
            return
        begin = sentence.find(" ", end - longest // 3, end - 1) + 1 or end - longest // 3
