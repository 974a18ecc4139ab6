"""What the Jobs page shows, as plain data: titles, remedies, the end of a log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["log_tail", "remedy", "title"]

_REMEDIES = (
    ("No space left", "Free some disk space, then try again."),
    ("disk is full", "Free some disk space, then try again."),
    ("read-only", "Copy the project to a folder you can write, then try again."),
    ("out of memory", "Close other programs or take a smaller model, then try again."),
    ("MemoryError", "Close other programs or take a smaller model, then try again."),
    (
        "killed",
        "The machine stopped it, most often for lack of memory; try again with less running.",
    ),
    ("Connection", "Check on Models that the server answers, then try again."),
)
_UNKNOWN = (
    "The log below says more; what was measured so far is kept, and trying again goes on from it."
)

_KINDS = {"evaluate": "Evaluation", "measure": "Measurement of all methods"}


def title(kind: str, spec: dict[str, Any]) -> str:
    """Return what a job does, as a person says it."""
    name = _KINDS.get(kind, kind.capitalize())
    what = spec.get("method")
    task = spec.get("task")
    return name + (f": {what}" if what else "") + (f", task {task}" if task else "")


def remedy(error: str) -> str:
    """Return what to do about a failure; the error's own sentence often says it already."""
    for sign, advice in _REMEDIES:
        if sign.lower() in error.lower():
            return advice
    return _UNKNOWN


def log_tail(folder: Path, lines: int = 12, window: int = 16_384) -> str:
    """Return the last lines of a job's log, reading at most `window` bytes of it."""
    path = folder / "log.txt"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - window))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
