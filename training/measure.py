"""Measure the model in training: the task's own metric, by the code that scores every rung."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ladder.answering import Answer
from ladder.evaluation.intervals import interval
from ladder.evaluation.metrics import aggregate
from ladder.evaluation.rows import Row
from ladder.evaluation.runner import Builder, query_of
from training.answer_loss import answer_loss
from training.mask import IGNORED, labels_of
from training.measurements import Measurement, Sample
from training.measuring import drawn

if TYPE_CHECKING:
    from ladder.project.task import Example
    from ladder.project.task_folder import TaskFolder
    from training.data import Row as TrainingRow
    from training.prepare import Prepared

__all__ = ["Measurer", "measurer_of"]

_SAMPLES = 4
_LONGEST = 600
"""Letters of a sample that are kept of each text."""
_AT_ONCE = 2048
"""Tokens of which the loss is taken at once."""


@dataclass(frozen=True)
class Measurer:
    """What is measured: the examples, and who makes the Answerer that is asked them."""

    folder: TaskFolder
    plan: Prepared
    build: Builder
    items: tuple[Example, ...]
    rows: tuple[TrainingRow, ...]
    """The same examples as rows, for the loss; those that are too long have none."""
    reference: str
    """The run's own, `run:ID`, under which its model is asked later."""

    def measure(
        self, model: Any, step: int, trained_seconds: float, given_up: Callable[[], bool]
    ) -> Measurement | None:
        """Return what the model is worth after a step; None where the run is to stop meanwhile."""
        from ladder.models.quiet import quiet
        from training.live import answering

        began = time.perf_counter()
        rows, loss = [], None
        setup = replace(self.plan.setup, model=self.reference)
        likely: list[Answer] = []
        with quiet(), answering(model, self.plan, self.reference):
            answerer = self.build(setup, self.folder, [], "held-out")
            answers = answerer.answer([query_of(item) for item in self.items])
            for item, answer in zip(self.items, answers, strict=True):
                rows.append(Row.of(item, answer, warm=True))
                likely.append(answer)
                if given_up():
                    return None
            loss = self._loss(model, likely)
        metric = self.folder.task.metric
        spread = interval(metric, rows)
        return Measurement(
            step=step,
            metric=metric,
            value=aggregate(metric, rows),
            low=spread.low,
            high=spread.high,
            n=len(rows),
            errors=sum(row.error is not None for row in rows),
            loss=loss,
            seconds=round(time.perf_counter() - began, 3),
            trained_seconds=round(trained_seconds, 3),
            samples=tuple(map(self._sample, self.items[:_SAMPLES], rows)),
            scores={row.id: row.score(metric) for row in rows},
        )

    def _sample(self, item: Example, row: Row) -> Sample:
        score = row.score(self.folder.task.metric)
        asked, right, given = (
            text[:_LONGEST] for text in (item.input, item.output or "", row.error or row.text)
        )
        return Sample(item.id, asked, right, given, score)

    def _loss(self, model: Any, answers: Sequence[Answer]) -> float | None:
        """Return the mean loss of a trained token, as the trainer has it of its own rows."""
        import math

        if self.plan.recipe.head == "classify":
            right = [
                answer.logprobs[item.output]
                for item, answer in zip(self.items, answers, strict=True)
                if answer.logprobs and item.output in answer.logprobs
            ]
            found = -sum(right) / len(right) if right else math.nan
        else:
            found = _mean_loss(model, self.rows, self.plan.tokenizer.pad_token_id)
        return round(found, 6) if math.isfinite(found) else None


def measurer_of(
    folder: TaskFolder, plan: Prepared, build: Builder | None, run_id: str
) -> Measurer | None:
    """Return what measures a run while it trains; None where nothing is measured."""
    items = drawn(folder, plan.recipe) if build is not None else []
    if build is None or not items:
        return None
    return Measurer(folder, plan, build, tuple(items), _rows(folder, plan, items), f"run:{run_id}")


def _rows(folder: TaskFolder, plan: Prepared, items: Sequence[Example]) -> tuple[TrainingRow, ...]:
    """Return validation examples as training would read them; a classifier's loss needs none."""
    from training.data import example_rows

    if plan.recipe.head == "classify":
        return ()
    made = example_rows(folder, items, plan.recipe, plan.tokenizer, plan.recipe.longest)
    return tuple(sorted(made.rows, key=len))


def _mean_loss(model: Any, rows: Sequence[TrainingRow], pad: int) -> float:
    """Return the mean loss of the answers' tokens, some rows at a time."""
    import torch

    total, count, start = 0.0, 0, 0
    while start < len(rows):
        stop = start + 1
        while stop < len(rows) and (stop + 1 - start) * len(rows[stop]) <= _AT_ONCE:
            stop += 1
        batch, start = rows[start:stop], stop
        width = max(map(len, batch))
        ids = [[*r.prompt, *r.completion, *[pad] * (width - len(r))] for r in batch]
        labels = [[*labels_of(r), *[IGNORED] * (width - len(r))] for r in batch]
        seen = [[1] * len(r) + [0] * (width - len(r)) for r in batch]
        inputs = {"input_ids": ids, "labels": labels, "attention_mask": seen}
        with torch.inference_mode():
            losses, trained = answer_loss(
                model, {n: torch.tensor(v, device=model.device) for n, v in inputs.items()}
            )
        total += float(losses)
        count += int(trained)
    return total / count if count else float("nan")
