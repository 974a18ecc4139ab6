"""Text, Markdown, source code, CSV and JSON: the text is the file's own, to the character."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

from ladder.project.encodings import SAVE_TEXT, decode
from ladder.project.reading.content import DocumentText, Place, whole

__all__ = ["items", "lines", "rows"]

_DELIMITERS = ",;\t|"
_LARGEST_FIELD = 10_000_000
_BLANK = re.compile(r"[\s,]*")


def lines(name: str, data: bytes) -> DocumentText:
    """Read a file line by line: "line 10"."""
    text = _text(name, data)
    return DocumentText(text, tuple(_lines(text)))


def rows(name: str, data: bytes) -> DocumentText:
    """Read a table with delimiters: "row 14", counted as a spreadsheet counts, headers included."""
    text = _text(name, data)
    try:
        return DocumentText(text, tuple(_rows(text)))
    except csv.Error:  # one field is a whole file: rows cannot be told
        return DocumentText(text, tuple(_lines(text)))


def items(name: str, data: bytes) -> DocumentText:
    """Read JSON: "item 3" of a list, else "line 10"; broken JSON is text like any other."""
    text = _text(name, data)
    try:
        found = tuple(_items(text))
    except (ValueError, RecursionError):
        found = ()
    return DocumentText(text, found or tuple(_lines(text)))


def _text(name: str, data: bytes) -> str:
    return whole(decode(name, data, SAVE_TEXT).text)


def _lines(text: str) -> Iterator[Place]:
    start = 0
    for number, line in enumerate(re.split(r"(?<=\n)|(?<=\r)(?!\n)", text), 1):
        if line:
            yield Place(start, f"line {number}")
        start += len(line)


def _rows(text: str) -> Iterator[Place]:
    csv.field_size_limit(_LARGEST_FIELD)
    split = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    header = re.sub(r'"[^"]*"', "", next((line for line in split if line.strip()), ""))
    reader = csv.reader(split, delimiter=max(_DELIMITERS, key=header.count))
    start = read = 0
    for number, cells in enumerate(reader, 1):
        if cells:
            yield Place(start, f"row {number}")
        start += sum(len(line) for line in split[read : reader.line_num])
        read = reader.line_num


def _items(text: str) -> Iterator[Place]:
    """Yield the items of a list; nothing if the text is no list of several items."""
    place = len(text) - len(text.lstrip())
    if not text.startswith("[", place):
        return
    decoder = json.JSONDecoder()
    number, place = 0, place + 1
    while True:
        blank = _BLANK.match(text, place)
        place = blank.end() if blank else place
        if text.startswith("]", place):
            return
        number += 1
        _, end = decoder.raw_decode(text, place)
        yield Place(place, f"item {number}")
        place = end
