"""Embedders: texts to unit vectors, through LangChain's `Embeddings` interface."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ladder.errors import ModelError
from ladder.models import stand_ins
from ladder.models.references import BUNDLED_GENERATOR, parse_reference

if TYPE_CHECKING:
    import numpy
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

__all__ = ["CountsTokens", "GivesArrays", "embed_texts", "load_embedder", "vectors_of"]


@runtime_checkable
class CountsTokens(Protocol):
    """An embedder that says what it reads: needed to cut documents into what it can see."""

    fingerprint: str
    """What decides its vectors; two embedders with one fingerprint are interchangeable."""
    max_tokens: int
    """The longest text it reads, in tokens; what comes after is not seen."""

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the first and the last character (exclusive) of each token of a text."""
        ...


@runtime_checkable
class GivesArrays(Protocol):
    """An embedder that gives its vectors as they are computed, not as lists of numbers."""

    def embed_array(self, texts: Sequence[str]) -> NDArray[numpy.float32]:
        """Return the vectors of texts, one a row."""
        ...


_LOADED: dict[str, Embeddings] = {}
_LOADING = threading.Lock()


def load_embedder(reference: str) -> Embeddings:
    """Return the embedder that a reference names; the same one for the same reference.

    `embed_documents` keeps its vectors on disk under `LADDER_HOME/cache`; `embed_query`
    computes every time, so that it can be timed.

    Raises:
        ModelError: the reference cannot be had, or names a model that does not embed.
    """
    if (stand_in := stand_ins.embedder(reference)) is not None:
        return stand_in
    parsed = parse_reference(reference)
    if parsed.kind not in ("bundled", "hf", "path") or parsed.name == BUNDLED_GENERATOR:
        from ladder.models.catalogue import can_be_had

        raise ModelError(f"{reference} does not embed texts; {can_be_had('embedder')}")
    with _LOADING:
        if str(parsed) not in _LOADED:
            from ladder.models.sentence_embedder import SentenceEmbedder

            _LOADED[str(parsed)] = SentenceEmbedder.load(parsed)
        return _LOADED[str(parsed)]


def embed_texts(reference: str, texts: Sequence[str]) -> NDArray[numpy.float32]:
    """Return the unit vectors of texts as an array of shape (texts, dimensions).

    Raises:
        ModelError: see `load_embedder`.
    """
    import numpy

    if not texts:
        return numpy.zeros((0, 0), dtype=numpy.float32)
    array = vectors_of(load_embedder(reference), texts)
    norms = numpy.linalg.norm(array, axis=1, keepdims=True)
    unit: NDArray[numpy.float32] = array / numpy.maximum(norms, 1e-12)
    return unit


def vectors_of(embedder: Embeddings, texts: Sequence[str]) -> NDArray[numpy.float32]:
    """Return the vectors of texts as an array, in the quickest way that the embedder has."""
    import numpy

    if isinstance(embedder, GivesArrays):
        return embedder.embed_array(texts)
    return numpy.asarray(embedder.embed_documents(list(texts)), dtype=numpy.float32)
