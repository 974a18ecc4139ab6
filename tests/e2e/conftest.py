"""A real server and a real Chromium: what the browser tests stand on.

Where no Chromium is found the tests are skipped and say so. CHROMIUM names one; LADDER_SCREENS
names a folder in which the screenshots are kept (docs/screens for those of the README).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ladder.setup import find_chromium

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
]  # fmt: skip
LOOPBACK = {"127.0.0.1", "localhost", ""}  # data: and blob: have no host
MINOR = {"empty-table-header", "presentation-role-conflict"}  # Streamlit's own, impact minor


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium, or skip and say so."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium was found; install one, or let CHROMIUM name it")
    return path


@pytest.fixture
def server(home: Path, tmp_path: Path) -> Iterator[str]:
    """Start the app on a free port over an own workspace; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"LADDER_HOME": str(home)}, stdout=log, stderr=log
        )
        try:
            wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            process.terminate()
            process.wait(20)


def wait_for(url: str, seconds: float = 40.0) -> None:
    """Wait until an address answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer within {seconds:.0f} s")


class Visitor:
    """A person at the browser: opens pages, waits, looks, and notes every request."""

    def __init__(self, page: Any, screens: Path) -> None:
        self.page = page
        self.screens = screens
        self.hosts: set[str] = set()
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))

    def settle(self) -> None:
        """Wait until the script has run and nothing is left to draw."""
        from playwright.sync_api import expect

        self.page.wait_for_timeout(210)
        state = "[data-test-connection-state='CONNECTED'][data-test-script-state='notRunning']"
        self.page.locator(f"[data-testid='stApp']{state}").wait_for(
            state="attached", timeout=40_000
        )
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=25_000)
        expect(self.page.get_by_test_id("stException")).to_have_count(0)

    def press(self, name: str) -> None:
        """Press a button by what stands on it."""
        self.page.get_by_role("button", name=name).first.click()
        self.settle()

    def visit(self, title: str) -> None:
        """Go to a page by the navigation."""
        self.page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
        self.settle()

    def shot(self, name: str) -> None:
        """Keep a picture of what is seen."""
        self.page.screenshot(path=self.screens / f"{name}.png")

    def barriers(self) -> list[str]:
        """Return what axe finds to keep people out: serious or critical, on the whole page."""
        from axe_playwright_python.sync_playwright import Axe

        size = self.page.viewport_size
        self.page.set_viewport_size({"width": size["width"], "height": 3000})
        self.settle()
        found = Axe().run(self.page).response["violations"]
        self.page.set_viewport_size(size)
        return [
            f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:120]})"
            for v in found
            if v["id"] not in MINOR and v["impact"] in ("serious", "critical")
        ]


@pytest.fixture
def visitor(chromium: str, tmp_path: Path) -> Iterator[Visitor]:
    """Open a browser window of 1280 by 900."""
    from playwright.sync_api import sync_playwright

    screens = Path(os.environ.get("LADDER_SCREENS") or tmp_path / "screens").resolve()
    screens.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(20_000)
        yield Visitor(context.new_page(), screens)
        browser.close()
