"""200 small things that a chat model can do, 40 each of five kinds, and when one is done right.

The items are ours. Each kind goes from easy to hard by design, so that a small model can do some
and not others: what all or none can do would show no loss. None was left out for its result.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ladder.answering import Message
from ladder.files import file_hash, read_json_lines
from ladder.models.generation import Completion

__all__ = ["EACH", "KINDS", "Item", "items", "items_version", "right", "some"]

KINDS = {
    "copying": "copies words, sentences, codes and numbers",
    "arithmetic": "adds, subtracts and multiplies small numbers",
    "instructions": "does what one sentence tells it",
    "facts": "knows what most people know",
    "chat": "holds a conversation: remembers, heeds the system message, ends its turn",
}
"""The kinds, each with what it shows."""
EACH = 40
"""Items of each kind, which stand together."""
_FILE = Path(__file__).parent / "data" / "skills.jsonl"


@dataclass(frozen=True)
class Item:
    """One thing to do."""

    id: str
    kind: str
    messages: tuple[Message, ...]
    """What is asked, as chat turns."""
    rule: str
    """How the answer is judged: a key of `_RULES`."""
    want: str
    """What the rule compares it with."""
    ends: bool = False
    """Whether the model also has to end its turn by itself."""
    longest: int = 64
    """Tokens of the longest answer."""


@cache
def items() -> tuple[Item, ...]:
    """Return all items."""
    rows = read_json_lines(_FILE)
    return tuple(Item(**{**row, "messages": tuple(row["messages"])}) for row in rows)


def some(each: int | None) -> tuple[Item, ...]:
    """Return so many items of each kind, spread from easy to hard and always the same."""
    if each is None or each >= EACH:
        return items()
    wanted = {place * EACH // each for place in range(each)} if each else set()
    return tuple(item for place, item in enumerate(items()) if place % EACH in wanted)


@cache
def items_version() -> str:
    """Return what names the items."""
    return file_hash(_FILE)[:16]


def right(item: Item, answer: Completion) -> bool:
    """Return whether an item was done right."""
    if item.ends and answer.finish != "stop":
        return False
    return _RULES[item.rule](answer.text.strip(), item.want)


def _exact(text: str, want: str) -> bool:
    """Return whether a text is the one wanted, quotation marks around it or not."""
    return text == want or text.strip("\"'`“”") == want


def _number(text: str, want: str) -> bool:
    """Return whether the first line ends in the number wanted, as "12" and "7 + 5 = 12" do."""
    found: list[str] = re.findall(r"-?\d+", text.split("\n", 1)[0])
    return found[-1:] == [want]


def _names(text: str, want: str) -> bool:
    """Return whether a text has the word wanted, or one of several."""
    return re.search(rf"\b({want})\b", text, re.IGNORECASE) is not None


_RULES: dict[str, Callable[[str, str], bool]] = {
    "exact": _exact,
    "number": _number,
    "names": _names,
    "regex": lambda text, want: re.fullmatch(want, text, re.I | re.S) is not None,
    "regex-case": lambda text, want: re.fullmatch(want, text, re.S) is not None,
}
