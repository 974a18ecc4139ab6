"""What people's work costs: labels in money, building in working days beside it.

No trustworthy public figure exists for either, so both are inputs with a stated default.
"""

from __future__ import annotations

from ladder.costs.basis import Band
from ladder.costs.checks import not_negative
from ladder.costs.figure import Figure

__all__ = ["ASSUMED", "BUILD_DAYS", "labels_figure"]

ASSUMED = "our assumption"
BUILD_DAYS: dict[str, Band] = {
    "no-llm": Band(0.5, 1, 3),
    "classifier": Band(1, 3, 8),
    "prompt": Band(0.5, 1, 3),
    "icl": Band(0.5, 2, 4),
    "docs-in-prompt": Band(0.5, 2, 5),
    "rag": Band(4, 10, 25),
    "larger-model": Band(0.5, 1, 3),
    "peft": Band(2, 5, 15),
    "full": Band(3, 8, 25),
    "rag+peft": Band(6, 15, 40),
    "distill": Band(4, 10, 25),
    "self-training": Band(5, 12, 30),
    "preference": Band(5, 12, 30),
    "edit": Band(2, 5, 15),
    "cpt": Band(10, 25, 60),
    "pretrain": Band(60, 200, 600),
}
"""Working days to build each method (our assumption)."""


def labels_figure(
    count: float,
    minutes: float = 2,
    hourly: float = 30,
    checked_share: float = 0,
    what: str = "examples to label",
) -> Figure:
    """Return what labels cost, halved or doubled: people differ.

    Args:
        count: labels to make.
        minutes: of a person for one label (our assumption: 2).
        hourly: $ for an hour of that person (our assumption: 30).
        checked_share: share of the labels that a second person checks.
        what: what is labelled.

    Raises:
        InputError: a number is negative or not a number.
    """
    given = {
        what: count, "minutes each": minutes, "$ an hour": hourly,
        "share checked by a second person": checked_share,
    }  # fmt: skip
    for name, value in given.items():
        not_negative(name, value)
    money = count * minutes / 60 * hourly * (1 + checked_share)
    return Figure(
        what, Band.around(money, 2), "$",
        f"{what} x minutes each / 60 x $ an hour x (1 + share checked), halved or doubled",
        given, ASSUMED,
    )  # fmt: skip
