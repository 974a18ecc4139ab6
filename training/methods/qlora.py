"""QLoRA: a LoRA on a base held in 4 bits (Dettmers et al. 2023, arXiv 2305.14314)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import ClassVar, Literal

from ladder.errors import ModelError
from ladder.jobs.devices import slots
from training.core import Head, Open
from training.methods.lora import Lora

__all__ = ["QLora"]

_LARGE = 30e9


@dataclass(frozen=True)
class QLora(Lora):
    """How a LoRA is trained on a base in 4 bits; needs an NVIDIA GPU and bitsandbytes."""

    name: ClassVar[str] = "qlora"
    heads: ClassVar[tuple[Head, ...]] = ("generate",)

    rank: int = 64
    """Size of the added weights; the paper's 64 makes up for what 4 bits lose."""
    dropout: float = 0.1
    """Share of the added weights' inputs that is left out at each step; 0.1 up to 13B (paper)."""
    batch_size: int = 16
    """Examples a step."""
    schedule: Literal["linear", "cosine", "constant"] = "constant"
    """How the learning rate falls over the run."""
    warmup: float = 0.03
    """Share of the steps over which the learning rate rises."""
    gradient_checkpointing: bool = True
    """Compute a layer's numbers twice instead of keeping them: less memory, a third more time."""

    def open_choices(self, parameters: float) -> Open:
        """Return the paper's rate and scale; see `Recipe`."""
        rate = 1e-4 if parameters >= _LARGE else 2e-4
        return {
            "learning_rate": (rate, "QLoRA's own: 2e-4, from 33 billion parameters on 1e-4"),
            "alpha": (16, "QLoRA's own, whatever the rank"),
        }

    def refuse_here(self) -> None:
        """Refuse a machine without a GPU or without bitsandbytes; see `Recipe`."""
        lacking = []
        if not any(slot.startswith("gpu:") for slot in slots()):
            lacking.append("an NVIDIA GPU")
        if find_spec("bitsandbytes") is None:
            lacking.append("the package bitsandbytes (pip install bitsandbytes)")
        if lacking:
            raise ModelError(
                f"qlora holds the base in 4 bits, which needs {' and '.join(lacking)}; this "
                "machine has none. Take --method lora: the same, on the base as it is."
            )
