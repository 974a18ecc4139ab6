"""What is wrong between the parts of the split: leaks into the test, and parts that are empty."""

from __future__ import annotations

from collections.abc import Iterator

from training.checks.finding import Finding, counted, quoted, warning, where
from training.checks.seen import Seen

__all__ = ["parts"]


def parts(seen: Seen) -> Iterator[Finding]:
    """Yield training examples that leak into the test, and a validation part that is empty."""
    train = {each.example.id for each in seen.train}
    pairs = [(test, other) for test, other in seen.split.near_duplicates if other in train]
    if pairs:
        rows = sorted({seen.by_id[other] for _, other in pairs}, key=lambda each: each.row)
        test, other = (seen.by_id[id] for id in min(pairs, key=lambda p: seen.by_id[p[1]].row))
        # A warning: in a split of one's own they are kept, and scores are shown without them too.
        yield warning(
            "near-duplicates-of-test",
            rows,
            f"Near-duplicates of test examples train: {where(rows, 'example')}: "
            f"{quoted(other.example.input)} in row {other.row} is in the "
            f"test as row {test.row}. The test score will flatter the run: read the one without "
            "near-duplicates beside it, or take these rows out.",
        )
    if seen.train and not seen.split.validation:
        # A warning: it can be trained, but nothing says when to stop or which setting is better.
        yield warning(
            "no-validation",
            (),
            f"The validation part is empty, with {counted(len(seen.labelled), 'labelled example')} "
            "in all: nothing can say when to stop or which setting is better. Label more (from 20 "
            'on a fifth validates), or import some with the split "validation".',
        )
