"""The texts of a store with their ids and metadata, in SQLite: on the disk, not in memory.

Every row has a number; numbers grow, and their order is the order of the vectors. A store that
was loaded reads the database of its generation and changes nothing there; the first change moves
it to a temporary database of its own, which nobody else sees and which goes with the process.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError, ProjectError, StorageError
from rag.store.rows import Row, text_hash

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Texts"]

_TABLE = (
    "CREATE TABLE texts (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, "
    "hash BLOB NOT NULL, metadata TEXT NOT NULL, text TEXT NOT NULL)"
)
_BY_HASH = "CREATE INDEX texts_by_hash ON texts (hash)"
_APPLICATION = 0x4C616464
"""Marks the database as one of a store."""
_AT_ONCE = 1000


class Texts:
    """Rows of id, text and metadata, in the order of their numbers."""

    numbers: NDArray[np.int64]
    """The number of every row, growing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._use(_temporary(), own=True)

    @classmethod
    def read(cls, path: Path, count: int) -> Texts:
        """Open the database of a generation.

        Raises:
            ProjectError: it is not one, or does not hold `count` texts.
        """
        found = cls.__new__(cls)
        found._lock = threading.Lock()
        place = path.absolute().as_uri() + "?mode=ro&immutable=1"
        try:
            connection = sqlite3.connect(place, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise ProjectError(f"{path.name} cannot be opened") from error
        try:
            for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
                connection.execute(f"PRAGMA {pragma}")
            made = [row[0] for row in connection.execute(_SCHEMA)]
            mark = connection.execute("PRAGMA application_id").fetchone()[0]
            if (made, mark) != ([_BY_HASH, _TABLE], _APPLICATION):
                raise ProjectError(f"{path.name} is another kind of database")
            found._use(connection, own=False)
            if len(found.numbers) != count:
                raise ProjectError(f"{path.name} does not hold {count} texts")
        except sqlite3.Error as error:
            connection.close()
            raise ProjectError(f"{path.name} is not a database that can be read") from error
        except ProjectError:
            connection.close()
            raise
        return found

    def __len__(self) -> int:
        return len(self.numbers)

    def ids(self) -> tuple[str, ...]:
        """Return all ids in order."""
        return tuple(id for (id,) in self._scan("id"))

    def texts(self) -> Iterator[str]:
        """Yield all texts in order."""
        return (text for (text,) in self._scan("text"))

    def metadata(self) -> Iterator[dict[str, Any]]:
        """Yield the metadata of all texts in order."""
        return (json.loads(metadata) for (metadata,) in self._scan("metadata"))

    def rows(self) -> Iterator[Row]:
        """Yield all rows in order."""
        return ((id, text, metadata) for id, text, metadata in self._scan("id, text, metadata"))

    def at(self, places: Sequence[int] | NDArray[np.int64]) -> list[Row]:
        """Return the rows at places counted from 0, in the order of the places."""
        numbers = [int(self.numbers[place]) for place in places]
        found = {row[0]: row[1:] for row in self._where("number", numbers, "id, text, metadata")}
        return [found[number] for number in numbers]

    def by_id(self, ids: Iterable[str]) -> dict[str, Row]:
        """Return the rows of those ids that are here."""
        found = self._where("id", list(dict.fromkeys(ids)), "text, metadata")
        return {id: (id, text, metadata) for id, text, metadata in found}

    def places(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the place of each id that is here, counted from 0."""
        found = self._where("id", list(dict.fromkeys(ids)), "number")
        return dict(zip((row[0] for row in found), self._places(r[1] for r in found), strict=True))

    def places_by_hash(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Return for each text's hash that is here the place of one such text."""
        found = self._where("hash", list(dict.fromkeys(hashes)), "number")
        return dict(zip((row[0] for row in found), self._places(r[1] for r in found), strict=True))

    def remove(self, places: Sequence[int]) -> NDArray[np.int64]:
        """Remove the rows at places; return these places, sorted."""
        import numpy as np

        sorted_places = np.unique(np.asarray(places, dtype=np.int64))
        if len(sorted_places):
            numbers = self.numbers[sorted_places]
            with self._own() as connection:
                connection.executemany(
                    "DELETE FROM texts WHERE number = ?", ((int(number),) for number in numbers)
                )
            self.numbers = np.delete(self.numbers, sorted_places)
        return sorted_places

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows with ids that are not here.

        Raises:
            StorageError: the disk is full.
        """
        import numpy as np

        first = int(self.numbers[-1]) + 1 if len(self) else 0
        numbers = np.arange(first, first + len(rows))
        with self._own() as connection:
            connection.executemany(
                "INSERT INTO texts VALUES (?, ?, ?, ?, ?)",
                (
                    (int(number), id, text_hash(text), metadata, text)
                    for number, (id, text, metadata) in zip(numbers, rows, strict=True)
                ),
            )
        self.numbers = np.concatenate([self.numbers, numbers])

    def set_metadata(self, metadata: Iterable[tuple[str, str]]) -> None:
        """Replace the metadata of ids, given as pairs of id and JSON."""
        with self._own() as connection:
            connection.executemany(
                "UPDATE texts SET metadata = ? WHERE id = ?", ((new, id) for id, new in metadata)
            )

    def write(self, path: Path) -> None:
        """Write them as a database of their own.

        Raises:
            StorageError: the disk is full.
        """
        with self._lock:
            try:
                # SQLite takes copying for writing; the file read from stays read-only.
                self._connection.execute("PRAGMA query_only = OFF")
                self._connection.execute("VACUUM INTO ?", (str(path),))
            except sqlite3.Error as error:
                raise _unwritten(path, error) from error
            finally:
                if not self._is_own:
                    self._connection.execute("PRAGMA query_only = ON")

    def _use(self, connection: sqlite3.Connection, own: bool) -> None:
        import numpy as np

        self._connection, self._is_own = connection, own
        self._closing = weakref.finalize(self, connection.close)
        self.numbers = np.fromiter(
            (row[0] for row in connection.execute("SELECT number FROM texts ORDER BY number")),
            dtype=np.int64,
        )

    def _own(self) -> _Transaction:
        """Return a transaction on a database that may be changed."""
        if not self._is_own:
            mine, before = _temporary(empty=True), self._closing
            self._connection.backup(mine)
            self._use(mine, own=True)
            before()
        return _Transaction(self._connection, self._lock)

    def _scan(self, columns: str) -> Iterator[Any]:
        """Yield columns of all rows in order, some thousand at a time."""
        last = -1
        while True:
            asked = f"SELECT number, {columns} FROM texts WHERE number > ? ORDER BY number LIMIT ?"
            rows = self._all(asked, (last, _AT_ONCE))
            yield from (row[1:] for row in rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1][0]

    def _where(self, key: str, values: Sequence[Any], columns: str) -> list[Any]:
        found = []
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            found += self._all(f"SELECT {key}, {columns} FROM texts WHERE {key} IN ({marks})", some)
        return found

    def _all(self, asked: str, values: Sequence[Any]) -> list[Any]:
        with self._lock:
            try:
                return self._connection.execute(asked, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise ProjectError(
                    "The texts of the index cannot be read; index the documents again."
                ) from error

    def _places(self, numbers: Iterable[int]) -> list[int]:
        import numpy as np

        wanted = np.fromiter(numbers, dtype=np.int64)
        return [int(place) for place in np.searchsorted(self.numbers, wanted)]


_SCHEMA = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name DESC"


class _Transaction:
    """Changes that are made all or none."""

    def __init__(self, connection: sqlite3.Connection, lock: threading.Lock) -> None:
        self._connection, self._lock = connection, lock

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        return self._connection

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        try:
            if kind is None:
                self._connection.commit()
            else:
                self._connection.rollback()
        finally:
            self._lock.release()
        if isinstance(error, sqlite3.OperationalError):
            raise _unwritten("the temporary folder", error) from error
        if isinstance(error, UnicodeEncodeError):
            raise InputError(
                "A text has half a character (a lone surrogate) and cannot be kept; mend the "
                "text where it comes from."
            ) from error


def _temporary(empty: bool = False) -> sqlite3.Connection:
    """Return a private database that SQLite keeps in a file of its own and removes."""
    connection = sqlite3.connect("", check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")
    if not empty:
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(_TABLE)
        connection.execute(_BY_HASH)
        connection.commit()
    return connection


def _unwritten(where: object, error: sqlite3.Error) -> StorageError:
    return StorageError(
        f"Could not write the texts of the index to {where}: {error}. Free some space and try "
        "again; what was there before is still in use."
    )
