"""Near-duplicates."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["groups", "near_duplicate_pairs", "normalised"]


def normalised(text: str) -> str:
    """Return the text folded: NFKC, case and punctuation."""
    raise NotImplementedError


def near_duplicate_pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs (i, j) of places in `left` and `right` that are near-duplicates."""
    raise NotImplementedError


def groups(texts: Sequence[str]) -> list[int]:
    """Return a group number per text; near-duplicates share one."""
    raise NotImplementedError
