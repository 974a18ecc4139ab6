"""From answers to a plan, its run and the scoreboard, in a real browser and without typing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.evaluation import scoreboard
from ladder.plan import plans
from ladder.project import create_project, guess_mapping, import_into, preview, read_table

if TYPE_CHECKING:
    from tests.e2e.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.real]
TICKETS = Path(__file__).parents[2] / "ladder" / "project" / "samples" / "tickets.csv"
ADVICE = "project=bikes&answered=9&baseline=0.6&labelled=5"  # leads to few-shot
MINUTES = 60_000  # ms


def test_few_shot_goes_from_advice_to_the_scoreboard(
    visitor: Visitor, server: str, home: Path
) -> None:
    from playwright.sync_api import expect

    project = create_project("bikes")
    table = read_table(TICKETS.name, TICKETS.read_bytes())
    import_into(project, None, preview(table, guess_mapping(table)))
    page = visitor.page
    page.goto(f"{server}/decide?{ADVICE}")
    visitor.settle()
    visitor.press("Run this: few-shot with 8 examples, ready now")
    (plan,) = plans(project)
    expect(page.get_by_text(plan)).to_be_visible()
    page.locator(".st-key-shots_offer").get_by_role("radio").first.click()
    expect(page.get_by_role("tab", name="The exact prompt")).to_be_visible(timeout=MINUTES)
    visitor.settle()
    assert visitor.barriers() == []
    visitor.press("Ask rehearsal model")
    expect(page.get_by_text("tokens written")).to_be_visible(timeout=MINUTES)
    visitor.settle()
    visitor.shot("few-shot")
    visitor.press("Use this setting")
    visitor.press("Measure this setting")
    expect(page.get_by_text("Nothing is running.")).to_be_visible(timeout=5 * MINUTES)
    expect(page.get_by_text(re.compile(f"Plan {plan} .*; took "))).to_be_visible()
    visitor.settle()
    visitor.shot("jobs-plan")
    assert visitor.barriers() == []
    visitor.press("See the scoreboard")
    (score,) = scoreboard(project.task())
    assert (score.method, score.plan) == ("few-shot", plan)
    setup = project.task().setup()
    assert setup is not None
    assert setup.to_dict() == score.setup
    assert visitor.hosts <= {"127.0.0.1", "localhost", ""}
