"""How many parameters a method trains, in closed form; they are what it stores, too.

Each form is that of the paper and of the PEFT library. A matrix takes `in` numbers to `out`.
"""

from __future__ import annotations

from collections.abc import Callable

from ladder.costs.checks import positive
from ladder.costs.shapes import ModelShape
from ladder.errors import InputError

__all__ = [
    "TARGETS",
    "TRAINED",
    "adapter",
    "full",
    "ia3",
    "last_k",
    "lora",
    "matrices",
    "prefix_tuning",
    "prompt_tuning",
    "stored_bytes",
]

TARGETS: dict[str, tuple[str, ...]] = {
    "all-linear": ("q", "k", "v", "o", "up", "gate", "down"),
    "attention": ("q", "k", "v", "o"),
    "qv": ("q", "v"),
}
"""Which matrices of a layer LoRA goes beside."""


def matrices(shape: ModelShape) -> dict[str, tuple[float, float]]:
    """Return the matrices of one layer as (in, out)."""
    h, kv, f = shape.hidden, shape.kv_dim, shape.ffn
    found = {"q": (h, h), "k": (h, kv), "v": (h, kv), "o": (h, h), "up": (h, f), "down": (f, h)}
    return found | ({"gate": (h, f)} if shape.gated else {})


def full(shape: ModelShape) -> float:
    """Return all parameters."""
    return shape.params


def lora(shape: ModelShape, rank: float = 16, targets: str = "all-linear") -> float:
    """Return LoRA's: rank x (in + out) beside each target (arXiv 2106.09685).

    Raises:
        InputError: `rank` is not above 0, or the targets are not known.
    """
    positive("rank", rank)
    if targets not in TARGETS:
        raise InputError(f'The targets are "{targets}"; give one of {", ".join(TARGETS)}.')
    own = matrices(shape)
    return rank * shape.layers * sum(sum(own[name]) for name in TARGETS[targets] if name in own)


def ia3(shape: ModelShape) -> float:
    """Return IA3's: one number per key, value and inner feed-forward unit (arXiv 2205.05638)."""
    return shape.layers * (2 * shape.kv_dim + shape.ffn)


def prefix_tuning(shape: ModelShape, length: float = 20) -> float:
    """Return a prefix's: its keys and values in every layer (arXiv 2101.00190).

    The network that some implementations train them through is not stored and not counted.
    """
    return positive("length", length) * shape.layers * 2 * shape.kv_dim


def prompt_tuning(shape: ModelShape, length: float = 20) -> float:
    """Return a soft prompt's: one embedding per virtual token (arXiv 2104.08691)."""
    return positive("length", length) * shape.hidden


def adapter(shape: ModelShape, bottleneck: float = 64, per_layer: float = 2) -> float:
    """Return bottleneck adapters': down, up and both biases.

    Args:
        shape: the model.
        bottleneck: units inside an adapter.
        per_layer: 2 after Houlsby (arXiv 1902.00751), 1 after Pfeiffer (arXiv 2005.00247).
    """
    positive("bottleneck", bottleneck)
    one = 2 * shape.hidden * bottleneck + bottleneck + shape.hidden
    return shape.layers * positive("per_layer", per_layer) * one


def last_k(shape: ModelShape, k: float = 2) -> float:
    """Return those of the last k layers; embeddings and head stay as they are.

    Raises:
        InputError: k is not above 0, or above the number of layers.
    """
    if positive("k", k) > shape.layers:
        raise InputError(f"k is {k:g}, but the model has {shape.layers:g} layers.")
    return k * shape.block_params / shape.layers


TRAINED: dict[str, Callable[[ModelShape], float]] = {
    "lora": lora,
    "qlora": lora,
    "ia3": ia3,
    "prefix-tuning": prefix_tuning,
    "prompt-tuning": prompt_tuning,
    "adapter": adapter,
    "last-k": last_k,
    "full": full,
}
"""The parameters that each runnable method trains with its defaults."""


def stored_bytes(method: str, shape: ModelShape, each: float = 2) -> float:
    """Return the bytes of what a method stores, `each` per parameter (bfloat16: 2).

    Raises:
        InputError: the method is not known.
    """
    if method not in TRAINED:
        raise InputError(f'No size for "{method}"; known: {", ".join(TRAINED)}.')
    return TRAINED[method](shape) * each
