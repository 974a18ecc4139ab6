"""Documents, a question and its source, in a real browser with the bundled models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.project import create_example, create_project
from rag.feedback import kept_feedback
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

    folder = create_example("helpdesk").task("answer")
    page = visitor.page
    page.goto(f"{server}/chat?project=helpdesk&task=answer")
    visitor.settle()
    visitor.shot("chat-empty")
    assert visitor.barriers() == []
    visitor.press("Index the documents")
    chip = page.get_by_role("button", name="How long does standard delivery to the islands take?")
    chip.wait_for(timeout=10 * MINUTES)
    visitor.settle()
    chip.click()
    expect(page.get_by_role("tab", name="Sources")).to_be_visible(timeout=5 * MINUTES)
    visitor.settle()
    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("5 to 7 days")
    expect(page.locator("mark").first).to_contain_text("Islands")
    page.get_by_test_id("stFeedback").locator("button").first.click()
    visitor.settle()
    assert [each.up for each in kept_feedback(folder)] == [True]
    open_the_source(visitor)
    ask(visitor, "Who won the world cup in 1998?")
    nothing = page.get_by_text("No sentence of the documents answers this question well enough")
    expect(nothing).to_be_visible(timeout=5 * MINUTES)
    visitor.settle()
    page.get_by_role("button", name="Sources").first.click()
    visitor.settle()
    expect(page.locator("mark").first).to_contain_text("Islands")
    visitor.shot("chat")
    assert visitor.barriers() == []
    assert "5 to 7 days" in exported(visitor)
    page.get_by_text("Why these passages").click()
    visitor.settle()
    page.get_by_test_id("stDataFrame").scroll_into_view_if_needed()
    visitor.shot("chat-why")
    assert visitor.hosts <= LOOPBACK
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.settle()
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()
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
    expect(page.get_by_text("Finding passages")).to_be_visible(timeout=5 * MINUTES)
    page.get_by_test_id("stChatInputStopButton").click()
    expect(page.get_by_text("topped before the first word")).to_be_visible(timeout=5 * MINUTES)
    expect(page.get_by_text("Finding passages")).to_have_count(0)
    visitor.settle()


def open_the_source(visitor: Visitor) -> None:
    """Open the document at the quote, look, and close it again."""
    from playwright.sync_api import expect

    page = visitor.page
    visitor.press("Open the source")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("mark")).to_contain_text("5 to 7 days")
    expect(dialog.get_by_role("button", name="Download the document")).to_be_visible()
    visitor.shot("chat-source")
    assert visitor.barriers() == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    visitor.settle()


def exported(visitor: Visitor) -> str:
    """Return the conversation as the page gives it in Markdown."""
    page = visitor.page
    page.get_by_role("tab", name="Conversations").click()
    visitor.press("Download or delete")
    with page.expect_download() as download:
        page.get_by_role("button", name="Markdown, to read").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Sources").click()
    visitor.settle()
    return text


def ask(visitor: Visitor, question: str) -> None:
    """Type a question and send it."""
    box = visitor.page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
