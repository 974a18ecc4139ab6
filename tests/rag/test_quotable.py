"""A row of a CSV file and a line of code are quoted by themselves, and checked by themselves."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ladder.methods import DEFAULT_EMBEDDER
from ladder.models.fakes import use_fakes
from rag.citations import citations_of, supports
from rag.extract import quotes
from rag.quotable import quotable
from rag.retrieval import Passage
from rag.tables import rows_of, told
from rag.words import content_words

ROWS = 'Customer;Turnover;Place\n"Vase, Ltd";4200;Kiel\n"Lamp\nand Son";900;Bonn\n'
CODE = "import os\n\ndef wait(a):\n    timeout = 30\n    return a\n"


def texts(passage: Passage) -> list[str]:
    return [passage.text[start:end] for start, end in quotable(passage)]


def test_a_row_is_quoted_alone_also_where_a_cell_has_two_lines() -> None:
    passage = Passage("sales.csv", 0, len(ROWS), ROWS)
    assert texts(passage) == [
        "Customer;Turnover;Place", '"Vase, Ltd";4200;Kiel', '"Lamp\nand Son";900;Bonn',
    ]  # fmt: skip
    attached = Passage("offer.eml", 0, len(ROWS), ROWS, place='attachment "sales.tsv", row 1')
    assert texts(attached) == texts(passage)
    assert texts(Passage("notes.txt", 0, 22, "One thing. Two things.")) == [
        "One thing.", "Two things.",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["wait.py", "log.jsonl", "settings.yaml"])
def test_a_line_of_code_is_quoted_alone(name: str) -> None:
    assert texts(Passage(name, 0, len(CODE), CODE)) == [
        "import os", "def wait(a):", "timeout = 30", "return a",
    ]  # fmt: skip


def test_rows_know_their_columns_also_in_the_middle_of_a_file() -> None:
    head, first, second = rows_of([Passage("sales.csv", 0, len(ROWS), ROWS)])
    assert head.titles
    assert (first.columns, first.cells) == (
        ("Customer", "Turnover", "Place"), ("Vase, Ltd", "4200", "Kiel"),
    )  # fmt: skip
    assert second.cells[0] == "Lamp and Son"
    later = Passage("sales.csv", 90, 110, '"Cup, Inc";7;Ulm', columns="Customer;Turnover;Place")
    (row,) = rows_of([later])
    assert not row.titles
    assert told(row, content_words("turnover", "en"), "en") == "Cup, Inc: Turnover 7"
    assert (row.start, row.end) == (90, 106)


def test_a_field_beyond_what_the_csv_reader_takes_is_told_as_it_stands() -> None:
    huge = "a," + "x" * 200_000
    limit = csv.field_size_limit(100_000)  # the whole process has one
    try:
        (row,) = rows_of([Passage("big.csv", 0, len(huge), huge)])
    finally:
        csv.field_size_limit(limit)
    assert row.cells == (huge,)


def test_a_question_about_one_row_quotes_that_row_and_a_wrong_number_has_no_source(
    home: Path,
) -> None:
    passage = Passage("sales.csv", 0, len(ROWS), ROWS, similarity=0.5, score=1.0)
    question = "What is the turnover of Vase, Ltd?"
    with use_fakes():
        best = quotes(question, [passage], DEFAULT_EMBEDDER, 1)[0]
        right = supports("Vase, Ltd has a turnover of 4200.", question, [passage], DEFAULT_EMBEDDER)
        wrong = supports("Vase, Ltd has a turnover of 900.", question, [passage], DEFAULT_EMBEDDER)
    assert best.text == "Vase, Ltd: Turnover 4200"
    assert best.citation.quote == '"Vase, Ltd";4200;Kiel'
    assert ROWS[best.citation.start : best.citation.end] == best.citation.quote
    assert [each.quote for each in citations_of(right)] == ['"Vase, Ltd";4200;Kiel']
    assert citations_of(wrong) == ()
