from __future__ import annotations

import pytest

from ladder.project.mapping import Mapping, guess_kind, guess_mapping
from ladder.project.table import Table
from ladder.project.task import Evidence, Example


def table(*rows: dict[str, object]) -> Table:
    return Table("CSV", "UTF-8", list(rows), numbers=list(range(2, len(rows) + 2)))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("text", "category"), Mapping("text", "category")),
        (("Ticket ID", "Message", "Intent"), Mapping("Message", "Intent", None, "Ticket ID")),
        (("id", "question", "context", "answer"), Mapping("question", "answer", "context", "id")),
        (("prompt", "completion"), Mapping("prompt", "completion")),
        (("text",), Mapping("text")),
    ],
)
def test_columns_are_known_by_their_names(columns: tuple[str, ...], expected: Mapping) -> None:
    assert guess_mapping(table(dict.fromkeys(columns, "x"))) == expected


def test_columns_with_other_names_are_known_by_what_they_hold() -> None:
    rows = [
        {
            "col a": f"the {i}th customer writes at some length",
            "col b": f"{i}",
            "col c": f"k{i % 2}",
        }
        for i in range(10)
    ]
    assert guess_mapping(table(*rows)) == Mapping("col a", "col c")


def test_a_column_of_json_objects_is_the_output_though_each_is_another() -> None:
    rows = [{"text": f"order {i}", "json": f'{{"number": {i}}}', "day": "x"} for i in range(10)]
    assert guess_mapping(table(*rows)) == Mapping("text", "json")


def test_a_file_without_answers_has_no_output_column() -> None:
    rows = [{"text": f"request number {i}", "sent": f"2026-01-{i:02d}"} for i in range(1, 20)]
    assert guess_mapping(table(*rows)) == Mapping("text")


def outputs(*values: str | None) -> list[Example]:
    return [Example(f"e{i}", "asked", value) for i, value in enumerate(values)]


def test_the_kind_follows_from_the_outputs() -> None:
    long = "a long answer of more than a dozen words that explains all of it at length to you"
    assert guess_kind(outputs("a", "b", "a", "b", None)) == "classification"
    assert guess_kind(outputs('{"a": 1}', '{"a": 2}')) == "extraction"
    assert guess_kind(outputs("two litres", "on Monday", "the red one")) == "qa"
    assert guess_kind(outputs(long + " 1", long + " 2", long + " 3")) == "generation"
    assert guess_kind(outputs(None, None)) == "classification"
    assert guess_kind([Example("e", "asked", long, evidence=(Evidence("d", 0, 2),))]) == "qa"
    assert guess_kind([Example("e", "asked", "", answerable=False)]) == "qa"
