"""Take a few-shot prompt along: files that give the same answers without this project."""

from __future__ import annotations

from rag.few_shot.export.files import FORMATS, Format, exported, setup_in_use

__all__ = ["FORMATS", "Format", "exported", "setup_in_use"]
