from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ladder.cli import app

ROOT = Path(__file__).parents[2]
TRAINING = ["estimate", "training", "--params", "6.7e9", "--tokens", "1e12", "--gpu", "a100-80"]
SHAPE = {
    "--params": "3.213e9", "--layers": "28.0", "--hidden": "3072", "--ffn": "8192",
    "--kv-dim": "1024", "--vocab": "128256", "--tokens-per-step": "8192",
}  # fmt: skip
MEMORY = ["estimate", "memory", "--tied", *(word for pair in SHAPE.items() for word in pair)]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def answer(*arguments: str) -> dict[str, Any]:
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_training_answers_with_bands_and_lines_that_explain_them() -> None:
    found = answer(*TRAINING, "--stage", "pretrain")
    for name in ("gpu_hours", "hours", "money", "mfu"):
        assert 0 < found[name]["p10"] < found[name]["p50"] < found[name]["p90"]
    assert found["flops"] == pytest.approx(4.02e22)
    for line in found["lines"]:
        assert {"name", "value", "unit", "formula", "inputs", "source"} <= set(line)


def test_eight_gpus_share_the_work() -> None:
    one = answer(*TRAINING)
    eight = answer(*TRAINING[:-1], "8xA100-80")
    assert eight["hours"]["p50"] == pytest.approx(one["hours"]["p50"] / 8, rel=1e-3)
    assert eight["gpu_hours"]["p50"] == pytest.approx(one["gpu_hours"]["p50"], rel=1e-3)


def test_the_options_reach_the_estimate() -> None:
    whole = answer(*TRAINING, "--stage", "finetune")
    assert answer(*TRAINING)["gpu_hours"] != whole["gpu_hours"]
    lora = answer(*TRAINING, "--stage", "finetune", "--method", "lora")
    assert lora["flops"] == pytest.approx(whole["flops"] * 4 / 6)
    assert answer(*TRAINING, "--sequence", "32768")["flops"] > whole["flops"]


def test_memory_answers_with_a_band_and_its_parts() -> None:
    found = answer(*MEMORY, "--method", "full")
    assert sum(found["parts"].values()) == pytest.approx(found["peak_gib"]["p50"])
    assert found["peak_gib"]["p10"] < found["peak_gib"]["p50"] < found["peak_gib"]["p90"]


@pytest.mark.parametrize(
    "options",
    [
        ["--method", "lora"],
        ["--method", "qlora", "--lora-params", "9e7"],
        ["--checkpointing"],
        ["--compile"],
        ["--chunked-loss"],
        ["--optimizer", "adamw-8bit"],
        ["--optimizer-in-backward", "--checkpointing"],
        ["--shards", "8"],
    ],
)
def test_each_option_that_saves_memory_does(options: list[str]) -> None:
    usual, saving = answer(*MEMORY)["peak_gib"]["p50"], answer(*MEMORY, *options)["peak_gib"]["p50"]
    assert saving < usual


def test_an_optimizer_of_more_bytes_needs_more_and_an_untied_head_too() -> None:
    usual = answer(*MEMORY)["parts"]
    assert answer(*MEMORY, "--optimizer", "adamw")["parts"]["optimizer"] == usual["optimizer"] * 3
    untied = [word for word in MEMORY if word != "--tied"]
    qlora = answer(*untied, "--method", "qlora")["parts"]["weights"]
    assert qlora > answer(*MEMORY, "--method", "qlora")["parts"]["weights"]


def test_memory_explains_each_part_and_takes_a_program_and_capitals() -> None:
    found = answer(*MEMORY, "--method", "LoRA")
    assert [line["name"] for line in found["lines"]] == [*found["parts"], "peak"]
    assert all(line["formula"] and line["source"] for line in found["lines"])
    assert "torchtune and LitGPT" in found["source"]
    theirs = answer(*MEMORY, "--method", "lora", "--program", "transformers")
    assert theirs["peak_gib"]["p50"] > found["peak_gib"]["p50"]


def test_the_age_of_the_price_is_told() -> None:
    assert set(answer(*TRAINING)["price"]) == {"seen", "days", "old"}


def test_a_model_of_the_table_can_be_named_instead_of_its_numbers() -> None:
    named = answer("estimate", "memory", "--model", "Llama-3.2-3B", "--tokens-per-step", "8192")
    assert named == answer(*MEMORY)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([*MEMORY[2:], "--model", "llama-3.2-3b"], "leave its numbers and --tied out"),
        (["--tokens-per-step", "1", "--params", "1e9"], "The shape needs --layers, --hidden,"),
        (["--tokens-per-step", "1", "--model", "gpt-5"], 'No shape for "gpt-5"; known:'),
    ],
)
def test_half_a_shape_or_two_are_refused(options: list[str], words: str) -> None:
    code, out, err = run("estimate", "memory", *options)
    assert (code, out) == (2, "")
    assert words in err


@pytest.mark.parametrize("command", [TRAINING, MEMORY])
def test_a_person_reads_it_without_json(command: list[str]) -> None:
    code, out, _ = run(*command)
    assert code == 0
    assert "{" not in out
    assert " = " in out


@pytest.mark.parametrize("bad", ["0", "-1", "nan", "inf", "-inf", "seven", "", "1,5", "1e400"])
@pytest.mark.parametrize("option", ["--params", "--tokens", "--sequence"])
def test_a_bad_number_is_one_sentence(option: str, bad: str) -> None:
    code, out, err = run(*TRAINING, option, bad)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith(f'{option} is "{bad}"; give a number above 0')


@pytest.mark.parametrize("bad", ["0", "-1", "nan", "inf", "many"])
@pytest.mark.parametrize("option", [*SHAPE, "--lora-params", "--shards"])
def test_a_bad_number_of_the_shape_is_one_sentence(option: str, bad: str) -> None:
    code, out, err = run(*MEMORY, option, bad)
    assert (code, out) == (2, "")
    assert err.startswith(f'{option} is "{bad}"; give a number above 0')


@pytest.mark.parametrize("gpu", ["none", "abacus", "0xa100", "", "-1xa100"])
def test_a_gpu_that_is_none_is_refused(gpu: str) -> None:
    code, out, err = run(*TRAINING, "--gpu", gpu)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert len(err) > 20


@pytest.mark.parametrize("options", [["--stage", "sft"], ["--method", "dora"]])
def test_a_name_that_is_not_known_is_refused(options: list[str]) -> None:
    code, out, err = run(*TRAINING, *options)
    assert (code, out) == (2, "")
    assert options[1] in err


QUICK = """
import sys
from ladder.cli import app
try:
    app(sys.argv[1:])
except SystemExit as exit:
    assert not exit.code, exit.code
heavy = {"torch", "numpy", "pandas", "scipy", "streamlit", "transformers", "genai_prices"}
print("heavy:", sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("command", [TRAINING, MEMORY])
def test_nothing_heavy_is_imported(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUICK, *command, "--json"],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert done.stdout.endswith("heavy: []\n")
