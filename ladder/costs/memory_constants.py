"""What the memory of training takes beside the shape: optimizers, and the ways of a program."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT", "OPTIMIZERS", "PROGRAMS", "Constants", "Precision"]


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


@dataclass(frozen=True)
class Constants:
    """What is not counted from the shape: the ways of a program."""

    logit_bytes: float = 10.0
    """Per token and word: scores in bfloat16 (2), their float32 copy (4) and its gradient (4)."""
    overhead_gib: float = 0.3
    """Buffers beside all that, as torch counts what it has allocated."""
    float32: bool = False
    """Whether adapters, and the embeddings beside 4-bit weights, are held in float32."""
    spread: float = 1.12
    """Four of five published peaks lie within this factor (tests/ladder/costs)."""
    source: str = (
        "bytes as torchtune and LitGPT keep them, checked against their published peaks; other "
        "programs keep more; overhead: our assumption"
    )


DEFAULT = Constants()
"""The constants in use."""
PROGRAMS: dict[str, Constants] = {
    "torchtune": DEFAULT,
    "transformers": Constants(
        16.0, 0.8, True, 1.35,
        "Transformers with PEFT: 16 bytes a score (bfloat16 and its gradient, float32, its shifted "
        "copy and gradient), adapters and embeddings beside 4-bit weights in float32 (PEFT, "
        "prepare_model_for_kbit_training); overhead and width of the band: our assumption",
    ),
}  # fmt: skip
"""Constants by program; LitGPT's are torchtune's."""
