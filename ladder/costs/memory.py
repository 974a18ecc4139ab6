"""The GPU memory that training needs at its peak, in parts.

Memory peaks at one of three moments: when the loss is taken (all activations and the scores of
every token are there, gradients not yet); with checkpointing, when the last layer is computed again
(what was kept of every layer, and all of one); and at the end of the backward pass (gradients are
there, and one layer). Weights and optimizer are there always. The largest of the three counts.

The bytes are those of torchtune and LitGPT; other programs keep more, see `PROGRAMS`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ladder.costs.basis import Band
from ladder.costs.checks import positive
from ladder.costs.figure import Figure
from ladder.costs.flops import METHODS
from ladder.costs.memory_constants import DEFAULT, OPTIMIZERS, PROGRAMS, Constants, Precision
from ladder.costs.shapes import ModelShape
from ladder.costs.trainable import lora
from ladder.errors import InputError

__all__ = ["DEFAULT", "OPTIMIZERS", "PROGRAMS", "Constants", "MemoryEstimate", "memory_estimate"]

GIB = 2**30


_NF4 = 0.5 + 0.5 / 8
"""Bytes per quantised weight: 4 bits and half a bit of constants (arXiv 2305.14314)."""
_CHUNKS = 8
"""Chunks of a chunked loss: torchtune's default."""


@dataclass(frozen=True)
class _Part:
    bytes: float
    formula: str


