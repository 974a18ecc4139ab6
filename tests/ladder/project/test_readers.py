from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.project.readers import Table, check_size, read_table


def problems(table: Table) -> list[tuple[int, str]]:
    return [(problem.row, problem.message) for problem in table.problems]


def lines(*values: Any) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_parts_its_columns(delimiter: str) -> None:
    text = f'text{delimiter}label\n"one, two; three"{delimiter}a\nfour{delimiter}b\n'
    table = read_table("t.csv", text.encode())
    assert table.rows == [{"text": "one, two; three", "label": "a"}, {"text": "four", "label": "b"}]
    assert table.numbers == [2, 3]
    assert (table.format, table.encoding, table.problems) == ("CSV", "UTF-8", [])


def test_one_column_of_sentences_is_not_parted_at_commas() -> None:
    table = read_table("t.csv", b"text\nHello, where is it?\nNo; not here\n")
    assert [row["text"] for row in table.rows] == ["Hello, where is it?", "No; not here"]


def test_a_field_may_hold_line_breaks_and_doubled_quotes() -> None:
    table = read_table("t.csv", b'text,label\r\n"two\r\nlines ""so""",a\r\nnext,b\r\n')
    assert table.rows[0]["text"] == 'two\nlines "so"'
    assert table.numbers == [2, 3]


def test_an_unclosed_quote_costs_its_own_row_alone() -> None:
    data = b'text,label\nfirst,a\n"never closed,b\nthird,c\nfourth,d\n'
    table = read_table("t.csv", data)
    assert [row["label"] for row in table.rows] == ["a", "c", "d"]
    ((row, message),) = problems(table)
    assert row == 3
    assert "quotation mark is not closed" in message


def test_text_after_a_closing_quote_costs_its_own_row_alone() -> None:
    table = read_table("t.csv", b'text,label\n"bad" text,b\ngood,c\n"also good",d\n')
    assert [row["label"] for row in table.rows] == ["c", "d"]
    assert problems(table)[0][0] == 2


def test_ragged_rows_are_reported_with_both_counts() -> None:
    table = read_table("t.csv", b"text,label\nonly one\ngood,a\none,two,three\ngood too,b,,\n")
    assert [row["text"] for row in table.rows] == ["good", "good too"]
    assert problems(table) == [
        (2, "Has 1 fields where the header has 2. Left out."),
        (4, "Has 3 fields where the header has 2. Left out."),
    ]


def test_columns_without_a_name_or_with_the_same_get_one() -> None:
    table = read_table("t.csv", b",text,text\n1,a,b\n")
    assert table.columns == ["column 1", "text", "text (3)"]


def test_broken_json_lines_are_reported_by_line() -> None:
    data = b'{"input": "a", "output": "b"}\n{"input": "c", \n\n[1]\n{"input": "d"}\n'
    table = read_table("t.jsonl", data)
    assert [row["input"] for row in table.rows] == ["a", "d"]
    assert [row for row, _ in problems(table)] == [2, 4]
    assert "Not an object but [1]" in problems(table)[1][1]


def test_a_unicode_line_separator_does_not_part_a_json_line() -> None:
    data = json.dumps({"input": "one\u2028two"}, ensure_ascii=False).encode()
    assert read_table("t.jsonl", data).rows == [{"input": "one\u2028two"}]


@pytest.mark.parametrize("wrap", ["{}", '{{"data": {}}}', '{{"version": 1, "rows": {}}}'])
def test_a_json_list_is_read_also_inside_an_object(wrap: str) -> None:
    table = read_table("t.json", wrap.format('[{"input": "a"}, {"input": "b"}]').encode())
    assert [row["input"] for row in table.rows] == ["a", "b"]
    assert table.numbers == [1, 2]


def test_a_json_list_cut_in_the_middle_keeps_the_whole_rows_and_names_the_cut_one() -> None:
    whole = json.dumps([{"input": f"row {i}"} for i in range(5)])
    table = read_table("t.json", whole[: whole.index("row 3")].encode())
    assert len(table.rows) == 3
    ((row, message),) = problems(table)
    assert row == 4
    assert "cut off" in message
    table = read_table("t.json", whole[: whole.index(', {"input": "row 3')].encode())
    assert problems(table) == [
        (4, "The file ends here, before its closing bracket; the rest is missing.")
    ]


