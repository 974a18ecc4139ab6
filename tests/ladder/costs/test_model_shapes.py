from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.costs.shapes import SHAPES, ModelShape, find_shape, layers_times_hidden, shape_for
from ladder.errors import InputError


@pytest.mark.parametrize("name", SHAPES)
def test_a_size_in_the_table_gets_its_own_shape(name: str) -> None:
    shape = find_shape(name.upper())
    assert shape_for(shape.params) == shape


@given(st.floats(1e3, 1e14))
def test_any_size_gets_a_shape_of_that_size(params: float) -> None:
    shape = shape_for(params)
    assert shape.params == params
    assert shape.block_params > 0


def test_a_size_between_two_models_lies_between_them() -> None:
    low, high, found = find_shape("llama-2-13b"), find_shape("qwen2.5-14b"), shape_for(14e9)
    for name in ("layers", "ffn", "vocab"):
        a, b = sorted((getattr(low, name), getattr(high, name)))
        assert a <= getattr(found, name) <= b


@given(st.floats(1e3, 1e14), st.floats(1, 100))
def test_a_larger_model_never_has_less_attention(params: float, times: float) -> None:
    assert layers_times_hidden(params * times) >= layers_times_hidden(params)


def test_layers_times_hidden_is_near_that_of_the_models_of_the_table() -> None:
    for name, (shape, _) in SHAPES.items():
        ratio = layers_times_hidden(shape.params) / (shape.layers * shape.hidden)
        assert 0.6 < ratio < 1.6, name


def test_what_is_not_known_or_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"known: smollm2-135m"):
        find_shape("gpt-5")
    with pytest.raises(InputError, match="layers is 0"):
        ModelShape(1e9, 0, 10, 10, 10, 10)
    with pytest.raises(InputError, match="fewer than the embedding"):
        ModelShape(1e6, 2, 4096, 1, 1, 32000)
    with pytest.raises(InputError, match="params is nan"):
        shape_for(float("nan"))
