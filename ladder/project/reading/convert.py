"""The one way from a file's bytes to its text: by its kind, and every failure is a sentence."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module

from ladder.errors import InputError
from ladder.project.reading.content import DocumentText
from ladder.project.reading.kinds import CODE, KINDS_IN_WORDS, kind_of

__all__ = ["is_converted", "read_bytes"]

Reader = Callable[[str, bytes], DocumentText]

_READERS = {
    ".md": "plain:lines",
    ".txt": "plain:lines",
    ".csv": "plain:rows",
    ".json": "plain:items",
    ".jsonl": "plain:lines",
    ".html": "html:page",
    ".pdf": "pdf:pages",
    ".docx": "docx:word",
    ".pptx": "pptx:slides",
    ".xlsx": "xlsx:sheets",
    ".eml": "mail:message",
} | dict.fromkeys(CODE, "plain:lines")


def read_bytes(name: str, data: bytes) -> DocumentText:
    """Read a document, by its name and its bytes.

    The text of a text format is the file's own, character for character; any other is converted.

    Raises:
        InputError: it is empty, of an unknown kind, not what its name says, or holds no text.
    """
    kind = kind_of(name)
    if not kind:
        raise InputError(
            f"{name} is not a document that can be read; give one of {KINDS_IN_WORDS}."
        )
    if not data.strip():
        raise InputError(f"{name} is empty; choose another file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converters' own
            found = _reader(kind)(name, data)
    except (ImportError, InputError):  # the installation's fault; or said already
        raise
    except Exception as error:  # the converters raise many kinds; none is the user's to read
        raise InputError(
            f"{name} cannot be read as {kind[1:].upper()} ({type(error).__name__}); open it, save "
            "it again and add it anew."
        ) from error
    if not found.text.strip():
        hidden = " that a reader would see" if found.hidden else ""
        scan = "if it is a scan, run text recognition (OCR) on it first"
        remedy = scan if kind == ".pdf" else "choose another file"
        raise InputError(f"{name} holds no text{hidden}; {remedy}.")
    return found


def is_converted(kind: str) -> bool:
    """Return whether reading takes long enough that its result is worth keeping."""
    return not _READERS[kind].startswith("plain:")


def _reader(kind: str) -> Reader:
    module, _, function = _READERS[kind].partition(":")
    reader: Reader = getattr(import_module(f"ladder.project.reading.{module}"), function)
    return reader
