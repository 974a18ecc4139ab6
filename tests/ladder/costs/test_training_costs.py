from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.costs.gpus import GPUS
from ladder.costs.training import STAGES, TrainingEstimate, training_estimate
from ladder.errors import InputError

PARAMS = st.floats(1e6, 1e12)
TOKENS = st.floats(1e3, 1e14)
GPU = st.sampled_from(sorted(GPUS))
STAGE = st.sampled_from(STAGES)
METHOD = st.sampled_from(["full", "lora", "qlora"])


def estimate(
    params: float = 7e9, tokens: float = 1e9, gpu: str = "a100-80", **more: Any
) -> TrainingEstimate:
    return training_estimate(params=params, tokens=tokens, gpu=GPUS[gpu], **more)


@given(PARAMS, TOKENS, st.floats(1, 100), GPU, STAGE, METHOD)
def test_more_tokens_never_cost_less(
    params: float, tokens: float, times: float, gpu: str, stage: str, method: str
) -> None:
    less = estimate(params, tokens, gpu, stage=stage, method=method)
    more = estimate(params, tokens * times, gpu, stage=stage, method=method)
    for name in ("gpu_hours", "hours", "money"):
        for end in ("p10", "p50", "p90"):
            assert getattr(getattr(more, name), end) >= getattr(getattr(less, name), end)


@given(PARAMS, TOKENS, st.integers(1, 999), st.integers(0, 999), GPU, STAGE)
def test_more_gpus_never_take_longer(
    params: float, tokens: float, count: int, extra: int, gpu: str, stage: str
) -> None:
    few = estimate(params, tokens, gpu, count=count, stage=stage)
    many = estimate(params, tokens, gpu, count=count + extra, stage=stage)
    assert many.hours.p10 <= few.hours.p10 * (1 + 1e-12)
    assert many.hours.p50 <= few.hours.p50 * (1 + 1e-12)
    assert many.hours.p90 <= few.hours.p90 * (1 + 1e-12)


@given(PARAMS, TOKENS, GPU, STAGE, METHOD)
def test_longer_sequences_never_cost_less(
    params: float, tokens: float, gpu: str, stage: str, method: str
) -> None:
    short = estimate(params, tokens, gpu, stage=stage, method=method, sequence=4096)
    long = estimate(params, tokens, gpu, stage=stage, method=method, sequence=32768)
    assert long.gpu_hours.p50 >= short.gpu_hours.p50


def test_one_estimate_by_hand() -> None:
    found = estimate(7e9, 1e12, "a100-80")
    work = 4.2e22 / (312e12 * found.mfu.p50 * 3600)
    assert found.gpu_hours.p50 == pytest.approx(work + 0.1)
    assert found.hours.p50 == pytest.approx(work + 0.1)
    eight = estimate(7e9, 1e12, "a100-80", count=8)
    assert eight.hours.p50 == pytest.approx(work / 8 + 0.1)
    assert eight.gpu_hours.p50 == pytest.approx(eight.hours.p50 * 8)
    assert found.storage_gb == pytest.approx(126)
    dollars = found.gpu_hours.p50 * GPUS["a100-80"].hourly.p50 * 1.5 + 126 * 0.05
    assert found.money.p50 == pytest.approx(dollars)
    once = estimate(7e9, 1e12, "a100-80", retries=0)
    assert once.money.p50 == pytest.approx((dollars - 6.3) / 1.5 + 6.3)


def test_adapters_are_cheaper_to_train_and_to_keep_and_qlora_slower_than_lora() -> None:
    whole, lora, qlora = (
        estimate(8e9, 1e8, stage="finetune", method=method) for method in ("full", "lora", "qlora")
    )
    assert lora.flops == pytest.approx(whole.flops * 4 / 6)
    assert lora.gpu_hours.p50 < qlora.gpu_hours.p50 < whole.gpu_hours.p50
    assert lora.storage_gb < 1 < whole.storage_gb


def test_every_figure_explains_itself() -> None:
    found = estimate(8e9, 1e8, "v100", stage="cpt", method="qlora", count=4)
    assert [line.name for line in found.lines] == [
        *("Operations", "MFU", "GPU-hours", "Hours", "Storage", "Money")
    ]
    for line in found.lines:
        assert line.formula
        assert line.source
        assert line.inputs
        for name in line.inputs:
            assert name in line.formula, (line.name, name)
    mfu, hours = found.lines[1], found.lines[2]
    assert "without bfloat16" in mfu.source
    assert mfu.inputs["operations per byte"] == pytest.approx(125 / 0.9, rel=0.02)
    given = {name: float(value) for name, value in hours.inputs.items()}
    work = given["operations"] / (given["peak TFLOP/s"] * 1e12 * given["MFU"] * 3600)
    starting = given["GPUs"] * given["starting"]
    assert work * given["QLoRA"] + starting == pytest.approx(found.gpu_hours.p50)


@pytest.mark.parametrize("value", [0, -3, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["params", "tokens", "count"])
def test_numbers_that_are_none_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{name} is"):
        estimate(**{name: value})


def test_names_that_are_not_known_and_numbers_without_end_are_refused() -> None:
    with pytest.raises(InputError, match="give one of pretrain"):
        estimate(stage="sft")
    with pytest.raises(InputError, match="give one of full"):
        estimate(method="dora")
    with pytest.raises(InputError, match="retries is -1"):
        estimate(retries=-1)
    with pytest.raises(InputError, match="too many"):
        estimate(1e200, 1e200)
