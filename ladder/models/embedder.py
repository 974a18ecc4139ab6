"""Embedders: texts to unit vectors, through LangChain's `Embeddings` interface."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ladder.errors import ModelError
from ladder.models import stand_ins
from ladder.models.references import BUNDLED_GENERATOR, parse_reference

if TYPE_CHECKING:
    import numpy
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

__all__ = ["embed_texts", "load_embedder"]

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
    vectors = load_embedder(reference).embed_documents(list(texts))
    array = numpy.asarray(vectors, dtype=numpy.float32)
    norms = numpy.linalg.norm(array, axis=1, keepdims=True)
    unit: NDArray[numpy.float32] = array / numpy.maximum(norms, 1e-12)
    return unit
