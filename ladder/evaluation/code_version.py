"""Which code decides answers: part of the name under which answers are kept."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ladder.files import content_hash

__all__ = ["answering_files", "code_version", "files_version"]

_ROOT = Path(__file__).parents[2]
_SHOWS = ("_card.py", "_page.py", "_view.py")
_SHOWS_CHAT = ("chat_export.py", "chat_log.py", "feedback.py")
"""What becomes of a conversation, once an answer is there."""
_COMPARES = ("bench", "board", "candidates", "jobs", "leaderboard", "lines", "price", "verdict")
"""What compares few-shot prompts by their answers, in `rag/few_shot`."""


@cache
def code_version() -> str:
    """Return the hash of the source files that decide answers; rows of another are asked again.

    A changed comment counts as a change: better one evaluation too many than a stale answer.
    """
    return files_version(answering_files(_ROOT))


def files_version(files: Iterable[Path]) -> str:
    """Return the hash of source files of the checkout, by their names and what is in them."""
    return content_hash(
        [
            [file.relative_to(_ROOT).as_posix(), file.read_text(encoding="utf-8")]
            for file in sorted(files)
        ]
    )


def answering_files(root: Path) -> list[Path]:
    """Return those files of a checkout, sorted.

    Left out is what only shows or compares answers, and `rag/proof`, which measures the search.
    They are named by path because `ladder` imports neither `rag` nor `training`.
    """
    ours = "baselines", "logistic", "metrics", "neighbours", "rows", "runner"
    files = [root / "ladder" / f"{name}.py" for name in ("answering", "fence", "prompt")]
    files.append(root / "ladder" / "project" / "documents.py")
    files += [root / "ladder" / "evaluation" / f"{name}.py" for name in ours]
    # Which texts count as equal to a query, and what of an example is read.
    files += [root / "ladder" / "project" / f"{name}.py" for name in ("near_duplicates", "task")]
    files += [
        file
        for folder in (root / "ladder" / "models", root / "rag")
        for file in folder.rglob("*.py")
        if not file.name.endswith((*_SHOWS, *_SHOWS_CHAT))
        and not file.is_relative_to(root / "rag" / "proof")
        and not (file.parent == root / "rag" / "few_shot" and file.stem in _COMPARES)
    ]
    return sorted(file for file in files if file.exists())
