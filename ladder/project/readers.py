"""Read a file of examples: CSV, JSON lines, JSON, and what is made of them.

A row that cannot be read is reported with its number; the good rows beside it are kept.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ladder.errors import InputError
from ladder.project.documents import LARGEST, check_size
from ladder.project.encodings import decode
from ladder.project.shapes import reshaped
from ladder.project.table import RowProblem, Table

__all__ = ["LARGEST", "RowProblem", "Table", "check_size", "read_table"]

_DELIMITERS = ",;\t|"
_NO_DELIMITER = "\x1f"
_LARGEST_FIELD = 10_000_000
_LISTS = ("data", "rows", "examples", "items", "records", "train")
_NEXT_ITEM = re.compile(r"\}\s*,\s*(?=\{)")
_Rows = list[tuple[int, dict[str, Any]]]


def read_table(name: str, data: bytes) -> Table:
    """Return the rows of a file, recognised by its content and its ending.

    Raises:
        InputError: it is too large, empty, not text, or holds no row.
    """
    check_size(name, len(data))
    if not data.strip(b" \t\r\n\0"):
        raise InputError(f'"{name}" is empty; choose a file with at least one row.')
    decoded = decode(name, data)
    text = decoded.text
    problems: list[RowProblem] = []
    if decoded.note:
        problems.append(RowProblem(0, "", decoded.note))
    head = text.lstrip()[:1]
    suffix = Path(name).suffix.lower()
    if suffix in (".jsonl", ".ndjson", ".json") or (head in ("{", "[") and suffix != ".csv"):
        form, rows = _read_json(text, problems)
        if form == "JSON" and suffix in (".jsonl", ".ndjson"):
            message = (
                f"It is named {suffix}, but holds one JSON list and not an object a line. It is "
                "read all the same; a row is the place in that list."
            )
            problems.append(RowProblem(0, "", message))
    else:
        form, rows = "CSV", _read_csv(text, problems)
    good = [(number, row) for number, row in rows if _is_clean(number, row, problems)]
    table = Table(
        form, decoded.encoding, [row for _, row in good], problems, [number for number, _ in good]
    )
    table = reshaped(table)
    if not table.rows:
        first = next((p for p in table.problems if p.row), None)
        why = f" Row {first.row}: {first.message}" if first else ""
        raise InputError(f'"{name}" holds no row that can be read.{why}')
    return replace(table, problems=sorted(table.problems, key=lambda problem: problem.row))


def _read_json(text: str, problems: list[RowProblem]) -> tuple[str, _Rows]:
    """Read JSON lines, a list of objects, or an object that holds such a list."""
    start = len(text) - len(text.lstrip())
    if text.startswith("[", start):
        return "JSON", _objects(_list_items(text, start + 1, problems), problems)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return "JSON lines", _objects(_lines(text, problems), problems)
    if isinstance(whole, dict):
        lists = {key: value for key, value in whole.items() if isinstance(value, list)}
        name = next((key for key in (*_LISTS, *lists) if lists.get(key)), None)
        nested = name is not None and all(isinstance(item, dict) for item in lists[name])
        if name is not None and nested and name not in ("messages", "conversations"):
            return "JSON", _objects(enumerate(lists[name], start=1), problems)
    return "JSON lines", _objects([(1, whole)], problems)


def _lines(text: str, problems: list[RowProblem]) -> Iterator[tuple[int, Any]]:
    lines = text.rstrip().split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                ends = _ends_inside(line, error) and number == len(lines)
                cut = f" The file ends inside this row, after {line[-20:]!r}: it was cut off; "
                why = f"{cut}bring the whole of it." if ends else ""
                problems.append(RowProblem(number, "", f"Not JSON: {error}. Left out.{why}"))


def _ends_inside(line: str, error: Exception) -> bool:
    """Return whether a line of JSON was fine as far as it goes."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated") or error.pos >= len(line.rstrip())


