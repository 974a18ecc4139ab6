"""Documents: stored under their own names where these are safe, and read to text once.

The text of a text format (text, Markdown, source code, CSV, JSON) is the file's own, character
for character, so that offsets into it hold; what else can be read is converted, see
`ladder.project.reading`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from ladder.errors import InputError, StorageError
from ladder.files import file_hash, locked, read_json, write_bytes, write_json, write_text
from ladder.project.document_names import folded, numbered, safe_name
from ladder.project.encodings import SAVE_TEXT, decode
from ladder.project.reading import (
    DOCUMENT_KINDS,
    KINDS_IN_WORDS,
    DocumentText,
    Place,
    kind_of,
    read_bytes,
)
from ladder.project.reading.convert import is_converted
from ladder.project.reading.kinds import PACKED
from ladder.project.reading.packed import LARGEST_UNPACKED, check_declared

__all__ = [
    "DOCUMENT_KINDS",
    "LARGEST",
    "LARGEST_UNPACKED",
    "check_size",
    "document_text",
    "read_collections",
    "read_document",
    "safe_name",
    "store_document",
    "storing",
    "write_collections",
]

LARGEST = 100 * 1024 * 1024
"""The largest file that is taken, in bytes."""

_READ = 1
"""Raised when a format is read in another way: what was kept is read anew then."""
_COLLECTIONS = ".collections.json"
_LONGEST_COLLECTION = 60


def check_size(name: str, size: int) -> None:
    """Refuse a file that is too large, before it is read.

    Raises:
        InputError: it has more than 100 MB.
    """
    if size > LARGEST:
        raise InputError(
            f'"{name}" has {size / 2**20:,.0f} MB; at most {LARGEST // 2**20} MB are read at once. '
            "Divide it into several files and bring them in one after the other."
        )


Store = Callable[[str, bytes, bool], tuple[Path, bool]]
"""Stores a document by its name and bytes, in place of one of that name or beside it; returns its
file, and whether it was written or there already."""


@contextmanager
def storing(folder: Path) -> Iterator[Store]:
    """Hold a project's folder of documents and give what stores in it; see `store_document`.

    Until the block ends nobody else stores, so what it takes back nobody else relies on.
    """
    with locked(folder):
        taken = {folded(path.name): path.name for path in folder.iterdir()}
        yield partial(_store, folder, taken)


def store_document(folder: Path, name: str, data: bytes, *, replacing: bool = False) -> Path:
    """Store a document in `folder` under its own name where that is safe; the same content once.

    Args:
        folder: the project's folder of documents.
        name: what the file was called; its ending says what it is.
        data: the file.
        replacing: take the place of a document of that name, instead of standing beside it.

    Raises:
        InputError: the file is empty, too large, or not of a kind that can be read.
        StorageError: the folder cannot be written.
    """
    with storing(folder) as store:
        return store(name, data, replacing)[0]


def _store(
    folder: Path, taken: dict[str, str], name: str, data: bytes, replacing: bool
) -> tuple[Path, bool]:
    safe = safe_name(name)
    _check(name, safe, data)
    number, path = 1, folder / safe
    # Names that differ in nothing but case are one name on some systems, so they are everywhere.
    while (there := taken.get(folded(path.name))) and (folder / there).exists():
        if replacing and (folder / there).is_file():
            path = folder / there
            break
        if (folder / there).read_bytes() == data:
            return folder / there, False
        number += 1
        path = folder / numbered(safe, number)
    write_bytes(path, data)
    taken[folded(path.name)] = path.name
    return path, True


def _check(name: str, safe: str, data: bytes) -> None:
    """Refuse what can be told at once to be no document."""
    kind = kind_of(safe)
    if not kind:
        raise InputError(
            f'"{name}" is not a document that can be read; give one of {KINDS_IN_WORDS}.'
        )
    if not data.strip():
        raise InputError(f'"{name}" is empty; choose another file.')
    check_size(name, len(data))
    if kind in PACKED:
        check_declared(name, kind, io.BytesIO(data))
    elif kind == ".pdf":
        if not data.lstrip()[:1024].startswith(b"%PDF-"):
            raise InputError(f'"{name}" is named .pdf but is none; save it again in that format.')
    elif kind != ".eml":
        decode(name, data, SAVE_TEXT)


def document_text(path: Path) -> str:
    """Return the text of a project's document (`PROJECT/documents/NAME`).

    Raises:
        InputError: the document cannot be read as what its name says, or not at all.
    """
    return read_document(path).text


def read_document(path: Path) -> DocumentText:
    """Return the text of a project's document, its places, and what a reader would not see.

    What had to be converted is kept in `PROJECT/index/texts`, by the hash of the content.

    Raises:
        InputError: the document cannot be read as what its name says, or not at all.
    """
    try:
        kind = kind_of(path.name)
        if not kind or not is_converted(kind):
            return read_bytes(path.name, path.read_bytes())
        kept = path.parent.parent / "index" / "texts" / f"{file_hash(path)}-{_READ}{kind}.json"
        if (found := _kept(kept)) is not None:
            return found
        check_size(path.name, path.stat().st_size)
        found = read_bytes(path.name, path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"{path.name} cannot be opened ({reason}); see that it is there and may be read."
        ) from error
    try:
        write_text(kept, json.dumps(asdict(found), ensure_ascii=False))
    except StorageError:  # a project that is read-only can still be read
        return found
    return found


def _kept(path: Path) -> DocumentText | None:
    """Return what was read before; None if there is nothing, or it is damaged."""
    try:
        data: Any = read_json(path)
        return DocumentText(
            str(data["text"]),
            tuple(Place(int(start), str(label)) for start, label in data["places"]),
            tuple(map(str, data["hidden"])),
            tuple(map(str, data["left_out"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_collections(folder: Path) -> dict[str, str]:
    """Return the collection of every document that is in one, by the document's stored name.

    What is damaged counts as no collection.
    """
    try:
        found: Any = read_json(folder / _COLLECTIONS)
    except (OSError, ValueError):
        return {}
    return {
        name: collection
        for name, collection in (sorted(found.items()) if isinstance(found, dict) else ())
        if isinstance(collection, str) and collection and (folder / name).is_file()
    }


def write_collections(folder: Path, changes: Mapping[str, str]) -> None:
    """Put documents into collections; an empty one takes a document out of its own.

    A document that is taken out of the project keeps its place, for when it comes back.

    Raises:
        InputError: the name of a collection is too long, or holds what cannot be shown.
        StorageError: the folder cannot be written.
    """
    clean = {name: _collection(collection) for name, collection in changes.items()}
    with locked(folder):
        try:
            found: Any = read_json(folder / _COLLECTIONS)
        except (OSError, ValueError):
            found = {}
        before = found if isinstance(found, dict) else {}
        after = {name: each for name, each in (before | clean).items() if each}
        if after != before:
            write_json(folder / _COLLECTIONS, dict(sorted(after.items())))


def _collection(name: str) -> str:
    clean = " ".join(name.split())
    if len(clean) > _LONGEST_COLLECTION or not clean.isprintable():
        raise InputError(
            f'The collection is called "{clean[:_LONGEST_COLLECTION]}..."; give a name of at most '
            f"{_LONGEST_COLLECTION} characters that can be shown."
        )
    return clean
