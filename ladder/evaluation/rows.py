"""The per-item rows of an evaluation: what was expected, what was answered, at what cost.

Rows are appended as answers arrive, so a killed evaluation resumes. They hold answers, not
scores: a metric is applied when rows are read, so changing it asks no model again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ladder.answering import Answer
from ladder.evaluation.metrics import is_valid, score_item
from ladder.files import append_json, read_json_lines
from ladder.project.task import Example

__all__ = ["Row", "append_row", "read_rows"]


@dataclass(frozen=True)
class Row:
    """One item of an evaluation."""

    id: str
    expected: str
    """The right answer."""
    answerable: bool
    """False where the right answer is to abstain."""
    text: str
    """What was answered."""
    label: str | None = None
    abstained: bool = False
    error: str | None = None
    """Why there is no answer, as a sentence."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    warm: bool = True
    """False for the first answer after a start and for one of several asked together, whose seconds
    are no latency."""

    @classmethod
    def of(cls, example: Example, answer: Answer, warm: bool) -> Row:
        """Return the row of one answered example."""
        return cls(
            id=example.id,
            expected=example.output or "",
            answerable=example.answerable,
            text=answer.text,
            label=answer.label,
            abstained=answer.abstained,
            error=answer.error,
            prompt_tokens=answer.prompt_tokens,
            cached_tokens=answer.cached_tokens,
            completion_tokens=answer.completion_tokens,
            seconds=answer.seconds,
            warm=warm,
        )

    @property
    def answer(self) -> Answer:
        """Return what was answered."""
        return Answer(self.id, self.text, self.label, abstained=self.abstained, error=self.error)

    @property
    def example(self) -> Example:
        """Return what was expected (the input is not kept)."""
        return Example(self.id, "", self.expected, answerable=self.answerable)

    def score(self, metric: str) -> float:
        """Return the item's score, from 0 to 1."""
        return score_item(metric, self.answer, self.example)

    def invalid(self, metric: str) -> bool:
        """Return whether the answer has not the form the task asks for, such as no label."""
        return not is_valid(metric, self.answer)


def append_row(path: Path, row: Row) -> None:
    """Add one row to an evaluation's file."""
    append_json(path, asdict(row))


def read_rows(path: Path) -> Mapping[str, Row]:
    """Return the rows of an evaluation by item; an item asked again has its last row."""
    rows: list[dict[str, Any]] = read_json_lines(path)
    return {row["id"]: Row(**row) for row in rows}
