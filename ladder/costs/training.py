"""What a training run costs: GPU-hours, hours, money and storage, each as a band.

GPU-hours = operations / (peak speed x MFU), where the MFU is that of whole published projects
(restarts, evaluations and data stalls included), not of a benchmark's best minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from ladder.costs.basis import Band
from ladder.costs.checks import not_negative, positive
from ladder.costs.figure import Figure
from ladder.costs.flops import training_flops
from ladder.costs.gpus import Gpu
from ladder.errors import InputError

__all__ = ["STAGES", "Stage", "TrainingEstimate", "training_estimate"]

Stage = Literal["pretrain", "cpt", "finetune"]
STAGES: tuple[Stage, ...] = ("pretrain", "cpt", "finetune")


@dataclass(frozen=True)
class TrainingEstimate:
    """What a run costs; every figure with its formula, inputs and source."""

    gpu_hours: Band
    hours: Band
    """From start to end, on all GPUs together."""
    money: Band
    """$, runs that fail or are done again included."""
    flops: float
    mfu: Band
    """Share of the peak speed that becomes training; p10 is the highest share."""
    lines: tuple[Figure, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        from dataclasses import asdict

        return asdict(self) | {"lines": [line.to_json() for line in self.lines]}


def training_estimate(
    *,
    params: float,
    tokens: float,
    gpu: Gpu,
    count: float = 1,
    stage: str = "pretrain",
    method: str = "full",
    retries: float = 0.5,
) -> TrainingEstimate:
    """Return what a training run costs.

    Args:
        params: parameters that a token passes through (mixtures of experts: the active ones).
        tokens: tokens read, all epochs together.
        gpu: the kind of GPU.
        count: how many of them; the GPU-hours stay, the wall time falls.
        stage: pretrain, cpt (continued pretraining) or finetune.
        method: full, lora or qlora.
        retries: share of the GPU-hours paid again for runs that fail or are tuned (our
            assumption: 0.5).

    Raises:
        InputError: a number is not above 0, or a name is not known.
    """
    if stage not in STAGES:
        raise InputError(f'The stage is "{stage}"; give one of {", ".join(STAGES)}.')
    positive("count", count)
    not_negative("retries", retries)
    flops = training_flops(params, tokens, method)
    middle = 0.365 * (gpu.tflops / 312) ** -0.33 * (0.6 if stage == "finetune" else 1)
    mfu = Band.around(middle, 1.8)
    spent = [flops / (gpu.tflops * 1e12 * 3600 * share) for share in (mfu.p90, mfu.p50, mfu.p10)]
    gpu_hours = Band(*spent)
    hours = gpu_hours * (1 / count)
    money = Band(
        gpu_hours.p10 * gpu.hourly.p10,
        gpu_hours.p50 * gpu.hourly.p50,
        gpu_hours.p90 * gpu.hourly.p90,
    ) * (1 + retries)
    lines = (
        Figure(
            "GPU-hours",
            gpu_hours,
            "GPU-hours",
            "operations / (peak TFLOP/s x MFU x 3600)",
            {"operations": flops, "peak TFLOP/s": gpu.tflops, "MFU": mfu.p50},
            "published runs",
        ),
        Figure("hours", hours, "hours", "GPU-hours / GPUs", {"GPUs": count}),
        Figure(
            "money",
            money,
            "$",
            "GPU-hours x $ per hour x (1 + retries)",
            {"$ per hour": gpu.hourly.p50, "retries": retries},
            f"price: {gpu.source}; retries: our assumption",
        ),
    )
    assert math.isfinite(gpu_hours.p50)
    return TrainingEstimate(gpu_hours, hours, money, flops, mfu, lines)
