"""IA3: one factor for each key, value and inner unit (Liu et al. 2022, arXiv 2205.05638)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ladder.costs import trainable
from training.core import Head, Open, Recipe
from training.methods.layers import block_ends, keys_and_values, named, on_base

if TYPE_CHECKING:
    from ladder.costs.shapes import ModelShape
    from training.prepare import Prepared

__all__ = ["IA3"]


@dataclass(frozen=True)
class IA3(Recipe):
    """How factors on keys, values and the feed-forward are trained: very few, so large steps."""

    name: ClassVar[str] = "ia3"
    least_steps: ClassVar[dict[Head, int]] = {"generate": 150, "classify": 300}
    most_epochs: ClassVar[dict[Head, int]] = {"generate": 20, "classify": 30}

    warmup: float = 0.06
    """Share of the steps over which the learning rate rises; 0.06 as in T-Few."""

    def open_choices(self, parameters: float) -> Open:
        """Return the rate; see `Recipe`."""
        reason = (
            "T-Few's rate for IA3 (Liu et al. 2022); PEFT's comparison found 1e-3 to 5e-3, the "
            "higher ones forgetting more"
        )
        return {"learning_rate": (3e-3, reason)}

    def trained(self, shape: ModelShape) -> float:
        """Return one number per key, value and inner unit; see `Recipe`."""
        return trainable.ia3(shape)

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the model with factors that are all one; see `Recipe`."""
        from peft import IA3Config

        feed_forward = named(model, block_ends(model)[1])
        targets = [*keys_and_values(model), *feed_forward]
        config = IA3Config(target_modules=targets, feedforward_modules=feed_forward)
        return on_base(model, config, plan)
