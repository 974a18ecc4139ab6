"""How much of a GPU's peak speed whole published projects turned into training.

The facts are in `published_runs.csv`, each with its source. The model has four numbers:

    ln MFU = speed + balance x ln(b / 153) + small x min(0, ln(parameters / 1e9))
             + adaptation x min(0, ln(parameters / 70e9)), this only for cpt and finetune

b is the GPU's 16-bit operations per byte of its memory bandwidth (153 for the A100-80): the more a
GPU computes for each byte that it fetches, the less of its peak a project keeps busy. b is held
between the smallest and the largest of the fitted runs, so nothing is extrapolated. Below a billion
parameters the matrices are too small to fill a GPU. Adapting a model keeps a GPU less busy than
pretraining it, and small models the least: padding, short steps, settings that nobody tuned.

The fit is least squares with a bounded pull of single runs (Huber's weights); `small` and
`adaptation` are drawn towards 0 with the weight of one run, because fewer runs speak for them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ladder.costs.flops import training_flops
from ladder.costs.gpus import GPUS, Gpu

__all__ = [
    "Calibration",
    "Run",
    "calibration",
    "fit",
    "half_width",
    "held_out_errors",
    "operations_per_byte",
    "runs",
]

_FILE = Path(__file__).with_name("published_runs.csv")
_A100_BALANCE = 153.0
_SMALL = 1e9
"""Below so many parameters a model is small."""
_LARGEST_ADAPTED = 70e9
"""Parameters of the largest model whose adaptation is fitted."""
_HUBER = 0.5
"""Errors in ln MFU beyond this pull no harder."""
_WITHOUT_BF16 = 0.30 / 0.56
"""GPUs of before bfloat16 (V100, T4), of which no run is fitted: Megatron-LM's best share of a V100
(arXiv 1909.08053) over llm-foundry's of an A100-80 (its README)."""


@dataclass(frozen=True)
class Run:
    """One published training run."""

    name: str
    organisation: str
    stage: str
    params: float
    tokens: float
    gpu: Gpu
    gpu_hours: float
    use: str
    """fit; check: kept out of the fit, to try it; aside: the formula does not describe it."""
    source: str
    note: str

    @property
    def mfu(self) -> float:
        """Return the share of the peak speed, from 6 x parameters x tokens."""
        spent = self.gpu_hours * 3600 * self.gpu.tflops * 1e12
        return training_flops(self.params, self.tokens) / spent


@dataclass(frozen=True)
class Calibration:
    """The fitted numbers."""

    speed: float
    """ln MFU of pretraining on an A100-80."""
    balance: float
    small: float
    adaptation: float
    lowest: float
    """Operations per byte of the GPUs that were fitted, from here."""
    highest: float

    def mfu(self, gpu: Gpu, stage: str, params: float) -> float:
        """Return the likely share of the peak speed of a whole project."""
        held = min(max(operations_per_byte(gpu), self.lowest), self.highest)
        numbers = self.speed, self.balance, self.small, self.adaptation
        found = _dot(numbers, _features(held, params, stage))
        return math.exp(found) * (1 if gpu.bf16 else _WITHOUT_BF16)

    def gpu_hours(self, run: Run) -> float:
        """Return the GPU-hours that this calibration expects of a run."""
        return run.gpu_hours * run.mfu / self.mfu(run.gpu, run.stage, run.params)


@cache
def calibration() -> tuple[Calibration, dict[str, float]]:
    """Return the calibration in use, and by stage the half width of its band on the log scale.

    The half width is what four of five errors stay below when each run is predicted without the
    runs of its organisation; cpt and finetune share one.
    """
    fitted = [run for run in runs() if run.use == "fit"]
    errors = held_out_errors(fitted)
    first, later = (
        half_width([errors[run.name] for run in fitted if (run.stage == "pretrain") == is_first])
        for is_first in (True, False)
    )
    return fit(fitted), {"pretrain": first, "cpt": later, "finetune": later}


def operations_per_byte(gpu: Gpu) -> float:
    """Return the 16-bit operations that a GPU can do for each byte of its memory bandwidth."""
    return gpu.tflops * 1000 / gpu.bandwidth_gb_s


@cache
def runs() -> tuple[Run, ...]:
    """Return the published runs."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Run(
                row["run"],
                row["organisation"],
                row["stage"],
                float(row["params"]),
                float(row["tokens"]),
                GPUS[row["gpu"]],
                float(row["gpu_hours"]),
                row["use"],
                row["source"],
                row["note"],
            )
            for row in csv.DictReader(file)
        )


def fit(of: Sequence[Run]) -> Calibration:
    """Fit the four numbers to some runs, in ten rounds of weighted least squares."""
    balances = [operations_per_byte(run.gpu) for run in of]
    rows = [
        _features(balance, run.params, run.stage) for run, balance in zip(of, balances, strict=True)
    ]
    wanted = [math.log(run.mfu) for run in of]
    weights = [1.0] * len(of)
    found = [0.0] * 4
    for _ in range(10):
        seen = list(zip(weights, rows, wanted, strict=True))
        matrix = [[sum(w * x[i] * x[j] for w, x, _ in seen) for j in range(4)] for i in range(4)]
        for drawn_to_0 in (2, 3):
            matrix[drawn_to_0][drawn_to_0] += 1
        found = _solve(matrix, [sum(w * x[i] * y for w, x, y in seen) for i in range(4)])
        weights = [min(1.0, _HUBER / max(abs(_dot(x, found) - y), 1e-9)) for _, x, y in seen]
    speed, balance, small, adaptation = found
    return Calibration(speed, balance, small, adaptation, min(balances), max(balances))


def _features(balance: float, params: float, stage: str) -> tuple[float, ...]:
    """Return what the five numbers are multiplied with."""
    return (
        1.0,
        math.log(balance / _A100_BALANCE),
        min(0.0, math.log(params / _SMALL)),
        0.0 if stage == "pretrain" else min(0.0, math.log(params / _LARGEST_ADAPTED)),
    )


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def held_out_errors(
    of: Sequence[Run], group: Callable[[Run], str] = lambda run: run.organisation
) -> dict[str, float]:
    """Return ln(predicted / actual) of each run, fitted without the runs of its organisation."""
    found = {}
    for left_out in dict.fromkeys(group(run) for run in of):
        calibration = fit([run for run in of if group(run) != left_out])
        for run in of:
            if group(run) == left_out:
                found[run.name] = math.log(calibration.gpu_hours(run) / run.gpu_hours)
    return found


def half_width(errors: Sequence[float]) -> float:
    """Return what four errors of five stay below: the band's half width on the log scale."""
    ordered = sorted(abs(error) for error in errors)
    return ordered[math.ceil(0.8 * len(ordered)) - 1]


def _solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Solve a small system of linear equations (Gauss and Jordan, largest pivot first)."""
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for i in range(len(rows)):
        pivot = max(range(i, len(rows)), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(len(rows)):
            if k != i:
                rows[k] = [a - rows[k][i] * b for a, b in zip(rows[k], rows[i], strict=True)]
    return [row[-1] for row in rows]
