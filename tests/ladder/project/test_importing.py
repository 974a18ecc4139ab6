from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import InputError, ProjectError
from ladder.project import (
    Example,
    ImportPreview,
    Mapping,
    Project,
    RowProblem,
    create_project,
    document_text,
    import_into,
    preview,
    read_table,
)
from ladder.project.task import Task


@pytest.fixture
def project(home: Path) -> Project:
    return create_project("mine")


def csv(*lines: str, header: str = "text,label") -> ImportPreview:
    return preview(read_table("t.csv", "\n".join([header, *lines]).encode()))


def messages(found: ImportPreview) -> list[tuple[int, str]]:
    return [(problem.row, problem.message) for problem in found.problems]


def test_a_preview_writes_nothing_and_an_import_all(project: Project) -> None:
    found = csv("one,a", "two,b", "three,a", "four,b", "five,")
    assert project.tasks() == []
    assert found.kind == "classification"
    assert found.labels == {"a": 2, "b": 2}
    report = import_into(project, "route", found)
    assert (report.added, report.problems) == (5, [])
    assert [(e.input, e.output) for e in project.task().examples()] == [
        ("one", "a"), ("two", "b"), ("three", "a"), ("four", "b"), ("five", None),
    ]  # fmt: skip


def test_the_same_file_again_adds_nothing(project: Project) -> None:
    found = csv("one,a", "two,b", "five,")
    import_into(project, "route", found)
    before = project.task().examples()
    report = import_into(project, None, found)
    assert (report.added, report.already_there) == (0, 3)
    assert project.task().examples() == before


def test_a_later_file_labels_what_had_no_label(project: Project) -> None:
    import_into(project, "route", csv("one,", "two,b"))
    report = import_into(project, "route", csv("one,a", "two,"))
    assert (report.added, report.labelled, report.already_there) == (0, 1, 1)
    assert [(e.input, e.output) for e in project.task().examples()] == [("one", "a"), ("two", "b")]


def test_the_same_row_twice_is_kept_once_and_reported() -> None:
    found = csv("one,a", "two,b", "one,a")
    assert len(found.examples) == 2
    assert messages(found) == [(4, "The same as row 2. Left out.")]


def test_a_row_that_differs_in_blanks_alone_is_kept_and_reported(project: Project) -> None:
    found = csv("one,a", '" one ",a')
    assert [e.input for e in found.examples] == ["one", "one"]
    assert messages(found) == [
        (3, "The text and answer of row 2; blanks or evidence differ. Kept.")
    ]
    assert import_into(project, "route", found).added == 2


def test_conflicting_labels_are_reported_by_row_and_kept(project: Project) -> None:
    found = csv("Where is it?,a", "other,b", "where is it,c")
    assert len(found.examples) == 3
    assert messages(found) == [
        (4, '"c" here, "a" in row 2, for the same text. Both are kept; correct one.')
    ]
    import_into(project, "route", found)
    report = import_into(project, "route", csv("Other,d"))
    assert report.added == 1
    assert report.problems[0].row == 2
    assert '"d" here, "b" in the project' in report.problems[0].message


def test_empty_inputs_are_reported_and_left_out() -> None:
    found = csv("one,a", "  ,b", "three,")
    assert [e.output for e in found.examples] == ["a", None]
    assert messages(found) == [(3, "The input is empty. Left out.")]


def test_ids_are_kept_and_the_second_of_the_same_is_refused(project: Project) -> None:
    found = csv("7,one,a", "8,two,b", "7,three,c", header="id,text,label")
    assert [e.id for e in found.examples] == ["7", "8"]
    assert messages(found) == [
        (4, 'The id "7" is that of row 2 already. Left out; give it its own.')
    ]
    import_into(project, "route", found)
    report = import_into(project, "route", csv("7,four,d", header="id,text,label"))
    assert report.added == 0
    assert 'The id "7" is in the project already' in report.problems[0].message
    assert project.task().examples()[0].input == "one"


