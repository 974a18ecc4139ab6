"""Documents, a question and its source, in a real browser with the bundled models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.project import create_example, create_project
from rag.indexing import index_documents

if TYPE_CHECKING:
    from tests.e2e.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.real]
LOOPBACK = {"127.0.0.1", "localhost", ""}  # data: and blob: have no host
MINUTES = 60_000  # ms


def test_from_documents_by_a_click_to_a_cited_answer(
    visitor: Visitor, server: str, home: Path
) -> None:
    from playwright.sync_api import expect

    create_example("helpdesk")
    page = visitor.page
    page.goto(f"{server}/chat?project=helpdesk&task=answer")
    visitor.settle()
    visitor.shot("chat-empty")
    assert visitor.barriers() == []
    visitor.press("Index the documents")
    chip = page.get_by_role("button", name="How long does standard delivery to the islands take?")
    chip.wait_for(timeout=3 * MINUTES)
    visitor.settle()
    chip.click()
    expect(page.get_by_text("tokens read")).to_be_visible(timeout=2 * MINUTES)
    visitor.settle()
    expect(page.get_by_role("heading", name="Sources")).to_be_visible()
    ask(visitor, "Who won the world cup in 1998?")
    nothing = page.get_by_text("say nothing close enough to this question")
    expect(nothing).to_be_visible(timeout=MINUTES)
    visitor.settle()
    page.get_by_role("button", name="Sources").first.click()
    visitor.settle()
    visitor.shot("chat")
    assert visitor.barriers() == []
    assert visitor.hosts <= LOOPBACK
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.settle()
    visitor.shot("chat-390")


def test_stop_is_seen_without_another_click(visitor: Visitor, server: str, home: Path) -> None:
    from playwright.sync_api import expect

    project = create_project("shop")
    project.add_document("delivery.md", b"# Delivery\n\nStandard delivery takes 5 to 7 days.")
    index_documents(project)
    page = visitor.page
    page.goto(f"{server}/chat?project=shop")
    visitor.settle()
    ask(visitor, "How long does standard delivery take?")
    expect(page.get_by_text("Finding passages")).to_be_visible(timeout=MINUTES)
    page.get_by_test_id("stChatInputStopButton").click()
    expect(page.get_by_text("topped before the first word")).to_be_visible(timeout=MINUTES)
    expect(page.get_by_text("Finding passages")).to_have_count(0)
    visitor.settle()


def ask(visitor: Visitor, question: str) -> None:
    """Type a question and send it."""
    box = visitor.page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
