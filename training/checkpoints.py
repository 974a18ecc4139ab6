"""A run's checkpoints: which are whole, which is gone on from, and what comes with it.

A checkpoint counts when `complete.json` is in it, which is written last, after everything else
has reached the disk, and when every file that it lists is as long as it was. So a checkpoint that
a crash cut short, or a disk that was full, is passed over for the one before.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ladder.errors import StorageError
from ladder.files import read_json, read_json_lines, storage_errors, write_json, write_json_lines
from training import best, measurements

__all__ = [
    "COMPLETE",
    "METRICS",
    "checkpoints",
    "mark_whole",
    "saying_where_it_is",
    "take_over",
]

METRICS = "metrics.jsonl"
COMPLETE = "complete.json"
"""Written into a checkpoint last; one without it was cut short and is not gone on from."""
_FULL = re.compile(
    r"no space left|disk quota|file too large|os error (27|28|122)|file write failed|"
    r"inline_container|unexpected pos",
    re.IGNORECASE,
)
"""How the libraries that write checkpoints say that the disk took no more."""
_log = logging.getLogger("ladder.training")


def mark_whole(folder: Path, step: int, fingerprint: str) -> None:
    """Mark a checkpoint as whole, once all of it has reached the disk."""
    sizes = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != COMPLETE:
            with file.open("rb") as open_file:
                os.fsync(open_file.fileno())
            sizes[file.relative_to(folder).as_posix()] = file.stat().st_size
    data = {"step": step, "fingerprint": fingerprint, "files": sizes}
    write_json(folder / COMPLETE, data)


def checkpoints(run: Path, fingerprint: str) -> list[Path]:
    """Return the whole checkpoints of a run that fit, the newest first."""
    found = []
    for folder in (run / "checkpoints").glob("checkpoint-*"):
        try:
            data = read_json(folder / COMPLETE)
        except (OSError, ValueError):
            continue
        if not isinstance(data, dict) or data.get("fingerprint") != fingerprint:
            continue
        if short := _cut_short(folder, data.get("files") or {}):
            _log.warning(
                "%s is damaged: %s. It is passed over for the checkpoint before it.",
                folder.name,
                short,
            )
            continue
        found.append((int(data["step"]), folder))
    return [folder for _, folder in sorted(found, reverse=True)]


def take_over(old: Path, run: Path, fingerprint: str) -> Path | None:
    """Copy the newest checkpoint of an older run into this one, with the record up to there.

    The best weights up to there come along; without them a checkpoint is no full one.
    """
    for folder in checkpoints(old, fingerprint):
        step = int(read_json(folder / COMPLETE)["step"])
        known = [each for each in measurements.read(old) if each.step <= step]
        if not best.take_over(old, run, known):
            _log.warning("%s lacks the best weights up to it and is passed over.", folder.name)
            continue
        measurements.cut_after(run, step, source=old)
        lines = [line for line in read_json_lines(old / METRICS) if line.get("step", 0) <= step]
        write_json_lines(run / METRICS, lines)
        copy, scratch = run / "checkpoints" / folder.name, run / f".{folder.name}"
        if not copy.exists():
            shutil.rmtree(scratch, ignore_errors=True)
            with storage_errors(copy):
                shutil.copytree(folder, scratch)
            copy.parent.mkdir(parents=True, exist_ok=True)
            scratch.rename(copy)
        return copy
    return None


@contextmanager
def saying_where_it_is(run: Path, fingerprint: str) -> Iterator[None]:
    """Turn a failed write of a large file into a sentence that says from where it can go on.

    What was written of it is removed, so that the disk has room for the next thing.

    Raises:
        StorageError: the disk took no more.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, StorageError) or not _is_full(error):
            raise
        left = checkpoints(run, fingerprint)
        whole = {folder.name for folder in left}
        for folder in (run / "checkpoints").glob("checkpoint-*"):
            if folder.name not in whole:
                shutil.rmtree(folder, ignore_errors=True)
        goes_on = (
            f"trying again goes on from step {left[0].name.rpartition('-')[2]}"
            if left
            else "nothing was saved before, so trying again begins anew"
        )
        raise StorageError(
            f"The run could not be saved: the disk took no more ({_first(error)}). Free some "
            f"space, then try again; {goes_on}."
        ) from error


def _cut_short(folder: Path, sizes: dict[str, Any]) -> str:
    """Return which file of a checkpoint is not as it was written; nothing if all are."""
    for name, size in sizes.items():
        file = folder / name
        there = file.stat().st_size if file.is_file() else None
        if there is None:
            return f"{name} is missing"
        if there != size:
            return f"{name} has {there:,} of {size:,} bytes"
    return ""


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    return bool(_FULL.search(str(error)))


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip().rstrip(".")
