"""What a command line gives: files read where they lie, references made absolute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ladder.errors import InputError

__all__ = ["read_file", "read_yaml", "reference_here"]


def reference_here(text: str) -> str:
    """Return a reference whose file or folder is absolute: a job runs in another folder."""
    from ladder.models.references import parse_reference

    reference = parse_reference(text)
    if reference.kind in ("path", "gguf"):
        reference = replace(reference, name=str(Path(reference.name).expanduser().resolve()))
    return str(reference)


def read_file(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        InputError: it is not there, not a file, too large, or may not be read.
    """
    from ladder.project.readers import check_size

    if path.is_dir():
        raise InputError(f"{path} is a folder; name the file in it.")
    try:
        check_size(path.name, path.stat().st_size)
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check its name.") from None
    except PermissionError:
        raise InputError(f"{path} may not be read by you; change its permissions.") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises:
        InputError: it cannot be read, is not YAML, or is no mapping.
    """
    import yaml

    try:
        value = yaml.safe_load(read_file(path).decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML in UTF-8: {error}") from error
    if value is not None and not isinstance(value, dict):
        raise InputError(f"{path} holds {type(value).__name__}; give a mapping: key: value.")
    return value or {}
