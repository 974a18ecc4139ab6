"""Is the answer trained, and nothing but the answer: read from the trainer's own labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from training import mask as masks
from training.checks.finding import Finding, Numbered, error, quoted, rows_words
from training.checks.seen import Seen
from training.data import Row
from training.prepare import Prepared

__all__ = ["mask"]

_SHORTEST = 8
"""Characters from which the user's words in what is trained are no coincidence."""


def mask(seen: Seen, plan: Prepared) -> Iterator[Finding]:
    """Yield the rows of which nothing, the prompt or the user's turn would be trained.

    All of them refuse the run: it would spend its time on learning the wrong thing, and its loss
    would fall all the same.
    """
    if plan.recipe.head == "classify":
        nothing = [row for row in plan.data.rows if not 0 <= row.label < len(plan.data.labels)]
        yield from _nothing(_numbered(nothing, seen), len(nothing), len(plan.data.rows))
        return
    none: list[Row] = []
    prompts: list[tuple[Row, int]] = []
    for row in plan.data.rows:
        labels = masks.labels_of(row)
        first = next((i for i, label in enumerate(labels) if label != masks.IGNORED), None)
        if first is None:
            none.append(row)
        elif first < len(row.prompt):
            prompts.append((row, first))
    yield from _nothing(_numbered(none, seen), len(none), len(plan.data.rows))
    if prompts:
        rows = _numbered([row for row, _ in prompts], seen)
        row, first = prompts[0]
        text = plan.tokenizer.decode(list(row.prompt[first : first + 12]))
        yield error(
            "prompt-trained",
            rows,
            f"In {len(prompts):,} rows the prompt itself would be trained ({_where(rows, row)}): "
            f"from token {first + 1}, {quoted(text, 40)}. The model would learn to ask, not to "
            "answer; this is a fault of the program, please report it.",
        )
        return
    yield from _users_words(seen, plan)


def _nothing(rows: Sequence[Numbered], count: int, total: int) -> Iterator[Finding]:
    if count:
        which = rows_words(rows) if rows else "of a mixture"
        yield error(
            "nothing-trained",
            rows,
            f"In {count:,} of {total:,} rows no token would be trained ({which}), so they would "
            "teach nothing and spoil the loss; give them an answer, or take them out.",
        )


def _users_words(seen: Seen, plan: Prepared) -> Iterator[Finding]:
    """Look for what the user said in what is trained, whatever made the row."""
    trained = plan.tokenizer.batch_decode(
        [[t for t in masks.labels_of(row) if t != masks.IGNORED] for row in plan.data.rows]
    )
    found = []
    for row, text in zip(plan.data.rows, trained, strict=True):
        each = seen.by_id.get(row.id)
        if each is not None and (words := _said(each, text)):
            found.append((each, words))
    if found:
        found.sort(key=lambda pair: pair[0].row)
        rows = [each for each, _ in found]
        yield error(
            "user-trained",
            rows,
            f"In {len(rows):,} rows the user's turn would be trained ({rows_words(rows)}): "
            f"{quoted(found[0][1])} in row {rows[0].row} is among the tokens of the answer. The "
            "model's chat template does not part the turns; set format to plain.",
        )


def _said(each: Numbered, trained: str) -> str:
    """Return what the user said that stands in what is trained and not in the answer."""
    example = each.example
    turns = [turn["content"] for turn in example.messages if turn["role"] == "user"]
    for text in (example.input.strip(), *(turn.strip() for turn in turns)):
        if len(text) >= _SHORTEST and text in trained and text not in (example.output or ""):
            return text
    return ""


def _numbered(rows: Sequence[Row], seen: Seen) -> list[Numbered]:
    return seen.of(row.id for row in rows)


def _where(rows: Sequence[Numbered], row: Row) -> str:
    return rows_words(rows) if rows else f"example {row.id}"
