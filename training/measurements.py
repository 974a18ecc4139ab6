"""The measurements of a run while it trains, as its record has them, and what follows from them.

Best step, patience and the next step to measure at are functions of the record alone, so that a
run which goes on from a checkpoint decides as one that was never stopped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ladder.files import append_json, read_json_lines, write_json_lines

__all__ = [
    "MEASUREMENTS",
    "SHARE",
    "Measurement",
    "Sample",
    "add",
    "best_of",
    "cut_after",
    "next_step",
    "read",
    "without_better",
]

MEASUREMENTS = "measurements.jsonl"
SHARE = 0.1
"""Share of the training time that measuring is planned to take at most."""
_UNNOTICED = 60.0
"""Seconds of measuring up to which nothing is put off."""


@dataclass(frozen=True)
class Sample:
    """One validation example as the model answers it now."""

    id: str
    input: str
    expected: str
    answer: str
    score: float
    """From 0 to 1, by the task's metric."""


@dataclass(frozen=True)
class Measurement:
    """The task's metric on the frozen sample of validation examples after a step."""

    step: int
    metric: str
    value: float
    low: float
    high: float
    """95 % interval, as for any score."""
    n: int
    errors: int
    loss: float | None
    """Loss on the same examples; None where it was no number."""
    seconds: float
    """What this measurement took."""
    trained_seconds: float
    """How long the run had trained until then, measuring left out."""
    samples: tuple[Sample, ...] = ()
    """The same few examples each time."""
    scores: dict[str, float] = field(default_factory=dict)
    """What each example's answer is worth, by its id: two runs are compared in pairs by them."""

    @property
    def words(self) -> str:
        """Return the score with its interval and n."""
        return (
            f"{self.metric} {self.value:.2f} ({self.low:.2f} to {self.high:.2f}, n = {self.n}) at "
            f"step {self.step:,}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the measurement as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Measurement:
        """Build a measurement from a line of the record."""
        known = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        return cls(**known | {"samples": tuple(Sample(**s) for s in data.get("samples", ()))})


def read(run: Path) -> list[Measurement]:
    """Return the measurements of a run in order; a step measured again counts once."""
    by_step = {line["step"]: line for line in read_json_lines(run / MEASUREMENTS)}
    return [Measurement.from_json(by_step[step]) for step in sorted(by_step)]


def add(run: Path, measurement: Measurement) -> None:
    """Append a measurement to a run's record."""
    append_json(run / MEASUREMENTS, measurement.to_json())


def cut_after(run: Path, step: int, source: Path | None = None) -> list[Measurement]:
    """Leave in a run's record what was measured up to a step, here or in an older run."""
    kept = [each for each in read(source or run) if each.step <= step]
    if (source or run).joinpath(MEASUREMENTS).exists():
        write_json_lines(run / MEASUREMENTS, [each.to_json() for each in kept])
    return kept


def best_of(found: Sequence[Measurement]) -> Measurement | None:
    """Return the best measurement after the start: the highest score, then the lowest loss."""
    after = [each for each in found if each.step > 0]
    return max(after, key=lambda each: (each.value, -_loss(each), -each.step), default=None)


def without_better(found: Sequence[Measurement]) -> int:
    """Return how many measurements there were since the best one."""
    best = best_of(found)
    return 0 if best is None else sum(each.step > best.step for each in found)


def next_step(found: Sequence[Measurement], every: int, steps: int) -> int:
    """Return the step after which to measure next; the last step always is one.

    Where measuring turns out to take more than twice its share, it comes as much more seldom.
    """
    if not found:
        return min(every, steps)
    last, spent = found[-1], sum(each.seconds for each in found)
    over = spent / (SHARE * max(1e-9, last.trained_seconds))
    slower = math.ceil(over) if last.step and spent > _UNNOTICED and over > 2 else 1
    return min(last.step + every * slower, steps)


def _loss(measurement: Measurement) -> float:
    return math.inf if measurement.loss is None else measurement.loss
