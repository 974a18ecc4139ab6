"""Which examples to label next: those that stand for many, or those that are undecided.

"vote-k" (Su et al. 2022, 2209.01975, "Selective Annotation Makes Language Models Better Few-Shot
Learners", their graph and discount; not their second step, which asks a model about every text):
each text votes for its nearest ones, and its vote counts a tenth for each of them that is labelled
already. It needs no label to begin with. "uncertainty" takes those between whose two likeliest
labels a linear classifier decides least (the smallest margin; Scheffer et al. 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from ladder.errors import InputError
from ladder.project.near_duplicates import normalised
from ladder.project.task import Example, Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LabelNext", "Votes", "Way", "label_next", "vote_k"]

Way = Literal["vote-k", "uncertainty"]

_NEAREST = 150
"""For how many of its nearest a text votes: the paper's k."""
_DISCOUNT = 10.0
"""By how much a vote is divided for each labelled text among them: the paper's rho."""
_BLOCK = 256


@dataclass(frozen=True)
class LabelNext:
    """An example that is worth labelling, and why."""

    example: Example
    score: float
    """Its votes, or the margin between its two likeliest labels."""
    reason: str


def label_next(
    examples: Sequence[Example],
    embedder: str,
    kind: Kind,
    count: int = 20,
    way: Way = "vote-k",
) -> list[LabelNext]:
    """Return the unlabelled examples to label next, the most worthwhile first.

    Of texts that are equal after folding one is enough, and none whose text is labelled already.

    Args:
        examples: of the task, labelled or not.
        embedder: reference of the embedding model.
        kind: of the task; only a classification has "uncertainty".
        count: how many to return at most.
        way: how to choose.

    Raises:
        InputError: the way is unknown, or "uncertainty" has no two labels to decide between.
        ModelError: the embedder cannot be had.
    """
    if way not in get_args(Way):
        raise InputError(f'The way to choose is "{way}"; give one of {", ".join(get_args(Way))}.')
    known = [each for each in examples if each.labelled]
    _check(known, kind, way)
    waiting = _once(examples, known)
    if not waiting or count < 1:
        return []
    from ladder.models import embed_texts

    vectors = embed_texts(embedder, [each.input for each in [*waiting, *known]])
    if way == "vote-k":
        return _by_votes(waiting, vectors, count)
    return _by_margin(waiting, known, vectors, count)


class Votes(NamedTuple):
    """What speaks for one row."""

    place: int
    score: float
    """The sum of its votes."""
    voters: int
    """Rows without a label that it is among the nearest of."""
    uncovered: int
    """How many of those have no labelled row among their nearest."""
    fewest: int
    """The fewest labelled rows that one of those has."""


def vote_k(vectors: NDArray[np.float32], candidates: int, count: int, k: int) -> list[Votes]:
    """Return the rows to label next, by vote-k; of equally good ones the first.

    Args:
        vectors: unit vectors, first those of the candidates, then those that are labelled.
        candidates: how many rows are not labelled.
        count: how many rows to return at most.
        k: for how many of its nearest each row votes, at most all others.
    """
    import numpy as np

    near = _nearest(vectors, min(k, len(vectors) - 1))
    chosen = np.zeros(len(vectors), dtype=np.bool_)
    chosen[candidates:] = True
    covered = chosen[near].sum(axis=1)
    found = []
    for _ in range(min(count, candidates)):
        # Where all have many labelled ones near, votes are tiny: they are compared as multiples
        # of the largest, and rounded, so that equal ones are equal whatever they were summed of.
        least = int(covered[~chosen].min())
        vote = np.where(chosen, 0.0, _DISCOUNT ** (least - covered.astype(np.float64)))
        votes = np.bincount(near.ravel(), np.repeat(vote, near.shape[1]), len(vectors))
        votes = np.round(votes, 9)
        votes[chosen] = -1.0
        best = int(np.argmax(votes))
        near_it = (near == best).any(axis=1)
        theirs = covered[near_it & ~chosen]
        score = float(votes[best]) * _DISCOUNT**-least
        found.append(
            Votes(best, score, len(theirs), int((theirs == 0).sum()), int(theirs.min(initial=k)))
        )
        chosen[best] = True
        covered += near_it
    return found


def _nearest(vectors: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """Return the places of the `k` nearest others of each row; equals in their order."""
    import numpy as np

    from rag.few_shot.choose import nearest

    found = np.zeros((len(vectors), k), dtype=np.intp)
    for start in range(0, len(vectors), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ vectors.T
        for place, row in enumerate(cosines, start):
            row[place] = -np.inf
            found[place] = nearest(row, k)
    return found


def _by_votes(
    waiting: Sequence[Example], vectors: NDArray[np.float32], count: int
) -> list[LabelNext]:
    return [
        LabelNext(waiting[each.place], float(f"{each.score:.4g}"), _vote_words(each))
        for each in vote_k(vectors, len(waiting), count, _NEAREST)
    ]


def _vote_words(votes: Votes) -> str:
    if not votes.voters:
        return "near no other text without a label"
    reason = f"among the nearest of {votes.voters:,} texts without a label"
    if votes.uncovered:
        return f"{reason}, {votes.uncovered:,} of them with no labelled one near"
    return f"{reason}, one of them with only {votes.fewest:,} labelled near"


def _by_margin(
    waiting: Sequence[Example],
    known: Sequence[Example],
    vectors: NDArray[np.float32],
    count: int,
) -> list[LabelNext]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from ladder.evaluation.logistic import INVERSE_REGULARISATION

    labels = [each.output or "" for each in known]
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=1000)
    model.fit(vectors[len(waiting) :], labels)
    chances = np.asarray(model.predict_proba(vectors[: len(waiting)]))
    ranked = np.argsort(-chances, axis=1, kind="stable")[:, :2]
    first, second = (np.take_along_axis(chances, ranked[:, [i]], 1)[:, 0] for i in (0, 1))
    found = []
    for place in np.argsort(first - second, kind="stable")[:count].tolist():
        one, other = (str(model.classes_[label]) for label in ranked[place])
        reason = (
            f"undecided between {one} ({first[place]:.0%}) and {other} ({second[place]:.0%}), by a "
            f"linear classifier of {len(known):,} labelled examples"
        )
        found.append(LabelNext(waiting[place], float(first[place] - second[place]), reason))
    return found


def _check(known: Sequence[Example], kind: Kind, way: Way) -> None:
    if way != "uncertainty":
        return
    if kind != "classification":
        raise InputError(
            f"Uncertainty decides between labels, and a task of the kind {kind} has none; choose "
            "vote-k."
        )
    labels = {each.output for each in known}
    if len(labels) < 2:
        raise InputError(
            f"Uncertainty needs examples of two labels at least, and there "
            f"{'is 1' if labels else 'are none'}; begin with vote-k."
        )


def _once(examples: Sequence[Example], known: Sequence[Example]) -> list[Example]:
    """Return the unlabelled examples, equal texts once, and none that is labelled already."""
    seen = {normalised(each.input) for each in known}
    waiting = []
    for example in examples:
        text = normalised(example.input)
        if not example.labelled and text and text not in seen:
            seen.add(text)
            waiting.append(example)
    return waiting
