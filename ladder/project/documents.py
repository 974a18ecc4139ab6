"""Documents: stored under names of our own, read to text once."""

from __future__ import annotations

from pathlib import Path

__all__ = ["document_text", "store_document"]


def store_document(folder: Path, name: str, data: bytes) -> Path:
    """Store a document in `folder` under a safe name made from `name`."""
    raise NotImplementedError


def document_text(path: Path) -> str:
    """Return the text of a project's document."""
    raise NotImplementedError
