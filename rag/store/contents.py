"""What a store holds: texts and their vectors, row by row, safe to read while one writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError, ProjectError
from rag.store.filters import Columns, Filter
from rag.store.guard import Guard
from rag.store.rows import Row, text_hash
from rag.store.texts import Texts
from rag.store.vectors import Vectors, unit

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LIMIT", "Contents"]

LIMIT = 200_000
"""The most texts: beyond it an exact search takes longer than a tenth of a second."""
VECTORS = "vectors.faiss"
TEXTS = "texts.sqlite"


class Contents:
    """Rows of id, text, metadata and unit vector, in the order of their adding."""

    def __init__(self, texts: Texts | None = None, vectors: Vectors | None = None) -> None:
        self._vectors = vectors or Vectors()
        self._texts = texts or Texts()
        self._columns = Columns(self._texts)
        self._ids: tuple[str, ...] | None = None
        self._guard = Guard()

    @classmethod
    def read(cls, generation: Path, count: int) -> Contents:
        """Read what `write` wrote.

        Raises:
            ProjectError: the files are something else, or do not belong together.
        """
        texts = Texts.read(generation / TEXTS, count)
        return cls(texts, Vectors.read(generation / VECTORS, count) if count else None)

    def write(self, generation: Path) -> tuple[int, int | None]:
        """Write the files; return how many rows, and how many numbers a vector has."""
        with self._guard.reading():
            self._texts.write(generation / TEXTS)
            if len(self._vectors):
                self._vectors.write(generation / VECTORS)
            return len(self._texts), self._vectors.dimension

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, rows: Sequence[Row], embed: Callable[[], Any]) -> None:
        """Add rows with their vectors; those whose ids are here are replaced.

        Raises:
            ProjectError: there would be more than `LIMIT` rows; nothing is embedded then.
            InputError: the vectors are not one a row, or of another dimension.
        """
        with self._guard.one_writer:
            self._room(rows)
            if rows:
                self._put(rows, unit(embed()))

    def bring(self, rows: Sequence[Row], embed: Callable[[list[str]], Any]) -> int:
        """Bring rows up to date; embed only texts that are new, and return how many."""
        with self._guard.one_writer:
            self._room(rows)
            there = self._texts.by_id(row[0] for row in rows)
            new = [row for row in rows if row[0] not in there or there[row[0]][1] != row[1]]
            told = [row for row in rows if row[0] in there and there[row[0]][1] == row[1]]
            lacking = self.missing([text for _, text, _ in new])
            made: Any = unit(embed(lacking)) if lacking else []
            if len(made) != len(lacking):
                raise InputError(f"{len(lacking)} texts were embedded to {len(made)} vectors.")
            if new:
                self._put(new, self._with_known(new, dict(zip(lacking, made, strict=True))))
            changed = [(id, data) for id, _, data in told if there[id][2] != data]
            if changed:
                with self._guard.writing():
                    self._texts.set_metadata(changed)
                    self._forget()
        return len(lacking)

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the different ones of these texts whose vectors are not here."""
        hashes = {text: text_hash(text) for text in texts}
        with self._guard.reading():
            known = self._texts.places_by_hash(hashes.values())
        return [text for text, hash in hashes.items() if hash not in known]

    def remove(self, ids: Sequence[str] | None) -> None:
        """Remove the rows of ids, or all."""
        with self._guard.writing():
            places = self._texts.places(self._texts.ids() if ids is None else ids)
            if places:
                self._vectors.remove(self._texts.remove(list(places.values())))
                self._forget()

    def by_id(self, ids: Sequence[str]) -> list[Row]:
        """Return the rows of those ids that are here, in their order."""
        with self._guard.reading():
            rows = self._texts.by_id(ids)
        return [rows[id] for id in ids if id in rows]

    def ids(self) -> tuple[str, ...]:
        """Return all ids in order; the same object until something changes."""
        with self._guard.reading():
            if self._ids is None:
                self._ids = self._texts.ids()
            return self._ids

    def texts(self) -> list[str]:
        """Return all texts in order."""
        with self._guard.reading():
            return list(self._texts.texts())

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of ids, one a row."""
        with self._guard.reading():
            places = self._texts.places(ids)
            found: NDArray[np.float32] = self._vectors.rows()[[places[id] for id in ids]]
            return found

    def mask(self, filter: Filter | None) -> NDArray[np.bool_]:
        """Return for every row whether it passes a filter."""
        import numpy as np

        with self._guard.reading():
            mask = self._columns.mask(filter)
            return np.ones(len(self), dtype=bool) if mask is None else mask

    def cosines(self, vectors: Any) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Return all ids, and the cosines of all rows with some vectors, one row a vector."""
        import numpy as np

        wanted = unit(vectors)
        with self._guard.reading():
            rows = self._vectors.rows()
            if not len(rows):
                return self.ids(), np.zeros((len(wanted), 0), dtype=np.float32)
            self._vectors.check(wanted)
            return self.ids(), wanted @ rows.T

    def nearest(
        self, vector: Sequence[float], k: int, filter: Filter | None
    ) -> list[tuple[Row, float]]:
        """Return the `k` rows nearest to a vector that pass, with their cosines."""
        with self._guard.reading():
            places, scores = self._vectors.search(unit(vector), k, self._columns.mask(filter))
            rows = self._texts.at(places)
        return [(row, float(score)) for row, score in zip(rows, scores, strict=True)]

    def diverse(
        self, vector: Sequence[float], k: int, fetch: int, likeness: float, filter: Filter | None
    ) -> list[Row]:
        """Return `k` of the `fetch` nearest rows by maximal marginal relevance."""
        from langchain_core.vectorstores.utils import maximal_marginal_relevance

        wanted = unit(vector)
        with self._guard.reading():
            mask = self._columns.mask(filter)
            places, _ = self._vectors.search(wanted, max(k, fetch), mask)
            near = list(self._vectors.rows()[places])
            chosen = maximal_marginal_relevance(wanted[0], near, likeness, k) if near else []
            return self._texts.at([int(places[each]) for each in chosen])

    def _put(self, rows: Sequence[Row], vectors: NDArray[np.float32]) -> None:
        if len(vectors) != len(rows):
            raise InputError(
                f"There are {len(vectors)} vectors for {len(rows)} texts; give one for each."
            )
        last = {row[0]: place for place, row in enumerate(rows)}  # of an id given twice, the last
        kept = sorted(last.values())
        with self._guard.writing():
            going = list(self._texts.places(last).values())
            if len(going) < len(self):  # or all go, and the dimension may be another
                self._vectors.check(vectors)
            self._vectors.remove(self._texts.remove(going))
            self._texts.add([rows[place] for place in kept])
            self._vectors.add(vectors[kept] if len(kept) < len(rows) else vectors)
            self._forget()

    def _with_known(
        self, rows: Sequence[Row], made: dict[str, NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Return the vectors of rows: those just made, the others from equal texts here."""
        import numpy as np

        with self._guard.reading():
            places = self._texts.places_by_hash(
                text_hash(text) for _, text, _ in rows if text not in made
            )
            here = self._vectors.rows()
            return np.stack([
                made[text] if text in made else here[places[text_hash(text)]]
                for _, text, _ in rows
            ])  # fmt: skip

    def _room(self, rows: Sequence[Row]) -> None:
        """Refuse more rows than an exact search is made for."""
        ids = {row[0] for row in rows}
        if len(self) + len(ids) <= LIMIT:
            return
        total = len(self) + len(ids) - len(self._texts.places(ids))
        if total > LIMIT:
            raise ProjectError(
                f"That would be {total:,} passages, and an exact search in memory is made for "
                f"{LIMIT:,}. Index fewer documents, or longer passages; or use a vector database, "
                "which LangChain reaches by the same VectorStore interface: Qdrant "
                "(langchain-qdrant), Milvus (langchain-milvus) or pgvector (langchain-postgres)."
            )

    def _forget(self) -> None:
        self._columns.forget()
        self._ids = None
