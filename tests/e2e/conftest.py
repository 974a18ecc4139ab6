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


class Server:
    """The app on a free port over a workspace; it can be killed, and started again."""

    def __init__(self, home: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.home, self.log = home, log
        self.command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        env = os.environ | {"LADDER_HOME": str(self.home)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=env, stdout=log, stderr=log)
        wait_for(f"{self.address}/_stcore/health")

    def kill(self) -> None:
        """End it as a crash would: nothing of it is asked or told."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)

    @property
    def answers(self) -> bool:
        """Return whether anything listens at its address."""
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """End it as Ctrl-C would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


@pytest.fixture
def app_server(home: Path, tmp_path: Path) -> Iterator[Server]:
    """Start the app over an own workspace."""
    server = Server(home, tmp_path / "server.log")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def server(app_server: Server) -> str:
    """Start the app over an own workspace; return its address."""
    return app_server.address


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
    """A person at the browser: opens pages, waits, looks, and notes every request and error."""

    def __init__(self, context: Any, screens: Path) -> None:
        self.context = context
        self.screens = screens
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        self.page = self.new_tab()

    def new_tab(self) -> Any:
        """Open a tab and look at it from now on."""
        self.page = page = self.context.new_page()
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _note(self, message: Any) -> None:
        # Streamlit looks for its server under the page's own address first, then at the root.
        looks = message.location["url"].endswith(("/_stcore/health", "/_stcore/host-config"))
        if message.type == "error" and not (looks and "404" in message.text):
            self.errors.append(f"{message.text} {message.location['url']}".rstrip())

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
        yield Visitor(context, screens)
        browser.close()
