"""The versions of a task's instruction: kept, compared word by word, and what each was worth.

They stand in `tasks/NAME/instructions.jsonl`, one a line, oldest first. What was kept is never
changed: a version that is used again is the same version, not a new one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ladder.answering import Setup
from ladder.errors import InputError
from ladder.files import append_json, locked, read_json_lines

if TYPE_CHECKING:
    from ladder.evaluation.score import Score
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "Piece",
    "Version",
    "instruction_of",
    "instructions_file",
    "keep_instruction",
    "versions",
    "word_changes",
    "worth",
]

LONGEST = 4_000
"""Letters of an instruction; a longer one is a document, and belongs among the documents."""
_WORDS = re.compile(r"\w+(?:['\u2019]\w+)*|\s|[^\w\s]")
"""Words, spaces and marks, each by itself: a comma that was added changes no word."""


@dataclass(frozen=True)
class Version:
    """One wording of the instruction."""

    number: int
    """1 is the oldest."""
    text: str
    created: str
    """When it was kept, ISO 8601 in UTC; empty for the task's own, which nobody has kept yet."""


@dataclass(frozen=True)
class Piece:
    """Some words of a comparison, with the spaces and marks between them."""

    change: Literal["same", "added", "removed"]
    text: str


def versions(folder: TaskFolder) -> list[Version]:
    """Return the versions, oldest first; the task's own instruction is always among them."""
    found = _kept(folder)
    own = folder.task.instruction.strip()
    if own and all(each.text != own for each in found):
        found.append(Version(len(found) + 1, own, ""))
    return found


def keep_instruction(folder: TaskFolder, text: str) -> Version:
    """Keep a wording, and return it as a version; one that is kept already stays as it is.

    Args:
        folder: the task.
        text: the wording; the space around it does not count.

    Raises:
        InputError: it is empty, or too long for an instruction.
        StorageError: the folder cannot be written; what was kept stays.
    """
    wanted = text.strip()
    if not wanted:
        raise InputError("The instruction is empty; say in a sentence what the model is to do.")
    if len(wanted) > LONGEST:
        raise InputError(
            f"The instruction has {len(wanted):,} letters; give at most {LONGEST:,}. What the "
            "model is to read belongs among the documents or the examples."
        )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with locked(folder.path):
        # The task's own is written first, so that numbers stay when it is changed on Start.
        for each in (*versions(folder), Version(0, wanted, "")):
            known = _kept(folder)
            if all(each.text != old.text for old in known):
                kept = replace(each, number=len(known) + 1, created=now)
                append_json(instructions_file(folder), asdict(kept))
        return next(each for each in _kept(folder) if each.text == wanted)


def instructions_file(folder: TaskFolder) -> Path:
    """Return where a task's versions are kept."""
    return folder.path / "instructions.jsonl"


def instruction_of(setup: Setup, folder: TaskFolder) -> str:
    """Return the instruction that a Setup puts to the model: its own, else the task's."""
    return (setup.prompt.instruction or folder.task.instruction).strip()


def word_changes(old: str, new: str) -> list[Piece]:
    """Return how one wording became another, word by word; spaces count as one.

    Args:
        old: the earlier wording.
        new: the later one.
    """
    a, b = _WORDS.findall(" ".join(old.split())), _WORDS.findall(" ".join(new.split()))
    changed = ["", ""]  # what went and what came since the last words that stayed
    pieces: list[Piece] = []
    codes = SequenceMatcher(None, a, b, False).get_opcodes()
    for place, (change, a_from, a_to, b_from, b_to) in enumerate(codes):
        went, came = "".join(a[a_from:a_to]), "".join(b[b_from:b_to])
        between = 0 < place < len(codes) - 1 and went.isspace()
        if change != "equal" or between:  # a space between two changes belongs to both
            changed = [changed[0] + went, changed[1] + came]
            continue
        pieces += [*_changed(*changed), Piece("same", went)]
        changed = ["", ""]
    return [*pieces, *_changed(*changed)]


def _changed(went: str, came: str) -> list[Piece]:
    pieces = [Piece("removed", went), Piece("added", came)]
    return [piece for piece in pieces if piece.text]


def worth(folder: TaskFolder, scores: Sequence[Score]) -> dict[str, Score]:
    """Return the best score that each wording has, by its text.

    Args:
        folder: the task.
        scores: those that stand beside each other; what asks no model reads no instruction.
    """
    found: dict[str, Score] = {}
    for score in scores:
        if not score.setup or not score.setup.get("model"):
            continue
        prompt = score.setup.get("prompt") or {}
        text = (prompt.get("instruction") or folder.task.instruction).strip()
        if text not in found or _rank(score) > _rank(found[text]):
            found[text] = score
    return found


def _rank(score: Score) -> tuple[bool, float]:
    """Return how much a score says: one of the whole split before a sample, then its value."""
    return not score.sampled, score.value


def _kept(folder: TaskFolder) -> list[Version]:
    """Return what stands in the file; a line that is no version is left out."""
    found: list[Version] = []
    for data in read_json_lines(instructions_file(folder)):
        text = data.get("text") if isinstance(data, dict) else None
        if isinstance(text, str) and text.strip():
            created = data.get("created")
            found.append(Version(len(found) + 1, text, created if isinstance(created, str) else ""))
    return found
