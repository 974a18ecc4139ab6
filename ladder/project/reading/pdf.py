"""PDF: page by page, by pypdf."""

from __future__ import annotations

import io
import logging
from time import monotonic
from typing import TYPE_CHECKING

from ladder.errors import InputError
from ladder.project.reading.content import DocumentText, Pieces

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ["pages"]

_PAGE_SECONDS = 20
_DOCUMENT_SECONDS = 300
"""Text takes some hundredths of a second a page."""


def pages(name: str, data: bytes) -> DocumentText:
    """Read a PDF: "page 3". A page that cannot be read does not cost the others.

    Raises:
        InputError: it needs a password.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, WrongPasswordError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what matters of it is said by us
    reader = PdfReader(io.BytesIO(data))
    try:
        # Many are only locked against printing, and open without a password.
        locked = reader.is_encrypted and not reader.decrypt("")
        count = 0 if locked else len(reader.pages)
    except (DependencyError, WrongPasswordError):
        locked = True
    if locked:
        raise InputError(
            f"{name} is encrypted and needs a password; save a copy without one and add that."
        )
    found = Pieces(name)
    empty, last = 0, monotonic() + _DOCUMENT_SECONDS
    for number in range(1, count + 1):
        if monotonic() > last:
            found.left_out.append(
                f"Only the first {number - 1} of {count} pages are read: they took more than "
                f"{_DOCUMENT_SECONDS} seconds. Divide the PDF into smaller ones."
            )
            break
        try:
            text = _page(reader, number)
        except Exception as error:  # whatever is wrong with it is wrong with this page
            slow = isinstance(error, TimeoutError)
            if count == 1 and not slow:
                raise
            text = ""
            found.left_out.append(
                f"Page {number} takes more than {_PAGE_SECONDS} seconds to read; divide it."
                if slow
                else f"Page {number} cannot be read ({type(error).__name__}); save the PDF again."
            )
            if count == 1:
                raise InputError(f"{name} cannot be read. {found.left_out[0]}") from error
        else:
            empty += not text.strip()
        found.add("\n\n" if number > 1 else "")
        found.add(text, f"page {number}")
    if empty:
        found.left_out.append(
            f"{empty} of {count} pages hold no text; if they are scans, run text recognition "
            "(OCR) on them first."
        )
    return found.done()


def _page(reader: PdfReader, number: int) -> str:
    """Return the text of a page.

    A small file can hold a page that takes hours: its content is packed, and may use parts of
    itself over and over.

    Raises:
        TimeoutError: it takes too long.
    """
    last = monotonic() + _PAGE_SECONDS

    def before(*_: object) -> None:
        if monotonic() > last:
            raise TimeoutError

    return reader.pages[number - 1].extract_text(visitor_operand_before=before)
