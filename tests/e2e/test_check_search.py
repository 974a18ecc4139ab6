"""Check the search, in a real browser: from one click to a verdict, and to other settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ladder.files import write_json
from ladder.project import Project, TaskFolder, create_project
from rag.conversation import chat_setup, chat_task
from rag.proof.evaluation_set import proof_folder
from rag.proof.jobs import kept

if TYPE_CHECKING:
    from tests.e2e.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.real]
DOCUMENTS = Path(__file__).parents[2] / "examples" / "helpdesk" / "documents"
LOOPBACK = {"127.0.0.1", "localhost", ""}  # data: and blob: have no host
MINUTES = 60_000  # ms
KEEP = {
    "kind": "keep",
    "settings": None,
    "name": "what is used now",
    "sentence": "Nothing that was tried helps on your documents at the same cost: keep what you "
    "use.",
    "verdicts": [],
    "dearer": "",
}  # as `recommended` says it


@pytest.fixture
def shop(home: Path) -> Project:
    """Make a project of two of the helpdesk's documents."""
    project = create_project("shop")
    for name in ("delivery.md", "account.md"):
        project.add_document(name, (DOCUMENTS / name).read_bytes())
    return project


def test_the_search_is_checked_by_a_click_and_better_settings_are_looked_for(
    visitor: Visitor, server: str, shop: Project
) -> None:
    from playwright.sync_api import expect

    page = visitor.page
    page.goto(f"{server}/chat?project=shop")
    visitor.settle()
    page.get_by_role("radio", name="Check the search").click()
    visitor.settle()
    expect(page.get_by_role("heading", name="Does the search find it?")).to_be_visible()
    assert primary_in_sight(visitor) == "Check the search"
    visitor.shot("search-unchecked")
    assert visitor.barriers() == []
    see_it_through(visitor, "Check the search")
    expect(page.get_by_text(re.compile("the right passage is among the 4 that"))).to_be_visible()
    visitor.settle()
    assert primary_in_sight(visitor).startswith("Look for better settings")
    page.get_by_text("When to say nothing").click()
    expect(page.get_by_test_id("stVegaLiteChart").last).to_be_visible()
    visitor.settle()
    assert visitor.barriers() == []
    page.get_by_text("When to say nothing").click()
    see_it_through(visitor, "Look for better settings")
    expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    visitor.settle()
    page.evaluate("window.scrollTo(0, 0)")
    visitor.shot("search-checked")
    assert visitor.barriers() == []
    either_way(visitor, chat_task(shop))
    assert visitor.errors == []
    assert visitor.hosts <= LOOPBACK


def see_it_through(visitor: Visitor, label: str) -> None:
    """Press what starts a job, see how far it is, and wait until it is done."""
    from playwright.sync_api import expect

    page = visitor.page
    page.get_by_test_id("stBaseButton-primary").filter(has_text=label).click()
    running = page.get_by_role("button", name="See the running job")
    expect(running).to_be_visible()
    expect(running).to_have_count(0, timeout=8 * MINUTES)
    visitor.settle()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def either_way(visitor: Visitor, folder: TaskFolder) -> None:
    """Follow what the sweep says, and then what stands there where nothing helps."""
    from playwright.sync_api import expect

    page = visitor.page
    found = told(folder)
    if not found["recommendation"]["settings"]:  # which of both it is lies with the machine, too
        found["recommendation"] |= {
            "kind": "better",
            "name": "hybrid 0.5, 2 x 64 tokens",
            "settings": {"retrieval.k": 2, "retrieval.chunk_tokens": 64},
        }
        write_json(proof_folder(folder.project) / "sweep.json", found)
        page.reload()
        visitor.settle()
        page.get_by_role("radio", name="Check the search").click()
        visitor.settle()
    advice = found["recommendation"]
    assert primary_in_sight(visitor) == "Use these settings"
    visitor.press("Use these settings")
    expect(page.get_by_text(f"From now on: {advice['name']}.")).to_be_visible()
    setup = chat_setup(folder).to_dict()["retrieval"]
    assert setup | {n.partition(".")[2]: v for n, v in advice["settings"].items()} == setup
    assert primary_in_sight(visitor).startswith("Check again")
    write_json(proof_folder(folder.project) / "sweep.json", found | {"recommendation": KEEP})
    page.reload()
    visitor.settle()
    page.get_by_role("radio", name="Check the search").click()
    visitor.settle()
    expect(page.get_by_text("keep what you use").first).to_be_visible()
    assert primary_in_sight(visitor).startswith("Check again")
    expect(page.get_by_role("button", name="Use these settings")).to_have_count(0)
    assert visitor.barriers() == []
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.settle()
    visitor.shot("search-390")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


def told(folder: TaskFolder) -> dict[str, Any]:
    """Return what the sweep found."""
    found = kept(folder.project, "sweep")
    assert found is not None
    return found[0]


def primary_in_sight(visitor: Visitor) -> str:
    """Return what stands on the one primary button, which is seen without scrolling."""
    from playwright.sync_api import expect

    button = visitor.page.get_by_test_id("stBaseButton-primary")
    expect(button).to_have_count(1)
    expect(button).to_be_in_viewport(ratio=1)
    return str(button.inner_text()).strip()
