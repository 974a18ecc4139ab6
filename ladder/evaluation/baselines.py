"""Answering without a language model: what every rung above has to beat.

`majority` repeats the most frequent label, `1-nn` the answer of the most similar example, `knn`
lets the most similar ones vote, `logistic` is a linear classifier on the embeddings.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ladder.answering import Answer, Query, Setup
from ladder.errors import InputError, ProjectError
from ladder.evaluation.logistic import Logistic, folds_of
from ladder.evaluation.neighbours import Neighbours, embed_queries
from ladder.evaluation.score import Scheme
from ladder.project.task import Example, Kind

__all__ = ["BASELINES", "BaselineAnswerer", "build_baseline"]

BASELINES = ("majority", "1-nn", "knn", "logistic")
"""The answerers that need no language model."""

_BATCH = 256

Decide = Callable[[Sequence[Query]], Sequence[Answer]]


class BaselineAnswerer:
    """Answers queries in batches, from labelled examples alone."""

    one_at_a_time = False

    def __init__(self, decide: Decide) -> None:
        self._decide = decide

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        """Yield one Answer per query; its seconds are its share of the batch."""
        for start in range(0, len(queries), _BATCH):
            batch = queries[start : start + _BATCH]
            began = time.perf_counter()
            answers = self._decide(batch)
            share = (time.perf_counter() - began) / len(batch)
            for answer in answers:
                yield replace(answer, seconds=share)

    def stream(self, query: Query) -> Iterator[str]:
        """Yield the whole answer at once."""
        yield next(self.answer([query])).text


def build_baseline(
    setup: Setup, kind: Kind, pool: Sequence[Example], scheme: Scheme
) -> BaselineAnswerer:
    """Return the baseline that a Setup names.

    Args:
        setup: its `answerer` is one of `BASELINES`.
        kind: the task's kind.
        pool: the labelled examples to answer from.
        scheme: under "5-fold", what is fitted (`majority`, `logistic`) answers each example of
            the pool without its fold; the others leave out the query itself under every scheme.

    Raises:
        InputError: the Setup names no baseline, or lacks the embedder that it needs.
        ProjectError: there is no labelled example to answer from.
    """
    if setup.answerer not in BASELINES:
        raise InputError(
            f'"{setup.answerer}" is no baseline; choose one of {", ".join(BASELINES)}.'
        )
    if not pool:
        raise ProjectError(
            f"{setup.answerer} answers from labelled examples, and there are none to learn from; "
            "label some first."
        )
    if setup.answerer == "majority":
        return BaselineAnswerer(_majority(pool, scheme))
    if setup.embedder is None:
        raise InputError(f"{setup.answerer} compares embeddings; name an embedder in the Setup.")
    if setup.answerer == "logistic":
        return BaselineAnswerer(_logistic(pool, setup.embedder, scheme))
    k = 1 if setup.answerer == "1-nn" else max(setup.examples.count, 1)
    return BaselineAnswerer(_neighbour_vote(Neighbours(pool, setup.embedder), k, kind))


def _majority(pool: Sequence[Example], scheme: Scheme) -> Decide:
    # Leaving out one item at a time would always name another label than its own where labels
    # are evenly spread, and score 0; so it is fitted on the other folds, like all that is fitted.
    folds = folds_of(pool) if scheme == "5-fold" else [-1] * len(pool)
    fold_of = {example.id: fold for example, fold in zip(pool, folds, strict=True)}

    def most_frequent(fold: int | None) -> str | None:
        pairs = zip(pool, folds, strict=True)
        counts = Counter(example.output or "" for example, own in pairs if own != fold)
        return min(counts, key=lambda label: (-counts[label], label), default=None)

    by_fold = {fold: most_frequent(fold) for fold in {None, *folds} - {-1}}

    def label(query: Query) -> str | None:
        fold = fold_of.get(query.id, -1)
        return by_fold[None if fold == -1 else fold]

    return lambda queries: [_labelled(query, label(query)) for query in queries]


def _neighbour_vote(neighbours: Neighbours, k: int, kind: Kind) -> Decide:
    def decide(queries: Sequence[Query]) -> list[Answer]:
        answers = []
        for query, found in zip(queries, neighbours.nearest(queries, k), strict=True):
            votes: Counter[str] = Counter(n.example.output or "" for n in found)
            # Of labels with equally many votes, the one of the nearest example wins.
            winner = max(found, key=lambda n: votes[n.example.output or ""], default=None)
            if winner is None:
                answers.append(_labelled(query, None))
            elif kind == "classification":
                answers.append(_labelled(query, winner.example.output))
            else:
                text, known = winner.example.output or "", winner.example.answerable
                answers.append(Answer(query.id, text, abstained=not known))
        return answers

    return decide


def _logistic(pool: Sequence[Example], embedder: str, scheme: Scheme) -> Decide:
    from ladder.models import embed_texts

    vectors = embed_texts(embedder, [example.input for example in pool])
    model = Logistic(pool, vectors, cross_fit=scheme == "5-fold")

    def decide(queries: Sequence[Query]) -> list[Answer]:
        labels = model.predict([q.id for q in queries], embed_queries(embedder, queries))
        return [_labelled(query, label) for query, label in zip(queries, labels, strict=True)]

    return decide


def _labelled(query: Query, label: str | None) -> Answer:
    if label is None:
        return Answer(
            query.id, "", error="No other labelled example is left to answer from; label more."
        )
    return Answer(query.id, label, label=label)
