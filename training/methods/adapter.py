"""Bottleneck adapters: two small matrices after a block (Houlsby 2019, Pfeiffer 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ladder.costs import trainable
from training.core import SMALL, Open, Recipe
from training.methods.layers import block_ends, named, on_base

if TYPE_CHECKING:
    from ladder.costs.shapes import ModelShape
    from training.prepare import Prepared

__all__ = ["Adapter"]


@dataclass(frozen=True)
class Adapter(Recipe):
    """How bottleneck adapters are trained; unlike a LoRA they cannot be merged into the base."""

    name: ClassVar[str] = "adapter"

    placement: Literal["houlsby", "pfeiffer"] = "houlsby"
    """After attention and feed-forward of each layer, or after the feed-forward alone."""
    bottleneck: int = 64
    """Units between the two matrices of an adapter; more can learn more and takes more memory."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check("bottleneck", 1, 4096)

    def open_choices(self, parameters: float) -> Open:
        """Return the rate; see `Recipe`."""
        if parameters < SMALL:
            reason = (
                "Houlsby et al. 2019 searched 3e-5 to 3e-3; models under 500 million parameters "
                "take larger steps (our assumption)"
            )
            return {"learning_rate": (1e-3, reason)}
        return {"learning_rate": (3e-4, "the middle of the rates that Houlsby et al. 2019 tried")}

    def trained(self, shape: ModelShape) -> float:
        """Return both matrices and biases of all adapters; see `Recipe`."""
        return trainable.adapter(shape, self.bottleneck, 2 if self.placement == "houlsby" else 1)

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the model with adapters that change nothing yet; see `Recipe`."""
        from ladder.models.bottleneck import BottleneckConfig, register

        register()
        attention_ends, feed_forward = block_ends(model)
        places = feed_forward + (attention_ends if self.placement == "houlsby" else [])
        config = BottleneckConfig(bottleneck=self.bottleneck, target_modules=named(model, places))
        return on_base(model, config, plan)
