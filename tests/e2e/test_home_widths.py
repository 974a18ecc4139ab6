"""Home's ladder on a wide screen and on a telephone's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.project import create_example

if TYPE_CHECKING:
    from tests.e2e.conftest import Visitor

pytestmark = pytest.mark.browser


def test_the_ladder_is_a_picture_where_it_fits_and_a_list_where_it_does_not(
    visitor: Visitor, server: str, home: Path
) -> None:
    from playwright.sync_api import expect

    create_example("helpdesk")
    page = visitor.page
    page.goto(f"{server}/?project=helpdesk&task=route")
    visitor.settle()
    picture = page.get_by_test_id("stVegaLiteChart")
    rung = page.locator(".st-key-ladder_narrow").get_by_text("Few-shot prompt (ICL)")
    expect(picture).to_be_visible()
    expect(rung).not_to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.settle()
    expect(rung).to_be_visible()
    expect(picture).not_to_be_visible()
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= 390
    assert visitor.barriers() == []
    visitor.shot("home-list-390")
