"""First paint of our Home against an empty Streamlit page, in pairs in the same run.

Two servers run side by side; a Chromium opens each in turn, and two times are taken from the
request on: until the page's own words are seen (Home: its primary button), and until the script
has run and everything is there. The medians of the interleaved pairs are compared; Home may
take at most 0.7 s longer in the first. `python benchmarks/first_paint.py [PAIRS]`
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ladder.setup import find_chromium

ROOT = Path(__file__).resolve().parent.parent
TARGET = 0.7
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
SETTLED = (
    "[data-testid='stApp'][data-test-connection-state='CONNECTED']"
    "[data-test-script-state='notRunning']"
)


@contextmanager
def served(script: Path, home: Path, log: Path) -> Iterator[str]:
    """Serve a Streamlit script on a free port and yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(script)),
        *("--server.port", str(port), "--server.headless", "true"),
    ]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"LADDER_HOME": str(home)},
            stdout=output, stderr=output,
        )  # fmt: skip
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def first_paint(browser: Any, address: str, text: str) -> tuple[float, float]:
    """Return the seconds until `text` is seen and until all is there, in a new context."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(address)
    page.get_by_text(text).first.wait_for(timeout=60_000)
    seen = time.perf_counter() - begin
    page.locator(SETTLED).wait_for(state="attached", timeout=60_000)
    settled = time.perf_counter() - begin
    context.close()
    return seen, settled


def main(pairs: int) -> int:
    """Measure, print one comparison, and return 1 where the target is missed."""
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        print("No Chromium was found; install one, or let CHROMIUM name it.")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        environment = os.environ | {"LADDER_HOME": str(home)}
        command = [sys.executable, "-m", "ladder.cli", "init", "helpdesk", "--example", "helpdesk"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        empty = folder / "empty.py"
        empty.write_text('import streamlit as st\n\nst.title("Empty page")\n', encoding="utf-8")
        with (
            served(ROOT / "app.py", home, folder / "ours.log") as ours,
            served(empty, home, folder / "empty.log") as bare,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            visit = f"{ours}/?project=helpdesk", "Measure now"
            cold = first_paint(browser, *visit)[1]
            first_paint(browser, bare, "Empty page")
            empties, homes = [], []
            for _ in range(pairs):
                empties.append(first_paint(browser, bare, "Empty page"))
                homes.append(first_paint(browser, *visit))
            browser.close()
    empty_seen, empty_all = map(statistics.median, zip(*empties, strict=True))
    home_seen, home_all = map(statistics.median, zip(*homes, strict=True))
    difference = home_seen - empty_seen
    print(
        f"first paint: Home {home_seen:.2f} s, empty page {empty_seen:.2f} s, difference "
        f"{difference:.2f} s (target: at most {TARGET} s), ratio {home_seen / empty_seen:.2f}; "
        f"until all is there {home_all:.2f} s and {empty_all:.2f} s; "
        f"medians of {pairs} pairs; the very first visit of Home took {cold:.2f} s"
    )
    return int(difference > TARGET)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 9))
