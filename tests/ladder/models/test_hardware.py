from __future__ import annotations

from typing import Any

import pytest

from ladder.errors import ModelError
from ladder.models.hardware import choose_dtype, choose_threads, threads


@pytest.mark.parametrize(
    ("flags", "dtype", "reason"),
    [
        ({"amx_bf16": True, "avx512_bf16": True}, "bfloat16", "AMX"),
        ({"avx512_bf16": True}, "bfloat16", "AVX512-BF16"),
        ({"avx512_bf16": False, "avx2": True}, "float32", "neither AMX nor"),
        ({}, "float32", "neither AMX nor"),
    ],
)
def test_bfloat16_is_taken_where_the_processor_is_fast_at_it(
    flags: dict[str, Any], dtype: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: flags)
    found, why = choose_dtype()
    assert found == dtype
    assert why.startswith(dtype)
    assert reason in why


@pytest.mark.parametrize("supported", [True, False])
def test_a_gpu_computes_in_bfloat16_if_it_can(
    supported: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda: supported)
    found, why = choose_dtype()
    assert found == ("bfloat16" if supported else "float32")
    assert "GPU" in why


def test_a_number_format_set_by_hand_is_kept() -> None:
    assert choose_dtype("float32") == ("float32", "float32: set by hand")
    with pytest.raises(ModelError, match="int4"):
        choose_dtype("int4")


def test_threads_are_the_cores_that_jobs_leave_and_at_least_one(
    monkeypatch: pytest.MonkeyPatch, home: object
) -> None:
    assert [choose_threads(4, jobs) for jobs in (0, 1, 4, 9)] == [4, 3, 1, 1]
    monkeypatch.setenv("LADDER_THREADS", "3")
    assert threads() == 3
    monkeypatch.delenv("LADDER_THREADS")
    monkeypatch.setattr("ladder.jobs.devices.cores", lambda: 6)
    monkeypatch.setattr("ladder.models.hardware._jobs_elsewhere", lambda: 2)
    assert threads() == 4
