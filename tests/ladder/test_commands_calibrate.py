from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ladder.commands_calibrate import register
from ladder.jobs import jobs
from ladder.machine import MachineRates


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs the command; its job ends at once with the rates given."""
    monkeypatch.setattr("ladder.jobs.launch._spawn", lambda item: None)

    def ran(result: Any, *arguments: str) -> str:
        app = typer.Typer()
        app.callback()(lambda: None)
        register(app, lambda run_id: SimpleNamespace(result=result))
        done = CliRunner().invoke(app, ["calibrate", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    return ran


def test_the_rates_are_a_table_and_who_else_ran_is_said(
    run: Any, measured_machine: MachineRates
) -> None:
    lines = run(measured_machine.to_json()).splitlines()
    reading = next(line for line in lines if line.startswith("Reading a prompt"))
    assert "800 tokens/s" in reading
    assert "700 to 900, n = 5" in reading
    assert "0 other jobs ran beside it" in lines[-2]
    assert lines[-1].startswith("It took 61 s.")


def test_in_json_it_is_what_the_job_gave(run: Any, measured_machine: MachineRates) -> None:
    assert json.loads(run(measured_machine.to_json(), "--json")) == measured_machine.to_json()


def test_detached_it_says_which_job_it_is(run: Any) -> None:
    found = json.loads(run(None, "--detach", "--json"))
    assert [(job.id, job.kind) for job in jobs()] == [(found["id"], "calibrate")]
    assert "ladder jobs" in run(None, "--detach")
