"""Unit vectors in an exact flat FAISS index, in rows that keep the order of their adding."""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError, ProjectError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Vectors", "unit"]

_HEADER = struct.Struct("<4siqqqBiQ")
"""Kind, dimension, rows, twice a constant, trained, metric, and how many numbers follow."""
_KIND = b"IxFI"
"""FAISS's mark of an `IndexFlatIP`."""
_LIMITS = threading.Lock()
"""FAISS's limits on what it reads are one for the process."""


class Vectors:
    """The vectors of a store. Row `i` here is row `i` of its texts."""

    def __init__(self) -> None:
        self._index: Any = None

    def __len__(self) -> int:
        return 0 if self._index is None else int(self._index.ntotal)

    @property
    def dimension(self) -> int | None:
        """Return how many numbers a vector has; None before the first."""
        return None if self._index is None else int(self._index.d)

    def rows(self) -> NDArray[np.float32]:
        """Return all vectors, one a row: a view of FAISS's own memory, not a copy.

        It holds until the next change.
        """
        import faiss
        import numpy as np

        if not len(self):
            return np.zeros((0, self.dimension or 0), dtype=np.float32)
        flat: NDArray[np.float32] = faiss.rev_swig_ptr(
            self._index.get_xb(), len(self) * self._index.d
        )
        return flat.reshape(len(self), -1)

    def check(self, vectors: NDArray[np.float32]) -> None:
        """Refuse vectors of another dimension than those that are here.

        Raises:
            InputError: they have another one.
        """
        if self.dimension is not None and len(self) and vectors.shape[1] != self.dimension:
            raise InputError(
                f"A vector of {vectors.shape[1]} numbers does not fit this store, whose vectors "
                f"have {self.dimension}; use the embedding model that made the store."
            )

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Add unit vectors as further rows."""
        import faiss

        self.check(vectors)
        if self._index is None or not len(self):
            self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Remove rows; those after them move up."""
        if len(rows):
            self._index.remove_ids(rows)

    def search(
        self, vector: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the `k` rows nearest to a unit vector with their cosines, nearest first.

        Args:
            vector: one row.
            k: how many.
            mask: the rows that may be found; FAISS passes over the others while it searches.
        """
        import faiss
        import numpy as np

        k = min(k, len(self) if mask is None else int(mask.sum()))
        if k < 1:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        self.check(vector)
        settings = None
        if mask is not None:
            make: Any = faiss.SearchParameters
            bits: Any = np.packbits(mask, bitorder="little")
            chosen: Any = faiss.IDSelectorBitmap
            settings = make(sel=chosen(bits))
        scores, rows = self._index.search(vector, k, params=settings)
        return rows[0], scores[0]

    def write(self, path: Path) -> None:
        """Write them as a FAISS file.

        Raises:
            StorageError: the file could not be written whole.
        """
        import faiss

        size = _HEADER.size + 4 * len(self) * (self.dimension or 0)
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as error:
            raise StorageError(_UNWRITTEN.format(path)) from error
        if path.stat().st_size != size:
            raise StorageError(_UNWRITTEN.format(path))

    @classmethod
    def read(cls, path: Path, count: int) -> Vectors:
        """Read a FAISS file, if it is exactly what `write` writes for `count` vectors.

        FAISS reads many kinds of index, and believes the sizes that a file gives; so the header
        is checked here against the file's size first, and FAISS is told to read no more.

        Raises:
            ProjectError: it is anything else.
        """
        import faiss

        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or head[:4] != _KIND:
            raise ProjectError(f"{path.name} is not an exact FAISS index of inner products")
        _, dimension, rows, _, _, trained, metric, numbers = _HEADER.unpack(head)
        whole = (trained, metric, rows, numbers) == (1, 0, count, count * dimension)
        if not whole or dimension < 1 or size != _HEADER.size + 4 * numbers:
            raise ProjectError(f"{path.name} does not hold {count} vectors")
        found = cls()
        with _LIMITS:
            before = faiss.get_deserialization_vector_byte_limit()
            faiss.set_deserialization_vector_byte_limit(size)
            try:
                found._index = faiss.read_index(str(path))
            except RuntimeError as error:
                raise ProjectError(f"{path.name} cannot be read by FAISS") from error
            finally:
                faiss.set_deserialization_vector_byte_limit(before)
        return found


def unit(vectors: Any) -> NDArray[np.float32]:
    """Return vectors at unit length, one a row, as FAISS takes them.

    Raises:
        InputError: they are not rows of finite numbers.
    """
    import numpy as np

    array = np.atleast_2d(np.ascontiguousarray(vectors, dtype=np.float32))
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    if array.ndim != 2 or not np.isfinite(norms).all():
        raise InputError(
            "The embedding model gave vectors with values that are no finite numbers; test the "
            "model on the Models page, or use another one."
        )
    found: NDArray[np.float32] = np.ascontiguousarray(array / np.maximum(norms, 1e-12))
    return found


_UNWRITTEN = (
    "Could not write {} whole; the disk may be full. Free some space and try again; what was "
    "there before is still in use."
)
