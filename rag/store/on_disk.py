"""A store's contents to a folder and back, with everything checked on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ladder.errors import ProjectError
from ladder.project.index_state import current_generation
from rag.store.contents import Contents
from rag.store.fingerprint import Fingerprint, differences
from rag.store.generations import AGAIN, checked_files, damaged, new_generation, read_manifest

__all__ = ["read_store", "write_store"]

_TRIES = 5


def write_store(
    folder: Path,
    contents: Contents,
    made_by: Fingerprint,
    about: Mapping[str, Any],
    beside: Callable[[Path], None] | None,
    begun_from: Path | None,
) -> tuple[Path, dict[str, Any]]:
    """Write contents as a new generation; return its folder and its manifest.

    Raises:
        StorageError: it cannot be written; the old generation stays in use.
        ProjectError: someone else has saved since `begun_from` was read, or the vectors are not
            those of the embedder.
    """

    def write(generation: Path) -> dict[str, Any]:
        count, dimension = contents.write(generation)
        if count and dimension != made_by.dimension:
            raise ProjectError(
                f"The store's vectors have {dimension} numbers and its embedding model gives "
                f"{made_by.dimension}, so it could not be searched; add vectors of that model."
            )
        if beside is not None:
            beside(generation)
        return dict(about) | {"fingerprint": made_by.to_dict(), "count": count}

    return new_generation(folder, write, begun_from)


def read_store(
    folder: Path, made_by: Callable[[], Fingerprint]
) -> tuple[Path, dict[str, Any], Contents]:
    """Return the generation in use, its manifest and its contents.

    Args:
        folder: the store's.
        made_by: tells the fingerprint of the embedder, which takes embedding a text.

    Raises:
        ProjectError: there is none, another embedder made it, or its files are not those that
            were written.
    """
    for tried in range(1, _TRIES + 1):
        generation = current_generation(folder)
        if generation is None:
            raise _nothing(folder)
        try:
            about, contents = _read(folder, generation, made_by())
            return generation, about, contents
        except ProjectError:  # unless another generation took its place meanwhile
            if tried == _TRIES or current_generation(folder) == generation:
                raise
    raise AssertionError


def _read(folder: Path, generation: Path, made_by: Fingerprint) -> tuple[dict[str, Any], Contents]:
    about = read_manifest(folder, generation)
    differs = differences(about["fingerprint"], made_by)
    if differs:
        raise ProjectError(
            "The index of the documents was made by another embedding model, whose vectors mean "
            f"something else ({'; '.join(differs)}); {AGAIN}."
        )
    checked_files(folder, generation, about)
    try:
        return about, Contents.read(generation, about["count"])
    except (ProjectError, OSError) as error:
        raise damaged(folder, str(error)) from error


def _nothing(folder: Path) -> ProjectError:
    if (folder / "index.pkl").exists():
        return ProjectError(
            f"{folder} holds a FAISS store of langchain-community. Its index.pkl is a pickle, "
            "which can run any program when it is opened, so it is not; make the store from the "
            "texts instead (docs/faiss-store.md shows how)."
        )
    return ProjectError("There is no index of the documents yet; make it first.")
