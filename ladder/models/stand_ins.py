"""Models that stand in for loaded ones while a test runs; no reference reaches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from ladder.models.generation import Generator

__all__ = ["ANY", "embedder", "generator", "standing_in"]

ANY = "*"
"""The key of a stand-in for every reference."""

_GENERATORS: dict[str, Generator] = {}
_EMBEDDERS: dict[str, Embeddings] = {}


@contextmanager
def standing_in(
    generators: Mapping[str, Generator] | None = None,
    embedders: Mapping[str, Embeddings] | None = None,
) -> Iterator[None]:
    """Let these models, by reference or `ANY`, be what the loaders return in this process."""
    generators_before, embedders_before = dict(_GENERATORS), dict(_EMBEDDERS)
    _GENERATORS.update(generators or {})
    _EMBEDDERS.update(embedders or {})
    try:
        yield
    finally:
        _GENERATORS.clear()
        _GENERATORS.update(generators_before)
        _EMBEDDERS.clear()
        _EMBEDDERS.update(embedders_before)


def generator(reference: str) -> Generator | None:
    """Return the generator that stands in for a reference, if one does."""
    return _GENERATORS.get(reference, _GENERATORS.get(ANY))


def embedder(reference: str) -> Embeddings | None:
    """Return the embedder that stands in for a reference, if one does."""
    return _EMBEDDERS.get(reference, _EMBEDDERS.get(ANY))