def test_a_corrected_file_with_the_same_ids_says_which_answers_are_kept(project: Project) -> None:
    import_into(project, "route", csv("7,one,a", "8,two,b", header="id,text,label"))
    report = import_into(project, "route", csv("7,one,c", "8,two,b", header="id,text,label"))
    assert (report.added, report.labelled, report.already_there) == (0, 0, 1)
    assert [(p.row, p.message) for p in report.problems if p.field == "id"] == [
        (
            2,
            '"7" has the answer "a" in the project and "c" here. '
            "The one in the project is kept; correct it on the page Start.",
        )
    ]
    assert project.task().examples()[0].output == "a"


def test_labels_that_differ_in_case_or_blanks_alone_are_reported(project: Project) -> None:
    lines = ("one,Billing", "two,billing", "three,Billing", "four,billing", "five,refund")
    data = "\n".join(["text,label", *lines]).encode()
    found = preview(read_table("t.csv", data), kind="classification")
    assert messages(found) == [
        (
            3,
            'The label "billing" is "Billing" in row 2: case or blanks differ alone. '
            "They count as two labels; make them one.",
        )
    ]
    import_into(project, "route", found)
    report = import_into(project, "route", csv("six,REFUND", "seven,x", "eight,x", "nine,x"))
    assert [p.message for p in report.problems] == [
        'The label "REFUND" is "refund" in the project: case or blanks differ alone. '
        "They count as two labels; make them one."
    ]


def test_a_remark_is_told_with_its_place() -> None:
    assert RowProblem(3, "label", "Empty.").sentence == "row 3, label: Empty."
    assert RowProblem(3, "", "Empty.").sentence == "row 3: Empty."
    assert RowProblem(0, "", "Read as Latin-1.").sentence == "file: Read as Latin-1."


def test_ids_made_of_the_content_do_not_depend_on_the_order() -> None:
    first = {e.input: e.id for e in csv("one,a", "two,b").examples}
    second = {e.input: e.id for e in csv("two,x", "one,y").examples}
    assert first == second


def test_numbers_truths_and_objects_become_text() -> None:
    rows = [{"input": 5, "output": 3}, {"input": "b", "output": True}]
    rows += [{"input": "c", "output": {"x": [1]}}, {"input": "d", "output": float("nan")}]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    found = preview(read_table("t.jsonl", data))
    assert [(e.input, e.output) for e in found.examples] == [
        ("5", "3"), ("b", "true"), ("c", '{"x": [1]}'), ("d", None),
    ]  # fmt: skip


def test_our_own_rows_keep_evidence_conversation_and_what_has_no_answer(project: Project) -> None:
    rows = [
        {"id": "q1", "input": "A?", "output": "x",
         "evidence": [{"doc": "a.md", "start": 0, "end": 3}]},
        {"id": "q2", "input": "B?", "output": "", "answerable": False},
        {"id": "q3", "input": "C?", "output": "z", "messages": [{"role": "user", "content": "Hi"}]},
        {"id": "q4", "input": "D?", "output": "y", "evidence": [{"doc": "a.md", "start": 9}]},
    ]  # fmt: skip
    found = preview(read_table("t.jsonl", "\n".join(map(json.dumps, rows)).encode()))
    import_into(project, "answer", found)
    kept = [example.to_dict() for example in project.task().examples()]
    assert kept[0]["evidence"] == ({"doc": "a.md", "start": 0, "end": 3},)
    assert kept[1] == {"id": "q2", "input": "B?", "output": "", "answerable": False}
    assert kept[2]["messages"] == ({"role": "user", "content": "Hi"},)
    assert "evidence" not in kept[3]
    assert messages(found) == [
        (4, "The evidence is no list of doc, start and end. Kept without it.")
    ]
    assert found.kind == project.task().task.kind == "qa"


def test_squad_documents_are_stored_and_evidence_points_into_them(project: Project) -> None:
    context = "\r\n The jug holds two litres."
    question = {
        "id": "1",
        "question": "How much?",
        "answers": [{"text": "two", "answer_start": 17}],
    }
    data = {"data": [{"title": "Jugs", "paragraphs": [{"context": context, "qas": [question]}]}]}
    report = import_into(project, None, preview(read_table("s.json", json.dumps(data).encode())))
    assert report.documents == 1
    (example,) = project.task("qa").examples()
    (span,) = example.evidence
    (document,) = project.documents()
    assert document.name == span.doc
    assert document_text(document)[span.start : span.end] == example.output == "two"


