"""Floating-point operations of training, in closed form.

A token costs 2 operations per weight forward and 4 backward: 2 for the gradient of the
activations and 2 for that of the weights (EleutherAI, Transformer Math 101). Adapters leave the
frozen weights without a gradient of their own, so 4 of the 6 remain; NVIDIA's NeMo figures for
Llama 2 7B on H100 (LoRA 3.96, all weights 5.9 per weight and token) bear that out.
"""

from __future__ import annotations

from typing import Literal

from ladder.costs.checks import positive
from ladder.errors import InputError

__all__ = ["METHODS", "Method", "attention_flops", "flops_per_weight", "training_flops"]

Method = Literal["full", "lora", "qlora"]
METHODS: tuple[Method, ...] = ("full", "lora", "qlora")

_PER_WEIGHT: dict[str, float] = {"full": 6, "lora": 4, "qlora": 4}


def flops_per_weight(method: str) -> float:
    """Return the operations per weight and token that change the weights.

    Raises:
        InputError: the method is not full, lora or qlora.
    """
    if method not in _PER_WEIGHT:
        raise InputError(f'The method is "{method}"; give one of {", ".join(METHODS)}.')
    return _PER_WEIGHT[method]


def training_flops(
    params: float,
    tokens: float,
    method: str = "full",
    *,
    recompute: bool = False,
    layers: float = 0,
    hidden: float = 0,
    sequence: float = 0,
) -> float:
    """Return the operations of a training run.

    Args:
        params: parameters that a token passes through (mixtures of experts: the active ones).
        tokens: tokens read, all epochs together.
        method: full, lora or qlora.
        recompute: activations are computed again in the backward pass (checkpointing): one more
            forward pass, so a full run does 8 instead of 6 operations per weight and token.
        layers: with `hidden` and `sequence`, the attention over a sequence is added.
        hidden: width of the residual stream.
        sequence: tokens per sequence.

    Raises:
        InputError: a number is not above 0, or the method is not known.
    """
    positive("params", params)
    positive("tokens", tokens)
    each = flops_per_weight(method) + (2 if recompute else 0)
    attention = attention_flops(layers, hidden, sequence) * each / 6
    return (each * params + attention) * tokens


def attention_flops(layers: float, hidden: float, sequence: float) -> float:
    """Return the operations a token for scores and mixing, forward and backward, causal.

    6 x layers x hidden x sequence (PaLM, arXiv 2204.02311, appendix B, halved by the causal
    mask). It passes a tenth of 6 x parameters when a sequence is longer than about 1.2 x hidden.
    """
    return 6 * layers * hidden * sequence
