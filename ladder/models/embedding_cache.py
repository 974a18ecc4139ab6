"""Vectors kept on disk by the content of model and text; any number of processes at once."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

__all__ = ["EmbeddingCache"]

_SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
_WAIT = 30.0
"""Seconds to wait for another process that writes."""
_AT_ONCE = 500
"""Keys per question; SQLite takes a bounded number."""


class EmbeddingCache:
    """A SQLite file of float32 vectors.

    It only saves time: where it cannot be read or written (a read-only workspace, a full
    disk), nothing is kept and every vector is computed.
    """

    def __init__(self, file: Path, model: str) -> None:
        self._file = file
        self._model = model

    def get(self, texts: Sequence[str]) -> dict[str, NDArray[numpy.float32]]:
        """Return the vectors that are kept, by text."""
        import numpy

        keys = {self._key(text): text for text in texts}
        wanted = list(keys)
        found: dict[str, NDArray[numpy.float32]] = {}
        with suppress(OSError, sqlite3.Error), closing(self._open()) as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                rows = connection.execute(
                    f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part
                )
                for key, vector in rows:
                    found[keys[key]] = numpy.frombuffer(vector, dtype="<f4")
        return found

    def put(self, vectors: Iterable[tuple[str, NDArray[numpy.float32]]]) -> None:
        """Keep vectors by text."""
        rows = [(self._key(text), vector.astype("<f4").tobytes()) for text, vector in vectors]
        with suppress(OSError, sqlite3.Error), closing(self._open()) as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._model}\0{text}".encode("utf-8", "replace")).digest()

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._file, timeout=_WAIT)
        try:
            connection.execute(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection
