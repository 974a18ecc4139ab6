"""Thumbs on answers, kept in the task (`tasks/NAME/feedback.jsonl`): they join the evaluation set.

A thumb up on a cited answer is a question with its evidence; a thumb down is a question whose
right answer somebody should write down. One line an answer; a thumb that is changed replaces it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.files import locked, read_json_lines, write_json_lines
from ladder.project.task import Evidence

if TYPE_CHECKING:
    from ladder.project import TaskFolder
    from rag.turn import Turn

__all__ = ["FEEDBACK", "Feedback", "give_feedback", "kept_feedback"]

FEEDBACK = "feedback.jsonl"


@dataclass(frozen=True)
class Feedback:
    """What a person thought of one answer."""

    id: str
    """Names the turn of the conversation."""
    question: str
    """What was asked, as it can be understood by itself."""
    answer: str
    up: bool
    passages: tuple[Evidence, ...]
    """The cited places; with a thumb up they are the evidence."""
    created: str

    @property
    def is_question_with_evidence(self) -> bool:
        """Return whether a search can be measured with it."""
        return self.up and bool(self.passages)


def give_feedback(folder: TaskFolder, turn: Turn, up: bool | None) -> None:
    """Keep a thumb on an answer; None takes it back.

    Raises:
        StorageError: the project cannot be written.
    """
    cited = dict.fromkeys(s.citation for s in turn.supports if s.citation is not None)
    mine = Feedback(
        turn.id,
        turn.searched or turn.question,
        turn.text,
        bool(up),
        tuple(Evidence(each.doc, each.start, each.end) for each in cited),
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    with locked(folder.path):
        others = [each for each in kept_feedback(folder) if each.id != turn.id]
        kept = others if up is None else [*others, mine]
        write_json_lines(_file(folder), (asdict(each) for each in kept))


def kept_feedback(folder: TaskFolder) -> list[Feedback]:
    """Return the thumbs on a task's answers, oldest first, as far as they can be read."""
    try:
        lines = read_json_lines(_file(folder))
    except OSError:
        return []
    return [found for line in lines if (found := _feedback(line)) is not None]


def _file(folder: TaskFolder) -> Path:
    return folder.path / FEEDBACK


def _feedback(data: Any) -> Feedback | None:
    """Return the feedback of a line; None where the line is none."""
    try:
        places = tuple(
            Evidence(str(each["doc"]), int(each["start"]), int(each["end"]))
            for each in data["passages"]
        )
        texts = [data[key] for key in ("id", "question", "answer", "created")]
        if not all(isinstance(text, str) for text in texts) or not isinstance(data["up"], bool):
            return None
    except (KeyError, TypeError, ValueError):
        return None
    return Feedback(texts[0], texts[1], texts[2], data["up"], places, texts[3])
