"""Which devices jobs run on, one job on each: every GPU, or the machine where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

__all__ = ["cores", "environment", "gpu_names", "slots"]


def slots() -> tuple[str, ...]:
    """Return the devices by name: "gpu:0", "gpu:1", or "cpu" alone."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    named = _gpus() if visible is None else tuple(visible.replace(" ", "").split(","))
    gpus = tuple(f"gpu:{name}" for name in named if name not in ("", "-1"))
    return gpus or ("cpu",)


def environment(slot: str | None) -> dict[str, str]:
    """Return the variables that keep a worker on its device."""
    if slot is None or not slot.startswith("gpu:"):
        return {}
    return {"CUDA_VISIBLE_DEVICES": slot.removeprefix("gpu:"), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


@cache
def gpu_names() -> tuple[str, ...]:
    """Return the names of the NVIDIA GPUs; ("",) where nobody tells."""
    return tuple(_asked("name")) or ("",)


@cache
def _gpus() -> tuple[str, ...]:
    """Return the numbers of the NVIDIA GPUs, asked once per process without loading torch."""
    return tuple(line for line in _asked("index") if line.isdigit())


def _asked(what: str) -> list[str]:
    """Return what nvidia-smi says of each GPU; nothing where it does not run."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, f"--query-gpu={what}", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()]
