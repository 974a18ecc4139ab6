from __future__ import annotations

import pytest

from ladder.costs.flops import attention_flops, training_flops
from ladder.errors import InputError


def test_six_operations_per_weight_and_token_eight_when_computed_again() -> None:
    assert training_flops(7e9, 1e12) == 4.2e22
    assert training_flops(7e9, 1e12, recompute=True) == pytest.approx(4.2e22 * 4 / 3)


@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_adapters_need_four(method: str) -> None:
    assert training_flops(10, 10, method) == 400
    assert training_flops(10, 10, method, recompute=True) == 600


def test_nvidias_measured_operations_per_weight_bear_that_out() -> None:
    """NeMo on H100, Llama 2 7B: 25,206 tokens/s at 673 TFLOP/s, and 17,120 at 682."""
    assert pytest.approx(4, rel=0.02) == 673e12 / 25206 / 6.74e9
    assert pytest.approx(6, rel=0.02) == 682e12 / 17120 / 6.74e9


def test_attention_is_a_tenth_at_the_length_that_the_docstring_names() -> None:
    layers, hidden = 32, 4096
    weights = 12 * layers * hidden**2
    assert attention_flops(layers, hidden, 1.2 * hidden) == pytest.approx(weights * 6 / 10)
    longer = training_flops(weights, 1, layers=layers, hidden=hidden, sequence=1.2 * hidden)
    assert longer == pytest.approx(6.6 * weights)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="params is"):
        training_flops(value, 1)
    with pytest.raises(InputError, match="tokens is"):
        training_flops(1, value)
    with pytest.raises(InputError, match="give one of full"):
        training_flops(1, 1, "dora")
