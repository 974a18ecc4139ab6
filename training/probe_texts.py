"""English text to time models with: what it says does not matter, how long it is does."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from ladder.project.task import Example

__all__ = ["passage", "short_texts", "tickets"]

_TEXT = (
    "the order that I placed last week has not arrived and nobody told me why it is late please "
    "send me a new invoice because the first one shows a wrong address and the amount of tax looks "
    "too high to me my account is locked since I changed the password on the phone and the link in "
    "your mail does not open can you tell me how to cancel before the trial ends and whether I get "
    "the money back for the days that I did not use the printer stops after one page with a red "
    "light and the manual says only to call support which is closed on Sunday we would like to add "
    "three people to our plan and pay once a year instead of every month what would that cost and "
    "from which day on does it count"
)
_LABELS = ("delivery", "invoice", "account", "plan")


def short_texts(count: int, words: int, seed: int) -> list[str]:
    """Return texts of so many words each; another seed gives other texts."""
    draw, known = random.Random(seed), _TEXT.split()
    return [" ".join(draw.choices(known, k=words)) for _ in range(count)]


def tickets(count: int) -> list[Example]:
    """Return labelled examples of 12 to 40 words, always the same."""
    draw = random.Random(0)
    lengths = [draw.randint(12, 40) for _ in range(count)]
    return [
        Example(f"t{i:03}", short_texts(1, length, seed=i)[0], _LABELS[i % len(_LABELS)])
        for i, length in enumerate(lengths)
    ]


def passage(encode: Callable[[Sequence[dict[str, str]]], list[int]], tokens: int) -> str:
    """Return text of about so many tokens, as the given function counts them."""
    words = (_TEXT.split() * 8)[:tokens]
    while len(words) > 1 and len(encode([{"role": "plain", "content": " ".join(words)}])) > tokens:
        words = words[: max(1, int(len(words) * 0.95))]
    return " ".join(words)
