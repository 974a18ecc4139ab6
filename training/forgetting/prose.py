"""50 thousand tokens of public-domain prose, in fixed windows; `data/SOURCE.md` says whose.

Perplexity is measured as a model card would: each window is read by itself, with nothing before
it, and every token after its first is predicted from those before it in the window.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from ladder.files import file_hash, read_json_lines

__all__ = ["WINDOW", "prose_version", "windows"]

WINDOW = 512
"""Tokens of a window; the model predicts all but the first."""
_FILE = Path(__file__).parent / "data" / "prose.jsonl"


def windows(tokenizer: Any, size: int = WINDOW) -> list[tuple[int, ...]]:
    """Return all windows as token ids: one of each passage by turns, whole ones only.

    So the first few are of as many different texts, and always the same.
    """
    each = [_cut(tokenizer, row["text"], size) for row in read_json_lines(_FILE)]
    return [window for window in chain.from_iterable(zip_longest(*each)) if window is not None]


def _cut(tokenizer: Any, text: str, size: int) -> list[tuple[int, ...]]:
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return [tuple(ids[at : at + size]) for at in range(0, len(ids) - size + 1, size)]


@cache
def prose_version() -> str:
    """Return what names the texts."""
    return file_hash(_FILE)[:16]
