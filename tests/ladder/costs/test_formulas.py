"""Every formula that is shown, evaluated from the inputs that are shown, gives the figure."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from ladder.costs.figure import Figure
from ladder.costs.gpus import GPUS
from ladder.costs.memory import memory_estimate
from ladder.costs.roofline import Query
from ladder.costs.serving import serving_estimate
from ladder.costs.shapes import find_shape
from ladder.costs.training import training_estimate

TRAINING: tuple[dict[str, Any], ...] = (
    {"gpu": GPUS["a100-80"]},
    {"gpu": GPUS["v100"], "params": 3e8, "stage": "cpt", "count": 8},
    {"gpu": GPUS["h100"], "stage": "finetune", "method": "qlora", "sequence": 32768, "count": 4},
    {"gpu": GPUS["mi300x"], "params": 1.5e9, "method": "lora", "retries": 0},
    {"gpu": GPUS["b200"], "params": 1e9},
)
MEMORY: tuple[dict[str, Any], ...] = (
    {},
    {"optimizer": "adamw", "shards": 8, "checkpointing": True},
    {"chunked_loss": True, "compile": True, "optimizer_in_backward": True, "checkpointing": True},
    {"method": "lora", "checkpointing": True, "chunked_loss": True, "tokens_per_step": 16384},
    {"method": "qlora", "lora_params": 9e7, "shards": 2},
    {"method": "qlora", "program": "transformers", "optimizer": "adamw-8bit"},
    {"method": "full", "program": "transformers", "tokens_per_step": 128},
)
SERVING: tuple[dict[str, Any], ...] = (
    {"gpu": GPUS["h100"], "query": Query(2048, 128, 1000), "queries_per_day": 1e5},
    {"gpu": GPUS["l4"], "query": Query(500, 100), "gpus": 2, "engine": "vllm"},
)


def evaluated(figure: Figure) -> float:
    """Return what the formula gives, up to the words that follow it."""
    text = re.split("[;:]", figure.formula)[0]
    names = sorted(figure.inputs, key=len, reverse=True)
    values = {f"v{index}": figure.inputs[name] for index, name in enumerate(names)}
    for index, name in enumerate(names):
        text = re.sub(rf"(?<![\w$]){re.escape(name)}(?!\w)", f"v{index}", text)
    text = text.replace(" x ", " * ").replace("^", "**")
    known = {"exp": math.exp, "ln": math.log, "min": min, "max": max}
    return float(eval(text, {"__builtins__": {}}, known | values))


@pytest.mark.parametrize("more", TRAINING)
def test_training(more: dict[str, Any]) -> None:
    found = training_estimate(**{"params": 7e9, "tokens": 1e10} | more)
    assert len(found.lines) == 6
    for line in found.lines:
        assert evaluated(line) == pytest.approx(line.value.p50, rel=1e-3), line.name


@pytest.mark.parametrize("more", MEMORY)
def test_memory(more: dict[str, Any]) -> None:
    found = memory_estimate(find_shape("llama-3.1-8b"), **{"tokens_per_step": 4096} | more)
    assert len(found.lines) == 7
    for line in found.lines:
        assert evaluated(line) == pytest.approx(line.value.p50, rel=1e-6), line.name


@pytest.mark.parametrize("more", SERVING)
def test_serving(more: dict[str, Any]) -> None:
    found = serving_estimate(shape=find_shape("llama-3.1-8b"), **more)
    for line in found.lines:
        assert evaluated(line) == pytest.approx(line.value.p50, rel=1e-6), line.name
