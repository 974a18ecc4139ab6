from __future__ import annotations

from typing import Any

import pytest

from ladder.costs.hub_shape import hub_shape, shape_of_config
from ladder.errors import InputError

LLAMA = {
    "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336,
    "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
    "tie_word_embeddings": False, "vocab_size": 128256,
}  # fmt: skip
"""The numbers of the config of Llama 3.1 8B."""


def test_a_config_gives_the_shape_and_the_parameters_it_makes() -> None:
    shape = shape_of_config(LLAMA)
    assert (shape.layers, shape.hidden, shape.ffn, shape.kv_dim) == (32, 4096, 14336, 1024)
    assert shape.params == pytest.approx(8.03e9, rel=0.001)
    assert not shape.tied


def test_gpt2_is_read_too() -> None:
    shape = shape_of_config(
        {"n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50257,
         "activation_function": "gelu_new"}
    )  # fmt: skip
    assert shape.params == pytest.approx(124e6, rel=0.02)
    assert (shape.kv_dim, shape.ffn, shape.tied) == (768, 3072, True)


def test_a_head_size_of_its_own_and_an_inner_text_model_are_minded() -> None:
    config = {"text_config": LLAMA | {"head_dim": 256}}
    assert shape_of_config(config).kv_dim == 2048


def test_a_config_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="num_hidden_layers"):
        shape_of_config({"hidden_size": 10, "num_attention_heads": 1, "vocab_size": 5})


def test_a_model_out_of_reach_has_no_shape() -> None:
    def unreachable(name: str) -> dict[str, Any]:
        raise OSError(f"no way to {name}")

    assert hub_shape("some/model", unreachable) is None


def test_what_is_fetched_is_read() -> None:
    shape = hub_shape("meta/llama", lambda name: LLAMA if name == "meta/llama" else {})
    assert shape is not None
    assert shape.layers == 32
