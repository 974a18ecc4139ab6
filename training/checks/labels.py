"""Labels from which nothing can be learned, or not what is meant (classification alone)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ladder.project.near_duplicates import normalised
from ladder.project.split import asked_text
from training.checks.finding import Finding, Numbered, counted, error, quoted, rows_words, warning
from training.checks.seen import Seen

__all__ = ["labels"]


def labels(seen: Seen) -> Iterator[Finding]:
    """Yield what is wrong with the labels of the train part."""
    if seen.task.kind != "classification":
        if seen.recipe.head == "classify":
            yield error(
                "no-labels",
                (),
                f'A classifier names labels, and "{seen.task.name}" is {seen.task.kind}; use '
                "--method lora.",
            )
        return
    found: dict[str, list[Numbered]] = defaultdict(list)
    for each in seen.train:
        found[each.example.output or ""].append(each)
    if len(seen.train) < 2:
        return
    if len(found) == 1:
        ((label, rows),) = found.items()
        # Refused: whatever is asked, one answer is right, and no model is needed for that.
        yield error(
            "one-label",
            rows,
            f'All {len(rows)} training examples of "{seen.task.name}" have the label '
            f"{quoted(label)}; label some of another kind.",
        )
        return
    yield from _once(found)
    yield from _never(seen, found)
    yield from _numbers(found)
    yield from _contradictions(seen)


def _once(found: dict[str, list[Numbered]]) -> Iterator[Finding]:
    once = {label: rows[0] for label, rows in found.items() if len(rows) == 1}
    if once:
        rows = sorted(once.values())
        example = rows[0].example
        # A warning: the others can be learned.
        yield warning(
            "label-once",
            rows,
            f"A single training example is all that there is of {len(once)} of {len(found)} labels "
            f"({rows_words(rows)}): {quoted(example.output or '')} in row {rows[0].row}. One "
            "example is learned by heart, not understood; label a few more, or merge the label "
            "with another.",
        )


def _never(seen: Seen, found: dict[str, list[Numbered]]) -> Iterator[Finding]:
    rows = [each for each in seen.labelled if (each.example.output or "") not in found]
    if rows:
        missing = sorted({each.example.output or "" for each in rows})
        # A warning: the labels that train can be learned; these will count as wrong.
        yield warning(
            "label-never",
            rows,
            f"{counted(len(missing), 'label')} never trains ({rows_words(rows)}): of "
            f"{quoted(missing[0])} all examples are in the test or validation part, and will be "
            "answered wrongly. Label more of it.",
        )


def _numbers(found: dict[str, list[Numbered]]) -> Iterator[Finding]:
    if all(_is_number(label) for label in found):
        rows = sorted(each for rows in found.values() for each in rows)
        shown = ", ".join(quoted(label, 20) for label in sorted(found)[:3])
        # A warning: a classifier's outputs need no names, and a model can write digits.
        yield warning(
            "number-labels",
            rows,
            f"All {len(found)} labels are numbers ({shown}; {rows_words(rows)}). A model that "
            "writes knows nothing of what they stand for: import with the labels' names. If they "
            "are a quantity, this is not classification.",
        )


def _contradictions(seen: Seen) -> Iterator[Finding]:
    by_text: dict[str, list[Numbered]] = defaultdict(list)
    for each in seen.train:
        by_text[normalised(asked_text(each.example))].append(each)
    pairs = [rows for rows in by_text.values() if len({each.example.output for each in rows}) > 1]
    if pairs:
        rows = sorted(each for rows in pairs for each in rows)
        one = pairs[0][0]
        two = next(each for each in pairs[0] if each.example.output != one.example.output)
        # A warning: some texts do have two right labels, and the rest is learned.
        yield warning(
            "two-labels",
            rows,
            f"Two labels are given to {counted(len(pairs), 'text')} ({rows_words(rows)}): "
            f"{quoted(one.example.input)} is {quoted(one.example.output or '', 40)} in row "
            f"{one.row} and {quoted(two.example.output or '', 40)} in row {two.row}. Correct one "
            "of each.",
        )


def _is_number(label: str) -> bool:
    try:
        float(label.strip())
    except ValueError:
        return False
    return True
