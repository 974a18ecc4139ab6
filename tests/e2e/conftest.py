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
SECONDS = 90
"""How long anything may take to be seen: a machine may be slow and busy. Jobs have more."""
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
            self.process.wait(SECONDS)

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
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:  # a model that answers lets it end late
                self.kill()


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


def wait_for(url: str, seconds: float = SECONDS) -> None:
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


class Runs:
    """Whether the app still owes a tab the run of its script that a press asked for.

    A page says "not running" until the server has heard of the press, which takes long on a busy
    machine. So the messages between the two are read: what is asked is owed until a run that
    began after it has ended.
    """

    def __init__(self, page: Any) -> None:
        self.asked = self.begun = False
        page.on("websocket", self._watch)

    @property
    def owed(self) -> bool:
        return self.asked or self.begun

    def _watch(self, socket: Any) -> None:
        self.asked = self.begun = False  # a new tab, a reload, or a server that came back
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame: Any) -> None:
        from streamlit.proto.BackMsg_pb2 import BackMsg

        if isinstance(frame, bytes):
            message = BackMsg.FromString(frame)
            if message.WhichOneof("type") == "rerun_script":
                self.asked |= not message.rerun_script.fragment_id

    def _received(self, frame: Any) -> None:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        if not self.owed or not isinstance(frame, bytes):
            return
        message = ForwardMsg.FromString(frame)
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self.asked, self.begun = False, True
        elif kind == "script_finished":
            self.begun &= message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


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
        self.runs = Runs(page)
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

        self.page.wait_for_timeout(250)  # what is typed or chosen is sent after a moment
        end = time.monotonic() + SECONDS
        while self.runs.owed and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        assert not self.runs.owed, "The page did not draw what was pressed."
        state = "[data-test-connection-state='CONNECTED'][data-test-script-state='notRunning']"
        self.page.locator(f"[data-testid='stApp']{state}").wait_for(
            state="attached", timeout=SECONDS * 1000
        )
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
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
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=SECONDS * 1000)
    screens = Path(os.environ.get("LADDER_SCREENS") or tmp_path / "screens").resolve()
    screens.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(SECONDS * 1000)
        yield Visitor(context, screens)
        browser.close()
