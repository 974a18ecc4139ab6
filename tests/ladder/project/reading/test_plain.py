from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.project.reading import kind_of, read_bytes

LID = "The glass lid costs 42 crowns"


@pytest.mark.parametrize(
    ("name", "source", "place"),
    [
        ("a.txt", f"one\r\ntwo\rthree\n{LID}.\n", "line 4"),
        ("a.md", f"# Title\n\n{LID}.\n", "line 3"),
        ("a.PY", f"def f():\n    return '{LID}'\n", "line 2"),
        ("a.xml", f"<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a>{LID}&b;</a>\n", "line 2"),
        ("a.csv", f'name,note\n\nx,"two\nlines"\ny,{LID}\n', "row 4"),
        ("a.tsv", f"name\tnote\r\nx\t{LID}\r\n", "row 2"),
        ("a.csv", f'name;note\nx;"not closed\ny;{LID}\n', "row 2"),
        ("a.csv", f"name,note\nx\0y,{LID}\n", "row 2"),
        ("a.json", f'[1, {{"a": [2, 3]}}, {{"note": "{LID}"}}]', "item 3"),
        ("a.json", f'{{\n "note":\n "{LID}"}}', "line 3"),
        ("a.json", f'[1, 2,\n {{"broken": "{LID}"', "line 2"),
        ("a.jsonl", f'{{"a": 1}}\n{{"note": "{LID}"}}\n', "line 2"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_offsets_count_the_files_own_characters(
    name: str, source: str, place: str, encoding: str
) -> None:
    read = read_bytes(name, source.encode(encoding))
    assert read.text == source.replace("\0", "\ufffd")
    start = source.index(LID)
    assert read.text[start : start + len(LID)] == LID
    assert read.place(start, start + len(LID)) == place
    assert read.hidden == ()


@given(st.text(alphabet='ab,"\n\r;\u00e9 ', min_size=1).filter(str.strip))
def test_places_of_any_table_begin_where_its_rows_do(source: str) -> None:
    read = read_bytes("a.csv", source.encode())
    assert read.text == source
    starts = [place.start for place in read.places]
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(source) for start in starts)
    assert all(start == 0 or source[start - 1] in "\r\n" for start in starts)


def test_json_that_is_nested_too_deeply_to_parse_is_read_as_text() -> None:
    source = "[" * 200_000 + "]" * 200_000
    read = read_bytes("deep.json", source.encode())
    assert read.text == source
    assert read.place(5) == "line 1"


def test_a_field_of_a_whole_file_does_not_stop_the_reading() -> None:
    source = "a,b\n" + '"' + "x" * 10_000_100
    assert read_bytes("a.csv", source.encode()).place(9) == "line 2"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", b"", "a.txt is empty"),
        ("a.csv", b" \n ", "a.csv is empty"),
        ("a.ts", b"\x47" + bytes(range(256)) * 400, "binary data"),
        ("a.exe", b"MZ", "give one of PDF, DOCX"),
        ("README", b"text", "is not a document that can be read"),
    ],
)
def test_what_is_no_text_is_refused(name: str, data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_bytes(name, data)


def test_a_kind_is_told_by_the_ending_in_any_case() -> None:
    assert [kind_of(name) for name in ("A.HTM", "b.Markdown", "c.tar.gz", "d", ".md")] == [
        ".html", ".md", "", "", "",
    ]  # fmt: skip
