"""What a model reference stands for now: names its weights and arithmetic, and loads neither.

Answers are kept under it, so that those of weights that were replaced are never shown again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ladder.errors import ModelError
from ladder.files import content_hash, file_hash
from ladder.models import bundled, stand_ins
from ladder.models.references import Reference, parse_reference

__all__ = ["dtype_here", "fingerprint"]

_READ_WHOLE = 64_000_000
"""Bytes up to which a file's content is hashed; a larger one is known by its size and time."""
_LOCAL = ("bundled", "hf", "path", "run")


def fingerprint(reference: str | None) -> str:
    """Return what names the files of a model, as they are now.

    A model of the Hugging Face hub is downloaded if it is not here, for it is asked next.
    Empty for no model, for one on a server, whose weights nobody sees, and for one that cannot
    be had: whoever asks it says why.
    """
    parsed = _local(reference)
    if parsed is None:
        return ""
    try:
        return content_hash(_named(parsed))
    except (ModelError, OSError):
        return ""


def dtype_here(reference: str | None, wanted: str) -> str:
    """Return the arithmetic in which a model would run here; empty where it is not ours."""
    parsed = _local(reference)
    if parsed is None or parsed.kind not in _LOCAL:
        return ""
    from ladder.models.hardware import choose_dtype

    return choose_dtype(wanted)[0]


def _local(reference: str | None) -> Reference | None:
    """Return a reference to files of this machine taken apart; None for every other."""
    if reference is None or stand_ins.generator(reference) or stand_ins.embedder(reference):
        return None
    try:
        parsed = parse_reference(reference)
    except ModelError:
        return None
    return None if parsed.kind == "server" else parsed


def _named(reference: Reference) -> list[list[str]]:
    """Return the names of all files that decide what a model answers, each with its content."""
    if reference.kind == "bundled":
        return [[reference.name, bundled.released(reference.name)]]
    if reference.kind == "gguf":
        return [_file(Path(reference.name).expanduser())]
    from ladder.models.places import MODEL_FILES, locate

    place = locate(reference)
    folders = [each for each in (place.folder, place.changed, place.adapter) if each is not None]
    return [
        [str(number), *_file(file)]
        for number, folder in enumerate(folders)
        for file in _files(folder, MODEL_FILES)
    ]


def _files(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """Return the files of a model's folder; an embedder's parts lie in folders of their own."""
    places = ("", "*/") if (folder / "modules.json").is_file() else ("",)
    return sorted({f for place in places for name in patterns for f in folder.glob(place + name)})


def _file(file: Path) -> list[str]:
    """Return a file's name and what tells its content from another."""
    blob = file.resolve()
    if file.is_symlink() and blob.parent.name == "blobs":  # the hub's cache: named by its hash
        return [file.name, blob.name]
    found = file.stat()
    if found.st_size <= _READ_WHOLE:
        return [file.name, file_hash(file)]
    return [file.name, f"{found.st_size} bytes, {found.st_mtime_ns}"]
