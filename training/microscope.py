"""The mask microscope: the tokens of an example as a run will see them, trained or not.

The rows are those of the prepared run and the mask is the trainer's own (`training.mask`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ladder.errors import InputError
from training import mask
from training.data import Row
from training.prepare import Prepared, prepare
from training.recipe import Recipe

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["Piece", "Statistics", "microscope", "pieces_of", "statistics"]

_PARTS = 4
"""Tokens that one character may be spread over, in UTF-8 bytes."""
_SPACE = "\u2581"
"""How SentencePiece writes the blank before a word."""


class Piece(NamedTuple):
    """A token as text."""

    text: str
    token: int
    """Its id; of a classifier's label, which is no token, the number of the output."""
    trained: bool


@dataclass(frozen=True)
class Statistics:
    """The tokens of all rows, each row counted once."""

    head: str
    """What is trained: "generate", or "classify"."""
    rows: int
    left_out: int
    """Rows that are too long to train on."""
    trained_tokens: int
    """Tokens on which the loss counts; of a classifier, one label a row."""
    total_tokens: int
    p50: int
    p90: int
    longest: int
    padding: float
    """Share of what is processed over the run that is padding."""

    @property
    def mask(self) -> dict[str, int]:
        """Return how many tokens are trained, and of how many."""
        return {"trained_tokens": self.trained_tokens, "total_tokens": self.total_tokens}

    @property
    def words(self) -> str:
        """Return the statistics in a line."""
        left = f", {self.left_out:,} left out as too long" if self.left_out else ""
        what = f"{self.trained_tokens:,} of {self.total_tokens:,} tokens are trained"
        if self.head == "classify":
            what = f"{self.total_tokens:,} tokens are read and one label a row is trained"
        return (
            f"{what}, in {self.rows:,} rows{left}; a row has {self.p50:,} tokens (median), 9 of 10 "
            f"at most {self.p90:,}, the longest {self.longest:,}; {self.padding:.0%} padding."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the statistics as plain data."""
        return asdict(self)


def microscope(folder: TaskFolder, recipe: Recipe, example: str) -> list[Piece]:
    """Return the tokens of an example as the run will see them.

    Args:
        folder: the task.
        recipe: what would train.
        example: the id of an example of the train part.

    Raises:
        InputError: the run would be refused, or the example is not among its rows.
        ModelError: the base model cannot be had.
    """
    return pieces_of(prepare(folder, recipe), example)


def pieces_of(plan: Prepared, example: str) -> list[Piece]:
    """Return the tokens of one row of a prepared run.

    Raises:
        InputError: the example is not among the rows.
    """
    row = next((row for row in plan.data.rows if row.id == example), None)
    if row is None:
        why = "it is too long" if example in plan.data.too_long else "it does not train"
        raise InputError(
            f'"{example}" is not among the {len(plan.data.rows):,} rows of this run: {why}. Choose '
            "another."
        )
    if plan.recipe.head == "classify":
        read = [Piece(text, token, False) for text, token in _texts(row.prompt, plan.tokenizer)]
        return [*read, Piece(plan.data.labels[row.label], row.label, True)]
    labels = mask.labels_of(row)
    texts = _texts((*row.prompt, *row.completion), plan.tokenizer)
    return [
        Piece(text, token, label != mask.IGNORED)
        for (text, token), label in zip(texts, labels, strict=True)
    ]


def statistics(plan: Prepared) -> Statistics:
    """Return the tokens of all rows of a prepared run."""
    sizes = sorted(len(row) for row in plan.data.rows)
    seen = [len(plan.data.rows[index]) for index in plan.schedule.order]
    return Statistics(
        head=plan.recipe.head,
        rows=len(sizes),
        left_out=0 if plan.data.labels else len(plan.data.too_long),
        trained_tokens=sum(_trained(row, plan) for row in plan.data.rows),
        total_tokens=sum(sizes),
        p50=_nearest_rank(sizes, 0.5),
        p90=_nearest_rank(sizes, 0.9),
        longest=sizes[-1],
        padding=1 - sum(seen) / plan.schedule.total if plan.schedule.total else 0.0,
    )


def _trained(row: Row, plan: Prepared) -> int:
    if plan.recipe.head == "classify":
        return 1
    return sum(label != mask.IGNORED for label in mask.labels_of(row))


def _nearest_rank(sizes: Sequence[int], share: float) -> int:
    """Return the smallest size that the share of all rows does not exceed."""
    return sizes[max(0, -int(-share * len(sizes) // 1) - 1)]


def _texts(ids: Sequence[int], tokenizer: Any) -> Iterator[tuple[str, int]]:
    """Yield the text of each token; a character of several stands with the last of them."""
    names = tokenizer.convert_ids_to_tokens(list(ids))
    waiting: list[int] = []
    for place, (token, name) in enumerate(zip(ids, names, strict=True)):
        waiting.append(int(token))
        text = tokenizer.decode(
            waiting, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        unfinished = text.endswith("\ufffd") and len(waiting) < _PARTS and place < len(ids) - 1
        if unfinished:
            yield "", int(token)
            continue
        if str(name).startswith(_SPACE) and not text.startswith(" "):
            text = f" {text}"
        yield text, int(token)
        waiting = []
