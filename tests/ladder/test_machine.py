from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import ProjectError
from ladder.files import write_json
from ladder.jobs import active_jobs, job, job_view
from ladder.machine import (
    RATES,
    MachineRates,
    Measured,
    device_name,
    machine_file,
    machine_rates,
    read_machine,
    save_machine,
    start_calibration,
)
from ladder.machine_view import machine_words, rate_rows
from ladder.project import create_project, projects
from ladder.project.workspace import machine_place
from ladder.speeds import ASSUMED, speeds


def test_without_a_measurement_the_command_is_named_and_speeds_are_assumed(home: Path) -> None:
    assert machine_rates() is None
    assert "measure it with: ladder calibrate" in read_machine()[1]
    assert (speeds().prompt_token, speeds().factor) == (ASSUMED.prompt_token, ASSUMED.factor)
    assert "our assumptions" in speeds().source
    assert "ladder calibrate" in speeds().source


def test_what_is_saved_is_read_again(measured_machine: MachineRates) -> None:
    assert machine_rates() == measured_machine
    assert read_machine()[1] == ""


def test_speeds_are_the_medians_that_were_measured(measured_machine: MachineRates) -> None:
    here = speeds()
    assert here.starting == measured_machine.rates["start_answers"].p50
    assert here.prompt_token == pytest.approx(1 / measured_machine.rates["read"].p50)
    assert here.answer_token == pytest.approx(1 / measured_machine.rates["write"].p50)
    assert here.text == pytest.approx(1 / measured_machine.rates["embed_texts"].p50)
    assert here.passage_token == pytest.approx(1 / measured_machine.rates["embed_tokens"].p50)
    assert here.factor < ASSUMED.factor
    assert "measured on this machine on 2026-11-22" in here.source


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cores": 512}, "cores 512 then"),
        ({"threads": 511}, "threads 511 then"),
        ({"device": "another processor"}, "device another processor then"),
        ({"slot": "tpu"}, "jobs run on tpu then, cpu now"),
        ({"versions": {"torch": "0.1"}}, "torch 0.1 then"),
    ],
)
def test_what_another_machine_or_library_gave_is_not_used(
    measured_machine: MachineRates, change: dict[str, Any], said: str
) -> None:
    save_machine(replace(measured_machine, **{"slot": "cpu"} | change))
    found, why_not = read_machine()
    assert found is None
    assert said in why_not
    assert "2026-11-22" in why_not
    assert why_not.endswith("measure again with: ladder calibrate")
    assert speeds().factor == ASSUMED.factor


def test_threads_of_a_gpu_machine_may_change(
    measured_machine: MachineRates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.machine.slots", lambda: ("gpu:0", "gpu:1"))
    monkeypatch.setattr("ladder.machine.gpu_names", lambda: ("A100", "A100"))
    device_name.cache_clear()
    save_machine(replace(measured_machine, slot="gpu", threads=511, device="A100"))
    assert machine_rates() is not None
    device_name.cache_clear()


def broken(measured: MachineRates, **rate: Any) -> str:
    data = measured.to_json()
    data["rates"]["read"] |= rate
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"measured": "2026-11-22"}',
        '{"measured": "2026-11-22", "rates": {"matmul": 3}}',
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence_and_not_used(home: Path, text: str) -> None:
    machine_file().write_text(text, encoding="utf-8")
    found, why_not = read_machine()
    assert found is None
    assert "machine.json cannot be read" in why_not
    assert why_not.endswith("measure again with: ladder calibrate")
    assert speeds().prompt_token == ASSUMED.prompt_token


@pytest.mark.parametrize(
    "rate",
    [
        {"p50": 0},
        {"p50": -3.0},
        {"p10": 900.0},
        {"p50": "fast"},
        {"p90": None},
        {"p90": 1e999},
        {"repeats": 0},
        {"colour": "red"},
    ],
)
def test_a_rate_that_cannot_be_is_not_used(
    measured_machine: MachineRates, rate: dict[str, Any]
) -> None:
    machine_file().write_text(broken(measured_machine, **rate), encoding="utf-8")
    assert machine_rates() is None
    assert "cannot be read" in read_machine()[1]


def test_a_file_without_one_of_the_rates_is_not_used(measured_machine: MachineRates) -> None:
    for name in RATES:
        data = measured_machine.to_json()
        del data["rates"][name]
        write_json(machine_file(), data)
        assert machine_rates() is None


def test_a_rate_has_its_unit_its_spread_and_its_number(measured_machine: MachineRates) -> None:
    rows = {row[0]: row for row in rate_rows(measured_machine)}
    assert len(rows) == len(RATES)
    assert rows["Reading a prompt"][1:3] == ("800 tokens/s", "700 to 900, n = 5")
    assert rows["Starting to answer"][1:3] == ("9.0 s", "once")
    words = machine_words(measured_machine)
    assert "0 other jobs ran beside it" in words
    assert "other programs took 25% of the processor" in words


def test_a_rate_is_a_band() -> None:
    band = Measured(1.0, 2.0, 4.0, 3, "tokens/s", "a prompt").band
    assert (band.p10, band.p50, band.p90) == (1.0, 2.0, 4.0)


def test_a_machine_without_a_project_is_measured_and_becomes_no_project(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.launch._spawn", lambda item: None)
    run_id = start_calibration()
    found = job(run_id)
    assert found.kind == "calibrate"
    assert found.project == machine_place().path
    assert found.folder == home.resolve() / "machine" / "runs" / run_id
    assert projects() == []
    assert [each.id for each in active_jobs()] == [run_id]
    assert (job_view.title(found), job_view.whose(found)) == ("Measure this machine", "")
    with pytest.raises(ProjectError, match="kept for the workspace itself"):
        create_project("machine")