def _list_items(text: str, place: int, problems: list[RowProblem]) -> Iterator[tuple[int, Any]]:
    """Read a JSON list item by item, so that one broken item does not cost the others."""
    decoder = json.JSONDecoder()
    space = re.compile(r"[\s,]*")
    number = 0
    while True:
        place = _end(space, text, place)
        if text.startswith("]", place):
            return
        number += 1
        if place >= len(text):
            message = "The file ends here, before its closing bracket; the rest is missing."
            problems.append(RowProblem(number, "", message))
            return
        try:
            item, place = decoder.raw_decode(text, place)
            yield number, item
        except (ValueError, RecursionError) as error:
            following = _NEXT_ITEM.search(text, place + 1)
            cut = "" if following else " The file may be cut off here."
            problems.append(RowProblem(number, "", f"Not JSON: {error}. Left out.{cut}"))
            if not following:
                return
            place = following.end()


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _objects(items: Any, problems: list[RowProblem]) -> _Rows:
    rows: _Rows = []
    for number, item in items:
        if isinstance(item, dict):
            rows.append((number, item))
        else:
            shown = json.dumps(item, ensure_ascii=False)[:40]
            message = f'Not an object but {shown}. Left out; write {{"input": .., "output": ..}}.'
            problems.append(RowProblem(number, "", message))
    return rows


def _read_csv(text: str, problems: list[RowProblem]) -> _Rows:
    """Read a table with a header; the delimiter is found by the header."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line + "\n" for line in plain.split("\n")]
    delimiter = _delimiter(lines)
    records = _records(lines, delimiter, problems)
    header: list[str] = []
    rows: _Rows = []
    for number, cells in records:
        if not header:
            header = _column_names(cells)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        extra = cells[len(header) :]
        if len(cells) < len(header) or any(cell.strip() for cell in extra):
            message = f"Has {len(cells)} fields where the header has {len(header)}. Left out."
            problems.append(RowProblem(number, "", message))
            continue
        rows.append((number, dict(zip(header, cells, strict=False))))
    return rows


def _records(
    lines: list[str], delimiter: str, problems: list[RowProblem]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the records with their row numbers; after a broken one, go on at the next line."""
    csv.field_size_limit(_LARGEST_FIELD)
    start = number = 0
    while start < len(lines):
        reader = csv.reader(
            (lines[i] for i in range(start, len(lines))),
            delimiter=delimiter,
            strict=True,
            skipinitialspace=True,
        )
        read = 0
        try:
            for cells in reader:
                number += 1
                read = reader.line_num
                yield number, cells
            return
        except csv.Error as error:
            number += 1
            quote = "unexpected end" in str(error) or "expected after" in str(error)
            why = "A quotation mark is not closed, or stands alone" if quote else f"{error}"
            line = start + read + 1
            problems.append(RowProblem(number, "", f"{why} (line {line} of the file). Left out."))
            start += read + 1


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that parts the header most often, outside of quotation marks."""
    head = re.sub(r'"[^"]*"', "", next((line for line in lines if line.strip()), ""))
    best = max(_DELIMITERS, key=head.count)
    return best if best in head else _NO_DELIMITER


def _column_names(cells: list[str]) -> list[str]:
    """Return names that differ: an empty one is numbered, a second of the same too."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names


def _is_clean(number: int, row: dict[str, Any], problems: list[RowProblem]) -> bool:
    """Report a row that holds what cannot be kept: a NUL byte, or bytes that are no text."""
    for key, value in row.items():
        for text in (key, *_texts(value)):
            if "\0" in text:
                message = "Holds a NUL byte (binary data). Left out."
                problems.append(RowProblem(number, key.replace("\0", "")[:40], message))
                return False
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                message = "Holds bytes that are not text in this encoding. Left out."
                name = key[:40].encode("ascii", "replace").decode()
                problems.append(RowProblem(number, name, message))
                return False
    return True


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        items = [*value, *value.values()] if isinstance(value, dict) else value
        for item in items:
            yield from _texts(item)
