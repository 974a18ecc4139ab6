from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import pytest

from ladder.errors import InputError
from ladder.project.reading import content, read_bytes


def book(**sheets: list[list[Any]]) -> bytes:
    """Return a workbook; a sheet whose name begins with "hidden" is hidden."""
    from openpyxl import Workbook

    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
        for cell in (cell for row in sheet for cell in row if isinstance(cell.value, float)):
            cell.number_format = "0%" if cell.value < 1 else "0.00"
        sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_words_are_found_in_the_row_that_is_named() -> None:
    rows: list[list[Any]] = [["item", "price"]] + [[f"lid {n}", n * 7] for n in range(2, 40)]
    read = read_bytes("a.xlsx", book(Price_list=rows, Other=[["x"], ["y z"]]))
    for number in range(2, 40):
        start = read.text.index(f"| lid {number} |")
        assert read.text[start:].startswith(f"| lid {number} | {number * 7} |")
        assert read.place(start) == f"sheet Price list, row {number}"
    assert read.text.startswith(
        "## Price list\n\n| item | price |\n| --- | --- |\n| lid 2 | 14 |\n"
    )
    assert read.place(read.text.index("y z")) == "sheet Other, row 2"


def test_values_read_as_the_program_shows_them() -> None:
    rows = [
        ["when", "share", "paid", "price", "note"],
        [dt.datetime(2024, 5, 1), 0.19, True, 12.5, "two\nlines | bar"],
        [],
        [None, None, "alone"],
    ]
    read = read_bytes("a.xlsx", book(A=rows))
    assert "| 2024-05-01 | 19% | TRUE | 12.5 | two lines \\| bar |" in read.text
    assert read.text.endswith("\n\n|  |  | alone |\n| --- | --- | --- |")
    assert read.place(read.text.index("alone")) == "sheet A, row 4"


def test_a_hidden_sheet_is_left_out_and_told() -> None:
    read = read_bytes("a.xlsx", book(A=[["seen"]], hidden=[["margin", 7]]))
    assert "margin" not in read.text
    assert read.hidden == ("## hidden | margin | 7 | | --- | --- |",)


def changed(data: bytes, part: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for each in old.namelist():
            new.writestr(each, content if each == part else old.read(each))
    return out.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<dimension ref="A1:XFD1048576"/><sheetData>{}</sheetData></worksheet>'
)
TEXT = "<is><t>{}</t></is>"


def test_cells_at_the_ends_of_the_sheet_make_no_others() -> None:
    rows = "".join(
        f'<row r="{row}"><c r="XFD{row}" t="inlineStr">{TEXT.format("far")}</c></row>'
        for row in (1, 1_048_576, 900_000_000)
    )
    evil = changed(book(A=[["x"]]), "xl/worksheets/sheet1.xml", SHEET.format(rows).encode())
    read = read_bytes("a.xlsx", evil)
    assert read.text.count("far") == 3
    assert len(read.text) < 200
    assert read.place(len(read.text) - 1) == "sheet A, row 900000000"


def test_a_long_text_used_by_many_cells_is_refused_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(content, "LARGEST_TEXT", 100_000)
    evil = book(A=[["x" * 20_000] * 3] * 20)
    assert len(evil) < 20_000
    with pytest.raises(InputError, match=r"a\.xlsx holds more than"):
        read_bytes("a.xlsx", evil)


def test_bombs_and_declared_entities_are_refused() -> None:
    part = "xl/worksheets/sheet1.xml"
    with pytest.raises(InputError, match="unpacks to"):
        read_bytes("a.xlsx", changed(book(A=[["x"]]), part, b" " * (51 * 2**20)))
    evil = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    with pytest.raises(InputError, match="declares a document type"):
        read_bytes("a.xlsx", changed(book(A=[["x"]]), part, evil))
    with pytest.raises(InputError, match="cannot be read as XLSX"):
        read_bytes("a.xlsx", changed(book(A=[["x"]]), part, b"<broken"))
    with pytest.raises(InputError, match="holds no text"):
        read_bytes("a.xlsx", book(A=[]))
