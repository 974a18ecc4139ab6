"""The GPU memory that training needs at its peak, in parts.

Memory has two peaks: when the loss is taken (all activations and the scores of every token are
there, gradients not yet), and at the end of the backward pass (gradients are there, activations
gone). Weights and optimizer are there always. The larger of the two counts.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ladder.costs.basis import Band
from ladder.costs.checks import positive
from ladder.costs.flops import METHODS
from ladder.costs.shapes import ModelShape
from ladder.costs.trainable import lora
from ladder.errors import InputError

__all__ = ["DEFAULT", "OPTIMIZERS", "Constants", "MemoryEstimate", "memory_estimate"]

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
_CHUNKS = 8
"""Chunks of a chunked loss: torchtune's default."""
_SPREAD = 1.12
"""Four of five published peaks lie within this factor of the estimate (tests/ladder/costs)."""


@dataclass(frozen=True)
class Constants:
    """What is not counted from the shape."""

    logit_bytes: float = 10.0
    """Per token and word: scores in bfloat16 (2), their float32 copy (4) and its gradient (4)."""
    overhead_gib: float = 0.3
    """Buffers beside all that, as torch counts what it has allocated."""


DEFAULT = Constants()
"""The constants in use."""


@dataclass(frozen=True)
class MemoryEstimate:
    """The peak of one GPU, and what it consists of."""

    peak_gib: Band
    """As torch counts it (max_memory_allocated). nvidia-smi shows 0.8 to 1.5 GiB more. The upper
    end also holds the gradients throughout, as when they are accumulated over several steps."""
    parts: dict[str, float]
    """GiB at the moment of the peak: weights, gradients, optimizer, activations, logits,
    overhead. They sum up to the likely peak."""
    moment: str
    """When the peak is reached."""
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
    constants: Constants = DEFAULT,
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
        constants: what is not counted from the shape.

    Raises:
        InputError: a number is not above 0, or a name is not known.
    """
    if method not in METHODS:
        raise InputError(f'The method is "{method}"; give one of {", ".join(METHODS)}.')
    if optimizer not in OPTIMIZERS:
        raise InputError(f'The optimizer is "{optimizer}"; give one of {", ".join(OPTIMIZERS)}.')
    tokens = positive("tokens_per_step", tokens_per_step)
    if positive("shards", shards) < 1:
        raise InputError(f"shards is {shards:g}; give 1 or more.")
    if lora_params is not None:
        positive("lora_params", lora_params)
    each = OPTIMIZERS[optimizer]
    trained = shape.params if method == "full" else lora_params or lora(shape)
    weights = _weights(shape, method) + (0 if method == "full" else trained * each.weights)
    gradients = trained * each.gradients / (shape.layers if optimizer_in_backward else 1) / shards
    layer = tokens * activation_bytes(shape, method, compile)
    kept = tokens * 2 * shape.hidden if checkpointing else layer
    at_loss = (
        kept * shape.layers,
        _logits(shape, tokens, method, chunked_loss, constants),
        0.0,
        "when the loss is taken",
    )
    at_end = layer, 0.0, gradients, "at the end of the backward pass"
    activations, logits, present, moment = max(at_loss, at_end, key=lambda peak: sum(peak[:3]))
    gathered = 2 * weights / shape.layers if shards > 1 else 0
    parts = {
        "weights": (weights / shards + gathered) / GIB,
        "gradients": present / GIB,
        "optimizer": trained * each.optimizer / shards / GIB,
        "activations": activations / GIB,
        "logits": logits / GIB,
        "overhead": constants.overhead_gib,
    }
    peak = sum(parts.values())
    if not math.isfinite(peak + gradients):
        raise InputError("These numbers are too large to reckon with; check them.")
    return MemoryEstimate(
        Band(peak / _SPREAD, peak, (peak + (gradients - present) / GIB) * _SPREAD),
        parts,
        moment,
        "weights + optimizer + the larger of (activations + logits) and (gradients + one layer)",
        each.source,
    )


def _weights(shape: ModelShape, method: str) -> float:
    if method != "qlora":
        return shape.params * 2
    return shape.block_params * _NF4 + shape.embedding_params * 2


def _logits(
    shape: ModelShape, tokens: float, method: str, chunked: bool, constants: Constants
) -> float:
    """Return the bytes of the scores; in chunks, the head's gradient is there from the first."""
    scores = tokens * shape.vocab * constants.logit_bytes
    if not chunked:
        return scores
    head = 2 * 2 * shape.vocab * shape.hidden if method == "full" else 0
    return scores / _CHUNKS + head


def activation_bytes(shape: ModelShape, method: str, compile: bool) -> float:
    """Return the bytes that a layer keeps per token for the backward pass, in bfloat16.

    Counted from what each operation of the layer keeps, attention as in FlashAttention: inputs of
    the matrices, queries, keys, values, the gate and its product, and float32 copies in the norms.
    A compiled layer computes the cheap ones again; with frozen weights it keeps fewer still.
    """
    h, kv, f = shape.hidden, shape.kv_dim, shape.ffn
    if not shape.gated:
        return 10 * h + 4 * kv + (2 if compile else 4) * f
    if not compile:
        return 20 * h + 4 * kv + 8 * f
    return 12 * h + 4 * kv + 6 * f if method == "full" else 8 * h + 4 * kv + 4 * f
