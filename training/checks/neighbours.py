"""Label noise: labels that the most similar texts agree are others.

After Wilson 1972 ("Asymptotic properties of nearest neighbor rules using edited data"): a label
with which most of a text's nearest neighbours disagree is suspected. Texts are compared by the
embedder, so what it cannot tell apart is suspected too: an estimate, never more than a warning.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ladder.methods import DEFAULT_EMBEDDER
from training.checks.finding import Checked, Numbered, quoted, rows_words, warning
from training.checks.seen import see
from training.recipe import Recipe

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from ladder.project.task_folder import TaskFolder

__all__ = ["FEWEST", "check_neighbours"]

_K = 5
_AGREE = 3
"""So many of the neighbours must share one other label."""
FEWEST = 20
"""Rows that must be there to compare them."""
_MOST = 2_000
"""Rows compared; of more, a random part says the same, and embedding them takes minutes."""
_SHARE = 0.3
_BATCH = 128
Progress = Callable[[int, int], None]


def check_neighbours(
    folder: TaskFolder,
    recipe: Recipe,
    embedder: str = DEFAULT_EMBEDDER,
    progress: Progress | None = None,
) -> Checked:
    """Compare the labels of the train part with those of their nearest neighbours.

    Args:
        folder: the task; one that is no classification has nothing to compare.
        recipe: what would train.
        embedder: reference of the embedding model; its vectors are kept on disk.
        progress: is told how many texts of how many are embedded.

    Raises:
        ModelError: the embedder cannot be had.
    """
    seen = see(folder, recipe)
    rows = [each for each in seen.train if each.example.output]
    if seen.task.kind != "classification" or len(rows) < FEWEST:
        return Checked()
    if len(rows) > _MOST:
        rows = sorted(random.Random(0).sample(rows, _MOST), key=lambda each: each.row)
    others = _other_labels(rows, _vectors(rows, embedder, progress))
    found = [(each, other) for each, other in zip(rows, others, strict=True) if other]
    if len(found) <= _SHARE * len(rows):
        return Checked()
    from ladder.evaluation.intervals import wilson

    share = len(found) / len(rows)
    low, high = wilson(share, len(rows))
    (first, other), doubtful = found[0], [each for each, _ in found]
    message = (
        f"{share:.0%} of the labels ({low:.0%} to {high:.0%}, n = {len(rows):,}; an estimate) are "
        f"not those of the {_K} most similar texts ({rows_words(doubtful)}): "
        f"{quoted(first.example.input)} in row {first.row} is "
        f"{quoted(first.example.output or '', 40)}, its neighbours {quoted(other, 40)}. Over "
        f"{_SHARE:.0%} the labels are noisy, or texts alone do not tell them apart; correct these "
        "rows on the page Start before training."
    )
    return Checked((warning("label-noise", doubtful, message),))


def _vectors(
    rows: Sequence[Numbered], embedder: str, progress: Progress | None
) -> NDArray[numpy.float32]:
    import numpy

    from ladder.models import embed_texts

    found = []
    for start in range(0, len(rows), _BATCH):
        if progress is not None:
            progress(start, len(rows))
        found.append(embed_texts(embedder, [r.example.input for r in rows[start : start + _BATCH]]))
    if progress is not None:
        progress(len(rows), len(rows))
    return numpy.concatenate(found)


def _other_labels(rows: Sequence[Numbered], vectors: NDArray[numpy.float32]) -> list[str]:
    """Return, for each row, the other label on which its neighbours agree, or nothing."""
    import numpy

    found = []
    for start in range(0, len(rows), _BATCH):
        likeness = vectors[start : start + _BATCH] @ vectors.T
        places = numpy.arange(len(likeness))
        likeness[places, start + places] = -numpy.inf  # itself
        nearest = numpy.argpartition(-likeness, _K, axis=1)[:, :_K]
        for place, near in zip(places, nearest, strict=True):
            own = rows[start + int(place)].example.output
            votes = Counter(rows[int(i)].example.output or "" for i in near)
            label, count = votes.most_common(1)[0]
            found.append(label if count >= _AGREE and label != own else "")
    return found
