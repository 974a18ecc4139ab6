"""`ladder estimate serving`: numbers in any spelling, one model, one machine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ladder.cli import app
from ladder.costs import GPUS, token_price
from ladder.costs.roofline import Query, Server
from ladder.costs.shapes import shape_for

LOAD = ("--input", "2048", "--output", "128")


def serving(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["estimate", "serving", *arguments])


def answer(*arguments: str) -> dict[str, Any]:
    result = serving(*arguments, *LOAD, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_answer_is_that_of_the_best_published_engine() -> None:
    found = answer("--params", "8e9", "--gpu", "h100", "--gpus", "1")
    server = Server(shape_for(8e9), GPUS["h100"], 1, "fp8")
    assert found["max_tokens_per_s"] == pytest.approx(server.speed(Query(2048, 128)).tokens_per_s)
    rate = found["max_tokens_per_s"] / 128
    by_hand = 1000 / rate / 3600 * GPUS["h100"].hourly.p50 / 0.2
    assert found["cost_per_1k_queries"] == pytest.approx(by_hand)
    assert (found["weights"], found["engine"]) == ("fp8", "TensorRT-LLM")
    bands = found["bands"]["max_tokens_per_s"]
    assert bands["p10"] < bands["p50"] == found["max_tokens_per_s"] < bands["p90"]


def test_numbers_and_gpus_are_read_in_any_spelling() -> None:
    plain = answer("--params", "70e9", "--gpu", "h100", "--gpus", "4")
    for other in (("7e10", "4xH100"), ("70_000_000_000", "4XH100"), ("70e9", "nvidia h100")):
        count = ("--gpus", "4.0") if "x" not in other[1].lower() else ()
        assert answer("--params", other[0], "--gpu", other[1], *count) == plain


def test_options_change_the_answer() -> None:
    plain = answer("--model", "llama-3.1-8b", "--gpu", "a100")
    assert plain["weights"] == "bf16"
    slower = answer("--model", "llama-3.1-8b", "--gpu", "a100", "--engine", "vllm")
    assert slower["max_tokens_per_s"] < plain["max_tokens_per_s"]
    kept = answer("--model", "llama-3.1-8b", "--gpu", "a100", "--cached", "2000")
    assert kept["max_tokens_per_s"] > plain["max_tokens_per_s"]
    small = answer("--model", "llama-3.1-8b", "--gpu", "a100", "--weights", "int4")
    assert small["alone_tokens_per_s"] > plain["alone_tokens_per_s"]
    mine = answer("--model", "llama-3.1-8b", "--gpu", "a100", "--hourly", "2", "--utilisation", "1")
    assert mine["cost_per_1k_queries"] == pytest.approx(1000 / plain["queries_per_s"] / 3600 * 2)
    month = answer("--model", "llama-3.1-8b", "--gpu", "a100", "--queries-per-day", "1000")
    assert month["cost_per_month"] == pytest.approx(730 * GPUS["a100-80"].hourly.p50)


def test_capitals_are_read_and_the_age_of_prices_is_told() -> None:
    plain = answer("--params", "8e9", "--gpu", "h100", "--weights", "fp8")
    assert answer("--params", "8e9", "--gpu", "h100", "--weights", "FP8") == plain
    assert plain["price"]["seen"] == GPUS["h100"].seen
    assert plain["price"]["days"] > 0
    assert answer("--params", "8e9", "--gpu", "h100", "--hourly", "2")["price"] == {}


def test_more_gpus_are_offered_as_equal_servers_too() -> None:
    found = answer("--params", "8e9", "--gpu", "3xh100")
    assert found["gpus_used"] == 2
    assert found["best_split"]["gpus_used"] == 3
    assert (
        "Best as equal servers: 3 of 1 x H100"
        in serving("--params", "8e9", "--gpu", "3xh100", *LOAD).stdout
    )


@pytest.mark.parametrize(
    "more",
    [
        ("--queries-per-day", "1e308", "--utilisation", "1e-9"),
        ("--hourly", "1.7e308"),
        ("--utilisation", "1e-320"),
    ],
)
def test_numbers_too_large_are_a_sentence(more: tuple[str, ...]) -> None:
    result = serving("--params", "8e9", "--gpu", "h100", *LOAD, *more, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "reckon with" in result.stderr


def test_a_host_is_priced_beside_the_own_gpu() -> None:
    found = answer("--params", "8e9", "--gpu", "l4", "--token-model", "openai:gpt-4.1-mini")
    price = token_price("openai:gpt-4.1-mini").cost(2048, 0, 128)
    assert found["tokens"]["cost_per_1k_queries"] == pytest.approx(1000 * price)


def test_in_words_every_figure_has_its_formula_and_source() -> None:
    result = serving("--params", "8e9", "--gpu", "rtx-4090", *LOAD)
    assert result.exit_code == 0
    assert "answer tokens a second at full load (TensorRT-LLM, fp8, 1 x RTX 4090)" in result.stdout
    assert "1,000 queries = 1000 / (queries a second x 3600)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--gpu", "h100"), "--params"),
        (("--params", "8e9", "--model", "llama-3.1-8b", "--gpu", "h100"), "one of the two"),
        (("--params", "8e9", "--gpu", "none"), "name a GPU"),
        (("--params", "-1", "--gpu", "h100"), "above 0"),
        (("--params", "8e9", "--gpu", "2xh100", "--gpus", "4"), "once"),
        (("--params", "8e9", "--gpu", "h100", "--gpus", "1.5"), "whole"),
        (("--params", "70e9", "--gpu", "t4"), "int4"),
        (("--model", "gpt-9", "--gpu", "h100"), "llama-3.1-8b"),
    ],
)
def test_what_cannot_be_reckoned_is_said_in_a_sentence(
    arguments: tuple[str, ...], words: str
) -> None:
    result = serving(*arguments, *LOAD)
    assert result.exit_code != 0
    assert words in str(result.exception or "") + result.output


def test_a_model_of_the_hub_out_of_reach_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ladder.costs.hub_shape.hub_shape", lambda name: None)
    result = serving("--model", "hf:some/model", "--gpu", "h100", *LOAD)
    assert result.exit_code != 0
    assert "--params" in str(result.exception or "") + result.output
