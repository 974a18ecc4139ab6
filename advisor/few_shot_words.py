"""What the few-shot leaderboard says beside the advice, and where the two disagree.

The rules know what a person answered; the leaderboard was measured on the project's own examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.measured import no_llm_words
from advisor.methods import MEASURE_FIRST, METHODS
from rag.few_shot.board import VerdictKind, kept_board, out_of_date

if TYPE_CHECKING:
    from ladder.project import TaskFolder

__all__ = ["few_shot_words", "measured_words"]

_AGREES: dict[VerdictKind, tuple[str, ...]] = {
    "no-llm": ("no-llm", "classifier"),
    "enough": ("prompt", "icl"),
    "rag": ("docs-in-prompt", "rag", "rag+peft"),
    "fine-tune": ("classifier", "peft", "rag+peft", "full", "distill", "self-training"),
    "cannot-tell": tuple(METHODS),
}
"""The methods that go with each verdict."""


def measured_words(folder: TaskFolder, recommended: str) -> str:
    """Return what was measured and stands beside an advice; empty where nothing was."""
    return " ".join(filter(None, (no_llm_words(folder), few_shot_words(folder, recommended))))


def few_shot_words(folder: TaskFolder, recommended: str) -> str:
    """Return the verdict of the leaderboard, and that the advice is another, if it is.

    Args:
        folder: the task.
        recommended: the method that the rules recommend, by the advisor's id.

    Returns:
        A sentence or two; empty without a leaderboard, or with one of other examples than today's.
    """
    board = kept_board(folder)
    if board is None or out_of_date(board, folder):
        return ""
    sample = f" (a sample of {board.n})" if board.limit else ""
    words = f"Measured few-shot prompts{sample}: {board.verdict.sentence}"
    if recommended == MEASURE_FIRST or recommended in _AGREES[board.verdict.kind]:
        return words
    return (
        f"{words} That goes against the rules, which point to “{METHODS[recommended].title}”: they "
        "go by the answers given, this was measured on your examples."
    )
