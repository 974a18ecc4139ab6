"""Is there something to learn: outputs that are there, and texts that differ."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean

from ladder.project.near_duplicates import normalised
from ladder.project.split import asked_text
from training.checks.finding import Finding, error, quoted, rows_words, warning
from training.checks.seen import Seen

__all__ = ["outputs"]

_ENOUGH = 10
"""Rows from which shares say something."""


def outputs(seen: Seen) -> Iterator[Finding]:
    """Yield what is wrong with the outputs, and with texts that are all the same."""
    name = seen.task.name
    if not seen.labelled:
        # Refused: there is no answer to teach.
        yield error(
            "no-outputs",
            seen.rows,
            f'None of the {len(seen.rows)} examples of "{name}" has an output, so there is '
            "nothing to learn; label some on the page Start, or import a file with answers.",
        )
        return
    if not seen.train:
        yield error(
            "nothing-trains",
            seen.labelled,
            f'All {len(seen.labelled)} labelled examples of "{name}" test or validate; label '
            "more, or import some for training.",
        )
        return
    yield from _empty(seen)
    yield from _missing(seen)
    yield from _all_the_same(seen)
    yield from _swapped_columns(seen)


def _empty(seen: Seen) -> Iterator[Finding]:
    empty = [each for each in seen.train if not (each.example.output or "").strip()]
    if len(empty) == len(seen.train):
        # Refused, also where it is meant (unanswerable): only silence would be taught.
        yield error(
            "empty-outputs",
            empty,
            f'All {len(empty)} training examples of "{seen.task.name}" have an empty output; a '
            "model trained on them would say nothing. Give some of them an answer.",
        )
        return
    unmeant = [each for each in empty if each.example.answerable]
    if unmeant:
        # Refused: an empty answer would be taught as the right one.
        yield error(
            "empty-outputs",
            unmeant,
            f"An empty output is given in {len(unmeant)} of {len(seen.train)} training examples "
            f"({rows_words(unmeant)}; {quoted(unmeant[0].example.input)} in row {unmeant[0].row}),"
            " which would be taught as the right answer. Give them an answer, set output to null, "
            'or set "answerable" to false if nothing is the right answer.',
        )


def _missing(seen: Seen) -> Iterator[Finding]:
    without = [each for each in seen.rows if not each.example.labelled]
    if without:
        # No more than a warning: half-labelled data is how labelling goes.
        yield warning(
            "some-without-output",
            without,
            f"Without an output, {len(without):,} of {len(seen.rows):,} examples do not train "
            f"({rows_words(without)}). Label them on the page Start to learn from them too.",
        )


def _all_the_same(seen: Seen) -> Iterator[Finding]:
    asked = {normalised(asked_text(each.example)) for each in seen.train}
    if len(asked) == 1:
        # Refused: there is nothing that the answer could depend on.
        count = len(seen.train)
        which = f"All {count} training examples ask" if count > 1 else "The only one asks"
        yield error(
            "all-the-same",
            seen.train,
            f"{which} the same, {quoted(seen.train[0].example.input)} "
            f"({rows_words(seen.train)}), so a run could only learn one text by heart. Import "
            "the rows with their own texts, and check that the right column is the input.",
        )


def _swapped_columns(seen: Seen) -> Iterator[Finding]:
    """Look for inputs that repeat like labels, and questions that stand in the outputs."""
    rows = [each for each in seen.train if each.example.output]
    if len(rows) < _ENOUGH:
        return
    asked = {each.example.input for each in rows}
    told = {each.example.output for each in rows}
    lengths = [(len(e.example.input), len(e.example.output or "")) for e in rows]
    like_labels = len(asked) <= len(rows) // 4 and len(told) >= 0.8 * len(rows)
    longer = mean(told for _, told in lengths) > 2 * mean(asked for asked, _ in lengths)
    questions = [each for each in rows if (each.example.output or "").rstrip().endswith("?")]
    questioned = sum(each.example.input.rstrip().endswith("?") for each in rows)
    first = rows[0]
    shown = (
        f"row {first.row} has the input {quoted(first.example.input, 40)} and the output "
        f"{quoted(first.example.output or '', 40)}"
    )
    # A warning: writing a text for a label, or a question for an answer, is a task too.
    if like_labels and longer:
        yield warning(
            "columns-swapped",
            rows,
            f"Input and output may be swapped: {len(rows)} rows have {len(asked)} different "
            f"inputs and {len(told)} different outputs; {shown}. If so, import again with "
            "--input and --output exchanged.",
        )
    elif len(questions) >= 0.6 * len(rows) and questioned <= 0.1 * len(rows):
        yield warning(
            "roles-swapped",
            questions,
            f"Roles may be swapped: {len(questions)} of {len(rows)} outputs end with a question "
            f"mark and {questioned} of the inputs do; {shown}. If so, exchange user and assistant "
            "and import again.",
        )
