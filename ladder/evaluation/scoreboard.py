"""What is proven: the newest score of every Setup, and the paired verdicts between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError, ProjectError
from ladder.evaluation.board_view import name_of
from ladder.evaluation.paired import Verdict, compare_all
from ladder.evaluation.rows import Row, read_rows
from ladder.evaluation.sampling import items_hash
from ladder.evaluation.score import Score, Split
from ladder.files import read_json_lines

if TYPE_CHECKING:
    from ladder.project.task import Example
    from ladder.project.task_folder import TaskFolder

__all__ = ["comparable", "looks", "rows_of", "scoreboard", "split_size", "verdicts"]


def scoreboard(folder: TaskFolder) -> list[Score]:
    """Return one Score of every method, Setup and split, in the order first measured.

    Of several it is the one that says most today: by the task's metric, on the items that the
    split has now, of the whole split before a sample, and then the newest. What is only to be
    had on other items than today's is marked `stale`. A line that is no score is left out.
    """
    found: dict[tuple[str, str, str], Score] = {}
    today: dict[str, str] = {}
    for data in read_json_lines(folder.scores_file):
        try:
            score = Score.from_json(data)
        except InputError:
            continue
        if score.items_hash:
            if score.split not in today:
                today[score.split] = _items_today(folder, score.split)
            score = replace(score, stale=score.items_hash != today[score.split])
        place = score.method, score.setup_hash, score.split
        if place not in found or _worth(folder, score) >= _worth(folder, found[place]):
            found[place] = score
    return list(found.values())


def comparable(folder: TaskFolder, split: Split = "validation") -> list[Score]:
    """Return the scores of a split that stand beside each other today.

    They are by the task's metric and on today's items; samples (`Score.sampled`) are among them.
    """
    return [
        score
        for score in scoreboard(folder)
        if score.split == split and score.metric == folder.task.metric and not score.stale
    ]


def verdicts(folder: TaskFolder, split: Split | None = None) -> list[Verdict]:
    """Return the paired verdict on every two Setups of a split (default: on both splits).

    Scores by another metric than the task's, or on other items than today's, are left out. The
    p values of one split are corrected together, by Holm.
    """
    found = []
    splits: tuple[Split, ...] = ("validation", "test")
    for name in splits if split is None else (split,):
        scores = comparable(folder, name)
        rows = {name_of(score, scores): list(rows_of(folder, score).values()) for score in scores}
        found += [replace(v, split=name) for v in compare_all(rows, folder.task.metric)]
    return found


def rows_of(folder: TaskFolder, score: Score) -> Mapping[str, Row]:
    """Return the per-item rows of a Score, by item."""
    return read_rows(folder.answers_folder / f"{score.key}.jsonl")


def looks(folder: TaskFolder) -> list[dict[str, Any]]:
    """Return every look at the test split, oldest first."""
    return read_json_lines(folder.looks_file)


def split_size(folder: TaskFolder, split: Split) -> int:
    """Return how many examples a split has to measure on today; 0 where it has none."""
    return len(_split_today(folder, split))


def _worth(folder: TaskFolder, score: Score) -> tuple[bool, bool, bool]:
    """Return how much a score says today, to be compared with another of the same Setup."""
    return score.metric == folder.task.metric, not score.stale, not score.sampled


def _items_today(folder: TaskFolder, split: Split) -> str:
    """Return what names the items of a split as they are now; empty where it has none."""
    items = _split_today(folder, split)
    return items_hash(items) if items else ""


def _split_today(folder: TaskFolder, split: Split) -> list[Example]:
    from ladder.project import evaluation_plan

    try:
        return evaluation_plan(folder, split).items
    except ProjectError:
        return []
