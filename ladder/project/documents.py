"""Documents: stored under names of our own, and read to text once.

The text of Markdown and plain text is the file's own, character for character, so that offsets
into it hold; HTML is read by markdownify, DOCX by mammoth, PDF by pypdf.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from ladder.errors import InputError, StorageError
from ladder.files import file_hash, locked, write_bytes, write_text
from ladder.project.encodings import SAVE_TEXT, decode

__all__ = [
    "DOCUMENT_KINDS",
    "LARGEST",
    "check_size",
    "document_text",
    "safe_name",
    "store_document",
    "storing",
]

DOCUMENT_KINDS = (".md", ".txt", ".html", ".pdf", ".docx")
"""The kinds of document that can be read."""

LARGEST = 100 * 1024 * 1024
"""The largest file that is taken, in bytes."""

LARGEST_UNPACKED = 50 * 1024 * 1024
"""The most text and markup that a DOCX may unpack to, in bytes; its pictures are not read."""
_MOST_PARTS = 10_000
_SAME = {".markdown": ".md", ".htm": ".html", ".text": ".txt"}
_MAGIC = {".pdf": b"%PDF-", ".docx": b"PK\x03\x04"}


def check_size(name: str, size: int) -> None:
    """Refuse a file that is too large, before it is read.

    Raises:
        InputError: it has more than 100 MB.
    """
    if size > LARGEST:
        raise InputError(
            f'"{name}" has {size / 2**20:,.0f} MB; at most {LARGEST // 2**20} MB are read at once. '
            "Divide it into several files and bring them in one after the other."
        )


Store = Callable[[str, bytes, bool], tuple[Path, bool]]
"""Stores a document by its name and bytes, in place of one of that name or beside it; returns its
file, and whether it was written or there already."""


@contextmanager
def storing(folder: Path) -> Iterator[Store]:
    """Hold a project's folder of documents and give what stores in it; see `store_document`.

    Until the block ends nobody else stores, so what it takes back nobody else relies on.
    """
    with locked(folder):
        yield partial(_store, folder)


def store_document(folder: Path, name: str, data: bytes, *, replacing: bool = False) -> Path:
    """Store a document in `folder` under a safe name made from `name`; the same content once.

    Args:
        folder: the project's folder of documents.
        name: what the file was called; its ending says what it is.
        data: the file.
        replacing: take the place of a document of that name, instead of standing beside it.

    Raises:
        InputError: the file is empty, too large, or not of a kind that can be read.
        StorageError: the folder cannot be written.
    """
    with storing(folder) as store:
        return store(name, data, replacing)[0]


def _store(folder: Path, name: str, data: bytes, replacing: bool) -> tuple[Path, bool]:
    safe = safe_name(name)
    kind = Path(safe).suffix
    if kind not in DOCUMENT_KINDS:
        raise InputError(
            f'"{name}" is not a document that can be read; give one of {", ".join(DOCUMENT_KINDS)}.'
        )
    if not data.strip():
        raise InputError(f'"{name}" is empty; choose another file.')
    check_size(name, len(data))
    magic = _MAGIC.get(kind)
    if magic and not data.lstrip()[:1024].startswith(magic):
        raise InputError(f'"{name}" is named {kind} but is none; save it again in that format.')
    if magic is None:
        decode(name, data, SAVE_TEXT)
    if kind == ".docx":
        _check_unpacked(name, io.BytesIO(data))
    number = 1
    path = folder / safe
    while path.exists() and not (replacing and path.is_file()):
        if path.read_bytes() == data:
            return path, False
        number += 1
        path = folder / f"{Path(safe).stem}-{number}{kind}"
    write_bytes(path, data)
    return path, True


def safe_name(name: str) -> str:
    """Return a file name made of a-z, 0-9 and "-" alone, with the ending of a known kind.

    No part of `name` that could be a folder survives.
    """
    stem, dot, ending = re.split(r"[/\\]", name)[-1].rpartition(".")
    if not dot:
        stem, ending = ending, ""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "document"
    suffix = f".{ending.lower()}"
    suffix = _SAME.get(suffix, suffix)
    return slug + (suffix if suffix in DOCUMENT_KINDS else "")


def document_text(path: Path) -> str:
    """Return the text of a project's document (`PROJECT/documents/NAME`).

    What had to be converted is kept in `PROJECT/index/texts`, by the hash of the content.

    Raises:
        InputError: the document cannot be read as what its name says, or not at all.
    """
    try:
        return _text_of(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"{path.name} cannot be opened ({reason}); see that it is there and may be read."
        ) from error


def _text_of(path: Path) -> str:
    if path.suffix not in DOCUMENT_KINDS:
        raise InputError(
            f"{path.name} is not a document that can be read; take it out of the project's "
            f"documents, or give one of {', '.join(DOCUMENT_KINDS)}."
        )
    if path.suffix in (".md", ".txt"):
        text = _whole(decode(path.name, path.read_bytes(), SAVE_TEXT).text)
        if not text.strip():
            raise InputError(f"{path.name} is empty; choose another file.")
        return text
    cached = path.parent.parent / "index" / "texts" / f"{file_hash(path)}.txt"
    if cached.exists():
        return cached.read_bytes().decode("utf-8")
    text = _converted(path)
    try:
        write_text(cached, text)
    except StorageError:  # a project that is read-only can still be read
        return text
    return text


def _converted(path: Path) -> str:
    """Read a PDF, HTML or DOCX file to text."""
    import warnings

    if path.suffix == ".docx":
        with path.open("rb") as file:
            _check_unpacked(path.name, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converters' own
            text = _whole(_pdf_text(path) if path.suffix == ".pdf" else _markdown(path))
    except (ImportError, InputError):  # the installation's fault; or said already
        raise
    except Exception as error:  # the converters raise many kinds; none is the user's to read
        raise InputError(
            f"{path.name} cannot be read as {path.suffix[1:].upper()} "
            f"({type(error).__name__}); open it, save it again and add it anew."
        ) from error
    if not text.strip():
        raise InputError(
            f"{path.name} holds no text; if it is a scan, run text recognition (OCR) on it first."
        )
    return text


def _pdf_text(path: Path) -> str:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, WrongPasswordError

    with path.open("rb") as file:
        reader = PdfReader(file)
        try:
            # Many are only locked against printing, and open without a password.
            locked_up = reader.is_encrypted and not reader.decrypt("")
            pages = [] if locked_up else [page.extract_text() for page in reader.pages]
        except (DependencyError, WrongPasswordError):
            locked_up, pages = True, []
    if locked_up:
        raise InputError(
            f"{path.name} is encrypted and needs a password; save a copy without one and add that."
        )
    return "\n\n".join(pages)


def _check_unpacked(name: str, file: IO[bytes]) -> None:
    """Refuse a DOCX that is none, or that unpacks to more than can be read.

    The sizes are those that the archive declares; `zipfile` reads no more than is declared.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            f'"{name}" is named .docx but is damaged or none; save it again in that format.'
        ) from error
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise InputError(f'"{name}" is named .docx but is none; save it again in that format.')
    unpacked = sum(p.file_size for p in parts if p.filename.lower().endswith((".xml", ".rels")))
    if unpacked > LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
        raise InputError(
            f'"{name}" unpacks to {unpacked / 2**20:,.0f} MB of text in {len(parts):,} parts; at '
            f"most {LARGEST_UNPACKED // 2**20} MB are read. Divide it into smaller documents."
        )


def _whole(text: str) -> str:
    """Return a text that every library can encode: what is no character becomes a mark."""
    return re.sub("[\ud800-\udfff\0]", "\ufffd", text)


def _markdown(path: Path) -> str:
    """Turn HTML or DOCX into Markdown; scripts, styles and images are left out."""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    data = path.read_bytes()
    if path.suffix == ".docx":
        import mammoth

        # No picture is unpacked: text alone is wanted.
        no_picture = mammoth.images.img_element(lambda picture: {})
        page = mammoth.convert_to_html(io.BytesIO(data), convert_image=no_picture).value
    else:
        page = decode(path.name, data, SAVE_TEXT).text
    soup = BeautifulSoup(page, "html.parser")
    for element in soup(["head", "img", "noscript", "script", "style", "template"]):
        element.decompose()
    text: str = MarkdownConverter(heading_style="ATX").convert_soup(soup)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
