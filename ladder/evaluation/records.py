"""From rows to the Score that is kept, priced, and counted as a look at the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.costs.basis import PriceBasis
from ladder.errors import InputError
from ladder.evaluation.intervals import interval
from ladder.evaluation.metrics import aggregate
from ladder.evaluation.rows import Row
from ladder.evaluation.score import Score
from ladder.files import append_json, locked, read_json, read_json_lines, write_json

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["Latency", "finish", "log_look", "read_latency", "write_latency"]


@dataclass(frozen=True)
class Latency:
    """What only the evaluation that asked the model knows; kept beside the rows."""

    seconds: tuple[float, ...]
    """Of single requests, after a warm-up."""
    dtype: str
    finished: str
    """When, ISO 8601 in UTC."""

    def quantile_ms(self, share: float) -> float | None:
        """Return a quantile in milliseconds; None where nothing was measured."""
        if not self.seconds:
            return None
        import numpy as np

        return round(float(np.quantile(self.seconds, share)) * 1000, 3)


def read_latency(rows_file: Path) -> Latency | None:
    """Return what was kept beside the rows; None if the evaluation never ended."""
    path = rows_file.with_suffix(".json")
    if not path.exists():
        return None
    data = read_json(path)
    return Latency(tuple(data["seconds"]), data["dtype"], data["finished"])


def write_latency(rows_file: Path, latency: Latency) -> None:
    """Keep it beside the rows."""
    write_json(rows_file.with_suffix(".json"), asdict(latency))


def finish(
    folder: TaskFolder, rows: Sequence[Row], latency: Latency, description: Mapping[str, Any]
) -> Score:
    """Return the Score of an answered split, and keep it if it is not kept already.

    Args:
        folder: the task; its metric and price basis count.
        rows: one per item.
        latency: of single requests.
        description: the fields of the Score that say how it came about.
    """
    score = Score(
        **description,
        **_values(folder, rows, description["split"]),
        **_costs(folder, rows, latency, description["setup"]),
        p50_ms=latency.quantile_ms(0.5),
        p95_ms=latency.quantile_ms(0.95),
        dtype=latency.dtype,
        created=latency.finished,
    )
    log_look(folder, description)
    with locked(folder.path):
        # Also what was kept before, if another measurement of the Setup came in between.
        if _last(folder, score) != score:
            append_json(folder.scores_file, score.to_json())
    return score


def _values(folder: TaskFolder, rows: Sequence[Row], split: str) -> dict[str, Any]:
    """Return the score with its interval, with and without near-duplicates, and the counts."""
    metric = folder.task.metric
    bounds = interval(metric, rows)
    values: dict[str, Any] = {
        "metric": metric,
        "value": aggregate(metric, rows),
        "low": bounds.low,
        "high": bounds.high,
        "interval": bounds.method,
        "interval_note": bounds.note,
        "n": len(rows),
        "errors": sum(row.error is not None for row in rows),
        "abstained": sum(row.abstained for row in rows),
        "invalid": sum(row.invalid(metric) for row in rows),
    }
    if split != "test":
        return values
    near = {test for test, _ in folder.split().near_duplicates}
    clean = [row for row in rows if row.id not in near]
    values["n_without_near_duplicates"] = len(clean)
    if clean:
        bounds = interval(metric, clean)
        values["value_without_near_duplicates"] = aggregate(metric, clean)
        values["low_without_near_duplicates"] = bounds.low
        values["high_without_near_duplicates"] = bounds.high
    return values


def _costs(
    folder: TaskFolder, rows: Sequence[Row], latency: Latency, setup: Mapping[str, Any]
) -> dict[str, Any]:
    """Return tokens, seconds, and the prices of 1,000 queries."""
    from ladder.costs.prices import cost_per_1k

    n = len(rows)
    tokens = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("prompt_tokens", "cached_tokens", "completion_tokens")
    }
    # Batches are faster than the single queries that a team pays for.
    seconds = sum(latency.seconds) / len(latency.seconds) if latency.seconds else None
    means = {name: count / n for name, count in tokens.items()}
    model = setup["model"] or ""
    if not model.startswith("server:"):
        # What this machine's memory saved, nobody who sells tokens gives a discount on.
        means["cached_tokens"] = 0.0
    task = folder.task
    costs: dict[str, Any] = {**tokens, "seconds": sum(row.seconds for row in rows)}
    for name, basis in (
        ("cost_per_1k", task.price),
        ("deploy_cost_per_1k", PriceBasis(token_model=task.deploy_model)),
    ):
        priced = basis.token_model or seconds is not None
        if name == "deploy_cost_per_1k" and not model:
            priced = False  # a baseline asks no model, whichever will be deployed
        costs[name] = cost_per_1k(basis, seconds or 0.0, **means) if priced else None
    return costs


def _last(folder: TaskFolder, score: Score) -> Score | None:
    """Return the newest kept Score of the same Setup on the same split."""
    same = ("method", "setup_hash", "split")
    for data in reversed(read_json_lines(folder.scores_file)):
        if all(data.get(name) == getattr(score, name) for name in same):
            try:
                return Score.from_json(data)
            except InputError:
                return None
    return None


def log_look(folder: TaskFolder, description: Mapping[str, Any]) -> None:
    """Count a look at the test split, before its first answer: an interrupted one was one too.

    The same answers by the same metric are one look, however often they are shown.

    Args:
        folder: the task.
        description: the fields of the Score that say how it comes about.
    """
    if description["split"] != "test":
        return
    look = {"key": description["key"], "metric": folder.task.metric}
    with locked(folder.path):
        known = read_json_lines(folder.looks_file)
        if any({name: old.get(name) for name in look} == look for old in known):
            return
        details = {name: description[name] for name in ("method", "setup_hash", "model", "limit")}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        append_json(folder.looks_file, {"created": now} | details | look)