def test_the_columns_that_the_user_names_are_used_or_refused() -> None:
    table = read_table("t.csv", b"text,label,queue\none,a,x\n")
    assert preview(table, Mapping("text", "queue")).examples[0].output == "x"
    with pytest.raises(InputError, match='no column "nothing"; the file has: text, label, queue'):
        preview(table, Mapping("text", "nothing"))
    with pytest.raises(InputError, match="No column is the input"):
        preview(table, Mapping(None))


def test_a_task_is_needed_by_name_only_where_there_are_several(project: Project) -> None:
    project.add_task(Task("one", "classification"))
    found = csv("one,a")
    assert import_into(project, None, found).task == "one"
    project.add_task(Task("two", "qa"))
    with pytest.raises(ProjectError, match="choose one of one, two"):
        import_into(project, None, found)
    with pytest.raises(InputError, match='The split is "dev"; choose auto'):
        import_into(project, "one", found, split="dev")


def test_a_split_that_the_user_brings_is_kept(project: Project) -> None:
    train = csv(*(f"thing number {i * 7919},{i % 2}" for i in range(50)))
    test = csv(*(f"case number {i * 7919},{i % 2}" for i in range(9)), "thing number 0,0")
    import_into(project, "route", train, split="train")
    report = import_into(project, "route", test, split="test")
    assert report.added == 10
    split = project.task().split()
    assert split.source == "user"
    assert (len(split.test), len(split.validation), len(split.train)) == (10, 10, 40)
    assert len(split.near_duplicates) == 1
    assert import_into(project, "route", test, split="test").already_there == 10


def test_importing_for_training_what_is_there_without_a_place_places_it(project: Project) -> None:
    found = csv(*(f"thing number {i * 7919},{i % 2}" for i in range(12)))
    import_into(project, "route", found)
    import_into(project, "route", found, split="test")
    assert len(project.task().split().test) == 12


SQUAD = {
    "data": [
        {"title": "Lamps", "paragraphs": [
            {"context": "A lamp has a cord.", "qas": [
                {"id": "1", "question": "What has a lamp?",
                 "answers": [{"text": "a cord", "answer_start": 11}]}]}]}
    ]
}  # fmt: skip


def squad() -> ImportPreview:
    return preview(read_table("lamps.json", json.dumps(SQUAD).encode()))


def test_a_failed_import_takes_back_its_document(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.project.importing._renamed", refuse)
    with pytest.raises(InputError, match="on purpose"):
        import_into(project, "one", squad())
    assert project.documents() == []


def test_a_failed_import_leaves_a_document_that_was_there(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_into(project, "one", squad())
    (document,) = project.documents()
    monkeypatch.setattr("ladder.project.importing._renamed", refuse)
    with pytest.raises(InputError, match="on purpose"):
        import_into(project, "two", squad())
    assert project.documents() == [document]


def test_no_other_import_comes_to_use_a_document_that_is_taken_back(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one import that wrote a document is on its way to fail, another brings the same."""
    from concurrent.futures import ThreadPoolExecutor

    from ladder.project import importing

    plain = importing._renamed

    def slow_or_plain(example: Example, names: dict[str, str]) -> Example:
        if threading.current_thread() is threading.main_thread():
            started.append(pool.submit(import_into, project, "two", squad()))
            with contextlib.suppress(TimeoutError):
                started[0].result(0.5)  # it waits until this import has ended
            refuse()
        return plain(example, names)

    monkeypatch.setattr(importing, "_renamed", slow_or_plain)
    started: list[Any] = []
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(InputError, match="on purpose"):
            import_into(project, "one", squad())
        started[0].result(20)
    (document,) = project.documents()
    (example,) = project.task("two").examples()
    assert example.evidence[0].doc == document.name


def refuse(*_: object) -> Any:
    raise InputError("It fails on purpose.")
