"""The state of the wizard: one frozen dataclass, and the codec that owns its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from advisor.answers import Answers
from advisor.flowchart import Question, Step, walk
from advisor.measured import SUGGESTED

__all__ = ["Wizard"]

_ANSWERED = "answered"


@dataclass(frozen=True)
class Wizard:
    """The answers, how many questions were answered, and what the project had shown then."""

    answers: Answers = field(default_factory=Answers)
    answered: int = 0
    measured: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def start(cls, measured: Mapping[str, Any], query: Mapping[str, str]) -> Wizard:
        """Begin with what an address says; without one, with what the project shows."""
        if _ANSWERED not in query:
            return cls(Answers.from_dict(measured), 0, dict(measured))
        text = query[_ANSWERED]
        answered = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
        answers = Answers.from_query(query)
        return cls(answers, min(answered, len(walk(answers))), dict(measured))

    def to_query(self) -> dict[str, str]:
        """Return what stands in the address; enough to come back to exactly this."""
        return {**self.answers.to_query(), _ANSWERED: str(self.answered)}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the questions answered so far."""
        return walk(self.answers)[: self.answered]

    @property
    def asking(self) -> Question | None:
        """Return the question to ask now; None when the outcome is reached."""
        path = walk(self.answers)
        return path[self.answered].question if self.answered < len(path) else None

    def with_answers(self, answers: Answers) -> Wizard:
        """Take new answers; questions that no longer follow are asked again."""
        return replace(self, answers=answers, answered=min(self.answered, len(walk(answers))))

    def next(self) -> Wizard:
        """Go on to the next question, or to the outcome."""
        return replace(self, answered=min(self.answered + 1, len(walk(self.answers))))

    def back(self) -> Wizard:
        """Go back to the question before."""
        return replace(self, answered=max(0, self.answered - 1))

    def refreshed(self, measured: Mapping[str, Any]) -> Wizard:
        """Take over what the project shows differently than before; what was typed stays.

        A suggestion is taken over only where the person had not said otherwise.
        """
        usual = Answers()
        changed = {
            name: measured.get(name, getattr(usual, name))
            for name in {*measured, *self.measured}
            if measured.get(name) != self.measured.get(name)
            and not (name in SUGGESTED and self._said_otherwise(name, usual))
        }
        if not changed:
            return self
        fresh = replace(self.answers, **changed)
        return replace(self, answers=fresh, answered=0, measured=dict(measured))

    def is_measured(self, name: str) -> bool:
        """Return whether an answer is the project's own, not typed."""
        shown = self.measured.get(name)
        return shown is not None and getattr(self.answers, name) == shown

    def _said_otherwise(self, name: str, usual: Answers) -> bool:
        """Return whether an answer is neither what the project showed nor what stood there."""
        before = self.measured.get(name, getattr(usual, name))
        return bool(getattr(self.answers, name) != before)
