"""Jobs take one device each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ladder.jobs import devices


@pytest.mark.parametrize(
    ("visible", "expected"),
    [("", ("cpu",)), ("-1", ("cpu",)), ("0", ("gpu:0",)), ("3, GPU-8a", ("gpu:3", "gpu:GPU-8a"))],
)
def test_the_visible_gpus_are_the_slots(
    monkeypatch: pytest.MonkeyPatch, visible: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices.slots() == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 0; echo 1", ("gpu:0", "gpu:1")),
        ("echo no driver; exit 9", ("cpu",)),
        ("echo nothing to see", ("cpu",)),
        (None, ("cpu",)),
    ],
)
def test_without_a_choice_the_driver_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str | None, expected: tuple[str, ...]
) -> None:
    if script:
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    devices._gpus.cache_clear()
    try:
        assert devices.slots() == expected
    finally:
        devices._gpus.cache_clear()


def test_a_worker_sees_its_gpu_alone() -> None:
    assert devices.environment("gpu:5")["CUDA_VISIBLE_DEVICES"] == "5"
    assert devices.environment("cpu") == {}
    assert devices.environment(None) == {}
