"""How much the wording of a sentence is that of an instruction to a model.

A linear model of words, pairs and triples of them, fitted by `rag.lint.fit`; `wording.json` holds
what each is worth. It is quick, and decides which sentences are worth reading closely.
"""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

from ladder.files import read_json

__all__ = ["FILE", "grams", "wording"]

FILE = Path(__file__).with_name("wording.json")
FEWEST = 9
"""Grams that a sentence is taken to have at least; otherwise one word would decide a short one."""
_WORD = re.compile(r"\w+|[^\w\s]")


def grams(sentence: str) -> list[str]:
    """Return the words of a sentence, their pairs and their triples."""
    words = ["0" if word.isdigit() else word for word in _WORD.findall(sentence.lower())]
    words = ["^", *words, "$"]
    pairs = map(" ".join, pairwise(words))
    triples = map(" ".join, zip(words, words[1:], words[2:], strict=False))
    return [*words, *pairs, *triples]


def wording(sentence: str) -> float:
    """Return how much a sentence is worded like an instruction to a model, in log-odds."""
    worth, bias = _model()
    found = set(grams(sentence))
    total = sum(worth.get(gram, 0.0) for gram in found)
    return bias + total / math.sqrt(max(len(found), FEWEST))


@cache
def _model() -> tuple[dict[str, float], float]:
    """Return what each gram is worth, and the worth of a sentence without any."""
    held = read_json(FILE)
    return held["worth"], held["bias"]
