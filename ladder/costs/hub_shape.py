"""The shape of a model of the Hugging Face hub, read from its `config.json` when reachable."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ladder.costs.shapes import ModelShape
from ladder.errors import InputError

__all__ = ["hub_shape", "shape_of_config"]

_NEEDED = {
    "layers": ("num_hidden_layers", "n_layer"),
    "hidden": ("hidden_size", "n_embd"),
    "heads": ("num_attention_heads", "n_head"),
    "vocab": ("vocab_size",),
}
_GATED = ("silu", "swish", "gelu_pytorch_tanh")
"""Activations of feed-forwards with three matrices."""


def hub_shape(
    name: str, fetch: Callable[[str], Mapping[str, Any]] | None = None
) -> ModelShape | None:
    """Return the shape of a model of the hub; None where its config cannot be reached.

    Args:
        name: the model, such as `Qwen/Qwen3-8B`.
        fetch: returns the config of a model; by default the hub's client downloads it.

    Raises:
        InputError: the config was read and does not describe a decoder-only transformer.
    """
    try:
        config = (fetch or _download)(name)
    except (OSError, ValueError):
        return None
    return shape_of_config(config)


def shape_of_config(config: Mapping[str, Any]) -> ModelShape:
    """Return the shape that a config describes; its parameters are counted, norms left out.

    Raises:
        InputError: a number is missing.
    """
    inner = config.get("text_config", config)
    found: dict[str, float] = {}
    for name, keys in _NEEDED.items():
        value = next((inner[key] for key in keys if inner.get(key)), None)
        if not isinstance(value, int):
            raise InputError(f"The model's config has no {keys[0]}; give --params instead.")
        found[name] = value
    layers, hidden, vocab = found["layers"], found["hidden"], found["vocab"]
    head = inner.get("head_dim") or hidden / found["heads"]
    queries = found["heads"] * head
    kv = (inner.get("num_key_value_heads") or found["heads"]) * head
    ffn = inner.get("intermediate_size") or inner.get("n_inner") or 4 * hidden
    gated = "intermediate_size" in inner and inner.get("hidden_act") in (
        "silu",
        "swish",
        "gelu_pytorch_tanh",
    )
    tied = bool(inner.get("tie_word_embeddings", "n_embd" in inner))
    block = 2 * hidden * (queries + kv) + (3 if gated else 2) * hidden * ffn
    params = layers * block + vocab * hidden * (1 if tied else 2)
    return ModelShape(params, layers, hidden, ffn, kv, vocab, tied)


def _download(name: str) -> Mapping[str, Any]:
    """Return a model's config by the hub's client, which keeps it and minds HF_HUB_OFFLINE."""
    from huggingface_hub import hf_hub_download

    config = json.loads(Path(hf_hub_download(name, "config.json")).read_text("utf-8"))
    if not isinstance(config, dict):
        raise ValueError("config.json holds no object")
    return config
