"""`FaissStore`: texts found by the cosine of their embeddings, exactly, in memory or on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from ladder.files import content_hash
from rag.store.contents import Contents
from rag.store.filters import Filter
from rag.store.fingerprint import Fingerprint, fingerprint_of
from rag.store.on_disk import read_store, write_store
from rag.store.rows import document, rows_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FaissStore"]


class FaissStore(VectorStore):
    """Texts found by the cosine of their embeddings, exactly.

    Adding a text under an id that is there replaces it. A filter is applied before the search,
    so that `k` results come back if `k` texts pass it. Many threads may search while one changes
    the store.

    Args:
        embedding: makes the vectors; they are brought to unit length here.
        fingerprint: the embedder's revision, where it does not say it itself; a store is only
            opened with the embedder that made it.
    """

    def __init__(self, embedding: Embeddings, fingerprint: str | None = None) -> None:
        self._embedding = embedding
        self._revision = fingerprint
        self._contents = Contents()
        self.about: dict[str, Any] = {}
        """What the manifest says, as it was last loaded or saved."""
        self.generation: Path | None = None
        """The folder that it was loaded from or saved to, with what was kept beside it."""

    def __len__(self) -> int:
        return len(self._contents)

    @property
    def embeddings(self) -> Embeddings:
        """Return the embedder."""
        return self._embedding

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Embed texts and add them; return their ids, new ones where none are given.

        Raises:
            InputError: metadata cannot be written as JSON, or the lists differ in length.
            ProjectError: the store would hold more than 200,000 texts.
        """
        texts = list(texts)
        return self._put(texts, lambda: self._embedding.embed_documents(texts), metadatas, ids)

    def add_vectors(
        self,
        texts: Sequence[str],
        vectors: Sequence[Sequence[float]] | NDArray[np.float32],
        metadatas: Sequence[dict[str, Any]] | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[str]:
        """Add texts whose vectors are known; return their ids."""
        return self._put(texts, lambda: vectors, metadatas, ids)

    def upsert(
        self,
        texts: Sequence[str],
        metadatas: Sequence[dict[str, Any]] | None = None,
        ids: Sequence[str] | None = None,
        embed: Callable[[list[str]], Any] | None = None,
    ) -> int:
        """Bring texts up to date, and embed only those whose content is new to the store.

        A text that stands under its id already only takes on its new metadata; one that stands
        under another id lends its vector. What is there under other ids stays.

        Args:
            texts: the texts.
            metadatas: one dict a text.
            ids: one a text; without them a text and its metadata name themselves.
            embed: makes the vectors of texts, one a row; by default the embedder does.

        Returns:
            How many texts were embedded.
        """
        if ids is None:
            told = metadatas or [{}] * len(texts)
            ids = [content_hash(list(each)) for each in zip(texts, told, strict=True)]
        last = {row[0]: row for row in rows_of(texts, metadatas, ids)}
        return self._contents.bring(list(last.values()), embed or self._embedding.embed_documents)

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the different ones of these texts that `upsert` would embed."""
        return self._contents.missing(texts)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete texts by id, or all of them; ids that are not there are passed over."""
        self._contents.remove(ids)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return the texts of ids, in their order; unknown ones are passed over."""
        return [document(*row) for row in self._contents.by_id(ids)]

    def ids(self) -> list[str]:
        """Return all ids, in the order in which the texts were added."""
        return list(self._contents.ids())

    def texts(self) -> list[str]:
        """Return all texts, in the order of `ids`."""
        return self._contents.texts()

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of ids, one a row.

        Raises:
            KeyError: an id is not there.
        """
        return self._contents.vectors(ids)

    def mask(self, filter: Filter | None) -> NDArray[np.bool_]:
        """Return for every text, in the order of `ids`, whether it passes a filter."""
        return self._contents.mask(filter)

    def cosines(
        self, query: str | Sequence[float] | NDArray[np.float32]
    ) -> tuple[Sequence[str], NDArray[np.float32]]:
        """Return all ids, and the cosine of every text with the query in the same order.

        The vectors are not copied for it.

        Args:
            query: a text, its vector, or vectors of several, one a row; then the cosines are
                one row a query too.
        """
        import numpy as np

        vectors = self._embedding.embed_query(query) if isinstance(query, str) else query
        ids, found = self._contents.cosines(vectors)
        return ids, found if np.ndim(vectors) == 2 else found[0]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the `k` texts most like the query; see `similarity_search_with_score`."""
        return [found for found, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return the `k` texts most like the query with their cosines, the most like first.

        Args:
            query: what is looked for.
            k: how many texts.
            filter: what a text's metadata must be: a value, or a list of which it must be any;
                or a function that takes the `Document`. Applied before the search.
            kwargs: `fetch_k` is taken, and not needed.

        Raises:
            TypeError: another keyword is given, which would be passed over.
        """
        vector = self._embedding.embed_query(query)
        return self.similarity_search_with_score_by_vector(vector, k, filter, **kwargs)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, **kwargs: Any
    ) -> list[Document]:
        """Return the `k` texts most like a vector."""
        found = self.similarity_search_with_score_by_vector(embedding, k, **kwargs)
        return [each for each, _ in found]

    def similarity_search_with_score_by_vector(
        self,
        embedding: Sequence[float],
        k: int = 4,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[tuple[Document, float]]:
        """Return the `k` texts most like a vector with their cosines, the most like first."""
        _refuse(kwargs)
        found = self._contents.nearest(embedding, k, filter)
        return [(document(*row), score) for row, score in found]

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return `k` texts that are like the query and unlike each other."""
        vector = self._embedding.embed_query(query)
        return self.max_marginal_relevance_search_by_vector(
            vector, k, fetch_k, lambda_mult, **kwargs
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Return `k` of the `fetch_k` texts most like a vector, chosen to be unlike each other.

        `lambda_mult` is 1 for the most like the vector, 0 for the most different.
        """
        _refuse(kwargs)
        found = self._contents.diverse(embedding, k, fetch_k, lambda_mult, filter)
        return [document(*row) for row in found]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        """Return what makes a cosine a relevance from 0 to 1: itself, and 0 below it."""
        return lambda cosine: min(max(cosine, 0.0), 1.0)

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        fingerprint: str | None = None,
        **kwargs: Any,
    ) -> FaissStore:
        """Return a store of these texts, in memory."""
        store = cls(embedding, fingerprint)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def save(
        self,
        folder: str | Path,
        about: Mapping[str, Any] | None = None,
        beside: Callable[[Path], None] | None = None,
    ) -> Path:
        """Write the store as a new generation of `folder` and take that into use.

        Args:
            folder: the store's folder; older generations but the last are removed from it.
            about: plain data to keep in the manifest.
            beside: writes further files into the generation's folder, which it is given; they
                are checked and swapped together with the store's own.

        Returns:
            The generation's folder.

        Raises:
            StorageError: it cannot be written; the old generation stays in use.
            ProjectError: the folder's store was saved by someone else since this one was loaded
                from it.
        """
        self.generation, self.about = write_store(
            Path(folder), self._contents, self._made_by, about or {}, beside, self.generation
        )
        return self.generation

    @classmethod
    def load(
        cls, folder: str | Path, embedding: Embeddings, fingerprint: str | None = None
    ) -> FaissStore:
        """Open the generation in use.

        Raises:
            ProjectError: there is none, another embedder made it, or its files are not those
                that were written.
        """
        store = cls(embedding, fingerprint)
        store.generation, store.about, store._contents = read_store(
            Path(folder), lambda: store._made_by
        )
        return store

    @cached_property
    def _made_by(self) -> Fingerprint:
        """The embedder's fingerprint; one text is embedded for it, once a store."""
        return fingerprint_of(self._embedding, self._revision)

    def _put(
        self,
        texts: Sequence[str],
        embed: Callable[[], Any],
        metadatas: Sequence[dict[str, Any]] | None,
        ids: Sequence[str | None] | None,
    ) -> list[str]:
        rows = rows_of(texts, metadatas, ids)
        self._contents.put(rows, embed)
        return [id for id, _, _ in rows]


def _refuse(kwargs: Mapping[str, Any]) -> None:
    """Refuse what a search would pass over, as a misspelled filter."""
    unknown = [name for name in kwargs if name != "fetch_k"]
    if unknown:
        raise TypeError(f"FaissStore's search has no argument {unknown[0]!r}; filter= is one.")
