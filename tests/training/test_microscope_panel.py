"""The panel "What the model will see" of the Train page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.errors import InputError
from ladder.models.fakes import use_fakes
from ladder.project import Example, Task, TaskFolder, create_project
from training import mask
from training.checks import Checked, Finding
from training.microscope import Piece
from training.microscope_view import findings_html, length_bins, refusal, tokens_html
from training.prepare import prepare

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]
EVIL = (
    'card <img src="https://evil.example/x.png" onerror="alert(1)"> <script>alert(1)</script> '
    "![spy](https://evil.example/spy.png) [click](https://evil.example/go)"
)


class Tags(HTMLParser):
    """Notes which tags some HTML has, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def html_of(app: AppTest) -> str:
    """Return the HTML of the page without its style sheet."""
    bodies = [str(element.proto.body) for element in app.get("html")]
    return "\n".join(body for body in bodies if "<style>" not in body)


def said(app: AppTest) -> str:
    return " ".join(m.value for m in app.markdown)


@pytest.fixture
def open_train(open_page: OpenPage, tiny_llama_folder: Path) -> Callable[[], AppTest]:
    """Return a function that opens Train with the tiny model chosen."""

    def open_it() -> AppTest:
        app = open_page("train")
        app.text_input(key="lora_quick_model").set_value(f"path:{tiny_llama_folder}").run()
        assert not app.exception
        return app

    return open_it


def mark_one(folder: TaskFolder, text: str) -> int:
    """Change the input of an example that trains, and return its row."""
    first = folder.split().train[0]
    with folder.editing() as rows:
        place = next(i for i, row in enumerate(rows) if row.id == first)
        rows[place] = replace(rows[place], input=text)
    return place + 1


def test_the_tokens_of_an_example_are_shown_and_what_is_trained_is_underlined(
    route: TaskFolder, open_train: Callable[[], AppTest]
) -> None:
    app = open_train()
    assert "Nothing is wrong with the rows" in said(app)
    assert "(trained)" not in html_of(app)
    app.toggle(key="microscope").set_value(True).run(timeout=60)
    assert not app.exception
    assert re.search(r"\d+ of [\d,]+ tokens are trained, in 18 rows; a row has", said(app))
    assert len(app.get("vega_lite_chart")) == 1
    chosen = app.selectbox(key="microscope_example")
    assert len(chosen.options) == 18
    example = next(e for e in route.examples() if e.id == chosen.value)
    shown = Tags(html_of(app))
    assert example.input in shown.text
    assert f"{example.output}<|im_end|> (trained) " in shown.text
    _, _, after = html_of(app).partition("text-decoration: underline")
    underlined = Tags(after.partition(">")[2].partition("(trained)")[0]).text
    assert underlined.strip() == f"{example.output}<|im_end|>"
    other = next(e for e in route.examples() if e.id in route.split().train and e != example)
    chosen.set_value(other.id).run(timeout=60)
    assert other.input in Tags(html_of(app)).text


def test_no_html_of_the_data_comes_to_life(
    route: TaskFolder, open_train: Callable[[], AppTest]
) -> None:
    row = mark_one(route, EVIL)
    app = open_train()
    app.toggle(key="microscope").set_value(True).run(timeout=60)
    first = route.split().train[0]
    app.selectbox(key="microscope_example").set_value(first).run(timeout=60)
    assert not app.exception
    shown = Tags(html_of(app))
    assert shown.tags <= {"div", "span", "ul", "li", "strong", "br"}
    assert EVIL in shown.text
    assert f"HTML is left in 1 of 18 training examples (row {row})" in shown.text
    everywhere = (app.markdown, app.error, app.warning, app.info, app.caption)
    assert not any("evil.example" in each.value for kind in everywhere for each in kind)


def test_where_an_error_stands_start_is_disabled_with_the_reason(
    route: TaskFolder, open_train: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(row: Any) -> list[int]:
        return [*row.prompt, *row.completion]

    app = open_train()
    assert not app.button(key="start").disabled
    monkeypatch.setattr(mask, "labels_of", everything)
    app.toggle(key="microscope").set_value(True).run(timeout=60)
    assert app.button(key="start").disabled
    words = Tags(html_of(app)).text
    assert "Refuses the run: In 18 rows the prompt itself would be trained" in words
    assert "It cannot start. In 18 rows the prompt itself would be trained" in words


def test_one_label_alone_is_refused_on_the_page(
    route: TaskFolder, open_train: Callable[[], AppTest]
) -> None:
    route.save_examples([replace(row, output="card") for row in route.examples()])
    app = open_train()
    assert app.button(key="start").disabled
    assert 'It cannot start. All 18 training examples of "route" have the label' in html_text(app)
    assert app.button(key="to_start").label == "Label some examples"


def html_text(app: AppTest) -> str:
    return Tags(html_of(app)).text


def test_what_is_refused_only_at_the_start_is_said_in_words(
    route: TaskFolder, open_train: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> str:
        raise InputError(f"In 1 row no token would be trained: {EVIL}")

    monkeypatch.setattr("training.jobs.start", refuse)
    app = open_train()
    app.button(key="start").click().run()
    assert not app.exception
    assert "In 1 row no token would be trained" in html_text(app)
    assert not any("evil" in each.value for each in app.error)


def test_the_labels_are_compared_when_asked(home: Path, open_train: Callable[[], AppTest]) -> None:
    names = ("card", "refund", "account")
    folder = create_project("demo").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(
        [
            Example(f"e{i}", f"{names[i % 3]} {names[i % 3]} {i * 37}", names[i % 3])
            for i in range(90)
        ]
    )
    with use_fakes():
        app = open_train()
        app.button(key="compare").click().run(timeout=60)
        assert "The labels of similar texts agree" in said(app)
        rows = folder.examples()
        wrong = {"card": "refund", "refund": "account", "account": "card"}
        folder.save_examples(
            [replace(r, output=wrong[str(r.output)]) if i % 2 else r for i, r in enumerate(rows)]
        )
        app.run(timeout=60)
        assert "The labels of similar texts agree" not in said(app)
        app.button(key="compare").click().run(timeout=60)
    assert not app.exception
    assert "an estimate) are not those of the 5 most similar texts" in html_text(app)


def test_a_list_of_findings_names_their_rows_up_to_thirty() -> None:
    many = Finding("html", "warning", "HTML <b>is</b> left.", tuple(range(1, 41)), (), 40)
    grave = Finding("one-label", "error", "One label.", (7,), ("a",), 1)
    shown = Tags(findings_html(Checked((many, grave))))
    assert shown.text.index("Refuses the run: One label.") < shown.text.index("Look at this: HTML")
    assert "HTML <b>is</b> left." in shown.text
    assert "Rows: 1, 2, 3, " in shown.text
    assert "30 and 10 more" in shown.text
    assert refusal(Checked((many, grave))) == "It cannot start. One label."
    assert refusal(Checked((many,))) == ""


def test_runs_of_trained_tokens_are_marked_once() -> None:
    pieces = [
        Piece("a", 1, False),
        Piece("<b>", 2, True),
        Piece("c", 3, True),
        Piece("d", 4, False),
    ]
    shown = tokens_html(pieces)
    assert Tags(shown).text == "a<b>c (trained) d"
    assert shown.count("underline;") == 1


def test_the_chart_counts_every_row_once(route: TaskFolder, tiny: Any) -> None:
    plan = prepare(route, tiny())
    bins = length_bins(plan)
    assert sum(each["Rows"] for each in bins) == len(plan.data.rows)
    assert all(one["To"] <= two["From"] for one, two in pairwise(bins))
