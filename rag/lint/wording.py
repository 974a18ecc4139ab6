"""How much the wording of a sentence is that of an instruction to a model.

A linear model of words and pairs of them, fitted by `rag.lint.fit`. It is quick, and decides which
sentences are worth reading closely.
"""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import pairwise

from rag.lint import weights

__all__ = ["FEWEST", "grams", "wording"]

FEWEST = 9
"""Grams that a sentence is taken to have at least; otherwise one word would decide a short one."""
_WORD = re.compile(r"\w+|[^\w\s]")


def grams(sentence: str) -> set[str]:
    """Return the words of a sentence and their pairs; any number is the word 0."""
    words = ["0" if word.isdigit() else word for word in _WORD.findall(sentence.lower())]
    words = ["^", *words, "$"]
    return {*words, *map(" ".join, pairwise(words))}


def wording(sentence: str) -> float:
    """Return how much a sentence is worded like an instruction to a model, in log-odds."""
    worth, bias = _model()
    found = grams(sentence)
    total = sum([worth.get(gram, 0.0) for gram in found])
    return bias + total / math.sqrt(max(len(found), FEWEST))


@cache
def _model() -> tuple[dict[str, float], float]:
    """Return what each gram is worth, and the worth of a sentence without any."""
    held = weights.load()
    known = held["grams"].tobytes().decode().split("\n")
    return dict(zip(known, held["worth"].tolist(), strict=True)), float(held["bias"])
