"""What is proven: the newest score of every Setup, and the paired verdicts between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ladder.evaluation.board_view import name_of
from ladder.evaluation.paired import Verdict, compare_all
from ladder.evaluation.rows import Row, read_rows
from ladder.evaluation.score import Score, Split
from ladder.files import read_json_lines

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["looks", "rows_of", "scoreboard", "verdicts"]


def scoreboard(folder: TaskFolder) -> list[Score]:
    """Return the newest Score of every method, Setup and split, in the order first measured."""
    newest: dict[tuple[str, str, str], Score] = {}
    for data in read_json_lines(folder.scores_file):
        score = Score.from_json(data)
        newest[score.method, score.setup_hash, score.split] = score
    return list(newest.values())


def verdicts(folder: TaskFolder, split: Split | None = None) -> list[Verdict]:
    """Return the paired verdict on every two Setups of a split (default: on both splits).

    Scores by another metric than the task's are left out. The p values of one split are
    corrected together, by Holm.
    """
    found = []
    for name in ("validation", "test") if split is None else (split,):
        scores = [
            score
            for score in scoreboard(folder)
            if score.split == name and score.metric == folder.task.metric
        ]
        rows = {name_of(score, scores): list(rows_of(folder, score).values()) for score in scores}
        found += [replace(v, split=name) for v in compare_all(rows, folder.task.metric)]
    return found


def rows_of(folder: TaskFolder, score: Score) -> Mapping[str, Row]:
    """Return the per-item rows of a Score, by item."""
    return read_rows(folder.answers_folder / f"{score.key}.jsonl")


def looks(folder: TaskFolder) -> list[dict[str, Any]]:
    """Return every look at the test split, oldest first."""
    return read_json_lines(folder.looks_file)
