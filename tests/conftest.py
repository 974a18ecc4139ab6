"""Fixtures for every test: an own workspace, no network, one thread, fakes at hand."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]

# Before any model library is imported, here or in a process that a test starts.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["LADDER_THREADS"] = "1"
os.environ.setdefault("LADDER_MODELS", str(Path(sys.prefix) / "ladder-models"))

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("ladder", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ladder")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace of the test's own."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.setenv("LADDER_HOME", str(folder))
    return folder


@pytest.fixture
def open_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
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


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sockets reach this machine alone."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _refuse_far(self, address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _refuse_far(self, address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture
def fake_models() -> Iterator[Any]:
    """Let fakes stand in for every model; yields the `ScriptedGenerator` behind them."""
    from ladder.models.fakes import use_fakes

    with use_fakes() as generator:
        yield generator


@pytest.fixture(scope="session")
def tiny_llama_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a random two-layer Llama with a byte tokenizer."""
    from ladder.models.fakes import tiny_llama

    return tiny_llama(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture
def tiny_tokenizer(tiny_llama_folder: Path) -> Any:
    """Return the byte tokenizer of the tiny Llama."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_llama_folder)


@pytest.fixture
def measured_machine(home: Path) -> Any:
    """Keep the rates of this machine as `ladder calibrate` would, and return them."""
    from ladder.jobs.devices import cores
    from ladder.machine import (
        RATES,
        MachineRates,
        Measured,
        device_kind,
        device_name,
        save_machine,
        versions,
    )  # fmt: skip
    from ladder.models.hardware import threads_alone

    llm = {"model": "smollm2-135m-instruct", "parameters": 134.5e6}
    encoder = {"model": "all-minilm-l6-v2", "parameters": 22.7e6 - 30_522 * 384}
    rates = {name: Measured(60.0, 64.0, 70.0, 9, "GFLOP/s", "a product") for name in RATES}
    rates |= {
        "read": Measured(700.0, 800.0, 900.0, 5, "tokens/s", "a prompt", **llm),
        "write": Measured(40.0, 50.0, 55.0, 5, "tokens/s", "after it", **llm),
        "embed_texts": Measured(90.0, 100.0, 110.0, 6, "texts/s", "32 texts", **encoder),
        "embed_tokens": Measured(1500.0, 2000.0, 2100.0, 4, "tokens/s", "32 texts", **encoder),
        "train_generate": Measured(180.0, 200.0, 210.0, 4, "tokens/s", "steps", **llm),
        "train_classify": Measured(1100.0, 1200.0, 1300.0, 8, "tokens/s", "steps", **encoder),
        "start_answers": Measured(9.0, 9.0, 9.0, 1, "s", "both models loaded"),
        "start_training": Measured(12.0, 12.0, 12.0, 1, "s", "trainer loaded"),
    }
    found = MachineRates(
        "2026-11-22T04:48:00+00:00", 61.0, cores(), threads_alone(), device_kind(), device_name(),
        "float32", "float32: set by hand", versions(), 0, 0.25, rates,
    )  # fmt: skip
    save_machine(found)
    return found


@pytest.fixture(scope="session")
def bundled_models() -> Path:
    """Return the folder of the bundled generator; it is made once for all test runs."""
    from ladder.models.bundled import generator_folder

    return generator_folder()


def _refuse_far(sock: socket.socket, address: Any) -> None:
    """Fail the test that reaches for another machine."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    near = host == "localhost"
    with contextlib.suppress(ValueError):
        near = near or ipaddress.ip_address(host.split("%")[0]).is_loopback
    if not near:
        pytest.fail(f"A test reached for {host}; tests use no network.", pytrace=True)
