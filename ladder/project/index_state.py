"""Where a project's index lies, and whether it covers the documents as they are now.

The index is made and read by `rag`; whether it is ready is asked by pages and estimates, which
load no model and no library for it. Only its manifest is read here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.files import content_hash, file_hash

if TYPE_CHECKING:
    from ladder.project.workspace import Project

__all__ = ["IndexState", "current_generation", "document_hashes", "index_folder", "index_state"]

MANIFEST = "manifest.json"
CUT = 2
"""Raised when documents are cut into passages in another way: every index is made anew then."""
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
    chunks: int
    """How many passages it holds."""
    tokens: int
    """How many tokens of the embedder the documents have, as far as they were read."""
    exists: bool

    @property
    def ready(self) -> bool:
        """Return whether it holds passages, and those of the documents as they are."""
        return self.exists and not self.changed and self.chunks > 0


def index_folder(project: Project, embedder: str, chunk_tokens: int) -> Path:
    """Return the folder of the index that an embedder and a length of passages make."""
    return project.path / "index" / f"store-{content_hash([CUT, embedder, chunk_tokens], 12)}"


def index_state(project: Project, embedder: str, chunk_tokens: int) -> IndexState:
    """Return how the index stands to the documents; only their bytes and its manifest are read."""
    now = document_hashes(project)
    about = _manifest(index_folder(project, embedder, chunk_tokens))
    then: dict[str, Any] = (about or {}).get("documents", {})
    changed = {name for name in now.keys() | then.keys() if now.get(name) != _hash(then.get(name))}
    return IndexState(
        documents=len(now),
        changed=tuple(sorted(changed)),
        unreadable={name: each["problem"] for name, each in then.items() if each.get("problem")},
        chunks=int((about or {}).get("count", 0)),
        tokens=sum(each.get("tokens", 0) for each in then.values()),
        exists=about is not None,
    )


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
    except OSError:
        return None
    inside = folder / name
    return inside if name and inside.parent == folder and inside.is_dir() else None


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


def _hash(entry: Any) -> str | None:
    return entry.get("hash") if isinstance(entry, dict) else None


@lru_cache(maxsize=4096)
def _hashed(path: Path, size: int, modified: int) -> str:
    """Return a file's hash; a file of the same size and time is not read again."""
    return file_hash(path)
