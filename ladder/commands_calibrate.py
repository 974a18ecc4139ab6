"""The command that measures this machine: `ladder calibrate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from ladder.printing import duration, say, say_json, table

__all__ = ["register"]


def register(app: typer.Typer, followed: Callable[[str], Any]) -> None:
    """Add the command.

    Args:
        app: the `ladder` command.
        followed: follows a job to its end.
    """

    @app.command()
    def calibrate(
        detach: Annotated[bool, typer.Option("--detach", help="Do not wait for the end.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Measure how fast this machine is, about a minute; estimates use it from then on."""
        from ladder.machine import MachineRates, start_calibration
        from ladder.machine_view import machine_words, rate_rows

        run_id = start_calibration()
        if detach:
            if as_json:
                say_json({"id": run_id})
            else:
                say(f"Measuring as {run_id}. See it: ladder jobs")
            return
        result = followed(run_id).result
        if as_json:
            say_json(result)
            return
        found = MachineRates.from_json(result)
        say(table(("", "median", "P10 to P90", "of", "model"), rate_rows(found)))
        say(machine_words(found))
        say(f"It took {duration(found.seconds)}. Estimates on this machine use it from now on.")
