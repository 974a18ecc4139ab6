"""Measures parts of a text in the tokens of an embedder; the text is counted once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

__all__ = ["Ruler", "Span", "trimmed"]

Span = tuple[int, int]
"""The first and the last character (exclusive) of a part of a text."""
_LONGEST = 100
"""Characters from which on a token counts as several."""
_PART = 4
"""Characters of each of these: about a token of a language model."""


class Ruler:
    """A text with the places of its tokens.

    Args:
        text: what is measured.
        token_spans: the embedder's tokens of a text, as spans.
        spans: those of this text, where they are known.
    """

    def __init__(
        self,
        text: str,
        token_spans: Callable[[str], list[Span]],
        spans: list[Span] | None = None,
    ) -> None:
        self.text = text
        self._token_spans = token_spans
        self._starts = _begins(token_spans(text) if spans is None else spans)
        self._labels: dict[tuple[str, int], tuple[str, int]] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def length(self, span: Span) -> int:
        """Return how many tokens begin in a part of the text."""
        return bisect_left(self._starts, span[1]) - bisect_left(self._starts, span[0])

    def pieces(self, span: Span, most: int) -> Iterator[Span]:
        """Yield a part of the text in pieces of `most` tokens, without the blanks between."""
        first, last = bisect_left(self._starts, span[0]), bisect_left(self._starts, span[1])
        for place in range(first, last, most):
            stop = self._starts[place + most] if place + most < last else span[1]
            yield trimmed(self.text, (self._starts[place], stop))

    def label(self, words: str, most: int) -> tuple[str, int]:
        """Return words cut to `most` tokens, and how many these are.

        A label stands above a passage and is no part of it, so it is counted by itself.
        """
        if (words, most) not in self._labels:
            starts = _begins(self._token_spans(words)) if words else []
            cut = words if len(starts) <= most else words[: starts[most]].rstrip()
            self._labels[words, most] = cut, min(len(starts), most)
        return self._labels[words, most]


def _begins(spans: Sequence[Span]) -> list[int]:
    """Return where tokens begin; one of very many characters counts as several.

    An embedder takes a "word" of more than a hundred letters (base64, a line without blanks) for
    one token that it does not know. Whoever reads the passage, or is sent it, reads all of it.
    """
    found = [start for start, end in spans if end - start <= _LONGEST]
    if len(found) == len(spans):
        return found
    found = []
    for start, end in spans:
        found += range(start, end, _PART) if end - start > _LONGEST else [start]
    return found


def trimmed(text: str, span: Span) -> Span:
    """Return a span without the blanks at its ends."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
