"""What the pages call a job, its state and its progress, as plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ladder.jobs.job import Job, State
from ladder.printing import duration

__all__ = ["STATES", "duration", "found_words", "progress_words", "title", "whose"]

STATES: dict[State, tuple[str, str]] = {
    "queued": ("Waiting", "gray"),
    "starting": ("Starting", "blue"),
    "running": ("Running", "blue"),
    "cancelling": ("Stopping", "orange"),
    "done": ("Done", "green"),
    "failed": ("Failed", "red"),
    "cancelled": ("Cancelled", "gray"),
    "lost": ("Lost", "red"),
}
"""The word and the colour of each state; the colour never speaks alone."""

_KINDS = {
    "after": "Measure a run",
    "calibrate": "Measure this machine",
    "evaluate": "Evaluate",
    "export": "Export a run",
    "icl": "Find the best prompt",
    "index": "Index",
    "measure": "Measure all methods",
    "prove": "Check the search",
    "sweep": "Look for better settings",
    "train": "Train",
}


def title(job: Job) -> str:
    """Return what a job does, as a person says it."""
    name = _KINDS.get(job.kind, job.kind.capitalize())
    method, task = job.spec.get("method"), job.spec.get("task")
    return name + (f": {method}" if method else "") + (f", task {task}" if task else "")


def whose(job: Job) -> str:
    """Return the project that a job belongs to, as the end of a sentence; empty where none."""
    from ladder.project.workspace import machine_place

    return "" if job.project == machine_place().path else f" in {job.project.name}"


def progress_words(job: Job) -> str:
    """Return how far a job is, what it is at, and how long it still takes."""
    now = job.progress
    parts = [f"{now.done:,} of {now.total:,}"] if now.total else []
    if now.message:
        parts.append(now.message)
    elif job.state == "queued":
        parts.append("waits for the job before it")
    elif not now.total:
        parts.append("loading what it needs")
    if now.seconds_left is not None:
        parts.append(f"about {duration(now.seconds_left)} left")
    return ", ".join(parts)


def found_words(job: Job) -> str:
    """Return what a job that ended came to: scores with intervals, passages, losses.

    Empty where it has no result, or one that this version does not know.
    """
    words = _FOUND.get(job.kind)
    if words is None or not (job.over and job.result):
        return ""
    try:
        return words(job.result)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):  # of another version
        return ""


def _score(result: dict[str, Any]) -> str:
    interval = f"({result['ci_low']:.2f} to {result['ci_high']:.2f})"
    errors = f", {result['errors']} errors" if result.get("errors") else ""
    test = " on test" if result.get("split") == "test" else ""
    return f"{result['method']} {result['score']:.2f} {interval}{test}, n = {result['n']}{errors}"


def _scores(result: dict[str, Any]) -> str:
    scores, failed = result["scores"], result["failed"]
    best = max(scores, key=lambda score: score["score"])
    words = f"{_count(len(scores), 'method')}, highest {_score(best)}"
    return words + (f"; not measured: {', '.join(failed)}" if failed else "")


def _passages(result: dict[str, Any]) -> str:
    words = f"{_count(result['documents'], 'document')}, {_count(result['chunks'], 'passage')}"
    left_out = len(result["unreadable"])
    return words + (f"; {left_out} could not be read" if left_out else "")


def _search(result: dict[str, Any]) -> str:
    row = result["measures"][0]
    share = row["recall"]
    interval = f"({share['low']:.2f} to {share['high']:.2f})"
    return f"found in the first {row['k']}: {share['value']:.2f} {interval}, n = {row['n']}"


def _settings(result: dict[str, Any]) -> str:
    advice = result["recommendation"]
    words = f"{_count(len(result['points']), 'setting')} measured; "
    return words + (f"use {advice['name']}" if advice["settings"] else "keep what is used now")


def _best_prompt(result: dict[str, Any]) -> str:
    measured = sum(line["state"] == "measured" for line in result["lines"])
    words = f"{_count(measured, 'setting')} measured; {result['choice']}"
    return words + (" It was stopped by its budget." if result["stopped"] else "")


def _losses(result: dict[str, Any]) -> str:
    words = f"{result['reference']}, {result['method']}, {_count(result['steps'], 'step')}"
    if found := result.get("search"):
        words += f", best of {_count(found['tried'], 'setting')}"
    first, last = result["loss_first"], result["loss_last"]
    return words + ("" if None in (first, last) else f", loss {first:.2f} to {last:.2f}")


def _came_to(result: dict[str, Any]) -> str:
    found = result.get("test") or result["validation"]
    return " ".join([f"{result['run']}:", *found["words"][:1]])


def _written(result: dict[str, Any]) -> str:
    return f"{result['format']} in {result['folder']}; {result['parity'][-1]['words']}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_FOUND: dict[str, Callable[[dict[str, Any]], str]] = {
    "after": _came_to,
    "evaluate": _score,
    "export": _written,
    "icl": _best_prompt,
    "index": _passages,
    "measure": _scores,
    "prove": _search,
    "sweep": _settings,
    "train": _losses,
}
