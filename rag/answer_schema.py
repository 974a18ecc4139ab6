"""What an answer of an extraction task is held to: the JSON schema of the labelled outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ladder.answering import Query
from ladder.errors import InputError
from ladder.evaluation.neighbours import SameExamples
from ladder.models.json_schema import schema_of
from ladder.project.task import Example, Task

__all__ = ["AnswerSchema"]


class AnswerSchema:
    """The schema of a pool's outputs, made once.

    An example that is the query itself has no say: under leave-one-out the pool holds it, and
    the fields of its own answer would be a hint.

    Args:
        task: whose answers they are.
        pool: labelled examples; where there are none, the answer is held to nothing.

    Raises:
        InputError: the task is none of extraction, or none of the outputs is JSON.
    """

    def __init__(self, task: Task, pool: Sequence[Example]) -> None:
        if task.kind != "extraction":
            raise InputError(
                f'The task "{task.name}" is {task.kind}: only the answers of extraction are JSON. '
                "Set decoding.json_schema to false."
            )
        self._pool = [example for example in pool if example.labelled]
        self._same = SameExamples(self._pool)
        self._whole = _made(self._pool)

    def of(self, query: Query) -> dict[str, Any] | None:
        """Return what the answer to a query is held to."""
        left_out = set(self._same.of(query))
        if not left_out:
            return self._whole
        return _made([each for place, each in enumerate(self._pool) if place not in left_out])


def _made(examples: Sequence[Example]) -> dict[str, Any] | None:
    return schema_of(each.output or "" for each in examples) if examples else None
