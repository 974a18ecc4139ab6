"""The fit against runs that it has not seen, beside 6 x parameters x tokens at 40 % MFU."""

from __future__ import annotations

import csv
import math
import os
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from ladder.costs.calibration import (
    Run,
    calibration,
    fit,
    half_width,
    held_out_errors,
    runs,
    spread,
)
from ladder.costs.gpus import GPUS
from ladder.costs.training import training_estimate

FITTED = [run for run in runs() if run.use == "fit"]
KEPT_OUT = [run for run in runs() if run.use == "check"]


def at_forty_percent(run: Run) -> float:
    return math.log(run.mfu / 0.4)


def test_runs_kept_out_of_the_fit_are_foretold() -> None:
    assert len(KEPT_OUT) >= 25
    errors, ratios, inside = [], [], 0
    for run in KEPT_OUT:
        found = training_estimate(
            params=run.params, tokens=run.tokens, gpu=run.gpu, stage=run.stage
        ).gpu_hours
        errors.append(abs(math.log(found.p50 / run.gpu_hours)))
        ratios.append(found.p90 / found.p10)
        inside += found.p10 <= run.gpu_hours <= found.p90
    assert mean(errors) <= 0.33
    assert mean(errors) < mean(abs(at_forty_percent(run)) for run in KEPT_OUT)
    assert 0.60 <= inside / len(KEPT_OUT) <= 0.97
    assert sorted(ratios)[len(ratios) // 2] <= 3.5


def test_every_organisation_left_out_the_fit_beats_forty_percent() -> None:
    errors = held_out_errors(FITTED)
    assert set(errors) == {run.name for run in FITTED}
    ours = [abs(errors[run.name]) for run in FITTED]
    assert mean(ours) < 0.8 * mean(abs(at_forty_percent(run)) for run in FITTED)
    assert mean(abs(errors[run.name]) for run in FITTED if run.stage == "pretrain") <= 0.33


def test_the_band_holds_most_of_the_runs_left_out() -> None:
    _, widths = calibration()
    errors = held_out_errors(FITTED)
    inside = [abs(errors[run.name]) <= widths[run.stage] for run in FITTED]
    assert 0.6 <= mean(inside) <= 0.97
    assert widths["pretrain"] < widths["cpt"] < widths["finetune"]


def test_the_half_width_counts_runs_that_were_never_fitted() -> None:
    _, widths = calibration()
    first = [run for run in runs() if run.use != "aside" and run.stage == "pretrain"]
    errors = held_out_errors(first + [run for run in FITTED if run.stage != "pretrain"])
    inside = [abs(errors[run.name]) <= widths["pretrain"] for run in first]
    assert len(first) >= 55
    assert mean(inside) == pytest.approx(0.8, abs=0.03)


def test_the_band_is_wider_on_gpus_that_no_fitted_run_used() -> None:
    fitted, widths = calibration()
    assert {"a100-40", "a100-80", "h100"} <= fitted.gpus
    assert not {"mi300x", "h200", "rtx-4090"} & fitted.gpus
    assert spread(GPUS["h100"], "pretrain") == math.exp(widths["pretrain"])
    assert spread(GPUS["h200"], "pretrain") == pytest.approx(1.2 * math.exp(widths["pretrain"]))


def test_an_amd_gpu_reaches_its_attainable_share_of_what_the_h100_reaches() -> None:
    fitted, _ = calibration()
    mi300x, h100 = GPUS["mi300x"], GPUS["h100"]
    same = replace(mi300x, attainable=h100.attainable)
    ratio = fitted.mfu(mi300x, "pretrain", 7e9) / fitted.mfu(same, "pretrain", 7e9)
    assert ratio == pytest.approx(0.51 / 0.80)
    assert fitted.scale(h100) == 1


def test_a_faster_gpu_needs_a_larger_model_to_be_busy() -> None:
    fitted, _ = calibration()

    def loss(gpu: str, params: float) -> float:
        full = fitted.mfu(GPUS[gpu], "pretrain", 1e12)
        return fitted.mfu(GPUS[gpu], "pretrain", params) / full

    assert loss("h100", 2e9) < 1 == loss("a100-80", 2e9)
    assert loss("h100", 989 / 312 * 1e9) == pytest.approx(1)


def test_a_known_calibration_is_found_again() -> None:
    wanted, _ = calibration()
    made = [replace(run, gpu_hours=wanted.gpu_hours(run)) for run in FITTED]
    found = fit(made * 50)  # so many that the pull towards 0 hardly counts
    for name in ("speed", "balance", "small", "adaptation"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), abs=0.003)


def test_one_odd_run_does_not_decide() -> None:
    odd = replace(FITTED[0], gpu_hours=FITTED[0].gpu_hours * 1000)
    assert fit([odd, *FITTED[1:]]).speed == pytest.approx(fit(FITTED).speed, abs=0.1)


def test_small_models_and_gpus_without_bfloat16_keep_less_busy() -> None:
    fitted, _ = calibration()
    a100, v100, h100 = GPUS["a100-80"], GPUS["v100"], GPUS["h100"]
    assert fitted.mfu(a100, "pretrain", 1e8) < fitted.mfu(a100, "pretrain", 1e9)
    assert fitted.mfu(a100, "pretrain", 1e9) == fitted.mfu(a100, "pretrain", 1e12)
    assert fitted.mfu(v100, "pretrain", 1e9) < fitted.mfu(a100, "pretrain", 1e9)
    assert fitted.mfu(h100, "pretrain", 1e9) < fitted.mfu(a100, "pretrain", 1e9)
    assert fitted.mfu(a100, "finetune", 1e9) < fitted.mfu(a100, "pretrain", 1e9)


def test_no_gpu_is_reckoned_beyond_those_that_were_seen() -> None:
    fitted, _ = calibration()
    known = [gpu for gpu in GPUS.values() if gpu.bf16]
    shares = [fitted.mfu(gpu, "pretrain", 7e9) / fitted.scale(gpu) for gpu in known]
    assert fitted.mfu(GPUS["h100"], "pretrain", 7e9) <= min(shares) * 1.0001
    assert fitted.mfu(GPUS["a100-80"], "pretrain", 7e9) >= max(shares) * 0.9999


def test_half_width_is_what_four_of_five_stay_below() -> None:
    assert half_width([0.1, -0.2, 0.3, -0.4, 9.0]) == 0.4


def test_every_run_has_a_source_and_a_share_of_the_peak_that_can_be() -> None:
    assert len({run.name for run in runs()}) == len(runs())
    for run in runs():
        assert run.source
        assert 0.01 < run.mfu < 0.75, run.name


@pytest.mark.data
def test_the_copied_facts_are_those_of_the_shared_data() -> None:
    folder = os.environ.get("LADDER_DATA")
    if not folder:
        pytest.skip("LADDER_DATA is unset")
    file = Path(folder) / "published_runs" / "gpu_hours.csv"
    ours = {(run.params, run.tokens, run.gpu_hours) for run in runs()}
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["params_active"]]
    left_out = [
        row["run"]
        for row in rows
        if (
            float(row["params_active"]),
            float(row["tokens_processed"]),
            float(row["gpu_hours_reported"]),
        )
        not in ours
    ]
    assert left_out == ["GPT-NeoX-20B"]
