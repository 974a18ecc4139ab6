"""Bytes to text: which encoding a file is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ladder.errors import InputError

__all__ = ["SAVE_TEXT", "Decoded", "decode"]

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, such as an Excel or Word file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 100_000
_NOT_TEXT_SHARE = 0.02
_FOREIGN_SHARE = 0.4
_FOREIGN_LEAST = 8
_FOREIGN = ("cp1252", "cp1251", "cp1253", "shift_jis", "gb18030", "big5", "euc_kr")
_SAVE_AS = 'save the table as "CSV UTF-8" or JSON Lines and bring that'
SAVE_TEXT = "save it as plain text in UTF-8 and bring that"
"""The remedy where a document is read, not a table."""


@dataclass(frozen=True)
class Decoded:
    """A file's text."""

    text: str
    """Bytes that are wrong in a UTF-8 file stand as lone surrogates (`surrogateescape`)."""
    encoding: str
    note: str = ""
    """What the user should check, if the encoding was inferred."""


def decode(name: str, data: bytes, remedy: str = _SAVE_AS) -> Decoded:
    """Return the text of a file and the encoding it was read in.

    A byte order mark decides; else UTF-8 if it fits; else UTF-16 where every second byte is
    empty; else UTF-8 with damaged places, or a one-byte encoding (Windows-1252, which holds
    Latin-1, unless the letters speak for another). `remedy` says what to do about a file that is
    no text.

    Raises:
        InputError: the file is not text.
    """
    for magic, what in _MAGIC:
        if data.startswith(magic) and not _is_plain(data):
            raise InputError(f'"{name}" is {what}, not a table or text; {remedy}.')
    for mark, codec, encoding in _MARKS:
        if data.startswith(mark):
            body = data[len(mark) :] if codec == "utf-8" else data
            try:
                return Decoded(body.decode(codec), encoding)
            except UnicodeDecodeError as error:
                raise InputError(
                    f'"{name}" begins as {encoding} but is damaged at byte {error.start:,}; '
                    f"{remedy}."
                ) from error
    if wide := _wide_without_mark(data):
        return Decoded(
            data.decode(wide), "UTF-16", "The file has no byte order mark; read as UTF-16."
        )
    sample = data[:_SAMPLE]
    strange = len(_CONTROL.findall(sample)) + sample.count(0)
    if strange > max(8, _NOT_TEXT_SHARE * len(sample)):
        raise InputError(f'"{name}" is not text but binary data; {remedy}.')
    try:
        return Decoded(data.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError:
        return _not_utf8(name, data, remedy)


def _is_plain(data: bytes) -> bool:
    """Return whether the file is text that begins like another format (such as "MZ")."""
    try:
        head = data[:_SAMPLE].decode("utf-8", errors="strict" if len(data) <= _SAMPLE else "ignore")
    except UnicodeDecodeError:
        return False
    return not data.startswith(b"%PDF-") and not _CONTROL.search(head.encode()) and "\0" not in head


def _wide_without_mark(data: bytes) -> str | None:
    """Return the UTF-16 codec if nearly every second byte of the sample is empty."""
    sample = data[: _SAMPLE - _SAMPLE % 2]
    if len(sample) < 8 or len(data) % 2:
        return None
    half = len(sample) // 2
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    codec = "utf-16-le" if odd > 0.7 and even < 0.1 else None
    codec = "utf-16-be" if even > 0.7 and odd < 0.1 else codec
    if codec:
        try:
            data.decode(codec)
        except UnicodeDecodeError:
            return None
    return codec


def _not_utf8(name: str, data: bytes, remedy: str) -> Decoded:
    """Decode what is not UTF-8 throughout."""
    damaged = data.decode("utf-8", errors="surrogateescape")
    wrong = sum("\udc80" <= character <= "\udcff" for character in damaged)
    right = sum(character > "\x7f" for character in damaged) - wrong
    if right > wrong:
        note = (
            f"It mixes encodings: {wrong} bytes are not UTF-8, and their rows are left out. Save "
            "all of it as UTF-8."
        )
        return Decoded(damaged, "UTF-8", note)
    codec, encoding = _one_byte(data)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise InputError(
            f'"{name}" is in an encoding that is not known (byte {error.start:,} fits none); '
            f"{remedy}."
        ) from error
    note = f"The file is not UTF-8; read as {encoding}. Check its accents."
    if right:
        note = (
            f"It mixes encodings: {wrong} bytes are not UTF-8, {right} characters are. Read as "
            f"{encoding}, in which those are wrong; save all of it as UTF-8."
        )
    return Decoded(text, encoding, note)


def _one_byte(data: bytes) -> tuple[str, str]:
    """Return the codec and name of the encoding that fits best.

    Western European text has few letters beyond ASCII; only where they abound is it guessed.
    """
    lines = [line for line in data.splitlines() if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE]
    beyond = sum(byte > 0x7F for byte in sample)
    letters = beyond + len(re.findall(rb"[A-Za-z]", sample))
    if beyond < max(_FOREIGN_LEAST, _FOREIGN_SHARE * letters):
        return "cp1252", "Latin-1 (Windows-1252)"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_FOREIGN)).best()
    return (best.encoding, best.encoding) if best else ("cp1252", "Latin-1 (Windows-1252)")
