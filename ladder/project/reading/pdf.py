"""PDF: page by page, by pypdf."""

from __future__ import annotations

import io

from ladder.errors import InputError
from ladder.project.reading.content import DocumentText, Pieces

__all__ = ["pages"]


def pages(name: str, data: bytes) -> DocumentText:
    """Read a PDF: "page 3". A page that cannot be read does not cost the others.

    Raises:
        InputError: it needs a password.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, WrongPasswordError

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
    empty = 0
    for number in range(1, count + 1):
        try:
            text = reader.pages[number - 1].extract_text()
        except Exception as error:  # whatever is wrong with it is wrong with this page
            if count == 1:
                raise
            text = ""
            found.left_out.append(
                f"Page {number} cannot be read ({type(error).__name__}); save the PDF again."
            )
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
