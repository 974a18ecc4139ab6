"""Which items a Setup is scored on, and which examples it may use for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ladder.project.task import Example
from ladder.project.task_folder import TaskFolder

__all__ = ["EvaluationPlan", "evaluation_plan"]


@dataclass(frozen=True)
class EvaluationPlan:
    """The items to answer and the pool of labelled examples that may be used."""

    items: list[Example]
    scheme: Literal["held-out", "leave-one-out"]
    pool: list[Example]


def evaluation_plan(
    folder: TaskFolder, split_name: Literal["validation", "test"]
) -> EvaluationPlan:
    """Return what to evaluate on."""
    raise NotImplementedError
