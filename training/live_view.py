"""What a run's record shows while it trains and after, as plain data: curves, samples, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ladder.printing import duration
from training.measurements import Measurement, best_of

__all__ = [
    "ended_words",
    "loss_points",
    "metric_points",
    "not_scored_words",
    "now_tiles",
    "sample_rows",
]

_COLUMNS = 3
"""Measurements a table of samples shows beside the start: the newest."""
_CELL = 120


def loss_points(found: Sequence[Measurement]) -> list[dict[str, float]]:
    """Return the loss on validation by step."""
    return [{"Step": each.step, "Loss": each.loss} for each in found if each.loss is not None]


def metric_points(found: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Return the task's metric by step, with its interval, and which one is the best."""
    best = best_of(found)
    return [
        {
            "Step": each.step,
            "Score": each.value,
            "Low": each.low,
            "High": each.high,
            "Best": each is best,
        }
        for each in found
    ]


def now_tiles(
    line: dict[str, Any] | None, found: Sequence[Measurement]
) -> list[tuple[str, str, str]]:
    """Return how a run stands as (title, value, help); nothing before its first step."""
    if line is None:
        return []
    tiles = []
    if found:
        last, best = found[-1], best_of(found)
        words = f"{last.words}; the same validation examples each time."
        if best is not None and best is not last:
            words += f" Best so far: {best.words}."
        tiles.append((last.metric.capitalize(), f"{last.value:.2f}", words))
    loss, speed, rate = line.get("loss"), line.get("tokens_per_second"), line.get("learning_rate")
    validation = found[-1].loss if found else None
    shown = "" if validation is None else f" On validation: {validation:.2f}."
    tiles.append(("Loss", _number(loss, ".2f"), f"Of the newest step's own examples.{shown}"))
    tiles.append(("Tokens a second", _number(speed, ",.0f"), "Padding included, measuring not."))
    tiles.append(("Learning rate", _number(rate, ".2g"), "Of the newest step."))
    memory = _number(line.get("memory_gb"), ".1f", " GB")
    tiles.append(("Memory", memory, "Held now by the process, or on the GPU."))
    left = line.get("seconds_left")
    tiles.append(
        ("Time left", "" if left is None else duration(left), "By the speed of the newest steps.")
    )
    return tiles


def sample_rows(found: Sequence[Measurement]) -> list[dict[str, str]]:
    """Return the same few validation examples, a row each, as they were answered over time."""
    if not found:
        return []
    shown = [found[0], *found[1:][-_COLUMNS:]]
    rows = []
    for place, sample in enumerate(found[-1].samples):
        row = {"Text": _cut(sample.input), "Right answer": _cut(sample.expected)}
        for each in shown:
            if place < len(each.samples):
                title = "At the start" if each.step == 0 else f"Step {each.step:,}"
                then = each.samples[place]
                row[title] = f"{_mark(then.score)} {_cut(then.answer)}"
        rows.append(row)
    return rows


def ended_words(result: dict[str, Any]) -> list[tuple[bool, str]]:
    """Return which weights a run kept and why it ended, each with whether it is a warning."""
    said = []
    measured, steps = result.get("validation"), result.get("steps") or 0
    if advice := result.get("advice"):
        said.append((True, f"It was stopped because it went astray. {advice}"))
    if not measured:
        return said
    best, start = measured.get("best"), measured.get("start")
    if best is None:
        words = "It ended before anything was measured but the start; the last weights are kept."
        return [*said, (False, words)]
    kept = Measurement.from_json(best | {"samples": []})
    words = f"Kept are the weights of its best measurement: {kept.words}."
    if result.get("ended") == "early":
        last = measured["last"]["step"]
        words += (
            f" It stopped early, at step {steps:,} of {result['steps_planned']:,}: nothing "
            f"measured from step {kept.step:,} to {last:,} was better."
        )
    words += (
        f" {measured['times']} measurements took {duration(measured['seconds'])}, "
        f"{measured['share']:.0%} of the run."
    )
    said.append((False, words))
    if start is not None and start["step"] == 0 and kept.value <= start["value"]:
        said.append(
            (
                True,
                f"No measurement was above the start ({start['metric']} {start['value']:.2f}): on "
                "these examples it did not get better by training. Try a lower learning_rate, more "
                "examples, or another method.",
            )
        )
    return said


def not_scored_words(result: dict[str, Any]) -> str:
    """Return why a run is to be scored that has no score yet."""
    if (result.get("validation") or {}).get("best") is None:
        return "Not measured yet: a falling loss says only that it learned its own examples."
    return (
        "Not on the scoreboard yet: the measurements above chose its weights, on some of the "
        "validation examples. Measure it beside the other methods."
    )


def _number(value: Any, form: str, after: str = "") -> str:
    return "" if value is None else f"{value:{form}}{after}"


def _mark(score: float) -> str:
    """Return how right an answer was, in a word rather than by a colour."""
    return {1.0: "right:", 0.0: "wrong:"}.get(score, f"{score:.2f}:")


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
