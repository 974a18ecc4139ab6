"""Marks that a prompt has and a document has no need of: turns, and ends of a quotation."""

from __future__ import annotations

import re

__all__ = ["forged"]

_TURN = re.compile(
    r"<\|\s?(?:im_start|im_end|system|user|assistant|end|endoftext|eot_id|start_header_id|"
    r"end_header_id|begin_of_text|channel|message)\s?\|?>|</?(?:start|end)_of_turn>|\[/?INST\]|"
    r"<</?SYS>>",
    re.IGNORECASE,
)
_END = re.compile(
    r"</\s?(?:context|documents?|passages?|quote|untrusted\w*|retrieved\w*|search_results?|"
    r"tool_results?|instructions?|prompt)\s?>",
    re.IGNORECASE,
)


def forged(text: str) -> list[str]:
    """Return sentences about marks by which a passage could pose as another part of a prompt."""
    found = []
    if turn := _TURN.search(text):
        found.append(f"It holds a sign by which turns of a conversation are told: {turn[0]}")
    if end := _END.search(text):
        found.append(f"It holds a sign that could pose as the end of what is quoted: {end[0]}")
    return found
