"""The GPU memory that training needs at its peak, in parts.

Memory has two peaks: when the loss is taken (all activations and the scores of every token are
there, gradients not yet), and at the end of the backward pass (gradients are there, activations
gone). Weights and optimizer are there always. The larger of the two counts.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ladder.costs.basis import Band
from ladder.costs.checks import positive
from ladder.costs.flops import METHODS
from ladder.costs.shapes import ModelShape
from ladder.errors import InputError

__all__ = ["OPTIMIZERS", "MemoryEstimate", "memory_estimate"]

GIB = 2**30


@dataclass(frozen=True)
class Precision:
    """Bytes per trained parameter."""

    weights: float
    gradients: float
    optimizer: float
    source: str


OPTIMIZERS: dict[str, Precision] = {
    "adamw-bf16": Precision(2, 2, 4, "all in bfloat16: torchtune; LLaMA-Factory, pure_bf16"),
    "adamw": Precision(
        2, 4, 12, "mixed precision, 18 bytes: Bekman, ML Engineering; EleutherAI cookbook"
    ),
    "adamw-8bit": Precision(2, 2, 2.03, "states in 8 bits: arXiv 2110.02861"),
}
"""Optimizers by name."""

_NF4 = 0.5 + 0.5 / 8
"""Bytes per quantised weight: 4 bits and half a bit of constants (arXiv 2305.14314)."""
_LOGITS = 10.0
"""Bytes per token and word: scores in bfloat16, their float32 copy, its gradient."""
_CHUNKS = 8
"""Chunks of a chunked loss: torchtune's default."""
_OVERHEAD = 0.3 * GIB
_FACTOR = (0.85, 1.2)


@dataclass(frozen=True)
class MemoryEstimate:
    """The peak of one GPU, and what it consists of."""

    peak_gib: Band
    parts: dict[str, float]
    """GiB at the moment of the peak: weights, gradients, optimizer, activations, logits,
    overhead. They sum up to the likely peak."""
    formula: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        return asdict(self)


def memory_estimate(
    shape: ModelShape,
    *,
    method: str = "full",
    tokens_per_step: float,
    checkpointing: bool = False,
    lora_params: float | None = None,
    optimizer: str = "adamw-bf16",
    chunked_loss: bool = False,
    compile: bool = False,
    optimizer_in_backward: bool = False,
    shards: float = 1,
) -> MemoryEstimate:
    """Return the peak memory of one GPU.

    Args:
        shape: the model.
        method: full, lora or qlora.
        tokens_per_step: tokens on one GPU in one forward pass: sequences x their length.
        checkpointing: activations are computed again layer by layer.
        lora_params: trained parameters of the adapter; None: rank 16 on every linear layer.
        optimizer: adamw-bf16, adamw (mixed precision) or adamw-8bit.
        chunked_loss: the loss is taken over chunks of tokens, as torchtune does.
        compile: torch.compile.
        optimizer_in_backward: each gradient is used and dropped at once.
        shards: GPUs that share weights, gradients and optimizer (FSDP, ZeRO-3).

    Raises:
        InputError: a number is not above 0, or a name is not known.
    """
    if method not in METHODS:
        raise InputError(f'The method is "{method}"; give one of {", ".join(METHODS)}.')
    if optimizer not in OPTIMIZERS:
        raise InputError(f'The optimizer is "{optimizer}"; give one of {", ".join(OPTIMIZERS)}.')
    tokens = positive("tokens_per_step", tokens_per_step)
    positive("shards", shards)
    if lora_params is not None:
        positive("lora_params", lora_params)
    each = OPTIMIZERS[optimizer]
    trained = shape.params if method == "full" else lora_params or lora_size(shape, 16)
    weights = _weights(shape, method, each) + (0 if method == "full" else trained * each.weights)
    states = trained * each.optimizer
    gradients = trained * each.gradients / (shape.layers if optimizer_in_backward else 1)
    layer = tokens * activation_bytes(shape, method, compile)
    kept = layer * shape.layers
    if checkpointing:
        kept = tokens * 2 * shape.hidden * shape.layers
    logits = _logits(shape, tokens, method, chunked_loss)
    gathered = 2 * weights / shape.layers if shards > 1 else 0
    at_loss = (kept, logits, 0.0)
    at_end = (layer, 0.0, gradients / shards)
    activations, logits, gradients = max(at_loss, at_end, key=sum)
    parts = {
        "weights": weights / shards + gathered,
        "gradients": gradients,
        "optimizer": states / shards,
        "activations": activations,
        "logits": logits,
        "overhead": _OVERHEAD,
    }
    parts = {name: value / GIB for name, value in parts.items()}
    peak = sum(parts.values())
    low, high = _FACTOR
    return MemoryEstimate(
        Band(peak * low, peak, peak * high),
        parts,
        "weights + optimizer + the larger of (activations + logits) and (gradients + one layer)",
        each.source,
    )


def _weights(shape: ModelShape, method: str, each: Precision) -> float:
    if method != "qlora":
        return shape.params * 2
    return shape.block_params * _NF4 + shape.embedding_params * 2


def _logits(shape: ModelShape, tokens: float, method: str, chunked: bool) -> float:
    """Return the bytes of the scores; in chunks, the head's gradient is there from the first."""
    scores = tokens * shape.vocab * _LOGITS
    if not chunked:
        return scores
    head = 2 * 2 * shape.vocab * shape.hidden if method == "full" else 0
    return scores / _CHUNKS + head


def activation_bytes(shape: ModelShape, method: str, compile: bool) -> float:
    """Return the bytes that a layer keeps per token for the backward pass, in bfloat16."""
    h, kv, f = shape.hidden, shape.kv_dim, shape.ffn
    if not shape.gated:
        return 10 * h + 4 * kv + (2 if compile else 4) * f
    if not compile:
        return 20 * h + 4 * kv + 8 * f
    return 12 * h + 4 * kv + 6 * f if method == "full" else 8 * h + 4 * kv + 4 * f


def lora_size(shape: ModelShape, rank: float) -> float:
    """Return the parameters of LoRA on every linear layer: rank x (in + out) of each matrix."""
    h, kv, f = shape.hidden, shape.kv_dim, shape.ffn
    attention = 2 * (h + h) + 2 * (h + kv)
    return rank * shape.layers * (attention + (3 if shape.gated else 2) * (h + f))
