from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ladder.jobs import RunContext
from ladder.jobs.context import Cancelled
from ladder.jobs.records import new_run
from ladder.jobs.worker import KINDS
from ladder.machine import RATES, MachineRates, machine_file, machine_rates
from ladder.models import load_generator
from ladder.models.fakes import HashEmbedder, ScriptedGenerator
from ladder.models.stand_ins import ANY, standing_in
from ladder.project import projects
from ladder.project.workspace import machine_place
from training.probe import run_calibrate, spread, timed
from training.probe_texts import passage, short_texts, tickets


class Watched(RunContext):
    """Keeps what is said; may be told to stop at a stage."""

    seen: list[tuple[int, str]]
    stop_at: int = 99

    def progress(
        self, done: int, total: int, message: str = "", seconds_left: float | None = None
    ) -> None:
        self.seen.append((done, message))
        if done >= self.stop_at:
            self.stop.set()
        super().progress(done, total, message, seconds_left)


@pytest.fixture
def watched(home: Path, tiny_llama_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Return the context of a job that measures tiny models, in next to no time."""
    monkeypatch.setattr("training.probe._BUDGET", 0.05)
    monkeypatch.setattr("training.probe._SIZE", {"cpu": 32, "cuda": 32})
    place, tiny = machine_place(), f"path:{tiny_llama_folder}"
    spec = {"model": tiny, "encoder": tiny}
    context = Watched(place, spec, new_run(place.runs_folder / "c1", "calibrate", spec).folder)
    context.seen = []
    return context


def test_every_rate_is_measured_with_its_spread_and_kept(watched: Watched) -> None:
    before = time.time()
    with standing_in({}, {ANY: HashEmbedder()}):
        result = run_calibrate(watched)
    kept = machine_rates()
    assert kept is not None
    assert kept == MachineRates.from_json(result)
    assert set(kept.rates) == set(RATES)
    for name, rate in kept.rates.items():
        assert rate.repeats >= (1 if name.startswith("start_") else 2), name
        assert rate.what
    assert kept.rates["train_generate"].model == watched.spec["model"]
    assert kept.rates["train_generate"].parameters > 1000
    assert kept.rates["read"].unit == kept.rates["write"].unit == "tokens/s"
    assert 0 <= kept.busy <= 1
    assert kept.other_jobs == 0
    assert kept.seconds < time.time() - before + 1
    stages = [done for done, _ in watched.seen]
    assert stages == sorted(stages)
    assert stages[-1] == 7
    assert any("step 3" in message for _, message in watched.seen)
    assert projects() == []
    assert [path.name for path in watched.folder.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("stage", [0, 3, 5])
def test_cancelled_at_any_stage_it_keeps_nothing_and_leaves_the_old_numbers(
    watched: Watched, measured_machine: MachineRates, stage: int
) -> None:
    watched.stop_at = stage
    with standing_in({}, {ANY: HashEmbedder()}), pytest.raises(Cancelled):
        run_calibrate(watched)
    assert machine_rates() == measured_machine
    assert [path.name for path in watched.folder.iterdir() if path.is_dir()] == []


def test_a_model_that_writes_nothing_is_told_and_nothing_is_kept(
    watched: Watched, tiny_llama_folder: Path
) -> None:
    from ladder.errors import ModelError

    mute = ScriptedGenerator("x")
    with (
        standing_in({ANY: mute}, {ANY: HashEmbedder()}),
        pytest.raises(ModelError, match="ends every text"),
    ):
        run_calibrate(watched)
    assert not machine_file().exists()


def test_repeats_end_with_the_budget_but_there_are_always_some() -> None:
    calls: list[int] = []
    assert len(timed(lambda: calls.append(1), budget=0.0, least=3, most=9)) == 3
    assert len(calls) == 4, "the first does not count"
    assert len(timed(lambda: None, budget=9.0, least=3, most=9)) == 9
    slow = timed(lambda: time.sleep(0.02), budget=0.05, least=2, most=9)
    assert 2 <= len(slow) <= 4
    assert min(slow) >= 0.02


def test_the_spread_is_median_p10_p90_and_number() -> None:
    assert spread([float(n) for n in range(11)]) == {
        "p10": 1.0, "p50": 5.0, "p90": 9.0, "repeats": 11,
    }  # fmt: skip
    assert spread([2.0]) == {"p10": 2.0, "p50": 2.0, "p90": 2.0, "repeats": 1}


def test_texts_have_their_length_and_differ(tiny_llama_folder: Path) -> None:
    texts = short_texts(5, 20, seed=1)
    assert {len(text.split()) for text in texts} == {20}
    assert texts != short_texts(5, 20, seed=2)
    assert len(set(texts)) == 5
    found = tickets(40)
    assert {example.output for example in found} == {"delivery", "invoice", "account", "plan"}
    assert found == tickets(40)
    generator: Any = load_generator(f"path:{tiny_llama_folder}", "float32")
    text = passage(generator.encode, 100)
    assert 80 <= len(generator.encode([{"role": "plain", "content": text}])) <= 100


def test_the_worker_knows_the_job() -> None:
    assert "calibrate" in KINDS


@pytest.mark.real
def test_the_command_measures_this_machine_in_a_job_of_its_own(
    home: Path, bundled_models: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "ladder.cli", "calibrate", "--json"],
        capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found = machine_rates()
    assert found is not None
    assert found.to_json() == json.loads(ran.stdout)
    assert found.rates["read"].p50 > found.rates["write"].p50, "reading is done all at once"
    assert found.rates["train_classify"].p50 > found.rates["train_generate"].p50, "it is smaller"
    assert [path.name for path in home.iterdir() if (path / "tasks").exists()] == []
