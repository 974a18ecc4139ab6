"""The shape of a language model: what its memory and its adapters are reckoned from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import linear_regression

from ladder.costs.checks import positive
from ladder.errors import InputError

__all__ = ["SHAPES", "ModelShape", "find_shape", "layers_times_hidden", "shape_for"]


@dataclass(frozen=True)
class ModelShape:
    """A decoder-only transformer."""

    params: float
    """All parameters; a matrix shared by input and output counts once."""
    layers: float
    hidden: float
    """Width of the residual stream."""
    ffn: float
    """Width inside the feed-forward block."""
    kv_dim: float
    """Key heads times their size: `hidden` with plain multi-head attention, less with GQA."""
    vocab: float
    tied: bool = False
    """Whether input and output embedding are one matrix."""

    def __post_init__(self) -> None:
        for name in ("params", "layers", "hidden", "ffn", "kv_dim", "vocab"):
            positive(name, getattr(self, name))
        if self.embedding_params >= self.params:
            raise InputError(
                f"{self.params:.4g} parameters are fewer than the embedding of {self.vocab:g} "
                f"words x {self.hidden:g} alone has; check params, vocab, hidden and tied."
            )

    @property
    def embedding_params(self) -> float:
        """Return the parameters of the input and output embeddings."""
        return self.vocab * self.hidden * (1 if self.tied else 2)

    @property
    def block_params(self) -> float:
        """Return the parameters of all layers together."""
        return self.params - self.embedding_params

    @property
    def gated(self) -> bool:
        """Return whether the feed-forward has three matrices (SwiGLU) and not two (GELU).

        Told from the numbers: whichever comes nearer to the parameters given.
        """
        attention = 2 * self.hidden * (self.hidden + self.kv_dim)
        each = self.block_params / self.layers - attention
        return each > 2.5 * self.hidden * self.ffn


_META = "model card, github.com/meta-llama/llama-models"
_HF = "its config.json on Hugging Face"
SHAPES: dict[str, tuple[ModelShape, str]] = {
    "smollm2-135m": (ModelShape(134.5e6, 30, 576, 1536, 192, 49152, True), _HF),
    "smollm2-360m": (ModelShape(361.8e6, 32, 960, 2560, 320, 49152, True), _HF),
    "qwen2.5-0.5b": (ModelShape(494.0e6, 24, 896, 4864, 128, 151936, True), _HF),
    "llama-3.2-1b": (ModelShape(1.236e9, 16, 2048, 8192, 512, 128256, True), _META),
    "qwen2.5-1.5b": (ModelShape(1.544e9, 28, 1536, 8960, 256, 151936, True), _HF),
    "smollm2-1.7b": (ModelShape(1.711e9, 24, 2048, 8192, 2048, 49152, True), _HF),
    "phi-2": (ModelShape(2.780e9, 32, 2560, 10240, 2560, 51200), _HF),
    "qwen2.5-3b": (ModelShape(3.086e9, 36, 2048, 11008, 256, 151936, True), _HF),
    "llama-3.2-3b": (ModelShape(3.213e9, 28, 3072, 8192, 1024, 128256, True), _META),
    "llama-2-7b": (ModelShape(6.738e9, 32, 4096, 11008, 4096, 32000), _META),
    "mistral-7b": (ModelShape(7.242e9, 32, 4096, 14336, 1024, 32000), _HF),
    "qwen2.5-7b": (ModelShape(7.616e9, 28, 3584, 18944, 512, 152064), _HF),
    "llama-3.1-8b": (ModelShape(8.030e9, 32, 4096, 14336, 1024, 128256), _META),
    "llama-2-13b": (ModelShape(13.016e9, 40, 5120, 13824, 5120, 32000), _META),
    "qwen2.5-14b": (ModelShape(14.770e9, 48, 5120, 13824, 1024, 152064), _HF),
    "qwen2.5-32b": (ModelShape(32.764e9, 64, 5120, 27648, 1024, 152064), _HF),
    "llama-3.1-70b": (ModelShape(70.554e9, 80, 8192, 28672, 1024, 128256), _META),
    "qwen2.5-72b": (ModelShape(72.706e9, 80, 8192, 29568, 1024, 152064), _HF),
    "llama-3.1-405b": (ModelShape(405.853e9, 126, 16384, 53248, 1024, 128256), _META),
}
"""Shapes of common models, each with its source."""


def find_shape(name: str) -> ModelShape:
    """Return the shape of a model in the table, any case.

    Raises:
        InputError: the table does not have it.
    """
    found = SHAPES.get(name.lower())
    if found is None:
        raise InputError(f'No shape for "{name}"; known: {", ".join(SHAPES)}.')
    return found[0]


def shape_for(params: float) -> ModelShape:
    """Return a likely shape for a size: between the table's neighbours, on a log scale.

    Outside the table the nearest model is stretched: width and depth share the growth.

    Raises:
        InputError: `params` is not above 0.
    """
    positive("params", params)
    rows = sorted((shape for shape, _ in SHAPES.values()), key=lambda shape: shape.params)
    low = max((row for row in rows if row.params <= params), key=_size, default=rows[0])
    high = min((row for row in rows if row.params >= params), key=_size, default=rows[-1])
    if low.params == high.params:
        return _stretched(low, params)
    share = math.log(params / low.params) / math.log(high.params / low.params)

    def between(a: float, b: float) -> float:
        return float(round(a ** (1 - share) * b**share))

    return ModelShape(
        params,
        between(low.layers, high.layers),
        between(low.hidden, high.hidden),
        between(low.ffn, high.ffn),
        between(low.kv_dim, high.kv_dim),
        between(low.vocab, high.vocab),
        low.tied and high.tied,
    )


def layers_times_hidden(params: float) -> float:
    """Return a likely product of layers and width, which always grows with the parameters.

    A line through the table on log scales: unlike the neighbours' shapes it has no steps, so that
    a larger model never costs less.

    Raises:
        InputError: `params` is not above 0.
    """
    slope, start = _line()
    return math.exp(start + slope * math.log(positive("params", params)))


@cache
def _line() -> tuple[float, float]:
    xs = [math.log(shape.params) for shape, _ in SHAPES.values()]
    ys = [math.log(shape.layers * shape.hidden) for shape, _ in SHAPES.values()]
    slope, start = linear_regression(xs, ys)
    return slope, start


def _size(shape: ModelShape) -> float:
    return shape.params


def _stretched(shape: ModelShape, params: float) -> ModelShape:
    """Return a shape of another size: layers x hidden^2 grows with the parameters.

    Below the table the vocabulary shrinks, too, so that the embedding keeps its share.
    """
    factor = (params / shape.params) ** (1 / 3)
    return ModelShape(
        params,
        max(1.0, round(shape.layers * factor)),
        max(1.0, shape.hidden * factor),
        max(1.0, shape.ffn * factor),
        max(1.0, shape.kv_dim * factor),
        shape.vocab * min(1.0, factor**2),
        shape.tied,
    )
