"""What of a passage can be quoted by itself: a sentence, a row of a table, a line of code."""

from __future__ import annotations

import re

from ladder.project.reading.kinds import CODE, kind_of
from rag.chunks import Span
from rag.cutting.ruler import trimmed
from rag.cutting.sentences import sentences
from rag.cutting.structure import records
from rag.retrieval import Passage

__all__ = ["is_csv", "quotable"]

_ATTACHED = re.compile(r'attachment "([^"]+)"')


def quotable(passage: Passage) -> list[Span]:
    """Return the spans of a passage's text that can stand as a quote, in order.

    A row of a CSV file is one, also where a quoted cell goes over several lines; so is a line of
    JSONL and of source code. Elsewhere it is a sentence, a list item or a row of a Markdown table.
    """
    text, kind = passage.text, _kind(passage)
    if kind == ".csv":
        spans = records(text, (0, len(text)), ())
    elif kind == ".jsonl" or kind in CODE:
        spans = [line.span() for line in re.finditer(r"[^\n]+", text)]
    else:
        return sentences(text)
    found = (trimmed(text, span) for span in spans)
    return [span for span in found if span[0] < span[1]]


def is_csv(passage: Passage) -> bool:
    """Return whether a passage holds rows of a CSV file, or of one that came with a mail."""
    return _kind(passage) == ".csv"


def _kind(passage: Passage) -> str:
    attached = _ATTACHED.match(passage.place)
    return kind_of(attached[1] if attached else passage.doc)
