from __future__ import annotations

import pytest

from ladder.answering import Citation
from ladder.project import Example, Project, Task
from rag import chat_view as view
from rag.citations import Support
from rag.retrieval import Passage
from rag.source_view import quote_html, sources
from rag.turn import Turn

TEXT = "First a thing. <b>Then</b> another. Last."
PASSAGE = Passage("a.md", 100, 100 + len(TEXT), TEXT, "Part", similarity=0.71234)
CITED = Citation("a.md", 115, 135, TEXT[15:35])


def test_each_sentence_is_followed_by_its_number_or_by_that_it_has_none() -> None:
    turn = Turn(
        "q", text="One <i>. Two. One more.", passages=[PASSAGE],
        supports=[
            Support(0, 8, CITED, 0.9), Support(9, 13, None, 0.1), Support(14, 23, CITED, 0.8)
        ],
    )  # fmt: skip
    shown = view.answer_html(turn)
    assert "One &lt;i&gt;. <strong>[1]</strong> Two. <strong>(no source found)</strong>" in shown
    assert shown.count("[1]") == 2
    assert [source.number for source in sources(turn)] == [1]
    assert view.answer_html(Turn("q", text="<x>")) == view.plain_html("<x>")


def test_the_quote_is_marked_in_its_passage_and_nothing_in_it_is_markup() -> None:
    shown = quote_html(PASSAGE, CITED)
    assert "First a thing. <mark>&lt;b&gt;Then&lt;/b&gt; another.</mark> Last." in shown
    assert "<mark>" in quote_html(None, CITED)
    long = Passage("a.md", 0, 5020, "x" * 2500 + TEXT[15:35] + "y" * 2500)
    near = quote_html(long, Citation("a.md", 2500, 2520, TEXT[15:35]))
    assert 1200 < len(near) < 1600


def test_why_there_is_no_answer_is_a_sentence() -> None:
    far = Turn("q", abstained=True, why="The documents say nothing close to it.")
    assert view.unanswered(far) == far.why
    silent = Turn("q", abstained=True, closest=0.6, threshold=0.3)
    assert view.unanswered(silent).startswith("The model gave no answer")
    assert view.unanswered(Turn("q", text="a")) == ""


def test_what_an_answer_cost_is_reckoned_by_the_price_of_the_task() -> None:
    from ladder.costs import PriceBasis

    turn = Turn("q", "a", seconds=2.0, prompt_tokens=1000, completion_tokens=10)
    free = Task("answer", "qa")
    assert view.cost_words(turn, free) == "no price set"
    assert "Set a price" in view.cost_help(turn, free)
    hourly = Task("answer", "qa", price=PriceBasis(1.8, "a list, 2026-11"))
    assert view.cost_words(turn, hourly) == "$0.005"
    assert "2.00 s / 3600 x" in view.cost_help(turn, hourly)
    tokens = Task("answer", "qa", price=PriceBasis(token_model="openai:gpt-4o-mini"))
    assert view.cost_words(turn, tokens) == "$0.00016"
    gone = Task("answer", "qa", price=PriceBasis(token_model="openai:no-such-model"))
    assert view.cost_words(turn, gone) == "no price set"


def test_the_time_stands_with_who_answered() -> None:
    turn = Turn("q", seconds=3.21, prompt_tokens=1234, model="m", method="rag", state="stopped")
    assert view.time_words(turn) == "3.2 s, 1,234 tokens read, m, rag, stopped"


def test_questions_to_begin_with_come_from_the_task_else_from_headings(shop: Project) -> None:
    folder = shop.add_task(Task("answer", "qa"))
    about = [f"What do the documents say about {each}?" for each in ("times", "fees")]
    assert view.examples(folder) == about
    shop.add_document("rules.md", b"# Rules\n\n## **Water**\n\nOff.\n\n## Fires\n\nOn Saturdays.\n")
    about = [
        each.removeprefix("What do the documents say about ") for each in view.examples(folder)
    ]
    assert about == ["times?", "water?", "fees?"]
    folder.add_examples([Example("0", "Nobody knows?", "", answerable=False)])
    folder.add_examples([Example(f"{i}", f"Question {i}?") for i in range(1, 6)])
    assert view.examples(folder) == ["Question 1?", "Question 2?", "Question 3?"]


@pytest.mark.parametrize("text", ["![x](http://e.test)", "**a** $b$ :smile: `c`"])
def test_a_label_keeps_its_signs_and_nothing_of_it_is_markdown(text: str) -> None:
    label = view.label(text)
    assert label.replace("\\", "") == text
    assert not any(f"{sign}" in label.replace(f"\\{sign}", "") for sign in "[]()*$`:!")
    assert len(view.label("x" * 300)) == 100
    assert view.label("whole words " * 30).endswith(" words\u2026")
    assert len(view.label("a " + "x" * 300)) == 100


def test_the_time_of_indexing_grows_with_the_documents(shop: Project) -> None:
    before = view.index_seconds(shop)
    shop.add_document("long.md", b"word " * 40_000)
    assert view.index_seconds(shop) > before + 30
    assert view.spoken(125.0) == "about 2 min"
