"""LoRA: two small matrices beside each linear layer (Hu et al. 2021, arXiv 2106.09685)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ladder.costs import trainable
from training.core import SMALL, Open, Recipe
from training.methods.layers import attention, on_base

if TYPE_CHECKING:
    from ladder.costs.shapes import ModelShape
    from training.prepare import Prepared

__all__ = ["Lora"]


@dataclass(frozen=True)
class Lora(Recipe):
    """How a LoRA is trained; with the head "classify" it is the method "classifier"."""

    name: ClassVar[str] = "lora"

    rank: int = 16
    """Size of the added weights; more can learn more and takes more memory."""
    alpha: int | None = None
    """Scale of the added weights."""
    dropout: float = 0.05
    """Share of the added weights' inputs that is left out at each step, against rote learning."""
    targets: Literal["all-linear", "attention"] = "all-linear"
    """Which weights get an adapter: all linear layers, or those of attention alone."""
    rslora: bool = False
    """Scale by alpha / sqrt(rank) instead of alpha / rank, so that a high rank learns as fast."""
    dora: bool = False
    """Learn the size of each column apart from its direction (DoRA); a quarter slower."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check("rank", 1, 512)
        self.check("alpha", 1, 4096)
        self.check("dropout", 0.0, 0.9)

    def open_choices(self, parameters: float) -> Open:
        """Return rate and scale; see `Recipe`."""
        if parameters < SMALL:
            rate = 1e-3, (
                "five times LoRA's usual 2e-4: models under 500 million parameters take larger "
                "steps (our assumption)"
            )  # fmt: skip
        else:
            rate = 2e-4, "LoRA's usual rate for all linear layers (Unsloth, Axolotl, QLoRA)"
        if self.rslora:
            alpha = self.rank, "the rank, as in PEFT's comparison of methods with rsLoRA"
        else:
            alpha = min(4096, 2 * self.rank), "twice the rank (Unsloth, TRL)"
        return {"learning_rate": rate, "alpha": alpha}

    def trained(self, shape: ModelShape) -> float:
        """Return the parameters beside all targets; see `Recipe`."""
        return trainable.lora(shape, self.rank, self.targets)

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the model with a fresh LoRA on it; see `Recipe`."""
        from peft import LoraConfig

        config = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha or self.rank,
            lora_dropout=self.dropout,
            target_modules="all-linear" if self.targets == "all-linear" else attention(model),
            use_rslora=self.rslora,
            use_dora=self.dora,
            bias="none",
        )
        return on_base(model, config, plan)
