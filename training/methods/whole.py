"""The model's own weights: all of them, or those of the last layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ladder.costs import trainable
from ladder.errors import InputError
from training.core import SMALL, Open, Recipe

if TYPE_CHECKING:
    from ladder.costs.shapes import ModelShape
    from training.prepare import Prepared

__all__ = ["Full", "LastLayers"]

_SMALL_RATE = 1e-4


@dataclass(frozen=True)
class Full(Recipe):
    """How all weights are trained: the most that can be learned, forgotten and stored."""

    name: ClassVar[str] = "full"
    leaves: ClassVar[Literal["adapter", "model", "changed"]] = "model"

    checkpoint_seconds: int = 300
    """How often the run is saved; each time four times the model's size, so less often."""

    def open_choices(self, parameters: float) -> Open:
        """Return the rate; see `Recipe`."""
        if parameters < SMALL:
            reason = (
                "a tenth of LoRA's rate for a model of this size (LoRA Without Regret: LoRA takes "
                "ten times)"
            )
            return {"learning_rate": (_SMALL_RATE, reason)}
        return {"learning_rate": (2e-5, "usual for all weights (TRL, Unsloth, torchtune)")}

    def trained(self, shape: ModelShape) -> float:
        """Return all parameters; see `Recipe`."""
        return trainable.full(shape)

    def work(self, shape: ModelShape, tokens: float) -> float:
        """Return 6 operations a weight over LoRA's 4; see `Recipe`."""
        return 6 / 4

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the model, nothing of it frozen; see `Recipe`."""
        return model


@dataclass(frozen=True)
class LastLayers(Recipe):
    """How the last layers are trained, and a classify head; the layers below stay as they are."""

    name: ClassVar[str] = "last-k"
    leaves: ClassVar[Literal["adapter", "model", "changed"]] = "changed"

    k: int = 2
    """How many of the last layers are trained."""
    checkpoint_seconds: int = 300
    """How often the run is saved; each time the whole model, so less often."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check("k", 1, 1000)

    def open_choices(self, parameters: float) -> Open:
        """Return the rate; see `Recipe`."""
        if parameters < SMALL:
            reason = (
                "twice the rate for all weights of a model of this size, as fewer change (our "
                "assumption)"
            )
            return {"learning_rate": (2 * _SMALL_RATE, reason)}
        return {"learning_rate": (5e-5, "LlamaFactory's default for its method freeze")}

    def trained(self, shape: ModelShape) -> float:
        """Return those of the last layers; see `Recipe`."""
        return trainable.last_k(shape, min(self.k, shape.layers))

    def work(self, shape: ModelShape, tokens: float) -> float:
        """Return 2 operations a weight forward, and 4 more in the last layers; see `Recipe`."""
        return (2 + 4 * self.depth(int(shape.layers))) / 4

    def depth(self, layers: int) -> float:
        """Return the share of the last layers; nothing goes back through those below."""
        return min(1.0, self.k / layers)

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the model with all frozen but the last layers and a new head; see `Recipe`.

        Raises:
            InputError: it has fewer layers.
        """
        layers = _layers(model)
        if self.k > len(layers):
            raise InputError(f"k is {self.k}, but the model has {len(layers)} layers; lower k.")
        model.requires_grad_(False)
        for layer in layers[-self.k :]:
            layer.requires_grad_(True)
        for name in ("score", "classifier", "pre_classifier"):
            if self.head == "classify" and hasattr(model, name):
                getattr(model, name).requires_grad_(True)
        if self.gradient_checkpointing:
            model.enable_input_require_grads()
        return model


def _layers(model: Any) -> Any:
    """Return the list of a model's layers: its longest list of modules."""
    import torch

    lists = [each for each in model.modules() if isinstance(each, torch.nn.ModuleList)]
    return max(lists, key=len)
