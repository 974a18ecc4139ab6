"""Write files so that a crash, a full disk or a second command never leaves half of one.

Every write goes to a temporary file beside its target and is renamed over it. There is no
pickle here and nothing is ever written outside the folder that the caller names.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ladder.errors import StorageError

__all__ = [
    "append_json",
    "content_hash",
    "file_hash",
    "locked",
    "read_json",
    "read_json_lines",
    "storage_errors",
    "write_bytes",
    "write_json",
    "write_json_lines",
    "write_text",
]

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "the disk quota is used up; free some space and try again",
    errno.EROFS: "the folder is read-only; copy the project to a folder you can write",
    errno.EACCES: "the folder cannot be written by you; change its permissions or copy it",
    errno.EPERM: "the folder cannot be written by you; change its permissions or copy it",
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write into a `StorageError` with the remedy."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        if remedy is None:
            raise
        raise StorageError(f"Could not write {path}: {remedy}. Nothing was lost.") from error


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data`, whole or not at all.

    Raises:
        StorageError: the disk is full or the folder cannot be written; the old file stays.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        name = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with name.open("xb") as file:  # unlike mkstemp, readable as the umask allows
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str) -> None:
    """Replace the file at `path` by `text` in UTF-8, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Replace the file at `path` by `value` as indented JSON (NaN is refused)."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_json_lines(path: Path, values: Iterable[Any]) -> None:
    """Replace the file at `path` by one JSON document a line."""
    write_text(path, "".join(_line(value) for value in values))


def append_json(path: Path, value: Any) -> None:
    """Append one line of JSON in a single write, so that readers see whole lines or none."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            torn = file.read(1) not in (b"", b"\n")
            line = (("\n" if torn else "") + _line(value)).encode("utf-8")
            if (file.write(line) or 0) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_json(path: Path) -> Any:
    """Return the JSON document at `path`."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_json_lines(path: Path) -> list[Any]:
    """Return the documents of a JSON-lines file; a missing file has none.

    A line that a crash cut short is left out: `append_json` starts a new one after it.
    """
    if not path.exists():
        return []
    values = []
    for line in path.read_bytes().split(b"\n"):
        try:  # decoded line by line: a crash may cut inside a character
            values.append(json.loads(line.decode("utf-8")))
        except ValueError:
            continue
    return values


def content_hash(value: Any, length: int = 16) -> str:
    """Return the first `length` hex digits of the sha256 of `value` as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:length]


def file_hash(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that two commands at once write one after the other."""
    from filelock import FileLock

    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            yield


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"
