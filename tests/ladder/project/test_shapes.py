from __future__ import annotations

import json
from typing import Any

from ladder.project.readers import Table, read_table


def table_of(*rows: Any) -> Table:
    return read_table("t.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def test_a_chat_gives_the_last_question_its_answer_and_what_came_before() -> None:
    talk = [turn("system", "Be kind."), turn("user", "Hi"), turn("assistant", "Hello")]
    talk += [turn("user", "Where is it?"), turn("assistant", "On its way.")]
    table = table_of({"messages": talk, "id": "x"})
    assert table.format == "chat"
    assert table.rows == [
        {"id": "x", "input": "Where is it?", "output": "On its way.", "messages": talk[:3]}
    ]


def test_a_chat_without_a_last_answer_is_not_yet_labelled() -> None:
    table = table_of({"messages": [turn("user", "Hi")]})
    assert table.rows == [{"input": "Hi", "output": None, "messages": []}]


def test_sharegpt_names_are_understood() -> None:
    talk = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]
    table = table_of({"conversations": talk})
    assert table.format == "ShareGPT"
    assert table.rows == [{"input": "Hi", "output": "Hello", "messages": []}]


def test_a_chat_that_cannot_be_understood_is_reported_by_row() -> None:
    good = {"messages": [turn("user", "Hi")]}
    table = table_of(
        good,
        {"messages": "no list"},
        {"messages": [turn("wizard", "Hi")]},
        {"messages": [turn("assistant", "Hi")]},
        {"messages": [{"role": "user", "content": None}]},
    )
    assert len(table.rows) == 1
    assert [problem.row for problem in table.problems] == [2, 3, 4, 5]
    assert "no turn of the user" in table.problems[2].message


def test_alpaca_joins_instruction_and_input() -> None:
    table = table_of(
        {"instruction": "Translate.", "input": "Hund", "output": "dog"},
        {"instruction": "Name a colour.", "input": "", "output": "red"},
    )
    assert table.format == "Alpaca"
    assert [row["input"] for row in table.rows] == ["Translate.\n\nHund", "Name a colour."]
    assert table.instruction == ""


def test_an_instruction_that_all_rows_share_is_the_tasks() -> None:
    table = table_of(
        {"instruction": "Translate.", "input": "Hund", "output": "dog"},
        {"instruction": "Translate.", "input": "Katze", "output": "cat"},
    )
    assert [row["input"] for row in table.rows] == ["Hund", "Katze"]
    assert table.instruction == "Translate."


def squad(*questions: Any, context: Any = "The jug holds two litres. Two.") -> bytes:
    paragraphs = [{"context": context, "qas": list(questions)}]
    return json.dumps({"data": [{"title": "../../etc/passwd", "paragraphs": paragraphs}]}).encode()


def test_squad_paragraphs_become_documents_and_spans_evidence() -> None:
    data = squad(
        {"id": "1", "question": "How much?", "answers": [{"text": "two", "answer_start": 14}]},
        {"id": "2", "question": "Why?", "answers": [], "is_impossible": True},
    )
    table = read_table("squad.json", data)
    assert table.format == "SQuAD"
    ((name, text),) = table.documents.items()
    assert "/" not in name
    assert ".." not in name
    first, second = table.rows
    span = first["evidence"][0]
    assert text[span["start"] : span["end"]] == first["output"] == "two"
    assert span["doc"] == name
    assert second == {"id": "2", "input": "Why?", "output": "", "answerable": False}


def test_a_shifted_span_is_found_again_and_a_wrong_one_is_reported() -> None:
    data = squad(
        {"id": "1", "question": "How much?", "answers": [{"text": "two", "answer_start": 11}]},
        {"id": "2", "question": "Who?", "answers": [{"text": "nobody", "answer_start": 3}]},
    )
    table = read_table("squad.json", data)
    assert table.rows[0]["evidence"][0]["start"] == 14
    assert len(table.rows) == 1
    assert "does not stand in its paragraph" in table.problems[0].message


def test_a_paragraph_without_a_context_is_reported() -> None:
    good = {"paragraphs": [{"context": "A.", "qas": [{"id": "1", "question": "What?"}]}]}
    bad = {"paragraphs": [{"context": None, "qas": []}, "nonsense"]}
    table = read_table("squad.json", json.dumps({"data": [bad, good]}).encode())
    assert table.rows == [{"id": "1", "input": "What?", "output": None}]
    assert [problem.row for problem in table.problems] == [1, 1]