def test_one_broken_item_of_a_json_list_does_not_cost_the_others() -> None:
    table = read_table("t.json", b'[{"input": "a"}, {"input": nonsense}, {"input": "c"}]')
    assert [row["input"] for row in table.rows] == ["a", "c"]
    assert [row for row, _ in problems(table)] == [2]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("text,label\nGrüße,a\n".encode(), "UTF-8"),
        ("text,label\nGrüße,a\n".encode("utf-8-sig"), "UTF-8 with BOM"),
        ("text,label\nGrüße,a\n".encode("utf-16"), "UTF-16"),
        ("text,label\nGrüße,a\n".encode("utf-16-le"), "UTF-16"),
        ("text,label\nGrüße,a\n".encode("utf-16-be"), "UTF-16"),
        ("text,label\nGrüße,a\n".encode("utf-32"), "UTF-32"),
        ("text,label\nGrüße,a\n".encode("latin-1"), "Latin-1 (Windows-1252)"),
    ],
)
def test_the_encoding_is_found_and_named(data: bytes, encoding: str) -> None:
    table = read_table("t.csv", data)
    assert table.encoding == encoding
    assert table.rows == [{"text": "Grüße", "label": "a"}]


def test_latin_1_is_reported_so_that_someone_looks_at_the_accents() -> None:
    table = read_table("t.csv", "text,label\ncafé,a\n".encode("latin-1"))
    assert problems(table) == [
        (0, "The file is not UTF-8; read as Latin-1 (Windows-1252). Check its accents.")
    ]


def test_letters_of_another_alphabet_are_not_taken_for_latin_1() -> None:
    text = "\u0433\u0434\u0435 \u043c\u043e\u044f \u043a\u0430\u0440\u0442\u0430"  # Russian
    table = read_table("t.csv", f"text,label\n{text},a\n".encode("cp1251"))
    assert table.rows[0]["text"] == text


def test_a_row_damaged_in_a_utf_8_file_costs_itself_alone() -> None:
    data = "text,label\nGrüße,a\nschön,b\n".encode() + b"broken \xff,c\n" + "süß,d\n".encode()
    table = read_table("t.csv", data)
    assert [row["label"] for row in table.rows] == ["a", "b", "d"]
    assert (4, "Holds bytes that are not text in this encoding. Left out.") in problems(table)


def test_a_nul_byte_costs_its_own_row_alone() -> None:
    table = read_table("t.csv", b"text,label\ngood,a\nb\0ad,b\ngood too,c\n")
    assert [row["label"] for row in table.rows] == ["a", "c"]
    assert problems(table) == [(3, "Holds a NUL byte (binary data). Left out.")]
    table = read_table("t.jsonl", lines({"input": "a\0"}, {"input": {"b": ["\0"]}}, {"input": "c"}))
    assert table.rows == [{"input": "c"}]


def test_half_a_character_in_json_costs_its_own_row_alone() -> None:
    table = read_table("t.jsonl", b'{"input": "\\ud83d"}\n{"input": "whole"}\n')
    assert table.rows == [{"input": "whole"}]
    assert problems(table)[0][0] == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"\0\0\0\0", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "a PNG image"),
        (b"\x7fELF" + bytes(range(256)) * 20, "a program"),
        (b"PK\x03\x04" + bytes(range(256)) * 20, "such as an Excel"),
        (bytes(range(256)) * 20, "binary data"),
        (b"text,label\n", "holds no row"),
        (b"[]", "holds no row"),
        ("text,label\na,b\n".encode("utf-16")[:-1], "damaged at byte"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_table("tickets.csv", data)
    assert "tickets.csv" in str(caught.value)


def test_a_text_that_begins_like_a_program_is_still_text() -> None:
    assert read_table("t.csv", b"MZ,label\nfirst,a\n").columns == ["MZ", "label"]


def test_a_file_of_200_mb_is_refused_before_it_is_read() -> None:
    with pytest.raises(InputError, match=r"200 MB; at most 100 MB .* Divide it"):
        check_size("big.csv", 200 * 1024 * 1024)


def test_deep_nesting_is_reported_and_costs_its_own_row_alone() -> None:
    deep = '{"input": ' + "[" * 200_000 + "]" * 200_000 + "}"
    table = read_table("t.jsonl", f'{deep}\n{{"input": "a"}}\n'.encode())
    assert table.rows == [{"input": "a"}]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "text": st.text(
                    st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1
                ),
                "label": st.sampled_from(["a", "b;", 'c"', "d,"]),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_json_lines_come_back_as_they_were_written(rows: list[dict[str, str]]) -> None:
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    assert read_table("t.jsonl", data).rows == rows


@given(st.binary(max_size=400), st.sampled_from(["t.csv", "t.json", "t.jsonl", "t"]))
def test_any_bytes_are_read_or_refused_in_words(data: bytes, name: str) -> None:
    with contextlib.suppress(InputError):
        table = read_table(name, data)
        assert len(table.rows) == len(table.numbers) > 0
