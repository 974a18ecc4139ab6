"""The closed forms against sizes that were published."""

from __future__ import annotations

import pytest

from ladder.costs.shapes import SHAPES, ModelShape, find_shape
from ladder.costs.trainable import (
    TRAINED,
    adapter,
    full,
    ia3,
    last_k,
    lora,
    prefix_tuning,
    prompt_tuning,
    stored_bytes,
)
from ladder.errors import InputError

BERT_BASE = ModelShape(110e6, 12, 768, 3072, 768, 30522, tied=True)
BLOOMZ_560M = ModelShape(559e6, 24, 1024, 4096, 1024, 250880, tied=True)
PHI_1_5 = ModelShape(1.418e9, 24, 2048, 8192, 2048, 51200)
STABLELM_3B = ModelShape(3.638e9, 16, 4096, 16384, 4096, 50688)


@pytest.mark.parametrize(
    ("shape", "published"),
    [
        (PHI_1_5, 1_572_864),
        (STABLELM_3B, 2_097_152),
        (find_shape("llama-2-7b"), 4_194_304),
        (find_shape("llama-2-13b"), 6_553_600),
    ],
)
def test_lora_of_rank_8_is_as_large_as_litgpt_prints(shape: ModelShape, published: int) -> None:
    """LitGPT, tutorials/resource-tables.md: queries and values, rank 8."""
    assert lora(shape, 8, "qv") == published


def test_lora_on_every_matrix_of_an_8b_model() -> None:
    assert lora(find_shape("Llama-3.1-8B"), 16) == 41_943_040
    assert lora(PHI_1_5, 1) == 24 * (4 * 4096 + 2 * (2048 + 8192))


def test_ia3_is_as_large_as_peft_prints() -> None:
    assert ia3(find_shape("llama-2-7b")) == 614_400


def test_prefix_and_prompt_are_as_large_as_the_peft_documentation_prints() -> None:
    assert prefix_tuning(BLOOMZ_560M, 20) == 983_040
    assert prompt_tuning(BLOOMZ_560M, 8) == 8192


def test_adapters_are_as_large_as_adapterhub_prints() -> None:
    """AdapterHub on BERT base, reduction factor 16."""
    assert adapter(BERT_BASE, 48, per_layer=1) == 894_528
    assert adapter(BERT_BASE, 48, per_layer=2) == 1_789_056


def test_all_layers_and_the_embeddings_are_the_whole_model() -> None:
    shape = find_shape("llama-3.2-1b")
    assert last_k(shape, 16) + shape.embedding_params == full(shape)
    assert last_k(shape, 4) == pytest.approx(last_k(shape, 2) * 2)


def test_what_is_stored_is_what_was_trained() -> None:
    shape = find_shape("llama-3.1-8b")
    assert stored_bytes("lora", shape) == 83_886_080
    assert stored_bytes("full", shape) == pytest.approx(16.06e9)
    sizes = [stored_bytes(method, shape) for method in TRAINED]
    assert sizes[-1] == max(sizes)
    assert stored_bytes("ia3", shape, 4) == 2 * stored_bytes("ia3", shape)
    with pytest.raises(InputError, match="known: lora"):
        stored_bytes("dora", shape)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="k is 99"):
        last_k(PHI_1_5, 99)
    with pytest.raises(InputError, match="give one of all-linear"):
        lora(PHI_1_5, 8, "everything")
    with pytest.raises(InputError, match="rank is 0"):
        lora(PHI_1_5, 0)


@pytest.mark.parametrize("name", SHAPES)
def test_the_parameters_of_every_shape_follow_from_its_numbers(name: str) -> None:
    shape = find_shape(name)
    each = lora(shape, 1, "all-linear") / shape.layers
    h, kv, f = shape.hidden, shape.kv_dim, shape.ffn
    assert each == 4 * h + 2 * (h + kv) + (3 if shape.gated else 2) * (h + f)
    blocks = shape.layers * (2 * h * (h + kv) + (3 if shape.gated else 2) * h * f)
    assert blocks + shape.embedding_params == pytest.approx(shape.params, rel=0.01)
    assert shape.gated == (name != "phi-2")
