"""Answer with a trained classifier: the label whose output is highest, no text written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ladder.answering import Answer, Query, Setup
from ladder.project.task import Task

if TYPE_CHECKING:
    from ladder.models.classifier import Classifier

__all__ = ["ClassifyAnswerer"]

_BATCH = 16


class ClassifyAnswerer:
    """Asks a model with one output a label, some queries at a time."""

    one_at_a_time = False

    def __init__(self, setup: Setup, task: Task, classifier: Classifier) -> None:
        self.setup, self.task, self.classifier = setup, task, classifier

    @property
    def dtype(self) -> str:
        """Return the arithmetic that the model runs in."""
        return self.classifier.dtype

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        """Yield one Answer per query; its seconds are its share of the batch."""
        for start in range(0, len(queries), _BATCH):
            batch = queries[start : start + _BATCH]
            began = time.perf_counter()
            said = self.classifier.predict(
                [self.classifier.ids(self.setup, query, self.task) for query in batch]
            )
            share = (time.perf_counter() - began) / len(batch)
            for query, found in zip(batch, said, strict=True):
                yield Answer(
                    query.id,
                    found.label,
                    found.label,
                    logprobs=found.logprobs,
                    prompt_tokens=found.tokens,
                    seconds=share,
                )

    def stream(self, query: Query) -> Iterator[str]:
        """Yield the label at once."""
        yield next(self.answer([query])).text
