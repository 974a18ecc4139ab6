"""How the `ladder` command prints: answers on stdout, everything else on stderr.

With `--json` the answer is one JSON document and nothing else is written to stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ladder.jobs.job import Job

__all__ = [
    "ProgressLine",
    "duration",
    "job_summary",
    "say",
    "say_json",
    "score_line",
    "scores_table",
    "table",
    "usage_line",
]


def say(text: str = "", *, aside: bool = False) -> None:
    """Write a line: an answer to stdout, an aside to stderr."""
    stream = sys.stderr if aside else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def usage_line(error: Exception) -> str:
    """Return what is wrong with a command as it was typed, and where its help is.

    The help itself where a group of commands was called without one of them.
    """
    said = str(getattr(error, "format_message", error.__str__)())
    context = getattr(error, "ctx", None)
    if context is None or said.startswith("Usage:"):
        return said
    said = said.replace("Value error, ", "").rstrip(".")
    return f"{said}. What it takes: {context.command_path} --help"


def say_json(value: Any) -> None:
    """Write one JSON document to stdout."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows under titles, columns padded to their widest cell."""
    cells = [[str(title) for title in titles]]
    cells += [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(titles))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join(lines)


def duration(seconds: float | None) -> str:
    """Return a length of time as a person says it: "40 s", "3 min", "2 h 5 min"; empty for None."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def score_line(score: dict[str, Any]) -> str:
    """Return a score in a sentence: value, interval, n, and what went wrong."""
    low, high = score["ci_low"], score["ci_high"]
    text = (
        f"{score['method']} on {score['split']}: {score['metric']} {score['score']:.3f} "
        f"({low:.3f} to {high:.3f}), n = {score['n']}, errors {score['errors']}"
    )
    if score.get("model"):
        text += f", model {score['model']}"
    clean = score.get("value_without_near_duplicates")
    if clean is not None and score.get("n_without_near_duplicates") != score["n"]:
        text += f"; without near-duplicates {clean:.3f}, n = {score['n_without_near_duplicates']}"
    return text


def job_summary(job: Job) -> dict[str, Any]:
    """Return a job as plain data, as `ladder jobs --json` prints it."""
    from ladder.jobs.job_view import found_words
    from ladder.plan_outcome import outcome_of

    outcome = outcome_of(job)
    return {
        "id": job.id,
        "project": job.project.name,
        "kind": job.kind,
        "state": job.state,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "progress": asdict(job.progress),
        "error": job.error,
        "result": job.result,
        "found": found_words(job),
        "folder": str(job.folder),
        "plan": job.spec.get("plan"),
    } | (outcome.to_json() if outcome else {})


def scores_table(scores: list[dict[str, Any]]) -> str:
    """Return scores as a table, best first."""
    rows = [
        (
            *(s["method"], s["split"], s["metric"], f"{s['score']:.3f}"),
            f"{s['ci_low']:.3f} to {s['ci_high']:.3f}",
            *(s["n"], s["errors"]),
            "" if s["p50_ms"] is None else f"{s['p50_ms']:.0f} ms",
            "set a price" if s["cost_per_1k"] is None else f"${s['cost_per_1k']:.4g}",
            s.get("model") or "",
            _note(s),
        )
        for s in sorted(scores, key=lambda s: (s["split"], -s["score"]))
    ]
    titles = (
        "method",
        "split",
        "metric",
        "score",
        "95 %",
        "n",
        "errors",
        "p50",
        "per 1,000",
        "model",
        "note",
    )
    return table(titles, rows)


def _note(score: dict[str, Any]) -> str:
    """Return why a score does not count in full; empty where it does."""
    if score.get("stale"):
        return "the examples changed since; measure again"
    return "a sample" if score.get("limit") is not None else ""


class ProgressLine:
    """One line on stderr that says how far a job is: rewritten on a terminal.

    Where stderr is a file or a pipe, a line is written when the message changes, at most one
    in five seconds.
    """

    def __init__(self) -> None:
        self._width = 0
        self._last = ("", 0.0)

    def __call__(self, job: Job) -> None:
        """Show the job's progress."""
        text = self._text(job)
        if sys.stderr.isatty():
            sys.stderr.write("\r" + text.ljust(self._width))
            self._width = len(text)
        elif text != self._last[0] and time.monotonic() - self._last[1] >= 5:
            sys.stderr.write(text + "\n")
            self._last = (text, time.monotonic())
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line, so that what follows starts on its own."""
        if self._width:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _text(self, job: Job) -> str:
        progress = job.progress
        text = f"{job.id}: {job.state}"
        if job.state == "queued":
            text += ", waits for the job before it (see: ladder jobs); Ctrl-C leaves it waiting"
        if progress.total:
            text += f" {progress.done}/{progress.total}"
        if progress.message:
            text += f" {progress.message}"
        if progress.seconds_left is not None and not job.over:
            text += f", about {duration(progress.seconds_left)} left"
        return text


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
