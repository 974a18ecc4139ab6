"""The BM25 index that belongs to a generation of the passages: read, or made once and kept.

Indexing keeps it inside the generation. An index made before that, or searched in a language that
is set, has none there; it is made at the first search and kept beside the generations, so that no
search after that makes it again.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.errors import ProjectError, StorageError
from ladder.files import locked, storage_errors
from rag.search.bm25 import Bm25
from rag.search.language import check_language

if TYPE_CHECKING:
    from rag.store import FaissStore

__all__ = ["words_of_store"]


def words_of_store(store: FaissStore, folder: Path, language: str = "auto") -> Bm25:
    """Return the BM25 index over a store's texts, one row a text in the order of its ids.

    Args:
        store: the passages, as they were loaded.
        folder: the folder of the store's generations.
        language: as in `Bm25.build`.

    Raises:
        InputError: the language is unknown.
    """
    check_language(language)
    texts = store.texts()
    kept = store.generation if store.generation and store.generation.is_dir() else None
    own = folder / f"words-{kept.name if kept else 'none'}-{language}"
    for place in (kept, own):
        found = _read(place, texts, language) if place else None
        if found is not None:
            return found
    made = Bm25.build(texts, language)
    if kept is not None:
        _keep(made, own, folder)
    return made


def _read(place: Path, texts: list[str], language: str) -> Bm25 | None:
    """Return what is kept at a place; None if it is not there, damaged, or of other texts."""
    if not place.is_dir():
        return None
    try:
        found = Bm25.load(place)
    except ProjectError:
        return None
    return found if found.covers(texts, language) else None


def _keep(made: Bm25, own: Path, folder: Path) -> None:
    """Keep an index beside the generations, and remove those whose generation is gone.

    Where it cannot be kept (a full disk, a folder of somebody else), it is made again next time.
    """
    try:
        with locked(folder), storage_errors(own):
            for old in folder.glob("words-*"):
                if not any(old.name.startswith(f"words-{g.name}-") for g in folder.iterdir()):
                    shutil.rmtree(old, ignore_errors=True)
            own.mkdir(exist_ok=True)
            made.save(own)
    except StorageError:
        shutil.rmtree(own, ignore_errors=True)
