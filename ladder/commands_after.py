"""The command `ladder after`: what a training run came to, and what it forgot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from ladder.errors import InputError
from ladder.printing import say, say_json, table

__all__ = ["register", "run_of"]


def register(
    app: typer.Typer, elsewhere: Callable[[str], Any], followed: Callable[[str], Any]
) -> None:
    """Add the command.

    Args:
        app: the `ladder` command.
        elsewhere: imports what lies in the packages above `ladder`.
        followed: follows a job to its end.
    """

    @app.command()
    def after(
        project: Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")],
        run: Annotated[
            str, typer.Option(metavar="ID", help='The training run; "last" is the newest.')
        ],
        windows: Annotated[
            int | None,
            typer.Option(
                min=0,
                help="How many of the 99 windows of prose; 24 is a sample, 0 leaves forgetting "
                "out. Default: all.",
            ),
        ] = None,
        tasks: Annotated[
            int | None,
            typer.Option(min=0, help="How many small tasks of each of the five kinds, up to 40."),
        ] = None,
        test: Annotated[
            bool, typer.Option("--test", help="Confirm on the test split; this is done once.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Compare a run with its base and the best so far, and measure what it forgot."""
        from ladder.jobs import submit
        from ladder.project import open_project

        opened = open_project(project)
        job = run_of(elsewhere("training"), opened, run).job
        split = "test" if test else "validation"
        spec = {"task": job.spec.get("task"), "run": job.id, "split": split}
        spec |= {"windows": windows, "tasks": tasks}
        result = followed(submit(opened, "after", spec)).result
        if as_json:
            say_json(result)
            return
        compared = result[split]
        score = compared["score"]
        say(
            f"{result['run']} on {split}: {score['metric']} {score['value']:.2f} "
            f"({score['low']:.2f} to {score['high']:.2f}), n = {score['n']}."
        )
        for sentence in compared["words"]:
            say(sentence)
        if forgetting := result.get("forgetting"):
            for sentence in forgetting["words"]:
                say(sentence)
            kinds = [
                (k["kind"], f"{k['before']} of {k['n']}", k["after"]) for k in forgetting["kinds"]
            ]
            if kinds:
                say(table(("kind", "before", "after"), kinds))
        say(f"Next: ladder export {project} --run {job.id} --format merged")


def run_of(training: Any, project: Any, run_id: str) -> Any:
    """Return a training run of a project that can answer; "last" is the newest one.

    Raises:
        InputError: the project has none of that name; the message lists those that it has.
    """
    run_id = run_id.removeprefix("run:")
    runs = training.training_runs(project)
    usable = [run for run in runs if run.usable]
    found = next((run for run in usable if run_id in (run.job.id, "last")), None)
    if found is None:
        known = ", ".join(run.job.id for run in usable)
        raise InputError(
            f"{project.name} has no run {run_id} with a model; "
            + (f"there is {known}." if known else "train one: ladder train PROJECT.")
        )
    return found
