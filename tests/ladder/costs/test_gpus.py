from __future__ import annotations

from datetime import date

import pytest

from ladder.costs import GPUS, find_gpu, parse_gpus
from ladder.costs.gpus import days_since
from ladder.errors import InputError

NAMED = """a100-40 a100-80 a800 h100 h200 h800 b200 l4 l40s a10g t4 v100 a6000 rtx-3090 rtx-4090
rtx-5090 mi300x"""
TENSOR_CORES = {
    # FMA a tensor core and clock, tensor cores, boost clock in MHz: NVIDIA's white papers of
    # each architecture; the MI300X: 304 compute units of 4 matrix cores (AMD CDNA 3).
    "t4": (64, 320, 1590),
    "v100": (64, 640, 1530),
    "a100-40": (256, 432, 1410),
    "a100-80": (256, 432, 1410),
    "a800": (256, 432, 1410),
    "h100": (512, 528, 1830),
    "h800": (512, 528, 1830),
    "h200": (512, 528, 1830),
    "l4": (128, 240, 2040),
    "l40s": (128, 568, 2520),
    "a6000": (128, 336, 1800),
    "rtx-3090": (64, 328, 1695),
    "rtx-4090": (64, 512, 2520),
    "rtx-5090": (64, 680, 2407),
    "mi300x": (256, 1216, 2100),
}


def test_every_gpu_that_can_be_named_is_in_the_table() -> None:
    assert sorted(GPUS) == sorted(NAMED.split())


@pytest.mark.parametrize("name", TENSOR_CORES)
def test_the_speed_follows_from_tensor_cores_and_clock(name: str) -> None:
    fma, cores, clock = TENSOR_CORES[name]
    assert GPUS[name].tflops == pytest.approx(2 * fma * cores * clock / 1e6, rel=0.04)


def test_fp8_doubles_the_speed_where_there_is_fp8() -> None:
    for gpu in GPUS.values():
        assert gpu.tflops_fp8 == 0 or gpu.tflops_fp8 == pytest.approx(2 * gpu.tflops, rel=0.03)


@pytest.mark.parametrize("name", GPUS)
def test_every_cell_has_a_source(name: str) -> None:
    gpu = GPUS[name]
    assert set(dict(gpu.sources)) - {"attainable"} == {
        "memory_gb", "bandwidth_gb_s", "tflops", "tflops_fp8", "link_gb_s", "bf16",
        "hourly_low", "hourly_high",
    }  # fmt: skip
    assert bool(gpu.attainable) == ("attainable" in dict(gpu.sources))
    assert 0 <= gpu.attainable < 1
    assert gpu.seen == "" or days_since(gpu.seen, date(2026, 11, 22)) is not None


def test_a_price_is_marked_once_it_is_older_than_180_days() -> None:
    gpu = GPUS["mi300x"]
    assert gpu.seen == "2026-05-18"
    assert not gpu.old(date(2026, 11, 14))
    assert "older" not in gpu.price_words(date(2026, 11, 14))
    assert gpu.old(date(2026, 11, 15))
    assert "older than 180 days" in gpu.price_words(date(2026, 11, 15))


def test_the_age_of_a_price_is_data_too() -> None:
    age = GPUS["mi300x"].price_age(date(2026, 11, 15))
    assert age == {"seen": "2026-05-18", "days": 181, "old": True}


def test_a_price_without_a_day_counts_as_old_and_a_month_from_its_first_day() -> None:
    assert GPUS["b200"].old(date(2026, 6, 1))
    assert days_since("2026-05", date(2026, 5, 2)) == 1
    assert days_since("2026", date(2026, 1, 2)) == 1


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("A100", "a100-80"), ("a100-80GB", "a100-80"), ("A100-40", "a100-40"), ("4090", "rtx-4090"),
        ("RTX4090", "rtx-4090"), ("rtx 5090", "rtx-5090"), ("NVIDIA H100", "h100"),
        ("RTX-A6000", "a6000"), ("Mi300X", "mi300x"), ("rtxa6000", "a6000"),
        ("AMD MI300X", "mi300x"),
    ],
)  # fmt: skip
def test_a_gpu_is_found_by_the_names_people_use(text: str, id: str) -> None:
    assert find_gpu(text).id == id


def test_an_unknown_gpu_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="a100-80, a800"):
        find_gpu("a1000")


@pytest.mark.parametrize(
    ("text", "count", "id"),
    [("8xA100-80", 8, "a100-80"), ("1xt4", 1, "t4"), ("512xH100", 512, "h100"),
     ("a100", 1, "a100-80"), ("2x4090", 2, "rtx-4090"), ("4090", 1, "rtx-4090"),
     ("8XA100", 8, "a100-80"), ("8\u00d7a100-80", 8, "a100-80"), ("2 \u00d7 T4", 2, "t4")],
)  # fmt: skip
def test_gpus_are_read_from_words(text: str, count: int, id: str) -> None:
    machine = parse_gpus(text)
    assert machine is not None
    assert (machine.count, machine.gpu.id) == (count, id)
    assert machine.memory_gb == count * GPUS[id].memory_gb


@pytest.mark.parametrize("text", ["none", "None", " none "])
def test_none_is_no_gpu(text: str) -> None:
    assert parse_gpus(text) is None


@pytest.mark.parametrize("text", ["", "0xT4", "1xT400", "x", "-1xT4", "8x", "T4x8"])
def test_gpus_written_otherwise_are_refused_with_the_known_names(text: str) -> None:
    with pytest.raises(InputError, match="8xA100-80"):
        parse_gpus(text)
