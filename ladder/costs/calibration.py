"""How much of a GPU's peak speed whole published projects turned into training.

The facts are in `published_runs.csv`, each with its source. The model has four numbers:

    ln MFU = speed + balance x ln(b / 153) + small x min(0, ln(parameters / (1e9 x peak / 312)))
             + adaptation, this only for cpt and finetune

b is the GPU's 16-bit operations per byte of its memory bandwidth (153 for the A100-80): the more a
GPU computes for each byte that it fetches, the less of its peak a project keeps busy. The matrices
of a small model do not fill a GPU: those below a billion parameters an A100 of 312 TFLOP/s, and a
faster GPU needs larger ones. b and the peak are held between the smallest and the largest of the
fitted runs, so nothing is extrapolated. Adapting a model keeps a GPU less busy than pretraining it:
padding, short steps, settings that nobody tuned.

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
    "spread",
]

_FILE = Path(__file__).with_name("published_runs.csv")
_A100_BALANCE = 153.0
_A100_TFLOPS = 312.0
_SMALL = 1e9
"""Below so many parameters a model is small for an A100."""
_HUBER = 0.5
"""Errors in ln MFU beyond this pull no harder."""
_ELSEWHERE = 1.2
"""Factor of the band, on top, on GPUs that no fitted run used (our assumption)."""
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
    """What cpt and finetune add."""
    balances: tuple[float, float]
    """Least and most operations per byte of the GPUs that were fitted."""
    peaks: tuple[float, float]
    """Least and most TFLOP/s of the GPUs that were fitted."""
    gpus: frozenset[str]
    """Ids of the GPUs that were fitted."""

    def mfu(self, gpu: Gpu, stage: str, params: float) -> float:
        """Return the likely share of the peak speed of a whole project."""
        balance = _held(operations_per_byte(gpu), self.balances)
        peak = _held(gpu.tflops, self.peaks)
        numbers = self.speed, self.balance, self.small, self.adaptation
        return math.exp(_dot(numbers, _features(balance, peak, params, stage))) * self.scale(gpu)

    def scale(self, gpu: Gpu) -> float:
        """Return the factor of a GPU that no fitted run used and that is known to reach less.

        Its attainable share of the peak over that of the H100, or that of GPUs without bfloat16.
        """
        if gpu.id in self.gpus:
            return 1.0
        if not gpu.bf16:
            return _WITHOUT_BF16
        return gpu.attainable / GPUS["h100"].attainable if gpu.attainable else 1.0

    def gpu_hours(self, run: Run) -> float:
        """Return the GPU-hours that this calibration expects of a run."""
        return run.gpu_hours * run.mfu / self.mfu(run.gpu, run.stage, run.params)


@cache
def calibration() -> tuple[Calibration, dict[str, float]]:
    """Return the calibration in use, and by stage the half width of its band on the log scale.

    The half width is what four of five errors stay below when each run, fitted or only checked, is
    predicted without the runs of its organisation. So few fine-tuning runs are known that theirs is
    taken from all runs that adapt a model.
    """
    known = [run for run in runs() if run.use != "aside"]
    errors = held_out_errors(known)

    def width(*stages: str) -> float:
        return half_width([errors[run.name] for run in known if run.stage in stages])

    widths = {"pretrain": width("pretrain"), "cpt": width("cpt")}
    return fit(known), widths | {"finetune": width("cpt", "finetune")}


def spread(gpu: Gpu, stage: str) -> float:
    """Return the factor from the likely share of the peak to the ends of its band."""
    fitted, widths = calibration()
    return math.exp(widths[stage]) * (1 if gpu.id in fitted.gpus else _ELSEWHERE)


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
    """Fit the four numbers to those of the runs that are for it, by weighted least squares."""
    of = [run for run in of if run.use == "fit"]
    balances = [operations_per_byte(run.gpu) for run in of]
    peaks = [run.gpu.tflops for run in of]
    rows = [
        _features(balance, run.gpu.tflops, run.params, run.stage)
        for run, balance in zip(of, balances, strict=True)
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
    return Calibration(
        speed, balance, small, adaptation, (min(balances), max(balances)), (min(peaks), max(peaks)),
        frozenset(run.gpu.id for run in of),
    )  # fmt: skip


def _features(balance: float, peak: float, params: float, stage: str) -> tuple[float, ...]:
    """Return what the four numbers are multiplied with."""
    return (
        1.0,
        math.log(balance / _A100_BALANCE),
        min(0.0, math.log(params / (_SMALL * peak / _A100_TFLOPS))),
        0.0 if stage == "pretrain" else 1.0,
    )


def _held(value: float, between: tuple[float, float]) -> float:
    return min(max(value, between[0]), between[1])


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def held_out_errors(
    of: Sequence[Run], group: Callable[[Run], str] = lambda run: run.organisation
) -> dict[str, float]:
    """Return ln(predicted / actual) of each run, fitted without the runs of its organisation.

    Runs that are not for the fit are predicted and never fitted.
    """
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
