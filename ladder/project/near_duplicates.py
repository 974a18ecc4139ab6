"""Near-duplicates: equal after folding, or Jaccard of 5-character shingles at least 0.9.

All pairs are found, exactly, by prefix filtering (Chaudhuri, Ganti and Kaushik 2006, "A primitive
operator for similarity joins in data cleaning"; Wang, Li and Feng 2012, "Can we beat the prefix
filtering?"): with every text's shingles in one order, rarest first, two texts that are similar
enough share several among their first few, so that only texts which do are compared.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

__all__ = ["THRESHOLD", "groups", "linked", "near_duplicate_pairs", "normalised"]

THRESHOLD = 0.9
"""The Jaccard similarity from which two texts are near-duplicates."""

_SHINGLE = 5
_ROUNDING = 1e-9


class _Folding(dict[int, str]):
    """What a character becomes, for `str.translate`; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.category(character).startswith("P"):
            self[code] = "" if character in "'\u2019" else " "
        else:
            self[code] = character
        return self[code]


_FOLDING = _Folding()


def normalised(text: str) -> str:
    """Return the text folded: NFKC, no case, no punctuation, single spaces.

    An apostrophe is dropped ("can't" is "cant"); other punctuation parts words ("top-up" is
    "top up"). A text of punctuation alone keeps it.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = " ".join(folded.translate(_FOLDING).split())
    return bare or " ".join(folded.split())


def near_duplicate_pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Return all pairs (i, j) for which `left[i]` and `right[j]` are near-duplicates, sorted.

    10,000 short texts against 3,000 take a few seconds.
    """
    left_places, right_places = _places(left), _places(right)
    pairs = [
        (i, j)
        for a, b in _similar(list(left_places), list(right_places))
        for i in left_places[a]
        for j in right_places[b]
    ]
    return sorted(pairs)


def groups(texts: Sequence[str]) -> list[int]:
    """Return a number per text; texts linked by near-duplicates, also over others, share one.

    The number is the place of the group's first text.
    """
    places = _places(texts)
    unique = list(places)
    links = [(places[a][0], places[b][0]) for a, b in _similar(unique, unique)]
    links += [(same[0], other) for same in places.values() for other in same[1:]]
    return linked(len(texts), links)


def linked(count: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Return, for each of `count` places, the first place it is linked to (itself if none)."""
    parents = list(range(count))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    for first, second in links:
        a, b = root(first), root(second)
        parents[max(a, b)] = min(a, b)
    return [root(place) for place in range(count)]


def _places(texts: Sequence[str]) -> dict[str, list[int]]:
    """Return where each folded text stands."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[normalised(text)].append(place)
    return places


def _similar(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of folded texts that are equal or similar enough."""
    if len(left) > len(right):  # index the smaller side
        yield from ((a, b) for b, a in _similar(right, left))
        return
    counts = Counter(shingle for text in left for shingle in _shingles(text))
    index: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for place, text in enumerate(left):
        shingles = _shingles(text)
        sizes.append(len(shingles))
        for shingle in _prefix(shingles, counts):
            index[shingle].append(place)
    for text in right:
        shingles = _shingles(text)
        lists = (index.get(shingle, ()) for shingle in _prefix(shingles, counts))
        for place, shared in Counter(chain.from_iterable(lists)).items():
            small, large = sorted((sizes[place], len(shingles)))
            if shared < _must_share(small) or small < THRESHOLD * large - _ROUNDING:
                continue
            if _similar_sets(_shingles(left[place]), shingles):
                yield left[place], text


def _shingles(text: str) -> set[str]:
    """Return the runs of five characters; a shorter text is one run."""
    if len(text) <= _SHINGLE:
        return {text}
    return {text[i : i + _SHINGLE] for i in range(len(text) - _SHINGLE + 1)}


def _must_share(size: int) -> int:
    """Return how many shingles of the prefix a similar text must share.

    The longer the text, the more: long texts of one field share some of their rarest by chance.
    """
    return 1 + size // 10


def _prefix(shingles: set[str], counts: Counter[str]) -> list[str]:
    """Return the rarest shingles, as many as must hold `_must_share` of a similar text's."""
    size = len(shingles)
    length = size - math.ceil(THRESHOLD * size - _ROUNDING) + _must_share(size)
    return sorted(shingles, key=lambda shingle: (counts[shingle], shingle))[:length]


def _similar_sets(left: set[str], right: set[str]) -> bool:
    """Return whether the Jaccard similarity reaches the threshold."""
    shared = len(left & right)
    return shared >= THRESHOLD * (len(left) + len(right) - shared) - _ROUNDING
