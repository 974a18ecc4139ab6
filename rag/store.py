"""A vector store on FAISS and SQLite behind LangChain's interface; nothing in it is pickled.

A store on disk is a folder of generations. Each has the vectors (`vectors.faiss`, an exact flat
index), the texts with their metadata (`texts.sqlite`) and a manifest with the sha256 of both. A
new generation is written beside the old one and taken into use by renaming one small file, so a
reader sees the old store or the new one, and a crash leaves the old.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from ladder.errors import ProjectError
from ladder.files import file_hash, read_json, storage_errors, write_json, write_text
from ladder.project.index_state import CURRENT, MANIFEST, current_generation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FaissStore"]

Filter = Mapping[str, Any] | Callable[[Document], bool]
"""Metadata that a text must have (a value, or a list: any of it), or a function that tells."""
FORMAT = 1
VECTORS = "vectors.faiss"
TEXTS = "texts.sqlite"
_SCHEMA = (
    "CREATE TABLE texts (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, "
    "text TEXT NOT NULL, metadata TEXT NOT NULL)"
)


class FaissStore(VectorStore):
    """Texts found by the cosine of their embeddings, exactly.

    Adding a text under an id that is there replaces it. A filter is applied before the search,
    so that `k` results come back if `k` texts pass it.

    Args:
        embedding: makes the vectors; they are brought to unit length here.
        fingerprint: names the embedder; a store is only opened with the one that made it.
    """

    def __init__(self, embedding: Embeddings, fingerprint: str) -> None:
        self._embedding = embedding
        self._fingerprint = fingerprint
        self._index: Any = None
        self._rows: dict[int, tuple[str, str, dict[str, Any]]] = {}
        self._numbers: dict[str, int] = {}
        self.about: dict[str, Any] = {}
        """What the manifest says besides what the store itself needs."""
        self.generation: Path | None = None
        """The folder that it was loaded from or saved to, with what was kept beside it."""

    def __len__(self) -> int:
        return len(self._rows)

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
        """Embed texts and add them; return their ids, new ones where none are given."""
        texts = list(texts)
        return self.add_vectors(texts, self._embedding.embed_documents(texts), metadatas, ids)

    def add_vectors(
        self,
        texts: Sequence[str],
        vectors: Sequence[Sequence[float]] | NDArray[np.float32],
        metadatas: Sequence[dict[str, Any]] | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[str]:
        """Add texts whose vectors are known; return their ids."""
        import faiss
        import numpy as np

        ids = list(ids) if ids else [secrets.token_hex(8) for _ in texts]
        if not texts:
            return ids
        unit = _unit(vectors)
        last = {id: place for place, id in enumerate(ids)}  # of an id given twice, the last counts
        places = sorted(last.values())
        self.delete([id for id in last if id in self._numbers])
        if self._index is None:
            self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(unit.shape[1]))
        first = max(self._rows, default=-1) + 1
        for number, place in enumerate(places, first):
            metadata = dict(metadatas[place]) if metadatas else {}
            self._rows[number] = (ids[place], texts[place], metadata)
            self._numbers[ids[place]] = number
        self._index.add_with_ids(unit[places], np.arange(first, first + len(places)))
        return ids

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete texts by id, or all of them; ids that are not there are passed over."""
        import numpy as np

        numbers = [
            self._numbers[id] for id in (self._numbers if ids is None else ids)
            if id in self._numbers
        ]  # fmt: skip
        if numbers:
            self._index.remove_ids(np.asarray(numbers, dtype=np.int64))
        for number in numbers:
            self._numbers.pop(self._rows.pop(number)[0], None)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return the texts of ids, in their order; unknown ones are passed over."""
        return [self._document(self._numbers[id]) for id in ids if id in self._numbers]

    def ids(self) -> list[str]:
        """Return all ids, in the order in which the texts were added."""
        return [row[0] for row in self._rows.values()]

    def texts(self) -> list[str]:
        """Return all texts, in the order of `ids`."""
        return [row[1] for row in self._rows.values()]

    def mask(self, filter: Filter | None) -> NDArray[np.bool_]:
        """Return for every row, in the order of `ids`, whether it passes a filter."""
        import numpy as np

        if filter is None:
            return np.ones(len(self), dtype=bool)
        if callable(filter):
            passing: Iterable[bool] = (bool(filter(self._document(n))) for n in self._rows)
        else:
            wanted = {key: _any_of(value) for key, value in filter.items()}
            passing = (
                all(metadata.get(key) in values for key, values in wanted.items())
                for _, _, metadata in self._rows.values()
            )
        return np.fromiter(passing, dtype=bool, count=len(self))

    def cosines(
        self, query: str | Sequence[float] | NDArray[np.float32]
    ) -> tuple[Sequence[str], NDArray[np.float32]]:
        """Return all ids, and the cosine of every text with the query in the same order.

        Args:
            query: a text, its vector, or vectors of several, one a row; then the cosines are
                one row a query too.
        """
        import faiss
        import numpy as np

        vectors = self._embedding.embed_query(query) if isinstance(query, str) else query
        array = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
        if self._index is None or not len(self):
            found = np.zeros((len(array), 0), dtype=np.float32)
        else:
            flat: Any = faiss.downcast_index(self._index.index)
            size = len(self) * self._index.d
            rows = faiss.rev_swig_ptr(flat.get_xb(), size).reshape(len(self), -1)
            found = _unit(array) @ rows.T
        one = isinstance(query, str) or np.ndim(vectors) == 1
        return self.ids(), found[0] if one else found

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of ids, one a row."""
        import numpy as np

        rows = [self._index.reconstruct(self._numbers[id]) for id in ids]
        return np.asarray(rows, dtype=np.float32)

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
            kwargs: nothing; the interface has them.
        """
        import faiss
        import numpy as np

        passing = np.fromiter(self._rows, dtype=np.int64, count=len(self))[self.mask(filter)]
        if not len(passing):
            return []
        settings = None
        if filter:
            chosen = faiss.IDSelectorBatch(passing)
            make: Any = faiss.SearchParameters
            settings = make(sel=chosen)
        vector = _unit([self._embedding.embed_query(query)])
        scores, numbers = self._index.search(vector, min(k, len(passing)), params=settings)
        return [
            (self._document(int(number)), float(score))
            for number, score in zip(numbers[0], scores[0], strict=True)
        ]

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        fingerprint: str = "",
        **kwargs: Any,
    ) -> FaissStore:
        """Return a store of these texts, in memory."""
        store = cls(embedding, fingerprint)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def save(
        self,
        folder: Path,
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
        """
        import faiss

        before = current_generation(folder)
        generation = folder / f"generation-{secrets.token_hex(6)}"
        with storage_errors(folder):
            generation.mkdir(parents=True)
            try:
                if self._index is not None:
                    faiss.write_index(self._index, str(generation / VECTORS))
                self._write_texts(generation / TEXTS)
                if beside is not None:
                    beside(generation)
                self.about = dict(about or {}) | {
                    "format": FORMAT,
                    "fingerprint": self._fingerprint,
                    "count": len(self),
                    "files": _hashes(generation),
                }
                write_json(generation / MANIFEST, self.about)
                write_text(folder / CURRENT, generation.name + "\n")
            except BaseException:
                shutil.rmtree(generation, ignore_errors=True)
                raise
        for old in folder.glob("generation-*"):
            if old not in (before, generation):  # one may still be being read
                shutil.rmtree(old, ignore_errors=True)
        self.generation = generation
        return generation

    @classmethod
    def load(cls, folder: Path, embedding: Embeddings, fingerprint: str) -> FaissStore:
        """Open the generation in use.

        Raises:
            ProjectError: there is none, another embedder made it, or its files are not those
                that were written.
        """
        generation = current_generation(folder)
        if generation is None:
            raise ProjectError("There is no index of the documents yet; make it first.")
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, sqlite3.Error):
            about = read_json(generation / MANIFEST)
            if about["format"] == FORMAT and about["fingerprint"] != fingerprint:
                raise ProjectError(
                    "The index of the documents was made by another embedding model, whose "
                    "vectors mean something else; index the documents again."
                )
            whole = _hashes(generation) == about["files"]
            if about["format"] == FORMAT and TEXTS in about["files"] and whole:
                store = cls(embedding, fingerprint)
                store._read(generation, about)
                store.generation = generation
                return store
        raise ProjectError(
            f"The index of the documents in {folder} is damaged; index the documents again."
        )

    def _read(self, generation: Path, about: dict[str, Any]) -> None:
        import faiss

        place = (generation / TEXTS).as_uri() + "?mode=ro&immutable=1"
        with closing(sqlite3.connect(place, uri=True)) as connection:
            for number, id, text, metadata in connection.execute(
                "SELECT number, id, text, metadata FROM texts ORDER BY number"
            ):
                self._rows[number] = (id, text, json.loads(metadata))
                self._numbers[id] = number
        if self._rows:
            self._index = faiss.read_index(str(generation / VECTORS))
        self.about = about

    def _write_texts(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(_SCHEMA)
            connection.executemany(
                "INSERT INTO texts VALUES (?, ?, ?, ?)",
                (
                    (number, id, text, json.dumps(metadata, ensure_ascii=False))
                    for number, (id, text, metadata) in self._rows.items()
                ),
            )

    def _document(self, number: int) -> Document:
        id, text, metadata = self._rows[number]
        return Document(page_content=text, metadata=dict(metadata), id=id)


def _any_of(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _hashes(generation: Path) -> dict[str, str]:
    """Return the sha256 of every file of a generation but its manifest."""
    return {
        path.relative_to(generation).as_posix(): file_hash(path)
        for path in sorted(generation.rglob("*"))
        if path.is_file() and path != generation / MANIFEST
    }


def _unit(vectors: Any) -> NDArray[np.float32]:
    """Return vectors at unit length, as FAISS takes them."""
    import numpy as np

    array = np.ascontiguousarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.ascontiguousarray(array / np.maximum(norms, 1e-12))
    return unit
