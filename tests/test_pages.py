"""Every page with nothing there yet: it says what to do, and offers one way on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.frame import PAGES
from ladder.project import create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]
WITHOUT_A_PROJECT = {
    "home": "Look around with the helpdesk example",
    "start": "Make the project",
    "decide": "Next",
    "train": "Start with your data",
    "chat": "Start with your data",
    "scoreboard": "Start with your data",
    "jobs": "Start with your data",
    "few-shot": "Add examples",
    "models": "Test all of them",
}
"""What the primary button of each page says in an empty workspace."""


def opened(page: str) -> AppTest:
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    if page != "home":
        app.switch_page(PAGES[page]).run()
    assert not app.exception
    assert not app.error
    return app


def primary(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.proto.type == "primary"]


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_workspace_has_one_way_on_from_every_page(
    page: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    app = opened(page)
    assert len(app.title) == 1
    assert any(each.value == "No project yet: begin on Start." for each in app.markdown)
    assert primary(app) == [WITHOUT_A_PROJECT[page]]


@pytest.mark.parametrize("page", PAGES)
def test_a_project_without_a_task_has_at_most_one_way_on_from_every_page(
    page: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    create_project("bare")
    app = opened(page)
    assert len(app.title) == 1
    assert len(primary(app)) == 1
