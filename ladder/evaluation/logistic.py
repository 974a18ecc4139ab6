"""Logistic regression on text embeddings, with cross-fitting where examples are few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from ladder.project.task import Example

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FOLDS", "INVERSE_REGULARISATION", "Logistic", "folds_of"]

FOLDS = 5

INVERSE_REGULARISATION = 10.0
"""Inverse regularisation. Embeddings have length 1, so that scikit-learn's 1.0, meant for
features of variance 1, holds the weights too small (our assumption, the same for all tasks)."""


class Logistic:
    """A linear classifier over embeddings.

    Args:
        pool: the labelled examples to fit.
        vectors: their unit vectors, one a row.
        cross_fit: answer each example of the pool by a model fitted on the other folds, so that
            nobody is asked about what it learned.
    """

    def __init__(
        self, pool: Sequence[Example], vectors: NDArray[np.float32], *, cross_fit: bool
    ) -> None:
        self._labels = [example.output or "" for example in pool]
        self._vectors = vectors
        self._fold: dict[str, int] = {}
        if cross_fit:
            self._fold = dict(zip((e.id for e in pool), folds_of(pool), strict=True))
        self._models: dict[int | None, Any] = {}
        folds: set[int | None] = {*self._fold.values()} if cross_fit else {None}
        for fold in folds:
            self._model(fold)  # fitted now, so that no answer's seconds hold the fitting

    def predict(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> list[str | None]:
        """Return a label per query; None where no example is left to learn from."""
        places: dict[int | None, list[int]] = defaultdict(list)
        for place, id in enumerate(ids):
            places[self._fold.get(id)].append(place)
        labels: list[str | None] = [None] * len(ids)
        for fold, group in places.items():
            for place, label in zip(group, self._labels_by(fold, vectors[group]), strict=True):
                labels[place] = label
        return labels

    def _labels_by(self, fold: int | None, vectors: NDArray[np.float32]) -> Sequence[str | None]:
        model = self._model(fold)
        if model is None or isinstance(model, str):
            return [model] * len(vectors)
        return [str(label) for label in model.predict(vectors)]

    def _model(self, fold: int | None) -> Any:
        """Return the model fitted without `fold`, or the only label that is left, or None."""
        if fold not in self._models:
            self._models[fold] = self._fit(fold)
        return self._models[fold]

    def _fit(self, fold: int | None) -> Any:
        from sklearn.linear_model import LogisticRegression

        outside = list(self._fold.values()) if fold is not None else []
        keep = [i for i in range(len(self._labels)) if fold is None or outside[i] != fold]
        labels = [self._labels[i] for i in keep]
        if len(set(labels)) < 2:
            return labels[0] if labels else None
        return LogisticRegression(C=INVERSE_REGULARISATION, max_iter=1000).fit(
            self._vectors[keep], labels
        )


def folds_of(pool: Sequence[Example], count: int = FOLDS, seed: int = 0) -> list[int]:
    """Return a fold per example: labels spread evenly, texts equal after folding kept together."""
    from ladder.project.near_duplicates import normalised

    by_text: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(pool):
        by_text[normalised(example.input)].append(place)
    together = sorted(by_text.values(), key=lambda places: pool[places[0]].id)
    Random(seed).shuffle(together)
    together.sort(key=lambda places: pool[places[0]].output or "")
    folds = [0] * len(pool)
    for turn, places in enumerate(together):
        for place in places:
            folds[place] = turn % count
    return folds
