from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from ladder.answering import Citation
from ladder.costs import PriceBasis
from ladder.project import TaskFolder
from rag.chat_export import as_json, as_markdown, escaped
from rag.citations import Support
from rag.retrieval import Passage
from rag.turn import Turn

QUOTE = "Standard delivery takes 5 to 7 days."
PASSAGE = Passage("d.pdf", 10, 10 + len(QUOTE), QUOTE, "Times", place="page 3", similarity=0.7)
CITED = Citation("d.pdf", 10, 10 + len(QUOTE), QUOTE)
TURN = Turn(
    "How long?", "5 to 7 days. It is free.", [PASSAGE], 0.7,
    [Support(0, 12, CITED, 0.9), Support(13, 24, None, 0.1)],
    seconds=1.5, prompt_tokens=30, completion_tokens=9, method="rag", model="m", state="done",
)  # fmt: skip


def test_the_markdown_holds_question_answer_sources_time_and_thumb(answer: TaskFolder) -> None:
    text = as_markdown([TURN], answer, {TURN.id: True})
    assert "# Conversation in shop, task answer" in text
    assert "## How long?" in text
    assert r"5 to 7 days. \[1\] It is free. (no source found)" in text
    assert r"**\[1\]** d.pdf, page 3, characters 10 to 46:" in text
    assert f"> {QUOTE}" in text
    assert "*1.5 s, 30 tokens read, 9 written, m, rag, no price set, thumb up*" in text


def test_what_was_not_answered_is_said_in_the_markdown(answer: TaskFolder) -> None:
    far = Turn("Who won?", abstained=True, why="The documents say nothing of it.", state="done")
    broken = Turn("Why?", error="The server does not answer; start it.", state="done")
    text = as_markdown([far, broken], answer)
    assert "The documents say nothing of it." in text
    assert "The server does not answer; start it." in text


@pytest.mark.parametrize(
    "evil",
    [
        "![x](http://evil.test/x.png)", "[x](http://evil.test)", "<img src=x>", "http://evil.test",
        "www.evil.test", "<script>alert(1)</script>", "a@evil.test", "&lt;b&gt;", "**x** `y` $z$",
        "# Heading", "- item", "1. item", "12) item", "===", "~~gone~~",
        "[x]: http://evil.test", "| a | b |", "> quote", "+ item",
    ],
)  # fmt: skip
def test_nothing_in_the_markdown_comes_to_life(answer: TaskFolder, evil: str) -> None:
    from markdown_it import MarkdownIt

    turn = replace(TURN, question=evil, text=evil, supports=[Support(0, len(evil), None, 0.0)])
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(escaped(evil))
    assert re.fullmatch(r"<p>(?:(?!<).)*</p>\n", shown), shown
    text = as_markdown([turn], answer)
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    for tag in ("<a ", "<img", "<script", "<b>", "<table", "<li", "<s>", "<code"):
        assert tag not in rendered
    assert not re.search(r"(?<!\\):?(?<!\\:)//evil", text)


def test_the_json_holds_everything_and_the_cost(answer: TaskFolder) -> None:
    priced = replace(answer, task=replace(answer.task, price=PriceBasis(3.6, "a list, 2026-11")))
    data = json.loads(as_json([TURN], priced, {}))
    assert (data["project"], data["task"]) == ("shop", "answer")
    (turn,) = data["turns"]
    assert turn["question"] == "How long?"
    assert turn["citations"] == [
        {"number": 1, "doc": "d.pdf", "start": 10, "end": 46, "quote": QUOTE, "place": "page 3"}
    ]
    assert turn["unsupported"] == ["It is free."]
    assert turn["passages"][0]["similarity"] == 0.7
    assert turn["up"] is None
    assert turn["cost"] == pytest.approx(1.5 / 3600 * 3.6 / 0.2)
