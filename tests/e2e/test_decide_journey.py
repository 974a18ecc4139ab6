"""Decide in a real browser: the wizard in nine clicks, a link, what explains itself, the record."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.project import create_project, guess_mapping, import_into, preview, read_table

if TYPE_CHECKING:
    from tests.e2e.conftest import Visitor

pytestmark = pytest.mark.browser
TICKETS = Path(__file__).parents[2] / "ladder" / "project" / "samples" / "tickets.csv"
LINK = (
    "project=bikes&answered=6&missing=facts&knowledge_tokens=4000000&knowledge_change=daily"
    "&queries_per_day=20000&labelled=80"
)
MOST_CLICKS = 9


@pytest.fixture
def bikes(home: Path) -> str:
    """Make a project of 40 labelled tickets; return its name."""
    project = create_project("bikes")
    table = read_table(TICKETS.name, TICKETS.read_bytes())
    import_into(project, None, preview(table, guess_mapping(table)))
    return project.name


def primary(visitor: Visitor) -> Any:
    return visitor.page.get_by_test_id("stBaseButton-primary")


def seen_without_scrolling(visitor: Visitor) -> bool:
    box, size = primary(visitor).bounding_box(), visitor.page.viewport_size
    return bool(box and size and box["y"] + box["height"] <= size["height"] and box["x"] >= 0)


def test_the_wizard_reaches_an_advice_in_nine_clicks(
    visitor: Visitor, server: str, bikes: str
) -> None:
    from playwright.sync_api import expect

    page = visitor.page
    page.goto(f"{server}/decide?project={bikes}")
    visitor.settle()
    clicks = 0
    page.get_by_text("tried, below the target").click()
    visitor.settle()
    clicks += 1
    while page.get_by_role("button", name="Next", exact=True).count():
        assert seen_without_scrolling(visitor)
        if page.get_by_text("2. What is missing today?").count():
            page.get_by_role("button", name="a skill").click()
            visitor.settle()
            visitor.shot("decide-question")
            assert visitor.barriers() == []
            clicks += 1
        visitor.press("Next")
        clicks += 1
    assert clicks <= MOST_CLICKS
    expect(page.get_by_role("heading", name="What would change this")).to_be_visible()
    expect(page.get_by_text(re.compile("measured: counted|set in the task"))).to_have_count(0)
    assert seen_without_scrolling(visitor)
    assert visitor.barriers() == []


def test_a_link_restores_the_advice_also_after_a_reload(
    visitor: Visitor, server: str, bikes: str
) -> None:
    from playwright.sync_api import expect

    page = visitor.page
    page.goto(f"{server}/decide?{LINK}&target=nonsense&tokens_in={'9' * 300}")
    visitor.settle()
    heading = page.get_by_role("heading", name="Retrieval (RAG)", exact=True)
    expect(heading).to_be_visible()
    expect(
        page.get_by_text("The link gave no usable value for: Target, Tokens of a")
    ).to_be_visible()
    assert "nonsense" not in page.url
    page.get_by_text("Machines and money").click()
    visitor.settle()
    page.get_by_text("Data may go to a hosted model").click()
    visitor.settle()
    assert "data_may_leave=no" in page.url
    page.reload()
    visitor.settle()
    expect(heading).to_be_visible()
    expect(page.get_by_text("The link gave no usable value")).to_have_count(0)
    assert "data_may_leave=no" in page.url
    assert "knowledge_change=daily" in page.url


def test_figures_and_methods_explain_themselves_on_click_and_the_record_can_be_taken(
    visitor: Visitor, server: str, bikes: str, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    page = visitor.page
    page.goto(f"{server}/decide?{LINK}")
    visitor.settle()
    visitor.shot("decide-result")
    page.get_by_role("button", name=re.compile("a month$")).click()
    expect(page.get_by_text("What went in:").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".st-key-why_full summary").click()
    visitor.settle()
    expect(page.get_by_text("rules it out").first).to_be_visible()
    page.get_by_text("All prices in one picture").click()
    visitor.settle()
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(3)  # where that is, all totals, month by month
    assert visitor.barriers() == []
    charts.last.scroll_into_view_if_needed()
    visitor.settle()
    visitor.shot("decide-prices")
    page.get_by_role("heading", name="Where that is").scroll_into_view_if_needed()
    page.mouse.wheel(0, 500)
    visitor.settle()
    visitor.shot("decide-map")
    record_is_whole(visitor, tmp_path)
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    visitor.settle()
    visitor.shot("decide-390")
    assert seen_without_scrolling(visitor)
    assert visitor.barriers() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.hosts <= {"127.0.0.1", "localhost", ""}


def record_is_whole(visitor: Visitor, folder: Path) -> None:
    """Take the record in its three formats, and read them."""
    visitor.press("Decision record")
    found = {}
    for label in ("(HTML)", "(Markdown)", "(JSON)"):
        with visitor.page.expect_download() as taken:
            visitor.page.get_by_role("button", name=label).click()
        path = folder / taken.value.suggested_filename
        taken.value.save_as(path)
        found[path.suffix] = path.read_text(encoding="utf-8")
    visitor.page.keyboard.press("Escape")
    data = json.loads(found[".json"])
    assert data["advice"]["recommended"] == "rag"
    assert data["project"] == "bikes"
    assert "Retrieval (RAG)" in found[".md"]
    assert found[".html"].lstrip().lower().startswith("<!doctype html>")
    told = {each["answer"]: each["value"] for each in data["situation"] if each["origin"] == "told"}
    assert told["queries_per_day"] == 20_000
    assert told["knowledge_change"] == "daily"
