"""HTML to Markdown: by markdownify, without what a reader would not see."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from ladder.project.encodings import SAVE_TEXT, decode
from ladder.project.reading.content import (
    DocumentText,
    Pieces,
    places_of_headings,
    shown_once,
    whole,
)

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

__all__ = ["markdown", "page"]

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_NOT_SHOWN = ["head", "img", "noscript", "script", "style", "template"]


def page(name: str, data: bytes) -> DocumentText:
    """Read an HTML file: 'under "Returns"', by its headings."""
    return markdown(name, _decoded(name, data))


def markdown(name: str, source: str) -> DocumentText:
    """Turn HTML into Markdown; scripts, styles, images and hidden elements are left out."""
    from bs4 import BeautifulSoup

    from ladder.project.reading.seen import take_hidden

    soup = BeautifulSoup(source, "html.parser")
    hidden = take_hidden(soup)
    for element in soup(_NOT_SHOWN):
        element.decompose()
    text = re.sub(r"\n{3,}", "\n\n", whole(_converted(soup))).strip() + "\n"
    Pieces(name).check(len(text))
    return DocumentText(text, places_of_headings(text), shown_once(hidden))


def _converted(soup: BeautifulSoup) -> str:
    from markdownify import MarkdownConverter

    try:
        text: str = MarkdownConverter(heading_style="ATX").convert_soup(soup)
    except RecursionError:  # thousands of elements in each other: the words without the markup
        return soup.get_text("\n")
    return text


def _decoded(name: str, data: bytes) -> str:
    """Return a page's text, in the encoding that it names itself if it is not UTF-8."""
    named = _CHARSET.search(data[:4096])
    if named and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            try:
                codec = codecs.lookup(named[1].decode("ascii"))
                # A text codec only; browsers read Latin-1 as Windows-1252.
                if codec.name not in ("iso8859-1", "utf-8"):
                    return data.decode(codec.name)
            except (LookupError, UnicodeDecodeError):
                pass
    return decode(name, data, SAVE_TEXT).text
