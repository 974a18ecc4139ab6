"""The Few-shot page in a real browser: from a typed text to the best prompt, in use and saved.

A random toy model answers, so that the leaderboard takes seconds; for screenshots that are kept
(LADDER_SCREENS) the bundled one does.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.methods import DEFAULT_MODEL, preset
from ladder.models.fakes import tiny_llama
from ladder.project import Example, Task, TaskFolder, create_project
from rag.few_shot.board import kept_board
from rag.few_shot.instructions import versions

if TYPE_CHECKING:
    from tests.e2e.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.real]
TICKETS = {
    "lost parcel": (
        "Where is my parcel?", "The package is a week late", "My order never came",
        "The box got lost on its way", "No delivery today, again", "Can you track my parcel",
        "The courier forgot our street", "Neither parcel has arrived",
    ),
    "refund request": (
        "I want my money back", "Please refund the kettle", "When is my refund paid",
        "Return the payment, please", "You charged me twice", "Give me back the fee",
        "The refund is still missing", "How do I get the 99 euros back",
    ),
    "login trouble": (
        "I cannot log in", "My password is wrong", "Please reset my password",
        "My account is locked", "The login page fails", "I forgot my password",
        "No code comes for the login", "It says unknown user",
    ),
}  # fmt: skip
WAITING = (
    "The parcel was left in the rain", "Who pays for the return", "My e-mail address changed",
    "The app logs me out", "A refund without a receipt?", "Two parcels, one is empty",
)  # fmt: skip
LOOPBACK = {"127.0.0.1", "localhost", ""}  # data: and blob: have no host
MINUTES = 60_000  # ms
PRIMARY = "[data-testid='stBaseButton-primary']:visible"  # one with a help text is there twice


@pytest.fixture
def tickets(home: Path, tmp_path: Path) -> TaskFolder:
    """Make a task of 24 labelled tickets of three intents, and six that wait for theirs."""
    known = [
        Example(f"{intent[:4]}{i}", text, intent)
        for intent, texts in TICKETS.items()
        for i, text in enumerate(texts)
    ]
    others = [Example(f"wait{i}", text) for i, text in enumerate(WAITING)]
    task = Task(
        "route", "classification", "Name the intent of the ticket.",
        deploy_model="openai:gpt-5.4-mini",
    )  # fmt: skip
    folder = create_project("desk").add_task(task)
    folder.add_examples([*known, *others])
    toy = f"path:{tiny_llama(tmp_path / 'toy-llama')}"
    model = DEFAULT_MODEL if os.environ.get("LADDER_SCREENS") else toy
    folder.save_setup(preset("few-shot", folder.task, model))
    return folder


def test_the_best_prompt_is_seen_found_used_and_taken_along(
    visitor: Visitor, server: str, tickets: TaskFolder
) -> None:
    page = visitor.page
    page.goto(f"{server}/few-shot?project=desk")
    visitor.settle()
    assert primary_in_sight(visitor).startswith("Find the best prompt, about ")
    assert visitor.barriers() == []
    see_a_prompt(visitor)
    look_through_the_examples(visitor)
    write_an_instruction(visitor, tickets)
    find_the_best(visitor, tickets)
    take_it_along(visitor)
    page.set_viewport_size({"width": 390, "height": 844})
    look_at(visitor, "Leaderboard")
    visitor.shot("few-shot-390")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert visitor.errors == []
    assert visitor.hosts <= LOOPBACK


def see_a_prompt(visitor: Visitor) -> None:
    """Type a text, see its exact prompt, then examples chosen in another way."""
    from playwright.sync_api import expect

    page = visitor.page
    page.get_by_label("Your text").fill("My parcel has not arrived yet")
    page.get_by_label("Your text").press("Control+Enter")
    exact = page.get_by_test_id("stText").filter(has_text="Text: My parcel has not arrived yet")
    expect(exact).to_be_visible(timeout=2 * MINUTES)
    visitor.settle()
    visitor.shot("few-shot-prompt")
    page.get_by_role("tab", name="The examples, in their order").click()
    page.get_by_role("combobox", name="Which examples").click()
    page.get_by_role("option", name="sharing its rare words").click()
    visitor.settle()
    expect(page.get_by_text("words in common").first).to_be_visible()
    assert visitor.barriers() == []


def look_through_the_examples(visitor: Visitor) -> None:
    """See how many there are of each label, and what is worth labelling next."""
    from playwright.sync_api import expect

    page = visitor.page
    look_at(visitor, "Examples")
    expect(page.get_by_role("heading", name="What is wrong with them")).to_be_visible()
    expect(page.get_by_text("6 wait for their answer")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    visitor.shot("few-shot-examples")
    assert visitor.barriers() == []


def write_an_instruction(visitor: Visitor, folder: TaskFolder) -> None:
    """Change the instruction, see what changed, and keep it."""
    from playwright.sync_api import expect

    page = visitor.page
    look_at(visitor, "Instruction")
    box = page.get_by_label("Instruction", exact=True)
    box.fill("Name what the customer wants.")
    box.press("Control+Enter")
    visitor.settle()
    expect(page.locator("ins").first).to_have_text("[+ what]")
    visitor.shot("few-shot-instruction")
    assert visitor.barriers() == []
    visitor.press("Keep this wording")
    expect(page.get_by_text("Version 2", exact=True)).to_be_visible()
    assert [each.number for each in versions(folder)] == [1, 2]
    page.get_by_role("button", name="Edit from this one").click()
    visitor.settle()
    expect(box).to_have_value("Name the intent of the ticket.")


def find_the_best(visitor: Visitor, folder: TaskFolder) -> None:
    """Press the button, watch the progress, read the verdict, and use what is best."""
    from playwright.sync_api import expect

    page = visitor.page
    page.locator(PRIMARY).filter(has_text="Find the best prompt").click()
    running = page.get_by_role("button", name="See the running job")
    expect(running).to_be_visible()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    visitor.shot("few-shot-running")
    expect(running).to_have_count(0, timeout=10 * MINUTES)
    visitor.settle()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    board = kept_board(folder)
    assert board is not None
    expect(page.get_by_text(board.verdict.sentence.split(". ")[0]).first).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    visitor.settle()
    visitor.shot("few-shot-board")
    assert visitor.barriers() == []
    if primary_in_sight(visitor).startswith("Use "):  # the best may be what is in use
        page.locator(PRIMARY).click()
        visitor.settle()
    setup = folder.setup()
    assert setup is not None
    assert setup.to_dict() == board.best or board.verdict.kind == "no-llm"
    assert page.locator(PRIMARY).count() == 1


def take_it_along(visitor: Visitor) -> None:
    """Make the files of a program and save them."""
    page = visitor.page
    look_at(visitor, "Export")
    visitor.press("Make Plain Python")
    save = page.get_by_role("button", name=re.compile("Save route-python.zip"))
    with page.expect_download() as started:
        save.click()
    assert started.value.suggested_filename == "route-python.zip"
    visitor.settle()
    visitor.shot("few-shot-export")
    assert visitor.barriers() == []


def look_at(visitor: Visitor, part: str) -> None:
    visitor.page.get_by_role("radio", name=part, exact=True).click()
    visitor.settle()


def primary_in_sight(visitor: Visitor) -> str:
    """Return what stands on the one primary button, which is seen without scrolling."""
    from playwright.sync_api import expect

    button = visitor.page.locator(PRIMARY)
    expect(button).to_have_count(1)
    expect(button).to_be_in_viewport(ratio=1)
    return str(button.inner_text()).strip()
