"""Copy a folder's documents into a project, so that no document of another origin is lost.

A file takes the place of a document only where that is, byte for byte, what came from the same
path before. What else has its name (dropped on the Chat page, from another folder, changed by
hand since) stays, and the file stands beside it. Where documents came from is kept in
`documents/.came-from.json`, the paths as hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.errors import InputError
from ladder.files import content_hash, file_hash, read_json, write_json
from ladder.project import Project
from ladder.project.documents import Store, check_size, safe_name, storing
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


def add_documents(project: Project, folder: Path) -> Added:
    """Copy the files of a folder, and of those in it, into the project.

    A file takes the place of what came from the same path before; hidden files and links are
    passed over.

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
    refused: list[Unreadable] = []
    kept = project.path / "documents"
    with storing(kept) as store:
        adding = _Adding(kept, store)
        for path in paths:
            name = "-".join(path.relative_to(folder).parts)
            try:
                check_size(name, path.stat().st_size)
                adding.add(name, path)
            except InputError as error:
                refused.append(Unreadable(name, str(error)))
            except OSError as error:
                refused.append(Unreadable(name, f"It cannot be read: {error.strerror}."))
        write_json(kept / _ORIGINS, adding.origins)
    return Added(tuple(refused), tuple(adding.replaced), tuple(adding.beside))


class _Adding:
    """One folder being copied in: what is known of where documents came from."""

    def __init__(self, kept: Path, store: Store) -> None:
        self.kept, self.store = kept, store
        self.origins = _origins(kept / _ORIGINS)
        self.replaced: list[str] = []
        self.beside: list[tuple[str, str]] = []

    def add(self, name: str, path: Path) -> None:
        """Store one file and remember where it came from."""
        data, came_from = path.read_bytes(), content_hash(str(path.resolve()))
        mine = self._mine(came_from)
        if mine is not None and file_hash(self.kept / mine) == _sha(data):
            return
        stored, written = self.store(mine or name, data, mine is not None)
        if not written:  # the same content is there, from wherever
            return
        if mine is not None:
            self.replaced.append(mine)
        elif stored.name != safe_name(name):
            self.beside.append((name, stored.name))
        self.origins[stored.name] = {"path": came_from, "content": file_hash(stored)}

    def _mine(self, came_from: str) -> str | None:
        """Return the document that came from a path and is as it came; None without one."""
        for name, origin in self.origins.items():
            file = self.kept / name
            if origin["path"] != came_from or safe_name(name) != name or not file.is_file():
                continue  # a name that was numbered past its length would be cut: it is not found
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
        name: {"path": str(origin.get("path")), "content": str(origin.get("content"))}
        for name, origin in (found.items() if isinstance(found, dict) else ())
        if isinstance(origin, dict)
    }
