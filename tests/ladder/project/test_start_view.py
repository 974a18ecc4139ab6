from __future__ import annotations

from ladder.project import start_view as view
from ladder.project.importing import ImportReport
from ladder.project.table import RowProblem
from ladder.project.task import Example


def test_rows_without_an_answer_come_first_and_the_others_keep_their_order() -> None:
    examples = [Example("a", "one", "x"), Example("b", "two"), Example("c", "three", "y")]
    rows = view.label_rows(examples)
    assert [row["id"] for row in rows] == ["b", "a", "c"]
    assert rows[0] == {"id": "b", "input": "two", "output": "", "unanswerable": False}


def test_the_labelling_table_is_cut_at_its_limit() -> None:
    examples = [Example(str(i), "text") for i in range(9)]
    assert len(view.label_rows(examples, limit=4)) == 4


def test_edits_name_the_example_and_the_trimmed_answer() -> None:
    rows = view.label_rows([Example("a", "one"), Example("b", "two"), Example("c", "three")])
    edited = {2: {"output": " repair "}, 0: {"output": None}, 1: {"input": "changed"}}
    assert view.edits(rows, edited) == [(0, "a", "", True), (2, "c", "repair", True)]


def test_an_edit_that_is_saved_is_not_saved_again() -> None:
    rows = view.label_rows([Example("a", "one"), Example("b", "two")])
    first = {0: {"output": "repair"}}
    assert view.edits(rows, first, first) == []
    both = {0: {"output": "repair"}, 1: {"unanswerable": True}}
    assert view.edits(rows, both, first) == [(1, "b", "", False)]
    assert view.edits(rows, {0: {"output": "other"}}, first) == [(0, "a", "other", True)]


def test_rows_are_found_by_their_text_or_answer() -> None:
    examples = [Example("a", "My KEY", "x"), Example("b", "two", "keys"), Example("c", "three")]
    assert [row["id"] for row in view.label_rows(examples, find=" key ")] == ["a", "b"]


def test_rare_labels_become_one_line_and_no_row_is_lost() -> None:
    labels = {f"label {i}": i for i in range(1, 21)}
    shown = view.top_labels(labels, most=5)
    assert shown[0] == ("label 20", 20)
    assert shown[-1][0] == "15 more labels"
    assert sum(count for _, count in shown) == sum(labels.values())


def test_a_label_on_one_row_alone_is_pointed_out() -> None:
    examples = [
        Example("1", "a", "repair"),
        Example("2", "b", "repair"),
        Example("3", "c", "repiar"),
    ]
    assert view.single_labels(examples) == ["repiar"]


def test_a_task_is_named_after_its_file() -> None:
    assert view.slug("My Tickets (May).csv") == "my-tickets-may"
    assert view.slug("???.csv") == "task"
    assert len(view.slug("x" * 200)) == 64


def test_an_import_is_told_in_one_sentence() -> None:
    report = ImportReport("route", 52, 1, 1200, 0, [])
    words = "Added 52 rows to the task route, labelled 1 that were there"
    assert view.report_words(report) == f"{words}, left out 1,200 that were there already."
    assert view.report_words(ImportReport("route", 1, 0, 0, 2, [])) == (
        "Added 1 row to the task route, kept 2 documents."
    )
    remark = RowProblem(3, "", "The input is empty. Left out.")
    assert view.report_words(ImportReport("route", 1, 0, 0, 0, [remark])) == (
        "Added 1 row to the task route; 1 remark about rows."
    )


def test_documents_are_told_from_tables_by_their_ending() -> None:
    assert view.is_document("Handbook.PDF")
    assert not view.is_document("tickets.csv")
