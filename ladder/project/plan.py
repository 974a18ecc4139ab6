"""Which items a Setup is scored on, and which labelled examples it may use for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ladder.errors import ProjectError
from ladder.project.split import SMALLEST, Part
from ladder.project.task import Example
from ladder.project.task_folder import TaskFolder

__all__ = [
    "EvaluationPlan",
    "LeakedPair",
    "evaluation_plan",
    "near_duplicates_across",
    "what_validation_means",
]

_HELD_OUT_FROM = 300
_LEAST_VALIDATION = 50


@dataclass(frozen=True)
class EvaluationPlan:
    """The items to answer, and the examples that may be shown, fitted or trained on for them."""

    items: list[Example]
    scheme: Literal["held-out", "leave-one-out"]
    """leave-one-out: the pool is the items, and each query leaves itself out of it."""
    pool: list[Example]


def evaluation_plan(
    folder: TaskFolder, split_name: Literal["validation", "test"]
) -> EvaluationPlan:
    """Return the items of a split and the pool for them.

    Test items are answered from everything but the test split. From 300 labelled examples on,
    validation items are answered from train; below (or where a split that the user brought
    leaves fewer than 50 validation items), choosing uses all but the test split, one left out
    at a time.

    Raises:
        ProjectError: nothing is labelled, or there is no test split.
    """
    split = folder.split()
    rows = {row.id: row for row in folder.examples() if row.labelled}
    if not rows:
        raise ProjectError(
            f'The task "{folder.task.name}" has no labelled example; label some on the page '
            "Start, or import a file with answers."
        )
    test = [rows[id] for id in split.test if id in rows]
    rest = [row for id, row in rows.items() if id not in set(split.test)]
    if split_name == "test":
        if not test:
            raise ProjectError(
                f'The task "{folder.task.name}" has {len(rows)} labelled examples and no test '
                f"split; label at least {SMALLEST}, or use the validation split."
            )
        return EvaluationPlan(test, "held-out", rest)
    validation = [rows[id] for id in split.validation if id in rows]
    if len(rows) >= _HELD_OUT_FROM and len(validation) >= _LEAST_VALIDATION:
        train = [rows[id] for id in split.train if id in rows]
        return EvaluationPlan(validation, "held-out", train)
    if not rest:
        raise ProjectError(
            f'All {len(rows)} labelled examples of "{folder.task.name}" are test examples; '
            "import some for training to choose on."
        )
    return EvaluationPlan(rest, "leave-one-out", rest)


@dataclass(frozen=True)
class LeakedPair:
    """A test example and a near-duplicate of it outside the test split."""

    test: Example
    other: Example
    part: Part
    """Where the other one is: validation or train."""


def near_duplicates_across(folder: TaskFolder) -> list[LeakedPair]:
    """Return the near-duplicates across test and the rest, by which a test score flatters.

    An automatic split keeps near-duplicates together, so that they come from a split, or from a
    part of one, that the user brought.
    """
    split = folder.split()
    rows = {row.id: row for row in folder.examples()}
    parts = split.part_of()
    return [
        LeakedPair(rows[test], rows[other], parts[other])
        for test, other in split.near_duplicates
        if test in rows and other in rows and other in parts
    ]


def what_validation_means(folder: TaskFolder) -> str:
    """Return one sentence: on which examples Setups are compared, and what answers them."""
    try:
        plan = evaluation_plan(folder, "validation")
    except ProjectError as error:
        return str(error)
    n = len(plan.items)
    if plan.scheme == "held-out":
        return (
            f"Methods are compared on the {n:,} validation examples, with the {len(plan.pool):,} "
            "for training to learn from."
        )
    if n == 1:
        return "Methods are compared on the only labelled example outside the test split."
    return (
        f"Methods are compared on {n:,} labelled examples, all outside the test split: each in "
        "turn is answered with the others to learn from, because the validation part alone is too "
        "small to choose on."
    )
