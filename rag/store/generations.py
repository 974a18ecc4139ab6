"""A store on disk is a folder of generations, each whole and checked, one of them in use.

A generation is written beside the one in use, with a manifest of the sha256 of all its files, and
taken into use by renaming one small file over the one that names it. So a reader finds the old
generation or the new one; a crash leaves the old; and the one before stays for who still reads it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ladder.errors import ProjectError
from ladder.files import file_hash, read_json, storage_errors, write_json, write_text
from ladder.project.index_state import CURRENT, MANIFEST, current_generation

__all__ = ["AGAIN", "FORMAT", "checked_files", "damaged", "new_generation", "read_manifest"]

FORMAT = 2
AGAIN = "index the documents again"


def new_generation(
    folder: Path,
    write: Callable[[Path], Mapping[str, Any]],
    begun_from: Path | None,
) -> tuple[Path, dict[str, Any]]:
    """Write a generation and take it into use; return its folder and its manifest.

    Args:
        folder: the store's folder.
        write: writes the files into the folder it is given, and returns what the manifest says.
        begun_from: the generation that was changed to make this one, if any.

    Raises:
        StorageError: it cannot be written; the old generation stays in use.
        ProjectError: someone else has saved since `begun_from` was read; theirs stays.
    """
    from filelock import FileLock

    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".saving"):
            before = current_generation(folder)
            mine = begun_from is not None and begun_from.parent.resolve() == folder.resolve()
            if mine and before is not None and before.name != (begun_from or before).name:
                raise ProjectError(
                    f"The index in {folder} was saved by someone else since it was read here; "
                    "load it again and repeat the change."
                )
            generation = folder / f"generation-{secrets.token_hex(6)}"
            generation.mkdir()
            try:
                about = dict(write(generation)) | {"format": FORMAT}
                about["files"] = _hashes(generation)
                for path in generation.rglob("*"):
                    _to_disk(path)
                write_json(generation / MANIFEST, about)
                _to_disk(generation)
                write_text(folder / CURRENT, generation.name + "\n")
            except BaseException:
                shutil.rmtree(generation, ignore_errors=True)
                raise
            for old in folder.glob("generation-*"):
                if old not in (before, generation):
                    shutil.rmtree(old, ignore_errors=True)
    return generation, about


def read_manifest(folder: Path, generation: Path) -> dict[str, Any]:
    """Return what a generation says about itself.

    Raises:
        ProjectError: it cannot be read, or is of another format.
    """
    try:
        about = read_json(generation / MANIFEST)
        found = about["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(folder, f"{MANIFEST} cannot be read") from error
    if found != FORMAT:
        raise ProjectError(
            f"The index of the documents in {folder} has format {found!r}, and this version "
            f"reads format {FORMAT}; {AGAIN}."
        )
    files = about.get("files")
    told = isinstance(files, dict) and isinstance(about.get("fingerprint"), dict)
    if not (told and type(about.get("count")) is int):
        raise damaged(folder, f"{MANIFEST} is incomplete")
    return dict(about)


def checked_files(folder: Path, generation: Path, about: Mapping[str, Any]) -> None:
    """Make sure that a generation has the files of its manifest, as they were, and no others.

    Raises:
        ProjectError: a file is changed, gone or new; it names the first.
    """
    try:
        linked = any(path.is_symlink() for path in generation.rglob("*"))
        now, then = {} if linked else _hashes(generation), about["files"]
    except OSError as error:
        raise damaged(folder, f"{error.filename} cannot be read") from error
    if linked:
        raise damaged(folder, "it has a link among its files")
    wrong = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    if wrong:
        name = wrong[0]
        how = "gone" if name not in now else "not of this index" if name not in then else "changed"
        raise damaged(folder, f"{name} is {how}")


def damaged(folder: Path, how: str) -> ProjectError:
    """Return the error that says what is wrong with an index, and what to do."""
    return ProjectError(f"The index of the documents in {folder} is damaged ({how}); {AGAIN}.")


def _hashes(generation: Path) -> dict[str, str]:
    """Return the sha256 of every file of a generation but its manifest."""
    return {
        path.relative_to(generation).as_posix(): file_hash(path)
        for path in sorted(generation.rglob("*"))
        if path.is_file() and path != generation / MANIFEST
    }


def _to_disk(path: Path) -> None:
    """Let the system write a file or folder out, so that a power cut leaves it whole."""
    with suppress(PermissionError):  # Windows opens no folders
        handle = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
