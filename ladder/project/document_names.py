"""The names under which documents are stored: a file's own, made safe on every system."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

__all__ = ["folded", "numbered", "safe_name", "slug"]

_MOST_BYTES = 120
_LONGEST_ENDING = 16
_KEPT = " -_.()"
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])",
                       re.IGNORECASE)  # fmt: skip
"""Names that Windows keeps for devices, whatever their ending."""


def safe_name(name: str) -> str:
    """Return a file's own name as far as it is safe; the same for what is safe already.

    Letters and digits of any script, blanks and `-_.()` stay, and so does their case. No part of
    `name` that could be a folder survives; any other character becomes "-", or nothing where it
    has no width. At most 120 bytes; a leading dot, blanks at the ends and the names that Windows
    keeps for devices are changed.
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    plain = "".join(map(_plain, last))
    plain = re.sub(r"-{2,}", "-", plain) if "--" not in last else plain
    stem, ending = _parted(plain)
    stem = stem.lstrip(" .").rstrip(" .")
    if not re.search(r"[^\W_]", stem):
        stem = "document"
    if _RESERVED.fullmatch(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    return _cut(stem, _MOST_BYTES - len(ending.encode())) + ending


def numbered(name: str, number: int) -> str:
    """Return a safe name with a number before its ending: "terms-2.md"."""
    stem, ending = _parted(name)
    ending = f"-{number}{ending}"
    return _cut(stem, _MOST_BYTES - len(ending.encode())) + ending


def folded(name: str) -> str:
    """Return what two names have in common that some system takes for one."""
    return unicodedata.normalize("NFC", name.casefold())


def slug(text: str) -> str:
    """Return a name made of a-z, 0-9 and "-" alone, for what has no file's name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "document"


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LMN" or character in _KEPT:
        return character
    if category == "Zs":
        return " "
    return "" if category in ("Cf", "Cc", "Cs", "Cn", "Co") else "-"


def _parted(name: str) -> tuple[str, str]:
    """Return a name's stem and its ending with the dot."""
    name = name.rstrip(" .")
    ending = PurePath(name).suffix
    if not ending and re.fullmatch(r"\.[^.]+", name):  # nothing but an ending, as in ".md"
        return "", name
    if len(ending.encode()) > _LONGEST_ENDING:
        return name, ""
    return name.removesuffix(ending), ending


def _cut(stem: str, most: int) -> str:
    data = stem.encode()
    if len(data) <= most:
        return stem
    return data[:most].decode("utf-8", "ignore").rstrip(" .")
