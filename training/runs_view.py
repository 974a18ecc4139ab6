"""The training runs of a task side by side, as plain data: a table, its filters, a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ladder.files import read_json_lines
from ladder.jobs.job_view import STATES
from ladder.printing import duration
from training import measurements
from training.checkpoints import METRICS
from training.runs import Run, score_of
from training.train_view import chart_rows

if TYPE_CHECKING:
    from ladder.evaluation import Score
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "COMPARED",
    "chosen",
    "curves",
    "differing",
    "methods_of",
    "run_name",
    "states_of",
    "table",
    "verdicts",
]

COMPARED = 6
"""Runs that are drawn beside each other, at most: more lines cannot be told apart."""
_LEFT_OUT = ("seed", "checkpoint_seconds")


def methods_of(runs: Sequence[Run]) -> list[str]:
    """Return the methods that there are runs of."""
    return sorted({str(run.job.spec.get("method")) for run in runs})


def states_of(runs: Sequence[Run]) -> list[str]:
    """Return the states that runs are in, as words."""
    return sorted({STATES[run.job.state][0] for run in runs})


def chosen(
    runs: Sequence[Run], methods: Sequence[str] = (), states: Sequence[str] = (), text: str = ""
) -> list[Run]:
    """Return the runs that a filter leaves; what is empty filters nothing.

    Args:
        runs: newest first.
        methods: those of which a run is kept.
        states: as `states_of` words them.
        text: stands in the run's id, its base or one of its settings, as "learning_rate: 0.001".
    """
    return [
        run
        for run in runs
        if (not methods or run.job.spec.get("method") in methods)
        and (not states or STATES[run.job.state][0] in states)
        and text.strip().casefold() in _searched(run)
    ]


def table(runs: Sequence[Run], scores: list[Score]) -> list[dict[str, Any]]:
    """Return a row for each run; what is not known of one is None."""
    return [_line(run, scores) for run in runs]


def _line(run: Run, scores: list[Score]) -> dict[str, Any]:
    result, recipe = run.job.result, run.job.spec.get("recipe") or {}
    score, best = score_of(run, scores), measurements.best_of(measurements.read(run.job.folder))
    share = result.get("trained_share")
    return {
        "Run": run.job.id,
        "Method": run.job.spec.get("method"),
        "Base": recipe.get("model"),
        "State": STATES[run.job.state][0],
        "Score": f"{score.value:.2f} ({score.low:.2f} to {score.high:.2f}, n = {score.n})"
        if score
        else "not measured",
        "While training": f"{best.value:.2f} ({best.low:.2f} to {best.high:.2f}, n = {best.n})"
        if best
        else None,
        "Rows": result.get("rows"),
        "Steps": result.get("steps"),
        "Time": duration(result["seconds"]) if result.get("seconds") else None,
        "Memory": f"{result['memory_gb']} GB" if result.get("memory_gb") else None,
        "Trained": f"{share:.2%}" if share else None,
        "Kept": f"{result['adapter_mb']:.1f} MB" if result.get("adapter_mb") else None,
    }


def differing(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return the settings in which runs differ, a row each, with a column for every run."""
    recipes = {run.job.id: _settings(run) for run in runs}
    names = list(dict.fromkeys(name for each in recipes.values() for name in each))
    rows = []
    for name in names:
        values = {id: each.get(name) for id, each in recipes.items()}
        if name not in _LEFT_OUT and len({repr(value) for value in values.values()}) > 1:
            shown = {id: "" if value is None else str(value) for id, value in values.items()}
            rows.append({"Setting": name.replace("_", " ")} | shown)
    return rows


def curves(runs: Sequence[Run]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the running mean of the loss by step, and the scores measured, of all runs."""
    losses: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for run in runs:
        name = run_name(run)
        losses += [
            {"Run": name, "Step": row["Step"], "Loss": row["Mean"]}
            for row in chart_rows(read_json_lines(run.job.folder / METRICS))
        ]
        found += [
            {"Run": name, "Step": m.step, "Score": m.value, "Low": m.low, "High": m.high}
            for m in measurements.read(run.job.folder)
        ]
    return losses, found


def run_name(run: Run) -> str:
    """Return a short name: the method, and the end of the id, which is unlike in every run."""
    return f"{run.job.spec.get('method')} {run.job.id[-6:]}"


def verdicts(folder: TaskFolder, runs: Sequence[Run], scores: list[Score]) -> list[str]:
    """Return what paired tests say of the runs' scores, a sentence a pair; Holm over the pairs.

    Only runs measured on the same split by the same metric are compared, newest scores first.
    """
    from ladder.evaluation import compare_all, rows_of

    measured = {run_name(run): score for run in runs if (score := score_of(run, scores))}
    if len(measured) < 2:
        return []
    newest = next(iter(measured.values()))
    alike = {
        name: score
        for name, score in measured.items()
        if (score.split, score.metric) == (newest.split, newest.metric)
    }
    rows = {name: list(rows_of(folder, score).values()) for name, score in alike.items()}
    return [verdict.sentence for verdict in compare_all(rows, newest.metric)]


def _settings(run: Run) -> dict[str, Any]:
    """Return a run's settings with the choices made, where the run wrote them down."""
    import yaml

    path = run.job.folder / "recipe.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        data = None
    return data if isinstance(data, dict) else dict(run.job.spec.get("recipe") or {})


def _searched(run: Run) -> str:
    settings = " ".join(f"{name}: {value}" for name, value in _settings(run).items())
    return f"{run.job.id} {settings}".casefold()
