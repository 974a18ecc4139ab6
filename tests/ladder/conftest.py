"""The pages, run without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
OpenPage = Callable[..., "AppTest"]


@pytest.fixture
def open_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Return a function that opens a page by its short name, with what stands in the address."""
    from streamlit.testing.v1 import AppTest

    from ladder.frame import PAGES

    monkeypatch.chdir(ROOT)

    def open_it(page: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        if page != "home":
            app.switch_page(PAGES[page]).run()
        assert not app.exception
        return app

    return open_it
