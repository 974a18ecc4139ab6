"""Models that stand in for loaded ones: while a test runs, or the model is still in training.

Nothing but this process reaches them by a reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from ladder.models.classifier import Classifier
    from ladder.models.generation import Generator

__all__ = ["ANY", "classifier", "embedder", "generator", "standing_in"]

T = TypeVar("T")

ANY = "*"
"""The key of a stand-in for every reference."""

_GENERATORS: dict[str, Generator] = {}
_EMBEDDERS: dict[str, Embeddings] = {}
_CLASSIFIERS: dict[str, Classifier] = {}


@contextmanager
def standing_in(
    generators: Mapping[str, Generator] | None = None,
    embedders: Mapping[str, Embeddings] | None = None,
    classifiers: Mapping[str, Classifier] | None = None,
) -> Iterator[None]:
    """Let these models, by reference or `ANY`, be what the loaders return in this process."""
    before = dict(_GENERATORS), dict(_EMBEDDERS), dict(_CLASSIFIERS)
    _GENERATORS.update(generators or {})
    _EMBEDDERS.update(embedders or {})
    _CLASSIFIERS.update(classifiers or {})
    try:
        yield
    finally:
        _put_back(_GENERATORS, before[0])
        _put_back(_EMBEDDERS, before[1])
        _put_back(_CLASSIFIERS, before[2])


def generator(reference: str) -> Generator | None:
    """Return the generator that stands in for a reference, if one does."""
    return _GENERATORS.get(reference, _GENERATORS.get(ANY))


def embedder(reference: str) -> Embeddings | None:
    """Return the embedder that stands in for a reference, if one does."""
    return _EMBEDDERS.get(reference, _EMBEDDERS.get(ANY))


def classifier(reference: str) -> Classifier | None:
    """Return the classifier that stands in for a reference, if one does."""
    return _CLASSIFIERS.get(reference)


def _put_back(there: dict[str, T], kept: dict[str, T]) -> None:
    there.clear()
    there.update(kept)
