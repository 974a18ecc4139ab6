"""A newcomer's way through the product, in a real browser, by uploads and primary buttons."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.methods import METHODS
from ladder.project import create_example, open_project

if TYPE_CHECKING:
    from tests.e2e.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.real]
TICKETS = Path(__file__).parents[2] / "ladder" / "project" / "samples" / "tickets.csv"
PAGES = ("Home", "Start", "Decide", "Scoreboard", "Jobs", "Models")
TEN_LABELS = (
    "booking", "repair", "payment", "opening", "account",
    "booking", "repair", "payment", "opening", "account",
)  # fmt: skip
LOOPBACK = {"127.0.0.1", "localhost", ""}  # data: and blob: have no host
MINUTES = 60_000  # ms


def test_an_empty_workspace_has_two_doors(visitor: Visitor, server: str) -> None:
    visitor.page.goto(server)
    visitor.settle()
    visitor.shot("home-empty")
    assert visitor.barriers() == []
    visitor.press("Start with your own data")
    visitor.shot("start-empty")
    assert visitor.barriers() == []
    visitor.visit("Home")
    visitor.press("Look around with the helpdesk example")
    assert "project=helpdesk" in visitor.page.url
    assert visitor.hosts <= LOOPBACK
    assert visitor.errors == []


def test_from_the_example_by_a_csv_to_a_paired_verdict(
    visitor: Visitor, server: str, home: Path
) -> None:
    create_example("helpdesk")  # as `make app` does before it opens this address
    page = visitor.page
    page.goto(f"{server}/?project=helpdesk&task=route")
    visitor.settle()
    visitor.shot("home-example")
    assert visitor.barriers() == []
    make_a_project(visitor)
    label_ten_rows(visitor)
    take_advice(visitor)
    measure(visitor)
    read_the_board(visitor)
    for title in PAGES:
        visitor.visit(title)
        assert visitor.barriers() == [], title
        visitor.shot(title.lower())
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}/?project=bike-rental")
    visitor.settle()
    visitor.shot("home-390")
    assert visitor.hosts <= LOOPBACK


def make_a_project(visitor: Visitor) -> None:
    """Start, a new project beside the example, a CSV of 40 labelled and 12 other tickets."""
    from playwright.sync_api import expect

    page = visitor.page
    visitor.visit("Start")
    visitor.press("New project")
    page.get_by_role("textbox", name="Name of the project").fill("bike-rental")
    visitor.press("Make the project")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(TICKETS)
    expect(page.get_by_text("40 with a right answer")).to_be_visible()
    visitor.settle()
    visitor.shot("start-preview")
    assert visitor.barriers() == []
    visitor.press("Looks right, continue")
    expect(page.get_by_text("40 of 52")).to_be_visible()


def label_ten_rows(visitor: Visitor) -> None:
    """Click the first empty cell, then type and press Enter, ten times."""
    from playwright.sync_api import expect

    page = visitor.page
    table = page.get_by_test_id("stDataFrame").first  # drawn on a canvas: it has no cells to name
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 90, box["y"] + 52)  # first row, last column
    for number, label in enumerate(TEN_LABELS, 41):
        open_cell(page)
        page.keyboard.type(label, delay=30)
        page.keyboard.press("Enter")  # saves it and goes one row down
        expect(page.get_by_text(f"{number} of 52")).to_be_visible()
        visitor.settle()
    visitor.shot("start-labelling")
    labels = [e.output for e in open_project("bike-rental").task().examples()[40:]]
    assert labels == [*TEN_LABELS, None, None]


def open_cell(page: Any) -> None:
    """Press Enter on the chosen cell until it opens: a table that is being drawn hears no key."""
    from playwright.sync_api import Error

    for _ in range(5):
        page.keyboard.press("Enter")
        try:
            page.locator("#portal textarea").wait_for(timeout=10_000)
            return
        except Error:
            continue
    raise AssertionError("The cell did not open.")


def take_advice(visitor: Visitor) -> None:
    """Follow Decide's questions to its recommendation."""
    from playwright.sync_api import expect

    visitor.press("Looks right, continue")
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for _ in range(12):
        if page.get_by_role("button", name=re.compile("^Measure now")).count():
            break
        page.get_by_test_id("stBaseButton-primary").click()
        visitor.settle()
    visitor.shot("decide-advice")
    assert visitor.barriers() == []


def measure(visitor: Visitor) -> None:
    """Launch the measurement, watch its progress, and wait for its end."""
    from playwright.sync_api import expect

    page = visitor.page
    visitor.press(re.compile("^Measure now"))
    expect(page.get_by_text("Stay here: the figures are filled in when it ends.")).to_be_visible()
    visitor.visit("Jobs")
    expect(page.get_by_role("progressbar").first).to_be_visible()
    expect(page.get_by_text(re.compile("about .* left")).first).to_be_visible(timeout=5 * MINUTES)
    expect(page.get_by_text(re.compile("(zero|few)-shot")).first).to_be_visible(timeout=5 * MINUTES)
    visitor.shot("jobs-running")
    expect(page.get_by_text("Nothing is running.")).to_be_visible(timeout=20 * MINUTES)
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    visitor.settle()
    visitor.press("Back to Decide, with what was measured")
    expect(page.get_by_text("Measured: the figure is filled in below.")).to_be_visible()
    expect(page.get_by_role("radio", name="measured", exact=True)).to_be_checked()
    visitor.shot("decide")
    visitor.visit("Jobs")


def read_the_board(visitor: Visitor) -> None:
    """See the scores with their intervals and the paired verdict."""
    from playwright.sync_api import expect

    page = visitor.page
    visitor.press("See the scoreboard")
    expect(
        page.get_by_text(re.compile(r"leads with 0\.\d\d \(0\.\d\d to [01]\.\d\d"))
    ).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    verdict = re.compile("is better than|Cannot tell yet:")
    expect(page.get_by_text(verdict).first).to_be_visible()
    page.get_by_text("They differ on").scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)
    visitor.settle()
    visitor.shot("scoreboard-pair")
    rows = scores_of("bike-rental")
    assert {row["method"] for row in rows} == {
        name for name, method in METHODS.items() if "classification" in method.kinds
    }
    assert all(row["ci_low"] <= row["score"] <= row["ci_high"] and row["n"] > 0 for row in rows)


def scores_of(project: str) -> list[dict[str, Any]]:
    from ladder.files import read_json_lines

    return read_json_lines(open_project(project).task().scores_file)
