"""Training's time and memory on published runs left out, beside 6 x N x D at 40 % MFU.

Time: every organisation's runs are foretold by a fit without them; runs kept out of the fit are
foretold by the fit in use. Memory: for every report, bytes per logit and overhead are chosen anew
on the other reports. `python benchmarks/training_fit.py`
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import mean, median

from ladder.costs.calibration import Run, calibration, held_out_errors, runs
from ladder.costs.memory import DEFAULT, Constants, MemoryEstimate, memory_estimate
from ladder.costs.shapes import ModelShape

MEMORY = Path(__file__).parent / "published_runs" / "memory.csv"
GRID = [Constants(*pair) for pair in product((6.0, 8.0, 10.0, 12.0, 14.0), (0.0, 0.3, 0.5))]


def at_forty_percent(run: Run) -> float:
    """Return ln(6 x parameters x tokens at 40 % MFU / actual GPU-hours)."""
    return math.log(run.mfu / 0.4)


def time_line(title: str, chosen: Sequence[Run], errors: dict[str, float]) -> str:
    """Return one line: mean and median |ln error| of ours and of 40 %, and the band's share."""
    _, widths = calibration()
    ours = [abs(errors[run.name]) for run in chosen]
    plain = [abs(at_forty_percent(run)) for run in chosen]
    inside = mean(abs(errors[run.name]) <= widths[run.stage] for run in chosen)
    return (
        f"{title:<38} n = {len(chosen):>2}  {mean(ours):.2f} ({median(ours):.2f}) against "
        f"{mean(plain):.2f} ({median(plain):.2f}), in the band {inside:.0%}"
    )


def memory_rows() -> list[dict[str, str]]:
    """Return the published peaks."""
    with MEMORY.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def peak(row: dict[str, str], constants: Constants = DEFAULT) -> MemoryEstimate:
    """Return the estimate for a published peak."""
    numbers = ("params", "layers", "hidden", "ffn", "kv_dim", "vocab")
    return memory_estimate(
        ModelShape(*(float(row[name]) for name in numbers), tied=row["tied"] == "yes"),
        method=row["method"],
        tokens_per_step=float(row["tokens_per_step"]),
        checkpointing=row["checkpointing"] == "yes",
        lora_params=float(row["lora_params"]) if row["lora_params"] else None,
        optimizer=row["optimizer"],
        chunked_loss=row["chunked_loss"] == "yes",
        compile=row["compile"] == "yes",
        optimizer_in_backward=row["optimizer_in_backward"] == "yes",
        shards=float(row["shards"]),
        constants=constants,
    )


def peak_error(row: dict[str, str], constants: Constants = DEFAULT) -> float:
    """Return |estimate / published - 1|."""
    return abs(peak(row, constants).peak_gib.p50 / float(row["gib"]) - 1)


def left_out_peak_errors(report: str) -> list[float]:
    """Return the errors of a report's peaks with constants chosen on the other reports."""
    rows = memory_rows()
    others = [row for row in rows if row["report"] != report]
    chosen = min(GRID, key=lambda constants: sum(peak_error(row, constants) for row in others))
    return [peak_error(row, chosen) for row in rows if row["report"] == report]


def main() -> None:
    """Print the comparison."""
    fitted = [run for run in runs() if run.use == "fit"]
    kept_out = [run for run in runs() if run.use == "check"]
    aside = [run for run in runs() if run.use == "aside"]
    left_out = held_out_errors(fitted)
    in_use, widths = calibration()
    new = {run.name: math.log(in_use.gpu_hours(run) / run.gpu_hours) for run in kept_out + aside}
    print("GPU-hours, mean (median) |ln(P50 / actual)| against 40 % MFU")
    print(time_line("kept out of the fit", kept_out, new))
    print(time_line("organisation left out: all", fitted, left_out))
    for stage in widths:
        print(time_line(f"  {stage}", [r for r in fitted if r.stage == stage], left_out))
    print(time_line("set aside: distilled", aside, new))
    print("P90 / P10: " + ", ".join(f"{s} {math.exp(2 * w):.2g}" for s, w in widths.items()))
    print("Peak memory, median and largest |P50 / actual - 1|")
    for use in ("fit", "check"):
        errors = [peak_error(row) for row in memory_rows() if row["use"] == use]
        print(f"{use:<38} n = {len(errors):>2}  {median(errors):.1%}, {max(errors):.1%}")
    for report in sorted({row["report"] for row in memory_rows()}):
        errors = left_out_peak_errors(report)
        title = f"  report left out: {report}"
        print(f"{title:<38} n = {len(errors):>2}  {median(errors):.1%}, {max(errors):.1%}")


if __name__ == "__main__":
    main()
