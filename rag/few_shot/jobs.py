"""The job of the few-shot leaderboard: measure, and keep the board in the task's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ladder.answering import Setup
from rag.few_shot.board import keep_board
from rag.few_shot.leaderboard import leaderboard

if TYPE_CHECKING:
    from ladder.evaluation.runner import Builder
    from ladder.jobs import RunContext

__all__ = ["run_icl"]


def run_icl(context: RunContext, build: Builder) -> dict[str, Any]:
    """Make the leaderboard.

    The spec has `task`, and may have `model`, `setup`, `limit`, `seed` and `minutes`.

    A board that the budget cut short is kept as well: it says so, and running the job again goes
    on from there.
    """
    spec = context.spec
    folder = context.project.task(spec.get("task"))
    board = leaderboard(
        folder,
        build,
        model=spec.get("model"),
        setup=Setup.from_dict(spec["setup"]) if "setup" in spec else None,
        limit=spec.get("limit"),
        seed=spec.get("seed", 0),
        minutes=spec.get("minutes"),
        progress=context.progress,
    )
    keep_board(folder, board)
    return board.to_json()
