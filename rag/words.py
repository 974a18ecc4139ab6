"""The words of a text that carry meaning, for comparing a question or a claim with a sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from rag.quantities import in_digits
from rag.search.language import language_of, words_of

__all__ = ["content_words", "language_here", "rarity", "share"]

_SAMPLE = 400
"""Characters of each text by which a language is told."""


def language_here(texts: Iterable[str]) -> str:
    """Return the language of texts that belong together; English where nothing tells."""
    return language_of(" ".join(text[:_SAMPLE] for text in texts)) or "en"


@lru_cache(maxsize=20_000)
def content_words(text: str, language: str) -> frozenset[str]:
    """Return the words of a text without stop words, stemmed; numbers in one form."""
    return frozenset(words_of(in_digits(text), language))


def rarity(words: Collection[str], texts: Sequence[Collection[str]]) -> dict[str, float]:
    """Return how much each word tells among texts: the logarithm of how few of them have it."""
    having = Counter(word for text in texts for word in words if word in text)
    return {word: math.log((len(texts) + 1) / (having[word] + 0.5)) for word in words}


def share(weights: Mapping[str, float], text: Collection[str]) -> float:
    """Return the share of weighted words that a text has; 0 where there are no words."""
    whole = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in text) / whole if whole else 0.0
