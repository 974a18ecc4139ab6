"""How long "Measure now" will take: as measured before, else by this machine's speeds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from ladder.answering import Setup
from ladder.evaluation.scoreboard import scoreboard
from ladder.evaluation.sensible import preset_index, why_not_now
from ladder.methods import METHODS, preset
from ladder.project import Example, TaskFolder, evaluation_plan
from ladder.speeds import speeds

__all__ = [
    "answer_tokens",
    "confirm_words",
    "measure_seconds",
    "measure_source",
    "measure_words",
    "method_seconds",
]

# Our assumptions where the method was not measured yet; "seen" is in our own evaluations.
_LETTERS = 4.0  # characters a token, in English
_UNLED = 0.5  # of the longest answer, where no example shows how long one is: 0.2 to 0.6 seen
_MORE = 2.0  # tokens an answer has beyond the known ones, its end included: -1 to 5 seen
_KEPT_TOKEN = 1.4  # times the seconds of reading a token, that one read before adds to an answer
_SENTENCES = 4  # of a passage, compared with the question one by one: our assumption


def method_seconds(
    folder: TaskFolder, name: str, split: Literal["validation", "test"] = "validation"
) -> float:
    """Return about how many seconds it takes to measure one method, its model loaded."""
    asked = evaluation_plan(folder, split).items
    items = len(asked)
    for score in scoreboard(folder):
        if score.method == name and score.n:
            return items * score.seconds / score.n
    here = speeds()
    setup = preset(name, folder.task)
    if not METHODS[name].uses_model:
        found = setup.retrieval.k if setup.retrieval.source == "index" else 0
        return items * here.text * (1 + _SENTENCES * found)
    once, each = 0.0, here.answer_token * answer_tokens(asked, setup)
    each += here.prompt_token * _prompt_tokens(folder, asked, setup) + here.text
    if setup.retrieval.source == "index":
        each += here.prompt_token * setup.retrieval.k * setup.retrieval.chunk_tokens
    if setup.retrieval.source == "all-documents":  # read once, then kept; but taken along always
        tokens = preset_index(folder.project, setup).tokens
        once, each = here.prompt_token * tokens, each + _KEPT_TOKEN * here.prompt_token * tokens
    return once + items * each


def measure_seconds(folder: TaskFolder, methods: Collection[str] = ()) -> float:
    """Return about how many seconds it takes to measure methods on validation; none named: all."""
    names = [name for name in METHODS if not why_not_now(name, folder)]
    asked = [name for name in names if not methods or name in methods]
    return speeds().starting + sum(method_seconds(folder, name) for name in asked)


def measure_words(folder: TaskFolder, methods: Collection[str] = ()) -> str:
    """Return the estimate for a button: "about 3 minutes"; of all methods where none is named."""
    return _words(measure_seconds(folder, methods))


def measure_source() -> str:
    """Return what an estimate rests on, in a sentence for the help of its button."""
    source = speeds().source.rstrip(".")
    return f"A method measured before by its own rate, any other by speeds: {source}."


def confirm_words(folder: TaskFolder, method: str) -> str:
    """Return how long it takes to score one method on the test split: "about 2 minutes"."""
    return _words(speeds().starting + method_seconds(folder, method, "test"))


def _prompt_tokens(folder: TaskFolder, rows: Sequence[Example], setup: Setup) -> float:
    """Return about how many tokens a prompt has, passages left out."""
    asked = sum(len(row.input) + len(row.context) for row in rows) / max(1, len(rows))
    given = sum(len(row.output or "") for row in rows) / max(1, len(rows))
    labels = sum(map(len, folder.labels())) if setup.prompt.show_labels else 0
    frame = len(folder.task.input_name) + len(folder.task.output_name) + 6
    shown = setup.examples.count * (asked + given + frame)
    return (len(folder.task.instruction) + labels + asked + frame + shown) / _LETTERS


def answer_tokens(rows: Sequence[Example], setup: Setup) -> float:
    """Return about how many tokens an answer has: like those shown, else half of the longest."""
    longest = float(setup.decoding.max_new_tokens)
    known = [len(row.output) for row in rows if row.output]
    if not setup.examples.count or not known:
        return longest * _UNLED
    return min(longest, sum(known) / len(known) / _LETTERS + _MORE)


def _words(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"about {minutes} minute{'' if minutes == 1 else 's'}"
