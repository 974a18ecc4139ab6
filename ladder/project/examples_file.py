"""Read `examples.jsonl`, checking every line."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from ladder.errors import ProjectError
from ladder.project.task import Example

__all__ = ["read_examples"]

_SETTLED = 50_000_000
"""Nanoseconds after a change from which on another one would show in the file's time."""


def read_examples(path: Path) -> list[Example]:
    """Return the examples of a file; a missing file has none.

    Raises:
        ProjectError: a line is not an example, or an id comes twice.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return []
    if time.time_ns() - found.st_mtime_ns < _SETTLED:
        return _read(path)
    return list(_kept(path, found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=4)
def _kept(path: Path, *version: int) -> tuple[Example, ...]:
    """Return the examples of a file as it is in one version; a page asks for them many times."""
    return tuple(_read(path))


def _read(path: Path) -> list[Example]:
    examples: list[Example] = []
    seen: set[str] = set()
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path} is not UTF-8 (byte {error.start}); restore a copy.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            example = _example(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ProjectError(
                f"{path}, line {number}, is not an example: {error}. Correct or remove the line."
            ) from error
        if example.id in seen:
            raise ProjectError(
                f'{path}, line {number}: the id "{example.id}" comes twice. Change or remove one.'
            )
        seen.add(example.id)
        examples.append(example)
    return examples


def _example(data: Any) -> Example:
    if not isinstance(data, dict):
        raise TypeError(f"it holds {data!r}")
    if unknown := data.keys() - Example.__dataclass_fields__.keys():
        raise ValueError(f'it has the unknown key "{min(unknown)}"')
    for key in ("id", "input", "context"):
        if not isinstance(data.get(key, None if key != "context" else ""), str):
            raise TypeError(f'"{key}" is {data.get(key)!r}, not a text')
    if not data["id"] or not isinstance(data.get("output"), str | None):
        raise TypeError(f'"id" is {data["id"]!r} and "output" is {data.get("output")!r}')
    return Example.from_dict(data)
