"""Fit the serving model to published rows, and judge it on rows that it has not seen.

Three numbers of the engine are fitted by least squares of log(estimate / published): its share of
the peak compute, its seconds per layer and its seconds per sequence. For each pair of model and
GPU they are fitted again without its rows and tried on them. The rows of `serving_check.csv`
(other models, more GPUs, another version) are tried and never fitted.

`python benchmarks/serving_fit.py`
"""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ladder.costs.gpus import find_gpu
from ladder.costs.roofline import ENGINES, Engine, Query, Server
from ladder.costs.shapes import ModelShape, find_shape, shape_for

FOLDER = Path(__file__).parent / "published_runs"
START = (0.5, 1e-4, 3e-6)


@dataclass(frozen=True)
class Row:
    """A published speed: answer tokens a second of all GPUs together."""

    model: str
    shape: ModelShape
    gpu: str
    gpus: int
    weights: str
    query: Query
    tokens_per_s: float
    batch: float | None = None

    def log_error(self, engine: Engine) -> float:
        """Return log(estimate / published)."""
        server = Server(self.shape, find_gpu(self.gpu), self.gpus, self.weights, engine)
        return math.log(server.speed(self.query, self.batch).tokens_per_s / self.tokens_per_s)


def read_rows(name: str = "serving.csv") -> list[Row]:
    """Return published rows, of a model by its name or of one of that many parameters."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return [_row(cells) for cells in csv.DictReader(file)]


def _row(cells: dict[str, str]) -> Row:
    model = cells.get("model") or cells["params"]
    return Row(
        model,
        find_shape(model) if "model" in cells else shape_for(float(model)),
        cells["gpu"],
        int(cells["gpus"]),
        cells["weights"],
        Query(float(cells["input"]), float(cells["output"])),
        float(cells["tokens_per_s"]),
        float(cells["batch"]) if cells.get("batch") else None,
    )


def engine_of(numbers: Sequence[float]) -> Engine:
    """Return TensorRT-LLM with these three numbers."""
    compute, layer_s, sequence_s = numbers
    return replace(ENGINES["tensorrt-llm"], compute=compute, layer_s=layer_s, sequence_s=sequence_s)


def fit(rows: Sequence[Row]) -> Engine:
    """Return the engine that comes nearest to the rows."""
    import numpy as np
    from scipy.optimize import minimize

    def loss(logs: Sequence[float]) -> float:
        engine = engine_of(np.exp(logs))
        return statistics.mean(row.log_error(engine) ** 2 for row in rows)

    options = {"xatol": 1e-3, "fatol": 1e-7}
    found = minimize(loss, np.log(START), method="Nelder-Mead", options=options)
    return engine_of([float(x) for x in np.exp(found.x)])


def main() -> None:
    """Print the fit, and the errors on rows left out."""
    rows = read_rows()
    engine = fit(rows)
    shipped = [abs(row.log_error(ENGINES["tensorrt-llm"])) for row in rows]
    print(
        f"{len(rows)} rows: compute {engine.compute:.4f}, per layer {engine.layer_s:.3g} s, "
        f"per sequence {engine.sequence_s:.3g} s"
    )
    print(f"as shipped: mean |log error| {statistics.mean(shipped):.3f}, worst {max(shipped):.3f}")
    left_out = []
    for key in sorted({(row.model, row.gpu) for row in rows}):
        rest = fit([row for row in rows if (row.model, row.gpu) != key])
        errors = [abs(row.log_error(rest)) for row in rows if (row.model, row.gpu) == key]
        left_out += errors
        print(
            f"without {key[0]} on {key[1]}: {len(errors)} rows, mean "
            f"{statistics.mean(errors):.3f}, worst {max(errors):.3f}"
        )
    print(f"left out: mean {statistics.mean(left_out):.3f}, worst {max(left_out):.3f}")
    for row in read_rows("serving_check.csv"):
        print(
            f"never fitted: {row.model} on {row.gpus} x {row.gpu}, {row.query.input:g} in, "
            f"{row.query.output:g} out: {row.log_error(ENGINES['tensorrt-llm']):+.2f}"
        )


if __name__ == "__main__":
    main()
