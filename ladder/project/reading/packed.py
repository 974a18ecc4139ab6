"""DOCX, PPTX and XLSX are archives of XML: they are looked at before they are unpacked."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from typing import IO
from xml.parsers import expat

from ladder.errors import InputError

__all__ = ["LARGEST_UNPACKED", "check_declared", "checked_parts", "repacked"]

LARGEST_UNPACKED = 50 * 1024 * 1024
"""The most text and markup that a document may unpack to, in bytes; its pictures are not read."""
_MOST_PARTS = 10_000
_TEXT_PARTS = (".xml", ".rels", ".vml")
_ARCHIVE = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0"


def check_declared(name: str, kind: str, file: IO[bytes]) -> None:
    """Refuse a document that is no archive, or that unpacks to more than can be read.

    The sizes are those that the archive declares; `zipfile` reads no more than is declared.

    Raises:
        InputError: with the reason.
    """
    begins = file.read(len(_OLD))
    file.seek(0)
    if begins == _OLD:
        raise InputError(
            f'"{name}" is locked with a password or of an older format; save a copy as {kind} '
            "without a password and add that."
        )
    if begins != _ARCHIVE:
        raise InputError(f'"{name}" is named {kind} but is none; save it again in that format.')
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            f'"{name}" is named {kind} but is damaged; save it again in that format.'
        ) from error
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise InputError(f'"{name}" is named {kind} but is none; save it again in that format.')
    unpacked = sum(part.file_size for part in parts if _is_text(part.filename))
    if unpacked > LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
        raise InputError(
            f'"{name}" unpacks to {unpacked / 2**20:,.0f} MB of text in {len(parts):,} parts; at '
            f"most {LARGEST_UNPACKED // 2**20} MB are read. Divide it into smaller documents."
        )


def checked_parts(name: str, kind: str, data: bytes) -> dict[str, bytes]:
    """Return the parts of a document that hold text, by name.

    Raises:
        InputError: it is no such document, unpacks to too much, or a part declares entities.
    """
    check_declared(name, kind, io.BytesIO(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {
            part.filename: archive.read(part)
            for part in archive.infolist()
            if _is_text(part.filename)
        }
    for part, content in parts.items():
        if declares(content):
            raise InputError(
                f'"{name}" declares a document type in its part {part[:80]}, which no {kind} has '
                "and which can be used for an attack; save it again in that format."
            )
    return parts


def declares(content: bytes) -> bool:
    """Return whether an XML part has a document type declaration, where entities are made.

    Only what stands before the first element is read, so that nothing is ever expanded.
    """

    class Found(Exception):
        """The answer is known."""

    answer = [False]

    def stop(there: bool) -> None:
        answer[0] = there
        raise Found

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: stop(True)
    parser.StartElementHandler = lambda *_: stop(False)
    with suppress(Found, expat.ExpatError):  # broken XML is for the reader to refuse
        parser.Parse(content, True)
    return answer[0]


def repacked(data: bytes, parts: dict[str, bytes]) -> io.BytesIO:
    """Return the archive with the given parts; pictures and what else it holds are emptied."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new,
    ):
        for part in dict.fromkeys(each.filename for each in old.infolist()):
            new.writestr(part, parts.get(part, b""))
    out.seek(0)
    return out


def _is_text(part: str) -> bool:
    return part.lower().endswith(_TEXT_PARTS)
