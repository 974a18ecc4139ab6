"""Another word for a word: the nearest one of the documents' own, by the embedder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rag.search.language import words_of

if TYPE_CHECKING:
    from rag.proof.questions import Sentence

__all__ = ["own_words"]

_WORD = re.compile(r"[^\W\d_]{3,}")
_MOST = 6000
"""Words of the documents that are looked at: the commonest, for each is embedded."""
_NEAR = 0.4
"""How near the other word must be: its cosine on a scale from the mean one (0) to the same (1)."""
_LOOKED_AT = 8
"""Nearest words that are looked at, for the first are forms of the word itself."""


def own_words(pool: Sequence[Sentence], embedder: str) -> Callable[[str], str | None]:
    """Return a function that gives another word for a word, or None where none is near.

    Raises:
        ModelError: the embedder cannot be had.
    """
    import numpy as np

    from ladder.models.embedder import embed_texts

    counts: Counter[str] = Counter()
    stems: dict[str, set[str]] = {}
    for sentence in pool:
        for word in _WORD.findall(sentence.text):
            word = word.casefold()
            if word not in stems:
                stems[word] = set(words_of(word, sentence.language))
            if stems[word]:
                counts[word] += 1
    words = [word for word, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]
    words = words[:_MOST]
    place = {word: number for number, word in enumerate(words)}
    vectors = embed_texts(embedder, words)
    kept: dict[str, str | None] = {}

    def other(word: str) -> str | None:
        word = word.casefold()
        if word not in place:
            return None
        if word not in kept:
            cosines = vectors @ vectors[place[word]]
            usual = float(cosines.mean())
            near = [int(n) for n in np.argsort(-cosines, kind="stable")[1 : _LOOKED_AT + 1]]
            able = (n for n in near if stems[word].isdisjoint(stems[words[n]]))
            best = next(able, None)
            far = best is None or (float(cosines[best]) - usual) / (1 - usual + 1e-9) < _NEAR
            kept[word] = None if best is None or far else words[best]
        return kept[word]

    return other
