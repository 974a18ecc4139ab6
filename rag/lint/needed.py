"""Which letters a text must have for a pattern to match: looked for first, because it is quick.

Most passages lack them, and a hundred patterns cost more than embedding the passage otherwise.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

__all__ = ["needed"]

_MOST = 60
"""Alternatives beyond which looking for each is no quicker."""
_SHORTEST = 3
"""Letters below which a piece stands in nearly every text; a Chinese one is worth three."""


def needed(pattern: str, flags: int) -> tuple[str, ...]:
    """Return texts of which one stands in every match, in lower case; empty where none is known."""
    try:  # the standard library's own parser; without it, every pattern is tried
        parsed: Any = importlib.import_module("re._parser").parse(pattern, flags)
    except (ImportError, AttributeError):
        return ()
    found = _of(list(parsed))
    return tuple(sorted(found)) if found and _worth(found) else ()


def _of(items: Sequence[Any]) -> frozenset[str]:
    """Return the best set of alternatives that a sequence of parsed items requires."""
    best: frozenset[str] = frozenset()
    run = ""
    for operation, argument in [*items, (None, None)]:
        if str(operation) == "LITERAL":
            run += chr(argument).lower()
            continue
        best, run = max(best, frozenset({run} - {""}), key=_value), ""
        best = max(best, _one(str(operation), argument), key=_value)
    return best


def _one(operation: str, argument: Any) -> frozenset[str]:
    """Return what one parsed item requires."""
    if operation == "SUBPATTERN":
        return _of(list(argument[-1]))
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, _, inner = argument
        return _of(list(inner)) if least else frozenset()
    if operation == "ATOMIC_GROUP":
        return _of(list(argument))
    if operation == "BRANCH":
        parts = [_of(list(branch)) for branch in argument[1]]
        return frozenset().union(*parts) if all(parts) else frozenset()
    return frozenset()


def _value(found: frozenset[str]) -> float:
    """Return how much a set of alternatives rules out: long ones are rare, many are not."""
    if not found or not _worth(found):
        return 0.0
    return min(map(_length, found)) - len(found) / 20


def _worth(found: frozenset[str]) -> bool:
    return len(found) <= _MOST and min(map(_length, found)) >= _SHORTEST


def _length(text: str) -> int:
    return sum(3 if letter > "\u2fff" else 1 for letter in text)
