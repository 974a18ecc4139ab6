"""Where a project's index lies, and whether it covers the documents as they are now.

The index is made and read by `rag`; whether it is ready is asked by pages and estimates, which
load no model and no library for it. Only its manifest is read here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.files import content_hash, file_hash

if TYPE_CHECKING:
    from ladder.project.workspace import Project

__all__ = [
    "IndexState",
    "MadeIndex",
    "current_generation",
    "document_hashes",
    "index_folder",
    "index_state",
    "made_indexes",
    "noted_documents",
    "unseen_tokens",
]

MANIFEST = "manifest.json"
CUT = 4
"""Raised when documents are read, or cut into passages, in another way, or when `rag.lint` flags
others (its findings are kept with the passages): every index is made anew then."""
CURRENT = "current"
"""The file that names the generation in use."""


@dataclass(frozen=True)
class IndexState:
    """How an index stands to the documents."""

    documents: int
    """How many documents the project has."""
    changed: tuple[str, ...]
    """Documents that are new, changed or gone since it was made."""
    unreadable: dict[str, str]
    """Documents that it could not read, with the reason."""
    left_out: dict[str, tuple[str, ...]]
    """Parts of documents that it could not read, in sentences by document."""
    flags: dict[str, tuple[str, ...]]
    """What is suspicious about documents, also in what their files hide, in sentences."""
    chunks: int
    """How many passages it holds."""
    tokens: int
    """How many tokens of the embedder the documents have, as far as they were read."""
    exists: bool
    reads: int = 0
    """How many tokens the embedder reads at once; 0 where that was not noted."""
    unseen: dict[str, int] = field(default_factory=dict)
    """Tokens that the embedder never reads: "passages" in those of this index, "1000" in pieces of
    so many characters, "whole" in whole documents (`rag.visibility`)."""

    @property
    def ready(self) -> bool:
        """Return whether it holds passages, and those of the documents as they are."""
        return self.exists and not self.changed and self.chunks > 0


@dataclass(frozen=True)
class MadeIndex:
    """An index that a project has."""

    embedder: str
    chunk_tokens: int
    overlap_tokens: int
    chunks: int
    written: float
    """When, in seconds since 1970."""


def index_folder(
    project: Project, embedder: str, chunk_tokens: int, overlap_tokens: int = 0
) -> Path:
    """Return the folder of the index that an embedder and a length of passages make."""
    key = content_hash([CUT, embedder, chunk_tokens, overlap_tokens], 12)
    return project.path / "index" / f"store-{key}"


def index_state(
    project: Project, embedder: str, chunk_tokens: int, overlap_tokens: int = 0
) -> IndexState:
    """Return how the index stands to the documents; only their bytes and its manifest are read."""
    now = document_hashes(project)
    about = _manifest(index_folder(project, embedder, chunk_tokens, overlap_tokens)) or {}
    then = noted_documents(about)
    places = project.collections()
    changed = {
        name
        for name in now.keys() | then.keys()
        if now.get(name) != _hash(then.get(name))
        or (name in now and places.get(name, "") != (then[name].get("collection") or ""))
    }
    return IndexState(
        documents=len(now),
        changed=tuple(sorted(changed)),
        unreadable={name: each["problem"] for name, each in then.items() if each.get("problem")},
        left_out=_sentences(then, "left_out"),
        flags=_sentences(then, "flags"),
        chunks=int(about.get("count", 0)),
        tokens=sum(each.get("tokens", 0) for each in then.values()),
        exists=bool(about),
        reads=int(about.get("reads", 0)),
        unseen=unseen_tokens(then),
    )


def unseen_tokens(documents: dict[str, Any]) -> dict[str, int]:
    """Return the tokens that are never read, of all documents together, by how they are cut."""
    found: dict[str, int] = {}
    for each in documents.values():
        for way, tokens in (each.get("unseen") or {}).items():
            found[way] = found.get(way, 0) + int(tokens)
    return found


def made_indexes(project: Project) -> list[MadeIndex]:
    """Return the indexes that a project has and that can be searched, the newest first."""
    found = []
    for folder in (project.path / "index").glob("store-*"):
        about = _manifest(folder)
        if about is None:
            continue
        try:
            index = MadeIndex(
                str(about["embedder"]),
                int(about["chunk_tokens"]),
                int(about.get("overlap_tokens", 0)),
                int(about["count"]),
                (folder / CURRENT).stat().st_mtime,
            )
        except (KeyError, TypeError, ValueError, OSError):
            continue
        own = index_folder(project, index.embedder, index.chunk_tokens, index.overlap_tokens)
        if index.chunks and own == folder:
            found.append(index)
    return sorted(found, key=lambda index: -index.written)


def document_hashes(project: Project) -> dict[str, str]:
    """Return the sha256 of every document by its name; empty for one that may not be read."""
    found = {}
    for path in project.documents():
        try:
            stat = path.stat()
            found[path.name] = _hashed(path, stat.st_size, stat.st_mtime_ns)
        except FileNotFoundError:  # taken away meanwhile
            continue
        except OSError:
            found[path.name] = ""
    return found


def current_generation(folder: Path) -> Path | None:
    """Return the folder of the generation that an index uses now; None if there is none."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
        inside = folder / name
        return inside if name and inside.parent == folder and inside.is_dir() else None
    except (OSError, ValueError):  # none, or a file of something else
        return None


def noted_documents(about: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a manifest says of each document; none of it where that is damaged."""
    found = about.get("documents", {})
    if not isinstance(found, dict) or not all(map(_is_entry, found.values())):
        return {}
    return dict(found)


def _manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of the current generation; None where there is none to read."""
    generation = current_generation(folder)
    if generation is None:
        return None
    try:
        about = json.loads((generation / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about if isinstance(about, dict) else None


def _is_entry(entry: Any) -> bool:
    """Return whether an entry of a manifest says of a document what indexing notes."""
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("hash"), str)
        and isinstance(entry.get("problem"), str | None)
        and isinstance(entry.get("collection"), str | None)
        and type(entry.get("tokens", 0)) is int
        and isinstance(entry.get("unseen") or {}, dict)
        and all(type(each) is int for each in (entry.get("unseen") or {}).values())
        and all(isinstance(entry.get(kind, []), list) for kind in ("left_out", "flags"))
    )


def _sentences(documents: dict[str, Any], about: str) -> dict[str, tuple[str, ...]]:
    """Return what was noted about documents when they were read."""
    return {name: tuple(each[about]) for name, each in documents.items() if each.get(about)}


def _hash(entry: Any) -> str | None:
    return entry.get("hash") if isinstance(entry, dict) else None


@lru_cache(maxsize=4096)
def _hashed(path: Path, size: int, modified: int) -> str:
    """Return a file's hash; a file of the same size and time is not read again."""
    return file_hash(path)
