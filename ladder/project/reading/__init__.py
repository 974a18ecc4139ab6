"""Documents read to text, one module a format; what a reader would not see is left out."""

from __future__ import annotations

from ladder.project.reading.content import DocumentText, Place
from ladder.project.reading.convert import read_bytes
from ladder.project.reading.kinds import DOCUMENT_KINDS, KINDS_IN_WORDS, MORE_THAN_TEXT, kind_of

__all__ = [
    "DOCUMENT_KINDS",
    "KINDS_IN_WORDS",
    "MORE_THAN_TEXT",
    "DocumentText",
    "Place",
    "kind_of",
    "read_bytes",
]
