"""The commands that prove the search on the project's own documents: `prove` and `sweep`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from ladder.printing import say, say_json, table

__all__ = ["register"]

ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")]
TaskOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Default: the only task with free answers.")
]
ModelOption = Annotated[
    str | None, typer.Option(metavar="REF", help="A capable model that writes questions as well.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
_SHOWN = 12
"""Settings of a sweep that are printed."""


def register(app: typer.Typer, followed: Callable[[str], Any]) -> None:
    """Add the commands.

    Args:
        app: the `ladder` command.
        followed: follows a job to its end.
    """

    @app.command()
    def prove(
        project: ProjectArgument,
        task: TaskOption = None,
        model: ModelOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make questions from the documents and measure how well they are searched."""
        result = followed(_submitted(project, "prove", task, {"model": model})).result
        if as_json:
            say_json(result)
            return
        heads = ("questions", "n", f"found in {result['measures'][0]['k']}", "MRR", "nDCG")
        say(table(heads, [_measured(row) for row in result["measures"]]))
        say(f"{result['name']}: {result['tokens']:.0f} tokens of passages a question.")
        if result["before"]:
            say(result["before"]["sentence"])

    @app.command()
    def sweep(
        project: ProjectArgument,
        task: TaskOption = None,
        minutes: Annotated[
            float | None, typer.Option(min=0.1, help="Stop after so many minutes.")
        ] = None,
        rerank: Annotated[
            list[str] | None, typer.Option(metavar="REF", help="A cross-encoder to try, too.")
        ] = None,
        model: ModelOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Try settings of the search on the project's documents; say which is worth it."""
        more = {"minutes": minutes, "rerank": rerank or None, "model": model}
        result = followed(_submitted(project, "sweep", task, more)).result
        if as_json:
            say_json(result)
            return
        points = [p for p in result["points"] if p["best_at_its_cost"] or p["now"]]
        heads = ("settings", "nDCG", "found", "tokens", "ms", "MB", "$ per 1,000")
        say(table(heads, [_point(point) for point in points[:_SHOWN]]))
        say(
            f"{len(result['points'])} settings measured, by {result['chosen_by']}; shown are those "
            "that none beats in quality and cost. * is what is used now."
        )
        for name, reason in result["failed"]:
            say(f"{name} could not be measured: {reason}", aside=True)
        if result["stopped"]:
            say(f"{result['stopped']} {result['untried']} settings were not tried.", aside=True)
        say(result["recommendation"]["sentence"])
        if result["recommendation"]["dearer"]:
            say(result["recommendation"]["dearer"])
        say(result["agreement"]["sentence"])


def _submitted(project: str, kind: str, task: str | None, more: dict[str, Any]) -> str:
    """Submit the job and return its id."""
    from ladder.given import reference_here
    from ladder.jobs import submit
    from ladder.project import open_project

    spec = {name: value for name, value in {"task": task, **more}.items() if value is not None}
    if "model" in spec:
        spec["model"] = reference_here(spec["model"])
    if "rerank" in spec:
        spec["rerank"] = [reference_here(each) for each in spec["rerank"]]
    return submit(open_project(project), kind, spec)


def _measured(row: dict[str, Any]) -> tuple[str, ...]:
    figures = (row[name] for name in ("recall", "mrr", "ndcg"))
    shown = (f"{f['value']:.2f} ({f['low']:.2f} to {f['high']:.2f})" for f in figures)
    return row["origin"], str(row["n"]), *shown


def _point(point: dict[str, Any]) -> tuple[str, ...]:
    ndcg, cost = point["ndcg"], point["cost_per_1k"]
    return (
        point["name"] + " *" * point["now"],
        f"{ndcg['value']:.2f} ({ndcg['low']:.2f} to {ndcg['high']:.2f})",
        f"{point['recall']['value']:.2f}",
        f"{point['tokens']:.0f}",
        f"{point['milliseconds']:.0f}",
        f"{point['megabytes']:.1f}",
        "set a price" if cost is None else f"{cost:.4f}",
    )
