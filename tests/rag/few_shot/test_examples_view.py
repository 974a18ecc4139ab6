from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest

from ladder.answering import ExampleSettings
from ladder.methods import preset
from ladder.project import Example, Task
from rag.few_shot import examples_view as view
from rag.few_shot.export_card import needs_text, packed
from rag.few_shot.spent_card import bar_html


def pool(*answers: str) -> list[Example]:
    return [Example(str(i), f"text {i}", answer) for i, answer in enumerate(answers)]


def test_labels_are_counted_the_most_frequent_first() -> None:
    rows = view.bar_rows(pool("a", "b", "b"), "classification")
    assert rows == [{"name": "b", "examples": 2}, {"name": "a", "examples": 1}]
    assert "b 2, a 1" in view.bar_words(pool("a", "b", "b"), "classification")
    words = view.pool_words(pool("a", "b", "b"), "classification")
    assert words.startswith("3 labelled examples may be shown, of 2 labels, 1 to 2 each;")


def test_of_many_labels_the_rest_is_counted_in_words() -> None:
    many = pool(*(f"label {i}" for i in range(20)))
    assert len(view.bar_rows(many, "classification")) == view.SHOWN
    assert "5 more are not drawn" in view.pool_words(many, "classification")


def test_answers_that_are_no_labels_are_counted_by_their_length() -> None:
    rows = view.bar_rows(pool("one", "", "two words", "a b c d e", "w " * 99), "qa")
    assert [(row["name"], row["examples"]) for row in rows] == [
        ("no answer", 1), ("1 word", 1), ("2 to 3 words", 1), ("4 to 7 words", 1),
        ("64 words or more", 1),
    ]  # fmt: skip


def test_every_bar_has_its_number() -> None:
    chart = view.bar_chart(pool("a", "b", "b"), "classification").to_dict()
    assert [layer["mark"]["type"] for layer in chart["layer"]] == ["bar", "text"]


def test_undecided_examples_need_two_labels() -> None:
    assert view.ways(pool("a", "a"), "classification") == ["vote-k"]
    assert view.ways(pool("a", "b"), "classification") == ["vote-k", "uncertainty"]
    assert view.ways(pool("a", "b"), "qa") == ["vote-k"]


def test_a_single_file_is_saved_as_it_is_and_several_as_an_archive() -> None:
    assert packed("route-openai", {"request.json": b"{}"}) == ("request.json", b"{}")
    name, content = packed("route-python", {"b.py": b"1", "a.py": b"2"})
    assert name == "route-python.zip"
    with ZipFile(BytesIO(content)) as archive:
        assert archive.namelist() == ["route-python/a.py", "route-python/b.py"]
        assert archive.read("route-python/b.py") == b"1"
    assert packed("route-python", {"a.py": b"2", "b.py": b"1"})[1] == content


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        (ExampleSettings(8), True),
        (ExampleSettings(8, "random"), False),
        (ExampleSettings(0), False),
    ],
)
def test_only_examples_that_are_chosen_by_the_text_need_one(
    settings: ExampleSettings, needed: bool
) -> None:
    from dataclasses import replace

    setup = replace(preset("few-shot", Task("route", "classification")), examples=settings)
    assert needs_text(setup) is needed


def test_the_bar_of_the_window_names_every_part_with_its_tokens() -> None:
    html = bar_html([("examples", 300), ("a & b", 100), ("answer", 0), ("free", 600)], 1000)
    assert "width:30.00%" in html
    assert "a &amp; b 100" in html
    assert "Of 1,000 tokens" in html
    too_long = bar_html([("examples", 3000), ("b", 0), ("c", 0), ("free", 0)], 1000)
    assert "width:100.00%" in too_long
