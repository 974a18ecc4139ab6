"""A dated table of GPUs: memory, speed and what an hour costs; data, not a price feed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ladder.costs.basis import Band
from ladder.errors import InputError

__all__ = ["GPUS", "Gpu", "Machine", "parse_gpus"]

_PATTERN = re.compile(r"([1-9][0-9]{0,5})x([A-Za-z0-9-]{1,20})")


@dataclass(frozen=True)
class Gpu:
    """One kind of GPU."""

    name: str
    memory_gb: float
    """GB of memory."""
    tflops: float
    """Dense 16-bit tensor TFLOP/s, from the data sheet."""
    hourly: Band
    """$ per hour: lowest and highest price seen, their geometric mean between (derived by us)."""
    source: str
    """Where and when the prices were seen."""


def _seen(name: str, memory: float, tflops: float, low: float, high: float, when: str) -> Gpu:
    return Gpu(name, memory, tflops, Band(low, math.sqrt(low * high), high), when)


GPUS: dict[str, Gpu] = {
    gpu.name: gpu
    for gpu in (
        _seen("T4", 16, 65, 0.35, 0.98, "Epoch AI price list, to 2025"),
        _seen("L4", 24, 121, 0.43, 0.81, "RunPod and AWS, 2025"),
        _seen("A10G", 24, 70, 0.60, 1.62, "Epoch AI price list, 2022"),
        _seen("RTX3090", 24, 71, 0.12, 0.43, "Epoch AI price list, 2024 to 2025"),
        _seen("RTX4090", 24, 165, 0.20, 0.69, "Epoch AI price list, 2024 to 2025"),
        _seen("V100", 16, 125, 0.19, 3.06, "Epoch AI price list, to 2025"),
        _seen("A100-40", 40, 312, 1.10, 4.10, "Epoch AI price list, 2021 to 2025"),
        _seen("L40S", 48, 362, 0.86, 1.19, "Epoch AI price list, 2025"),
        _seen("A100-80", 80, 312, 1.39, 5.12, "RunPod, AWS and Azure, 2024 to 2025"),
        _seen("H100", 80, 989, 1.98, 12.29, "Epoch AI price list, to March 2025"),
        _seen("H200", 141, 989, 5.3, 21.2, "AWS, March 2025: one price, halved and doubled"),
        _seen("B200", 180, 2250, 6.69, 6.99, "Lambda in the SkyPilot catalog, day unknown"),
    )
}  # fmt: skip
"""GPUs by name, smallest memory first."""


@dataclass(frozen=True)
class Machine:
    """Some GPUs of one kind."""

    count: int
    gpu: Gpu

    @property
    def memory_gb(self) -> float:
        """Return the GB of all of them together."""
        return self.count * self.gpu.memory_gb


def parse_gpus(text: str) -> Machine | None:
    """Return the GPUs that `none`, `1xT4` or `8xA100-80` names; None for none.

    Raises:
        InputError: it is written otherwise, or the GPU is not in the table.
    """
    if text == "none":
        return None
    match = _PATTERN.fullmatch(text)
    gpu = GPUS.get(match[2]) if match else None
    if match is None or gpu is None:
        raise InputError(
            f'GPUs are "{text}"; write none, or a number and a name such as 1xT4 or 8xA100-80. '
            f"Known names: {', '.join(GPUS)}."
        )
    return Machine(int(match[1]), gpu)
