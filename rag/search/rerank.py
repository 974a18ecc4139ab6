"""Sort the best passages anew with a cross-encoder, which reads question and passage together.

It is slower than either way of searching (one pass through the model a passage) and better where
it was trained on such texts, so it is optional (`retrieval.rerank`) and sees only the best few.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from ladder.errors import ModelError
from ladder.models.references import parse_reference

__all__ = ["RERANKED", "CrossEncoderReranker", "Reranker", "load_reranker"]

RERANKED = 30
"""How many of the best passages are sorted anew, at least."""
_BATCH = 16
_LOADED: dict[str, CrossEncoderReranker] = {}
_LOADING = threading.Lock()


class Reranker(Protocol):
    """Says how well passages answer a question."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return one number a text; the higher, the better it answers."""
        ...


class CrossEncoderReranker:
    """A cross-encoder of sentence-transformers; safe to call from threads."""

    def __init__(self, model: Any) -> None:
        self._model, self._lock = model, threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the model's number for each text with the question."""
        if not texts:
            return []
        pairs = [(question, text) for text in texts]
        with self._lock:
            found = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return [float(value) for value in found]


def load_reranker(reference: str) -> CrossEncoderReranker:
    """Return the cross-encoder that a reference names (`path:` or `hf:`); loaded once.

    Raises:
        ModelError: it cannot be had here, or is not a cross-encoder with one output.
    """
    parsed = parse_reference(reference)
    if parsed.kind not in ("hf", "path"):
        raise ModelError(
            f"{reference} does not sort passages; give a cross-encoder as path:DIR or hf:ORG/NAME."
        )
    with _LOADING:
        if str(parsed) not in _LOADED:
            _LOADED[str(parsed)] = CrossEncoderReranker(_load(reference))
        return _LOADED[str(parsed)]


def _load(reference: str) -> Any:
    from ladder.models.hardware import threads
    from ladder.models.places import locate
    from ladder.models.quiet import quiet

    folder = locate(parse_reference(reference)).folder
    with quiet():
        import torch
        from sentence_transformers import CrossEncoder

        torch.set_num_threads(threads())
        try:
            model = CrossEncoder(str(folder), local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"{reference} cannot be loaded as a cross-encoder; its folder may be incomplete."
            ) from error
    if model.config.num_labels != 1:
        raise ModelError(
            f"{reference} has {model.config.num_labels} outputs, and a cross-encoder that sorts "
            "passages has one; choose another."
        )
    return model
