"""Local sentence-transformers models as LangChain `Embeddings`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings

from ladder.errors import ModelError
from ladder.files import content_hash, file_hash
from ladder.models.embedding_cache import EmbeddingCache
from ladder.models.hardware import threads
from ladder.models.places import locate
from ladder.models.references import Reference

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

__all__ = ["SentenceEmbedder"]

_BATCH = 32


class SentenceEmbedder(Embeddings):
    """Unit vectors of a sentence-transformers model, in float32; safe to call from threads."""

    def __init__(self, model: Any, cache: EmbeddingCache, model_name: str = "") -> None:
        self.model_name = model_name
        """The reference that it was loaded by."""
        self._model = model
        self._cache = cache
        self._lock = threading.Lock()

    @classmethod
    def load(cls, reference: Reference) -> SentenceEmbedder:
        """Load the model of a bundled, hf or path reference.

        Raises:
            ModelError: it cannot be had here, or does not embed.
        """
        from ladder.models.quiet import quiet
        from ladder.project import home

        folder = locate(reference).folder
        if not (folder / "modules.json").is_file():
            raise ModelError(
                f"{reference} has no modules.json; give a model in the format of "
                "sentence-transformers."
            )
        with quiet():
            import torch
            from sentence_transformers import SentenceTransformer

            torch.set_num_threads(threads())
            try:
                model = SentenceTransformer(
                    str(folder), local_files_only=True, trust_remote_code=False
                )
            except (OSError, ValueError, KeyError, RuntimeError) as error:
                raise ModelError(
                    f"{reference} cannot be loaded as an embedder; its folder may be incomplete."
                ) from error
        cache = EmbeddingCache(home() / "cache" / "embeddings.sqlite", _fingerprint(folder))
        return cls(model.eval(), cache, str(reference))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the vectors of texts; those seen before come from the disk."""
        vectors: list[list[float]] = self.embed_array(texts).tolist()
        return vectors

    def embed_array(self, texts: Sequence[str]) -> NDArray[numpy.float32]:
        """Return the vectors of texts, one a row; those seen before come from the disk."""
        import numpy

        different = list(dict.fromkeys(texts))
        vectors = self._cache.get(different)
        missing = [text for text in different if text not in vectors]
        if missing:
            new = self._compute(missing)
            self._cache.put(zip(missing, new, strict=True))
            if len(missing) == len(texts):  # all are new and none is given twice
                return new
            vectors |= dict(zip(missing, new, strict=True))
        rows = [vectors[text] for text in texts]
        return numpy.stack(rows) if rows else numpy.zeros((0, 0), dtype=numpy.float32)

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a text, computed every time."""
        vector: list[float] = self._compute([text])[0].tolist()
        return vector

    @property
    def fingerprint(self) -> str:
        """Return what decides the vectors: the content of the model's files."""
        return self._cache.model

    @property
    def max_tokens(self) -> int:
        """Return the longest text that is read, in tokens, without the two that frame it."""
        return int(self._model.max_seq_length) - 2

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return the first and the last character (exclusive) of each token of a text."""
        offsets: list[tuple[int, int]]
        offsets = self._counter.encode(text, add_special_tokens=False).offsets
        return offsets

    @cached_property
    def _counter(self) -> Any:
        """The model's tokenizer once more: encoding cuts texts off by changing its own."""
        from tokenizers import Tokenizer

        counter = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        counter.no_truncation()
        counter.no_padding()
        return counter

    def _compute(self, texts: list[str]) -> NDArray[numpy.float32]:
        with self._lock:
            vectors: NDArray[numpy.float32] = self._model.encode(
                texts,
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return vectors


def _fingerprint(folder: Path) -> str:
    """Return what decides a model's vectors: the content of its files."""
    files = sorted(file for file in folder.rglob("*") if file.suffix in (".json", ".safetensors"))
    return content_hash([[str(file.relative_to(folder)), file_hash(file)] for file in files])
