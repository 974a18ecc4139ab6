"""The command of the few-shot leaderboard: `ladder icl`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.errors import InputError
from ladder.printing import duration, say, say_json, table

if TYPE_CHECKING:
    from ladder.project import TaskFolder

__all__ = ["register"]


def register(
    app: typer.Typer, elsewhere: Callable[[str], Any], followed: Callable[[str], Any]
) -> None:
    """Add the command.

    Args:
        app: the `ladder` command.
        elsewhere: gives what belongs to the packages above `ladder`, by name.
        followed: follows a job to its end.
    """

    @app.command()
    def icl(
        project: Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")],
        task: Annotated[
            str | None, typer.Option(metavar="NAME", help="Default: the only task.")
        ] = None,
        sweep: Annotated[bool, typer.Option("--sweep", help="Measure prompts now.")] = False,
        model: Annotated[
            str | None, typer.Option(metavar="REF", help="Default: the task's own.")
        ] = None,
        budget_minutes: Annotated[
            float | None, typer.Option(min=0.1, metavar="N", help="Stop after so many minutes.")
        ] = None,
        limit: Annotated[
            int | None, typer.Option(min=1, metavar="N", help="A stratified random N.")
        ] = None,
        seed: Annotated[int, typer.Option(metavar="S", help="Seed of the sample.")] = 0,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what a sweep would take, and end.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Find the best few-shot prompt on validation, or show what was found last."""
        from ladder.project import open_project

        folder = open_project(project).task(task)
        given = {"model": model, "limit": limit, "minutes": budget_minutes, "seed": seed or None}
        if not sweep and not dry_run:
            if any(value is not None for value in given.values()):
                raise InputError("To measure prompts with these options, add --sweep.")
            _show_kept(folder, elsewhere, as_json)
            return
        spec = {"task": folder.task.name, **_spec(given)}
        asked = {name: spec[name] for name in ("model", "limit", "seed") if name in spec}
        price = elsewhere("icl_plan")(folder, **asked)
        if dry_run and as_json:
            say_json(asdict(price))
        else:
            say(price.sentence, aside=as_json)
        if dry_run:
            return
        from ladder.jobs import submit

        result = followed(submit(folder.project, "icl", spec)).result
        if as_json:
            say_json(result)
        else:
            _say_board(elsewhere("Board").from_json(result))


def _spec(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was given, the model by a reference that holds in another folder, too."""
    from ladder.given import generator_here

    spec = {name: value for name, value in given.items() if value is not None}
    if "model" in spec:
        spec["model"] = generator_here(spec["model"])
    return spec


def _show_kept(folder: TaskFolder, elsewhere: Callable[[str], Any], as_json: bool) -> None:
    """Print the board that was made last, or how to make one."""
    board = elsewhere("kept_board")(folder)
    old = board is not None and elsewhere("out_of_date")(board, folder)
    if as_json:
        say_json(None if board is None else board.to_json() | {"out_of_date": old})
        return
    command = f"ladder icl {folder.project.name} --task {folder.task.name} --sweep"
    if board is None:
        say(f"No prompts are compared yet. Next: {command}")
        return
    _say_board(board)
    if old:
        say(f"The examples or the task changed since. Next: {command}", aside=True)


def _say_board(board: Any) -> None:
    """Print the leaderboard, the curve, what was left out, and the verdict."""
    heads = ("prompt", board.metric, "95 %", "n", "tokens", "p50", "per 1,000", "invalid", "note")
    say(table(heads, [_line(line) for line in board.lines]))
    for name, reason in board.left_out:
        say(f"No line for {name}: {reason}.")
    if board.curve:
        say()
        say(table(("examples", board.metric, "95 %", "n"), [_point(p) for p in board.curve]))
    say()
    sample = f", a sample of {board.limit}" if board.limit else ""
    say(
        f"Measured on {board.n} examples outside the test split{sample} ({board.scheme}), "
        f"with {board.model}, in {duration(board.took)}."
    )
    if board.stopped:
        say(board.stopped, aside=True)
    say(board.choice)
    say(board.verdict.sentence)
    for reason in board.verdict.reasons:
        say(f"  - {reason}")


def _line(line: Any) -> tuple[object, ...]:
    """Return a line as cells; what is not known is empty."""
    mark = " *" if line.best else " =" if line.tied and line.group != "no-llm" else ""
    if line.value is None:
        return (line.name, "", "", "", "", "", "", "", f"{line.state}: {line.why}")
    notes = [line.why] if line.why else []
    if line.seeds:
        values = [value for _, value in line.seeds]
        notes.insert(0, f"{len(values)} draws, {min(values):.2f} to {max(values):.2f}")
    return (
        line.name + mark,
        f"{line.value:.2f}",
        f"{line.low:.2f} to {line.high:.2f}",
        line.n,
        f"{line.prompt_tokens:.0f}",
        "" if line.milliseconds is None else f"{line.milliseconds:.0f} ms",
        "" if line.cost_per_1k is None else f"${line.cost_per_1k:.4g}",
        f"{line.invalid:.0%}",
        "; ".join(notes)
        or ("best" if line.best else "cannot be told from the best" if mark else ""),
    )


def _point(point: Any) -> tuple[object, ...]:
    interval = f"{point.low:.2f} to {point.high:.2f}"
    return point.count, f"{point.value:.2f}", interval, point.n