_NONE = _Part(0.0, "0")


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
    lines: tuple[Figure, ...]
    """Each part and the peak: formula, inputs, source."""

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        return asdict(self) | {"lines": [line.to_json() for line in self.lines]}


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
    program: str = "torchtune",
    constants: Constants | None = None,
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
        program: torchtune (LitGPT's is the same) or transformers (with PEFT).
        constants: others than the program's, to try them.

    Raises:
        InputError: a number is not above 0, or a name is not known.
    """
    if method not in METHODS:
        raise InputError(f'The method is "{method}"; give one of {", ".join(METHODS)}.')
    if optimizer not in OPTIMIZERS:
        raise InputError(f'The optimizer is "{optimizer}"; give one of {", ".join(OPTIMIZERS)}.')
    if program not in PROGRAMS:
        raise InputError(f'The program is "{program}"; give one of {", ".join(PROGRAMS)}.')
    constants = constants or PROGRAMS[program]
    tokens = positive("tokens_per_step", tokens_per_step)
    if positive("shards", shards) < 1:
        raise InputError(f"shards is {shards:g}; give 1 or more.")
    if lora_params is not None:
        positive("lora_params", lora_params)
    each = _precision(optimizer, method, constants)
    trained = shape.params if method == "full" else lora_params or lora(shape)
    split = shape.layers if optimizer_in_backward else 1
    gradients = _Part(
        trained * each.gradients / split / shards,
        f"{each.gradients:g} x trained" + (" / layers" if split > 1 else "") + _over(shards),
    )
    states = _Part(
        trained * each.optimizer / shards, f"{each.optimizer:g} x trained{_over(shards)}"
    )
    moments = _moments(
        _layer(shape, tokens, method, compile),
        _logits(shape, tokens, method, chunked_loss, constants),
        gradients, shape, tokens, checkpointing,
    )  # fmt: skip
    moment, present = max(moments.items(), key=lambda pair: sum(part.bytes for part in pair[1]))
    found = {
        "weights": _weights(shape, method, trained, each, shards, constants),
        "gradients": present[2],
        "optimizer": states,
        "activations": present[0],
        "logits": present[1],
        "overhead": _Part(constants.overhead_gib * GIB, f"{constants.overhead_gib:g} x 2^30"),
    }
    peak = sum(part.bytes for part in found.values()) / GIB
    if not math.isfinite(peak + gradients.bytes):
        raise InputError("These numbers are too large to reckon with; check them.")
    later = (gradients.bytes - present[2].bytes) / GIB
    band = Band(peak / constants.spread, peak, (peak + later) * constants.spread)
    inputs: dict[str, float | str] = {
        "trained": trained, "tokens": tokens, "GPUs": shards, "parameters": shape.params,
        "embedding": shape.embedding_params, "layers": shape.layers, "hidden": shape.hidden,
        "kv_dim": shape.kv_dim, "ffn": shape.ffn, "vocab": shape.vocab,
    }  # fmt: skip
    source = f"{each.source}; {constants.source}"
    return MemoryEstimate(
        band, {name: part.bytes / GIB for name, part in found.items()}, moment,
        "weights + optimizer + overhead + the largest of (activations + logits), (what is kept + "
        "one layer) and (gradients + one layer)",
        source, _lines(found, inputs, band, source),
    )  # fmt: skip


def _lines(
    parts: Mapping[str, _Part], inputs: Mapping[str, float | str], peak: Band, source: str
) -> tuple[Figure, ...]:
    """Return a figure for each part, and the sum of them."""
    lines = []
    for name, part in parts.items():
        own = {key: value for key, value in inputs.items() if key in part.formula}
        formula = f"({part.formula}) / 2^30" if part.bytes else "0: not there at this moment"
        lines.append(Figure(name, Band(*[part.bytes / GIB] * 3), "GiB", formula, own, source))
    sizes: dict[str, float | str] = {line.name: line.value.p50 for line in lines}
    return *lines, Figure("peak", peak, "GiB", " + ".join(sizes), sizes, source)


def _precision(optimizer: str, method: str, constants: Constants) -> Precision:
    """Return the bytes per trained parameter; an adapter in float32 needs no second copy."""
    each = OPTIMIZERS[optimizer]
    if method == "full" or not constants.float32:
        return each
    states = each.optimizer if optimizer == "adamw-8bit" else 8
    return replace(each, weights=4, gradients=4, optimizer=states)


def _over(shards: float) -> str:
    return " / GPUs" if shards > 1 else ""


def _weights(
    shape: ModelShape, method: str, trained: float, each: Precision, shards: float,
    constants: Constants,
) -> _Part:  # fmt: skip
    """Return the weights: an adapter's beside the model's; of several GPUs two layers gathered."""
    total, formula = shape.params * 2, "2 x parameters"
    if method == "qlora":
        wide = 4 if constants.float32 else 2
        total = shape.block_params * _NF4 + shape.embedding_params * wide
        formula = f"{_NF4:g} x (parameters - embedding) + {wide} x embedding"
    if method != "full":
        total += trained * each.weights
        formula += f" + {each.weights:g} x trained"
    if shards > 1:
        return _Part(
            total * (1 / shards + 2 / shape.layers), f"({formula}) x (1 / GPUs + 2 / layers)"
        )
    return _Part(total, formula)


def _layer(shape: ModelShape, tokens: float, method: str, compile: bool) -> _Part:
    h, kv, f = _kept_numbers(shape, method, compile)
    return _Part(
        tokens * activation_bytes(shape, method, compile),
        f"tokens x ({h} x hidden + {kv} x kv_dim + {f} x ffn)",
    )


def _moments(
    layer: _Part, logits: _Part, gradients: _Part, shape: ModelShape, tokens: float,
    checkpointing: bool,
) -> dict[str, tuple[_Part, _Part, _Part]]:  # fmt: skip
    """Return what is there of activations, logits and gradients when memory may peak."""
    kept = _Part(tokens * 2 * shape.hidden, "tokens x 2 x hidden") if checkpointing else layer
    all_kept = _Part(kept.bytes * shape.layers, f"layers x {kept.formula}")
    moments = {
        "when the loss is taken": (all_kept, logits, _NONE),
        "at the end of the backward pass": (layer, _NONE, gradients),
    }
    if checkpointing:
        again = _Part(all_kept.bytes + layer.bytes, f"{all_kept.formula} + {layer.formula}")
        moments["when the last layer is computed again"] = (again, _NONE, _NONE)
    return moments


def _logits(
    shape: ModelShape, tokens: float, method: str, chunked: bool, constants: Constants
) -> _Part:
    """Return the scores; in chunks, the head's gradient is there from the first."""
    scores, formula = tokens * shape.vocab * constants.logit_bytes, "tokens x vocab"
    formula += f" x {constants.logit_bytes:g}"
    if not chunked:
        return _Part(scores, formula)
    if method != "full":
        return _Part(scores / _CHUNKS, f"{formula} / {_CHUNKS}")
    head = 2 * 2 * shape.vocab * shape.hidden
    return _Part(scores / _CHUNKS + head, f"{formula} / {_CHUNKS} + 4 x vocab x hidden")


def activation_bytes(shape: ModelShape, method: str, compile: bool) -> float:
    """Return the bytes that a layer keeps per token for the backward pass, in bfloat16."""
    h, kv, f = _kept_numbers(shape, method, compile)
    return h * shape.hidden + kv * shape.kv_dim + f * shape.ffn


def _kept_numbers(shape: ModelShape, method: str, compile: bool) -> tuple[int, int, int]:
    """Return the bytes per token and layer, as multiples of hidden, kv_dim and ffn.

    Counted from what each operation of the layer keeps, attention as in FlashAttention: inputs of
    the matrices, queries, keys, values, the gate and its product, and float32 copies in the norms.
    A compiled layer computes the cheap ones again; with frozen weights it keeps fewer still.
    bitsandbytes keeps the input of each 4-bit matrix once more, unless compiled.
    """
    if compile:
        if not shape.gated:
            return 10, 4, 2
        return (12, 4, 6) if method == "full" else (8, 4, 4)
    again = 2 if method == "qlora" else 0
    return (20 + again, 4, 8 + again) if shape.gated else (10 + again, 4, 4 + again)
