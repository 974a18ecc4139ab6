"""Documents: stored under names of our own, and read to text once.

The text of Markdown and plain text is the file's own, character for character, so that offsets
into it hold; HTML is read by markdownify, DOCX by mammoth, PDF by pypdf.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from ladder.errors import InputError, StorageError
from ladder.files import file_hash, locked, write_bytes, write_text
from ladder.project.encodings import decode

__all__ = [
    "DOCUMENT_KINDS",
    "LARGEST",
    "check_size",
    "document_text",
    "safe_name",
    "store_document",
]

DOCUMENT_KINDS = (".md", ".txt", ".html", ".pdf", ".docx")
"""The kinds of document that can be read."""

LARGEST = 100 * 1024 * 1024
"""The largest file that is taken, in bytes."""

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


def store_document(folder: Path, name: str, data: bytes) -> Path:
    """Store a document in `folder` under a safe name made from `name`; the same content once.

    Raises:
        InputError: the file is empty, too large, or not of a kind that can be read.
        StorageError: the folder cannot be written.
    """
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
        decode(name, data)
    with locked(folder):
        number = 1
        path = folder / safe
        while path.exists():
            if path.read_bytes() == data:
                return path
            number += 1
            path = folder / f"{Path(safe).stem}-{number}{kind}"
        write_bytes(path, data)
    return path


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
        InputError: the document cannot be read as what its name says.
    """
    if path.suffix in (".md", ".txt"):
        return decode(path.name, path.read_bytes()).text
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

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converters' own
            text = _pdf_text(path) if path.suffix == ".pdf" else _markdown(path)
    except ImportError:  # the installation's fault, not the document's
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

    return "\n\n".join(page.extract_text() for page in PdfReader(path).pages)


def _markdown(path: Path) -> str:
    """Turn HTML or DOCX into Markdown; scripts, styles and images are left out."""
    import io

    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    data = path.read_bytes()
    if path.suffix == ".docx":
        import mammoth

        page = mammoth.convert_to_html(io.BytesIO(data)).value
    else:
        page = decode(path.name, data).text
    soup = BeautifulSoup(page, "html.parser")
    for element in soup(["head", "img", "noscript", "script", "style", "template"]):
        element.decompose()
    text: str = MarkdownConverter(heading_style="ATX").convert_soup(soup)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
