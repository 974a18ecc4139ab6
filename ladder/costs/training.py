"""What a training run costs: GPU-hours, hours, money and storage, each as a band.

GPU-hours = operations / (peak speed x MFU), where the MFU is that of whole published projects
(restarts, evaluations and data stalls included; see `calibration.py`), not of a benchmark's best
minute.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ladder.costs.basis import Band
from ladder.costs.calibration import calibration, operations_per_byte, spread
from ladder.costs.checks import not_negative, positive
from ladder.costs.figure import Figure
from ladder.costs.flops import flops_per_weight, training_flops
from ladder.costs.gpus import Gpu
from ladder.costs.shapes import layers_times_hidden, shape_for
from ladder.costs.trainable import lora
from ladder.errors import InputError

__all__ = ["STAGES", "Stage", "TrainingEstimate", "training_estimate"]

Stage = Literal["pretrain", "cpt", "finetune"]
STAGES: tuple[Stage, ...] = ("pretrain", "cpt", "finetune")
ASSUMED = "our assumption"
_STARTING = Band(0.03, 0.1, 0.3)
"""Hours of each GPU to start, load and save (our assumption)."""
_QLORA = Band(1.0, 1.1, 1.3)
"""Time of QLoRA over LoRA from 4,000 tokens a step on (LLaMA-Factory; torchtune 1.02 to 1.28)."""
_STORAGE_PRICE = Band(0.02, 0.05, 0.1)
"""$ per GB and month (our assumption)."""


@dataclass(frozen=True)
class TrainingEstimate:
    """What a run costs; every figure with its formula, inputs and source."""

    gpu_hours: Band
    hours: Band
    """From start to end, on all GPUs together."""
    money: Band
    """$, with the runs that fail or are done again, and a month of storage."""
    storage_gb: float
    """Result and one checkpoint to resume from."""
    flops: float
    mfu: Band
    """Share of the peak speed that becomes training."""
    lines: tuple[Figure, ...]
    price: dict[str, Any]
    """Age of the price of the GPU: seen, days, old."""

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        return asdict(self) | {"lines": [line.to_json() for line in self.lines]}


def training_estimate(
    *,
    params: float,
    tokens: float,
    gpu: Gpu,
    count: float = 1,
    stage: str = "pretrain",
    method: str = "full",
    sequence: float = 0,
    retries: float = 0.5,
) -> TrainingEstimate:
    """Return what a training run costs.

    Args:
        params: parameters that a token passes through (mixtures of experts: the active ones).
        tokens: tokens read, all epochs together.
        gpu: the kind of GPU.
        count: how many of them share the work.
        stage: pretrain, cpt (continued pretraining) or finetune.
        method: full, lora or qlora.
        sequence: tokens per sequence; from 8,192 on their attention is added. Shorter ones are
            part of the calibration.
        retries: share of the GPU-hours paid again for runs that fail or are tuned (our
            assumption: 0.5).

    Raises:
        InputError: a number is not above 0, or a name is not known.
    """
    if stage not in STAGES:
        raise InputError(f'The stage is "{stage}"; give one of {", ".join(STAGES)}.')
    positive("count", count)
    not_negative("sequence", sequence)
    not_negative("retries", retries)
    flops = _flops(params, tokens, method, sequence)
    mfu = _mfu(gpu, stage, params)
    work = _divided(flops / (gpu.tflops * 1e12 * 3600), mfu)
    if method == "qlora":
        work = _times(work, _QLORA)
    gpu_hours = work + _STARTING * count
    hours = gpu_hours * (1 / count)
    trained = params if method == "full" else lora(shape_for(params))
    storage = 18 * trained / 1e9
    money = _times(gpu_hours, gpu.hourly) * (1 + retries) + _STORAGE_PRICE * storage
    if not math.isfinite(money.p90 + gpu_hours.p90):
        raise InputError(f"{params:g} parameters x {tokens:g} tokens are too many to reckon with.")
    lines = (
        _operations_line(params, tokens, method, sequence, flops),
        _mfu_line(gpu, stage, params, mfu),
        _hours_line(gpu, method, flops, mfu, count, gpu_hours),
        Figure(
            "Hours", hours, "h", "GPU-hours / GPUs",
            {"GPU-hours": gpu_hours.p50, "GPUs": count}, "even speed-up: " + ASSUMED,
        ),
        Figure(
            "Storage", Band(storage, storage, storage), "GB",
            "18 x trained parameters / 1e9: bytes of the result (2) and of one checkpoint to "
            "resume from (16)",
            {"trained parameters": trained}, "EleutherAI, Transformer Math 101",
        ),
        Figure(
            "Money", money, "$",
            "GPU-hours x $ per hour x (1 + runs again) + GB x $ per GB: a month of storage",
            {
                "GPU-hours": gpu_hours.p50, "$ per hour": gpu.hourly.p50, "runs again": retries,
                "GB": storage, "$ per GB": _STORAGE_PRICE.p50,
            },
            f"{gpu.price_words()}; runs again and storage: {ASSUMED}",
        ),
    )  # fmt: skip
    return TrainingEstimate(
        gpu_hours, hours, money, storage, flops, mfu, lines, gpu.price_age()
    )  # fmt: skip


def _flops(params: float, tokens: float, method: str, sequence: float) -> float:
    if sequence < 8192:
        return training_flops(params, tokens, method)
    width = layers_times_hidden(params)
    return training_flops(params, tokens, method, layers=1, hidden=width, sequence=sequence)


def _mfu(gpu: Gpu, stage: str, params: float) -> Band:
    """Return the share of the peak speed; at most 0.9, which no run reached."""
    middle = calibration()[0].mfu(gpu, stage, params)
    factor = spread(gpu, stage)
    return Band(middle / factor, middle, min(0.9, middle * factor))


def _divided(amount: float, rate: Band) -> Band:
    """Return amount / rate: the slowest rate gives the most."""
    return Band(amount / rate.p90, amount / rate.p50, amount / rate.p10)


def _times(a: Band, b: Band) -> Band:
    """Multiply two bands that are wrong together: an upper bound on the width."""
    return Band(a.p10 * b.p10, a.p50 * b.p50, a.p90 * b.p90)


def _operations_line(
    params: float, tokens: float, method: str, sequence: float, flops: float
) -> Figure:
    each = flops_per_weight(method)
    formula = f"{each:g} x parameters x tokens"
    inputs: dict[str, float | str] = {"parameters": params, "tokens": tokens}
    if sequence >= 8192:
        formula = f"{each:g} x (parameters + layers times hidden x sequence) x tokens"
        inputs |= {"layers times hidden": layers_times_hidden(params), "sequence": sequence}
    return Figure(
        "Operations", Band(flops, flops, flops), "FLOP", formula, inputs,
        "EleutherAI, Transformer Math 101; 4 for adapters: NVIDIA NeMo, Llama 2 7B on H100; "
        "sequences of 8,192 tokens and more: PaLM, arXiv 2204.02311, with layers times hidden by a "
        "line through common models (ladder/costs/shapes.py)",
    )  # fmt: skip


def _mfu_line(gpu: Gpu, stage: str, params: float, mfu: Band) -> Figure:
    fitted, _ = calibration()
    balance, peak = ("min(max({}, {:.4g}), {:.4g})".format(name, *ends) for name, ends in (
        ("operations per byte", fitted.balances), ("peak TFLOP/s", fitted.peaks),
    ))  # fmt: skip
    formula = (
        f"exp(speed + balance x ln({balance} / 153) + "
        f"small x min(0, ln(parameters / (1e9 x {peak} / 312)))"
    )
    inputs: dict[str, float | str] = {
        "speed": fitted.speed, "balance": fitted.balance, "small": fitted.small,
        "operations per byte": operations_per_byte(gpu), "peak TFLOP/s": gpu.tflops,
        "parameters": params,
    }  # fmt: skip
    if stage != "pretrain":
        formula += " + adaptation"
        inputs["adaptation"] = fitted.adaptation
    formula += ")"
    source = (
        "fitted to whole published projects (ladder/costs/published_runs.csv); the band is a "
        f"factor of {spread(gpu, stage):.2g} each way, from runs predicted without their "
        "organisation"
    )
    if gpu.id not in fitted.gpus:
        source += f", and wider as none of them used the {gpu.name} (our assumption)"
    if fitted.scale(gpu) != 1:
        formula += " x share"
        inputs["share"] = fitted.scale(gpu)
        source += (
            f"; share: attainable on the {gpu.name} over the H100, "
            f"{dict(gpu.sources)['attainable']}"
            if gpu.bf16
            else "; share: a GPU without bfloat16 over an A100, arXiv 1909.08053 and llm-foundry"
        )
    return Figure("MFU", mfu, "of the peak", formula, inputs, source)


def _hours_line(
    gpu: Gpu, method: str, flops: float, mfu: Band, count: float, gpu_hours: Band
) -> Figure:
    formula = "operations / (peak TFLOP/s x 1e12 x MFU x 3600)"
    inputs: dict[str, float | str] = {
        "operations": flops, "peak TFLOP/s": gpu.tflops, "MFU": mfu.p50,
    }  # fmt: skip
    source = f"peak: {dict(gpu.sources).get('tflops', gpu.source)}; starting: {ASSUMED}"
    if method == "qlora":
        formula += " x QLoRA"
        inputs["QLoRA"] = _QLORA.p50
        source += "; QLoRA over LoRA: LLaMA-Factory, torchtune"
    formula += " + GPUs x starting"
    inputs |= {"GPUs": count, "starting": _STARTING.p50}
    return Figure("GPU-hours", gpu_hours, "h", formula, inputs, source)
