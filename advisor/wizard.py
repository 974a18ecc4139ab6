"""The state of the wizard: one frozen dataclass, and the codec that owns its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from advisor.answers import Answers
from advisor.flowchart import Question, Step, walk
from advisor.measured import SUGGESTED
from advisor.screens import SCREENS, Screen

__all__ = ["Wizard"]

_ANSWERED = "answered"
_LONGEST = 200
"""Characters of a value in the address; a longer one is no answer of ours."""


@dataclass(frozen=True)
class Wizard:
    """The answers, how many questions were answered, and what the project had shown then."""

    answers: Answers = field(default_factory=Answers)
    answered: int = 0
    measured: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    """What stood in the address and could not be read; said once."""
    news: tuple[str, ...] = ()
    """What the project has newly shown; said once."""

    @classmethod
    def start(cls, measured: Mapping[str, Any], query: Mapping[str, str]) -> Wizard:
        """Begin with what an address says; without one, with what the project shows."""
        if _ANSWERED not in query:
            return cls(Answers.from_dict(measured), 0, dict(measured))
        short = {name: text for name, text in query.items() if len(text) <= _LONGEST}
        text = short.get(_ANSWERED, "")
        readable = text.isascii() and text.isdigit() and len(text) < 3
        answers = Answers.from_query(short)
        bad = [name for name in query if name not in short or _unreadable(name, short[name])]
        ignored = tuple(bad if readable else [*bad, _ANSWERED])
        wizard = cls(answers, int(text) if readable else 0, dict(measured), ignored)
        return wizard.with_answers(answers)

    def to_query(self) -> dict[str, str]:
        """Return what stands in the address; enough to come back to exactly this."""
        return {**self.answers.to_query(), _ANSWERED: str(self.answered)}

    @property
    def length(self) -> int:
        """Return how many questions there are: one, where the first one ends the matter."""
        return 1 if len(walk(self.answers)) == 1 else len(SCREENS)

    @property
    def asking(self) -> Screen | None:
        """Return the question to ask now; None when all are answered."""
        return SCREENS[self.answered] if self.answered < self.length else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the questions of the flowchart that are answered so far."""
        path = walk(self.answers)
        if self.asking is None:
            return path
        told = {id for screen in SCREENS[: self.answered] for id in screen.decides}
        ahead = [place for place, step in enumerate(path) if step.question.id not in told]
        return path[: min(ahead, default=len(path))]

    @property
    def chart_question(self) -> Question | None:
        """Return the question at which the flowchart stands; None where it has ended."""
        path = walk(self.answers)
        done = len(self.steps)
        return path[done].question if done < len(path) else None

    def with_answers(self, answers: Answers) -> Wizard:
        """Take new answers."""
        after = replace(self, answers=answers)
        return replace(after, answered=min(self.answered, after.length))

    def next(self) -> Wizard:
        """Go on to the next question, or to the advice."""
        return self._at(min(self.answered + 1, self.length))

    def back(self) -> Wizard:
        """Go back to the question before."""
        return self._at(max(0, self.answered - 1))

    def finish(self) -> Wizard:
        """Go to the advice; what was not asked keeps its default."""
        return self._at(self.length)

    def refreshed(self, measured: Mapping[str, Any]) -> Wizard:
        """Take over what the project shows differently than before; what was typed stays.

        A suggestion is taken over only where the person had not said otherwise. Everybody stays
        where they are, but who had been told to measure, and has: they are asked on, from the
        first question.
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
        ask_on = fresh.measured and not self.answers.measured
        after = replace(self, measured=dict(measured), news=tuple(sorted(changed)))
        return replace(after, answered=0 if ask_on else self.answered).with_answers(fresh)

    def is_measured(self, name: str) -> bool:
        """Return whether an answer is the project's own, not typed."""
        shown = self.measured.get(name)
        return shown is not None and getattr(self.answers, name) == shown

    def _at(self, answered: int) -> Wizard:
        return replace(self, answered=answered, ignored=(), news=())

    def _said_otherwise(self, name: str, usual: Answers) -> bool:
        """Return whether an answer is neither what the project showed nor what stood there."""
        before = self.measured.get(name, getattr(usual, name))
        return bool(getattr(self.answers, name) != before)


def _unreadable(name: str, text: str) -> bool:
    """Return whether an address gives an answer a value that it cannot take."""
    if not hasattr(Answers(), name) or name == _ANSWERED:
        return False  # no answer: the project, the task, or somebody else's
    read = getattr(Answers.from_query({name: text}), name)
    return bool(read == getattr(Answers(), name)) and not _says(name, text, read)


def _says(name: str, text: str, value: Any) -> bool:
    """Return whether a text in the address means this value."""
    from advisor.answer_values import write

    if isinstance(value, float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return bool(text == write(value))
