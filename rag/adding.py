"""Copy a folder's documents into a project, so that no document of another origin is lost.

A file takes the place of a document only where that is, byte for byte, what came from the same
path before. What else has its name (dropped on the Chat page, from another folder, changed by
hand since) stays, and the file stands beside it. Where documents came from is kept in
`documents/.came-from.json`, the paths as hashes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.errors import InputError
from ladder.files import content_hash, file_hash, read_json, write_json
from ladder.project import Project
from ladder.project.document_names import folded, safe_name
from ladder.project.documents import Store, check_size, storing, write_collections
from rag.indexing import Unreadable

__all__ = ["Added", "add_documents"]

_ORIGINS = ".came-from.json"


@dataclass(frozen=True)
class Added:
    """What became of the files of a folder."""

    refused: tuple[Unreadable, ...]
    """Files that were not taken, with the reason."""
    replaced: tuple[str, ...]
    """Documents that a newer file of the same path took the place of."""
    beside: tuple[tuple[str, str], ...]
    """Files whose name another document has, and the name under which they were stored."""
    stored: tuple[str, ...] = ()
    """The documents that the files are now, also those that were there already."""
    gone: tuple[str, ...] = ()
    """Documents that came from this folder, unchanged since, whose files are no longer in it."""


def add_documents(
    project: Project, folder: Path, collection: str = "", prune: bool = False
) -> Added:
    """Copy the files of a folder, and of those in it, into the project.

    A file takes the place of what came from the same path before; hidden files and links are
    passed over. A file keeps its own name; where two of the folder have the same, that of the
    folders that they lie in stands before it. With a collection, all of them are put into it.
    What came from this folder before and is gone from it is named, and taken out with `prune`.

    Raises:
        InputError: there is no such folder, or no file in it.
        StorageError: the project cannot be written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; name the one that holds the documents.")
    paths = [
        path for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]  # fmt: skip
    if not paths:
        raise InputError(f"{folder} holds no files; name the folder that holds the documents.")
    names = _names(folder, paths)
    refused: list[Unreadable] = []
    kept = project.path / "documents"
    with storing(kept) as store:
        adding = _Adding(kept, store, content_hash(str(folder.resolve())))
        # Those under their own names first, so that no other takes one of these.
        named = sorted(zip(paths, names, strict=True), key=lambda each: each[0].name != each[1])
        for path, name in named:
            try:
                check_size(name, path.stat().st_size)
                adding.add(name, path)
            except InputError as error:
                refused.append(Unreadable(name, str(error)))
            except OSError as error:
                refused.append(Unreadable(name, f"It cannot be read: {error.strerror}."))
        gone = adding.gone({content_hash(str(path.resolve())) for path in paths})
        write_json(kept / _ORIGINS, adding.origins)
    for name in gone if prune else ():
        project.remove_document(name)
    stored = tuple(sorted(set(adding.stored)))
    if collection:
        write_collections(kept, dict.fromkeys(stored, collection))
    return Added(tuple(refused), tuple(adding.replaced), tuple(adding.beside), stored, gone)


def _names(folder: Path, paths: list[Path]) -> list[str]:
    """Return the name for each file: its own, or its path where another file has that name too."""
    count = Counter(folded(safe_name(path.name)) for path in paths)
    return [
        path.name
        if count[folded(safe_name(path.name))] == 1
        else "-".join(path.relative_to(folder).parts)
        for path in paths
    ]


class _Adding:
    """One folder being copied in: what is known of where documents came from."""

    def __init__(self, kept: Path, store: Store, folder: str) -> None:
        self.kept, self.store, self.folder = kept, store, folder
        self.origins = _origins(kept / _ORIGINS)
        self.replaced: list[str] = []
        self.beside: list[tuple[str, str]] = []
        self.stored: list[str] = []

    def add(self, name: str, path: Path) -> None:
        """Store one file and remember where it came from."""
        data, came_from = path.read_bytes(), content_hash(str(path.resolve()))
        mine = self._mine(came_from)
        if mine is not None and file_hash(self.kept / mine) == _sha(data):
            self.stored.append(mine)
            self.origins[mine]["folder"] = self.folder
            return
        stored, written = self.store(mine or name, data, mine is not None)
        self.stored.append(stored.name)
        if not written:  # the same content is there, from wherever
            return
        if mine is not None:
            self.replaced.append(mine)
        elif folded(stored.name) != folded(safe_name(name)):
            self.beside.append((name, stored.name))
        self.origins[stored.name] = {
            "path": came_from, "folder": self.folder, "content": file_hash(stored)
        }  # fmt: skip

    def gone(self, here: set[str]) -> tuple[str, ...]:
        """Return the documents that came from this folder and whose paths are not `here`."""
        return tuple(
            name for name, origin in sorted(self.origins.items())
            if origin["folder"] == self.folder and origin["path"] not in here
            and name not in self.stored and self._mine(origin["path"]) == name
        )  # fmt: skip

    def _mine(self, came_from: str) -> str | None:
        """Return the document that came from a path and is as it came; None without one."""
        for name, origin in self.origins.items():
            file = self.kept / name
            if origin["path"] != came_from or safe_name(name) != name or not file.is_file():
                continue
            if file_hash(file) == origin["content"]:
                return name
        return None


def _sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _origins(path: Path) -> dict[str, dict[str, str]]:
    """Return where documents came from; nothing is known where the file is damaged."""
    try:
        found: Any = read_json(path)
    except (OSError, ValueError):
        return {}
    return {
        name: {key: str(origin.get(key)) for key in ("path", "folder", "content")}
        for name, origin in (found.items() if isinstance(found, dict) else ())
        if isinstance(origin, dict)
    }
