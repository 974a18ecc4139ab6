from __future__ import annotations

import importlib.util
import math
import statistics
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.costs import GPUS, Band
from ladder.costs.prices import TokenPrice
from ladder.costs.roofline import ENGINES, WEIGHTS, Query, Server
from ladder.costs.serving import (
    ServingEstimate,
    fastest_server,
    month_line,
    serving_estimate,
)
from ladder.costs.shapes import find_shape, shape_for
from ladder.costs.token_cost import token_estimate
from ladder.errors import InputError

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "serving_fit.py"
SMALL = find_shape("llama-3.1-8b")
LARGE = find_shape("llama-3.1-70b")
PRICE = TokenPrice("host:model", 1, 0.25, 4, "a list", "2026-11-01")
tokens = st.integers(1, 20_000)
gpus = st.sampled_from(sorted(GPUS))
engines = st.sampled_from(sorted(ENGINES))


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("serving_fit", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["serving_fit"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_engine_meets_the_published_rows_it_was_fitted_to(benchmark: ModuleType) -> None:
    rows = benchmark.read_rows()
    errors = [abs(row.log_error(ENGINES["tensorrt-llm"])) for row in rows]
    assert len(rows) == 27
    assert statistics.mean(errors) <= 0.05
    assert max(errors) <= 0.15


@pytest.mark.parametrize(
    "left_out", [("8e9", "h100"), ("8e9", "h200"), ("70e9", "h100"), ("70e9", "h200")]
)
def test_a_model_on_a_gpu_that_the_fit_has_not_seen_is_met_too(
    benchmark: ModuleType, left_out: tuple[str, str]
) -> None:
    rows = benchmark.read_rows()
    engine = benchmark.fit([row for row in rows if (row.model, row.gpu) != left_out])
    unseen = [row for row in rows if (row.model, row.gpu) == left_out]
    errors = [abs(row.log_error(engine)) for row in unseen]
    assert len(errors) >= 6
    assert statistics.mean(errors) <= 0.12


@pytest.mark.parametrize(("model", "worst"), [("llama-3.1-405b", 0.2), ("llama-2-7b", 0.1)])
def test_models_and_versions_that_no_fit_saw_are_met(
    benchmark: ModuleType, model: str, worst: float
) -> None:
    rows = [row for row in benchmark.read_rows("serving_check.csv") if row.model == model]
    errors = [abs(row.log_error(ENGINES["tensorrt-llm"])) for row in rows]
    assert len(errors) >= 3
    assert statistics.mean(errors) <= 0.12
    assert max(errors) <= worst


@pytest.mark.parametrize(("weights", "share"), [("bf16", 0.69), ("int8", 0.53), ("int4", 0.42)])
def test_a_query_alone_reads_the_weights_as_fast_as_gpt_fast(weights: str, share: float) -> None:
    """Llama-2-7B on an A100 80 GB, share of the bandwidth (gpt-fast's README); no fit saw it."""
    server = Server(find_shape("llama-2-7b"), GPUS["a100-80"], 1, weights)
    speed = server.weight_bytes / server.step(Query(5, 200), 1)
    assert speed / 2039e9 == pytest.approx(share, rel=0.06)


def test_keys_and_values_take_what_their_formula_says() -> None:
    assert Server(find_shape("llama-2-7b"), GPUS["a100-80"]).kv_bytes == 512 * 1024
    assert Server(SMALL, GPUS["a100-80"]).kv_bytes == 128 * 1024
    assert Server(LARGE, GPUS["h100"], weights="fp8").kv_bytes == 160 * 1024


def test_the_cost_of_1000_queries_is_time_times_price_over_utilisation() -> None:
    found = serving_estimate(
        shape=SMALL, gpu=GPUS["h100"], query=Query(2048, 128), hourly=Band(2, 2.5, 3),
        utilisation=0.5,
    )  # fmt: skip
    assert found.weights == "fp8"
    by_hand = 1000 / 3600 / found.queries_per_s.p50 * 2.5 / 0.5
    assert found.cost_per_1k.p50 == pytest.approx(by_hand)
    assert found.tokens_per_s.p50 == pytest.approx(128 * found.queries_per_s.p50)
    assert found.monthly is None


@given(tokens, tokens, st.integers(0, 20_000), gpus, engines, st.sampled_from([1, 2, 4, 8, 16]))
def test_a_longer_prompt_never_costs_less_and_bands_are_ordered(
    prompt: int, answer: int, more: int, gpu: str, engine: str, count: int
) -> None:
    def cost(extra: int) -> Band | None:
        try:
            return serving_estimate(
                shape=SMALL, gpu=GPUS[gpu], query=Query(prompt + extra, answer), gpus=count,
                engine=engine,
            ).cost_per_1k  # fmt: skip
        except InputError:
            return None

    short, long = cost(0), cost(more)
    if short is None:
        assert long is None
    if short and long:
        assert 0 < short.p10 <= short.p50 <= short.p90
        assert short.p50 <= long.p50 * (1 + 1e-9)


@given(tokens, tokens, st.integers(0, 20_000), gpus)
def test_a_longer_answer_never_costs_less(prompt: int, answer: int, more: int, gpu: str) -> None:
    server = Server(shape_for(1e9), GPUS[gpu])
    short, long = Query(prompt, answer), Query(prompt, answer + more)
    assert server.speed(long).queries_per_s <= server.speed(short).queries_per_s * (1 + 1e-9)


@given(tokens, tokens, st.integers(1, 15), st.integers(0, 8), gpus)
def test_more_gpus_never_answer_slower(
    prompt: int, answer: int, count: int, more: int, gpu: str
) -> None:
    query = Query(prompt, answer)
    try:
        few = fastest_server(SMALL, GPUS[gpu], count, query).speed(query)
    except InputError:
        return
    many = fastest_server(SMALL, GPUS[gpu], count + more, query).speed(query)
    assert many.tokens_per_s >= few.tokens_per_s


@given(tokens, tokens, st.floats(0, 1), gpus)
def test_a_cached_start_never_costs_more(prompt: int, answer: int, share: float, gpu: str) -> None:
    server = Server(shape_for(1e9), GPUS[gpu])
    cached = Query(prompt, answer, share * prompt)
    fresh = server.speed(Query(prompt, answer)).queries_per_s
    assert server.speed(cached).queries_per_s >= fresh * (1 - 1e-9)
    assert token_estimate(PRICE, cached).cost_per_1k <= token_estimate(
        PRICE, Query(prompt, answer)
    ).cost_per_1k * (1 + 1e-9)


def test_gpus_that_idle_are_not_paid_and_equal_servers_are_offered() -> None:
    def found(gpus: int) -> ServingEstimate:
        return serving_estimate(
            shape=SMALL, gpu=GPUS["h100"], query=Query(1000, 1000), gpus=gpus, hourly=Band(2, 2, 2)
        )

    one, two, three = found(1), found(2), found(3)
    assert three.gpus == two.gpus == 2
    assert three.cost_per_1k == two.cost_per_1k
    assert (three.split.servers, three.split.gpus_each) == (3, 1)
    assert three.split.tokens_per_s.p50 == pytest.approx(3 * one.tokens_per_s.p50)
    assert three.split.cost_per_1k.p50 == pytest.approx(one.cost_per_1k.p50)
    large = serving_estimate(shape=LARGE, gpu=GPUS["l40s"], query=Query(1000, 1000), gpus=6)
    assert large.split.servers * large.split.gpus_each <= 6
    assert large.split.tokens_per_s.p50 >= large.tokens_per_s.p50


@given(st.floats(0, 1e7), st.floats(0, 1e7), st.floats(0.01, 1))
def test_more_traffic_never_costs_less(now: float, more: float, utilisation: float) -> None:
    rate, price = Band(5, 6, 7), Band(1, 2, 3)
    low, servers = month_line(rate, 2, price, "mine", now, utilisation)
    high, more_servers = month_line(rate, 2, price, "mine", now + more, utilisation)
    assert 1 <= servers <= more_servers
    assert low.value.p10 <= low.value.p50 <= low.value.p90
    assert low.value.p50 >= 2 * 730 * 2
    assert low.value.p50 <= high.value.p50


def test_tokens_cost_their_price_cached_ones_less() -> None:
    found = token_estimate(PRICE, Query(1000, 100, 400), queries_per_day=1000)
    each = (600 * 1 + 400 * 0.25 + 100 * 4) / 1e6
    assert found.cost_per_1k == pytest.approx(1000 * each)
    assert found.monthly == pytest.approx(1000 * 365 / 12 * each)


def test_every_figure_has_formula_inputs_and_source() -> None:
    found = serving_estimate(
        shape=SMALL, gpu=GPUS["l4"], query=Query(500, 100), queries_per_day=1000
    )
    assert [line.name for line in found.lines] == [
        "queries in flight", "queries a second", "1,000 queries", "GPUs always on",
    ]  # fmt: skip
    assert all(line.formula and line.inputs and line.source for line in found.lines)


def test_what_the_fit_has_not_seen_has_a_wider_band() -> None:
    seen = Server(SMALL, GPUS["h100"], 1, "fp8")
    assert seen.spread == 1.1
    for change in ({"weights": "bf16"}, {"gpu": GPUS["l4"]}, {"gpus": 8}):
        assert replace(seen, **change).spread == 1.5  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", sorted(set(WEIGHTS) - {"fp8"}))
def test_a_model_that_does_not_fit_is_refused_with_what_to_do(weights: str) -> None:
    with pytest.raises(InputError, match="more GPUs"):
        fastest_server(LARGE, GPUS["t4"], 1, Query(100, 100), weights)


def test_names_and_shares_out_of_range_are_refused() -> None:
    plain = {"shape": SMALL, "gpu": GPUS["a100-80"], "query": Query(10, 10)}
    for wrong, words in (
        ({"engine": "magic"}, "tensorrt-llm"), ({"weights": "fp8"}, "no FP8"),
        ({"weights": "fp6"}, "int4"), ({"utilisation": 0}, "utilisation"), ({"gpus": 0}, "gpus"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            serving_estimate(**{**plain, **wrong})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cached"):
        Query(10, 10, 11)
    with pytest.raises(InputError, match="output"):
        Query(10, math.nan)
