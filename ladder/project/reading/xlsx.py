"""XLSX to Markdown tables: row by row, by openpyxl; hidden sheets are left out.

The rows are read as they stand in the file: `openpyxl` would fill the gaps between a cell in the
first row and one in the last possible with cells that are none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from ladder.project.reading.content import DocumentText, Pieces
from ladder.project.reading.packed import checked_parts, repacked
from ladder.project.reading.tables import row

__all__ = ["sheets"]

_MOST_COLUMNS = 1_000
"""Of a row that is wider only so many columns have their empty cells kept between the others."""


def sheets(name: str, data: bytes) -> DocumentText:
    """Read a workbook: "sheet Prices, row 14", counted as the program shows it.

    Raises:
        InputError: the file unpacks to too much, declares entities, or holds too much text.
    """
    from openpyxl import load_workbook

    file = repacked(data, checked_parts(name, ".xlsx", data))
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    found = Pieces(name)
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                _sheet(sheet, found)
            else:
                kept = Pieces(name)
                _sheet(sheet, kept)
                found.hidden.append("".join(kept.parts))
    finally:
        book.close()
    return found.done()


def _sheet(sheet: Any, found: Pieces) -> None:
    """Add a sheet: its name as a heading, then a table for every block of rows."""
    title = " ".join(sheet.title.split())[:80]
    heading, last, width = False, -1, 0
    for number, cells in _rows(sheet):
        if not cells:
            continue
        label = f"sheet {title}, row {number}"
        if not heading:
            found.add("\n\n" if found.length else "")
            found.add(f"## {title}", f"sheet {title}")
            heading = True
        for text in cells:
            found.check(len(text))
        if number != last + 1:  # after an empty row another table begins, with its own header
            width = len(cells)
            found.add("\n\n")
            found.add(row(cells), label)
            found.add("\n" + row("---" for _ in cells))
        else:
            found.add("\n")
            found.add(row([*cells, *[""] * (width - len(cells))]), label)
        last = number


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of every row that the file has, and its cells up to the last full one."""
    from openpyxl.worksheet._reader import WorkSheetParser

    book = sheet.parent
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            given = {
                each["column"]: _shown(each["value"], _format(book, each["style_id"]))
                for each in cells
                if each["value"] is not None and str(each["value"]).strip()
            }
            if given and max(given) <= _MOST_COLUMNS:
                yield number, [given.get(column, "") for column in range(1, max(given) + 1)]
            else:
                yield number, [given[column] for column in sorted(given)]


def _format(book: Any, style: int) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    try:
        number = book._cell_styles[style].numFmtId
        own = number - 164
        return str(BUILTIN_FORMATS.get(number) or (book._number_formats[own] if own >= 0 else ""))
    except (IndexError, AttributeError):
        return ""


def _shown(value: Any, number_format: str) -> str:
    """Return a cell's value about as the program shows it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, dt.time | dt.date):
        return value.isoformat()
    if isinstance(value, int | float):
        percent = "%" in number_format
        number = (
            f"{value * 100 if percent else value:.10g}"
            if isinstance(value, float)
            else (str(value * 100 if percent else value))
        )
        return f"{number}%" if percent else number
    return str(value)
