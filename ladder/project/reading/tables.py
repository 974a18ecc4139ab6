"""Rows of a Markdown table."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["row"]


def row(cells: Iterable[str]) -> str:
    """Return one line of a Markdown table; a cell's line breaks and bars cannot end it."""
    return (
        "| " + " | ".join(re.sub(r"\s+", " ", c).strip().replace("|", r"\|") for c in cells) + " |"
    )
