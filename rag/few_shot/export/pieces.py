"""Take a Setup's prompt apart into pieces, so that other programs can put it together again.

The pieces are not written down a second time: `ladder.prompt.render` is asked for prompts of marks
that occur nowhere else, and what stands around the marks are the pieces. Before they are given
away, the pieces put together are compared with what `render` makes of the task's own examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ladder.answering import Message, Query, Setup
from ladder.errors import InputError
from ladder.project.task import Example, Task
from ladder.prompt import render
from rag.few_shot.export.standalone.few_shot import assembled

__all__ = ["Pieces", "pieces_of"]

_CHECKED = 20
"""Examples whose prompts are compared."""


@dataclass(frozen=True)
class Pieces:
    """A prompt in pieces, as `standalone.few_shot.assembled` puts it together."""

    format: str
    """"plain" or "chat"."""
    before: list[Message]
    """What every prompt begins with; none where a plain prompt has no instruction."""
    asked: list[str]
    """What stands before and after the text that is asked."""
    asked_with_context: list[str]
    """What stands before the context, between context and text, and after the text."""
    shown: list[list[Message]]
    """Each example as it stands in a prompt."""

    def to_json(self) -> dict[str, Any]:
        """Return what `prompt.json` says of the prompt; the examples are in a file of their own."""
        return {
            "format": self.format,
            "before": self.before,
            "asked": self.asked,
            "asked_with_context": self.asked_with_context,
        }


def pieces_of(
    setup: Setup, task: Task, labels: Sequence[str], examples: Sequence[Example]
) -> Pieces:
    """Return the pieces of a Setup's prompts.

    Args:
        setup: shows examples, not passages.
        task: what is asked of the model.
        labels: the labels, to be listed where the Setup says so.
        examples: those that may be shown.

    Raises:
        InputError: the prompt cannot be taken apart.
    """
    take = _Plain if setup.prompt.format == "plain" else _Chat
    pieces = take(setup, task, labels).pieces(examples)
    for number, example in enumerate(examples[:_CHECKED]):
        query = Query.of("", example.input, example.context)
        beside = [number, (number + 1) % len(examples)]
        wanted = render(
            setup, query, [examples[place] for place in beside], task=task, labels=labels
        )
        shown = [pieces.shown[place] for place in beside]
        if assembled(pieces.to_json(), shown, example.input, example.context) != wanted:
            raise InputError(
                f'The prompt of the example "{example.id}" cannot be taken apart, so it cannot be '
                "exported; look for unusual line breaks in the names of the task's input and "
                f"output ({task.input_name!r}, {task.output_name!r})."
            )
    return pieces


class _Taker:
    """Asks for prompts of marks."""

    def __init__(self, setup: Setup, task: Task, labels: Sequence[str]) -> None:
        self._given = (setup, task, labels)
        self._text, self._context = uuid4().hex, uuid4().hex

    def _rendered(self, examples: Sequence[Example] = (), context: str = "") -> list[Message]:
        setup, task, labels = self._given
        query = Query.of("", self._text, context)
        return render(setup, query, examples, task=task, labels=labels)

    def _around(self, asked: str, *marks: str) -> list[str]:
        """Return what stands around the marks in what is asked."""
        found, rest = [], asked
        for mark in marks:
            before, _, rest = rest.partition(mark)
            found.append(before)
        return [*found, rest]


class _Chat(_Taker):
    def pieces(self, examples: Sequence[Example]) -> Pieces:
        before, alone = self._rendered()[:-1], self._rendered()[-1]["content"]
        beside = self._rendered(context=self._context)[-1]["content"]
        return Pieces(
            "chat",
            before,
            self._around(alone, self._text),
            self._around(beside, self._context, self._text),
            [self._rendered([example])[len(before) : -1] for example in examples],
        )


class _Plain(_Taker):
    def pieces(self, examples: Sequence[Example]) -> Pieces:
        before, _, alone = self._content().rpartition("\n\n")
        beside = self._content(context=self._context).rpartition("\n\n")[2]
        begins, ends = len(before) + 2 * bool(before), len(f"\n\n{alone}")
        return Pieces(
            "plain",
            [_plain(before)] if before else [],
            self._around(alone, self._text),
            self._around(beside, self._context, self._text),
            [[_plain(self._content([example])[begins:-ends])] for example in examples],
        )

    def _content(self, examples: Sequence[Example] = (), context: str = "") -> str:
        return self._rendered(examples, context)[0]["content"]


def _plain(content: str) -> Message:
    return {"role": "plain", "content": content}
