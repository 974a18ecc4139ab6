"""Bottleneck adapters as a method of PEFT, which has none: two small matrices after a layer's part.

After Houlsby et al. 2019 (arXiv 1902.00751) an adapter stands behind the attention and behind the
feed-forward block of every layer, after Pfeiffer et al. 2021 (arXiv 2005.00247) behind the
feed-forward block alone. It adds up(relu(down(x))) to the block's last linear output x; `up`
starts at zero, so that an untrained adapter changes nothing.

Registered with PEFT by `register`: saving, loading, switching and disabling are PEFT's own. The
module needs torch and PEFT, so it is imported inside the calls that need it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from peft import PeftConfig
from peft.tuners.tuners_utils import BaseTuner, BaseTunerLayer
from peft.utils import PeftType, register_peft_method

__all__ = ["BottleneckConfig", "BottleneckLinear", "BottleneckModel", "register"]

NAME = "BOTTLENECK"


@dataclass
class BottleneckConfig(PeftConfig):
    """What PEFT stores of an adapter in its adapter_config.json."""

    bottleneck: int = field(default=64, metadata={"help": "Units between the two matrices."})
    target_modules: Any = field(default=None, metadata={"help": "Linear layers it stands behind."})
    exclude_modules: Any = field(default=None, metadata={"help": "Layers that get none."})
    modules_to_save: Any = field(default=None, metadata={"help": "Layers trained whole: a head."})

    def __post_init__(self) -> None:
        super().__post_init__()  # type: ignore[no-untyped-call]
        self.peft_type = getattr(PeftType, NAME)
        if isinstance(self.target_modules, list):
            self.target_modules = set(self.target_modules)


class BottleneckLinear(torch.nn.Module, BaseTunerLayer):
    """A linear layer with adapters behind it."""

    adapter_layer_names = ("bottleneck_down", "bottleneck_up")
    other_param_names = ("bottleneck",)

    def __init__(self, base_layer: Any) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.bottleneck: dict[str, int] = {}
        self.bottleneck_down, self.bottleneck_up = torch.nn.ModuleDict(), torch.nn.ModuleDict()
        self._disable_adapters, self.merged_adapters = False, []

    def update_layer(self, name: str, units: int, inference: bool) -> None:
        """Add an untrained adapter."""
        layer: Any = self.get_base_layer()
        down = torch.nn.Linear(layer.out_features, units)
        up = torch.nn.Linear(units, layer.out_features)
        torch.nn.init.normal_(down.weight, std=0.02)
        for zero in (down.bias, up.weight, up.bias):
            torch.nn.init.zeros_(zero)
        self.bottleneck[name] = units
        self.bottleneck_down[name], self.bottleneck_up[name] = down, up
        self._move_adapter_to_device_of_base_layer(name)
        self.set_adapter(self.active_adapters, inference_mode=inference)

    def forward(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the layer's output with what the active adapters add to it."""
        out = self.base_layer(x, *args, **kwargs)
        if self.disable_adapters:
            return out
        for name in self.active_adapters:
            if name in self.bottleneck_down:
                down: Any = self.bottleneck_down[name]
                up: Any = self.bottleneck_up[name]
                inner = torch.relu(down(out.to(down.weight.dtype)))
                out = out + up(inner).to(out.dtype)
        return out


class BottleneckModel(BaseTuner):
    """Puts adapters behind the linear layers that a configuration names."""

    prefix = "bottleneck_"
    tuner_layer_cls = BottleneckLinear
    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012

    def _create_and_replace(
        self, peft_config: Any, adapter_name: str, target: Any, target_name: str, parent: Any,
        current_key: str, parameter_name: str | None = None,
    ) -> None:  # fmt: skip
        if not isinstance(target, BottleneckLinear):
            wrapped = BottleneckLinear(target)
            self._replace_module(parent, target_name, wrapped, target)
            wrapped.set_adapter(adapter_name)
            target = wrapped
        target.update_layer(adapter_name, peft_config.bottleneck, peft_config.inference_mode)
        if adapter_name not in self.active_adapters:
            target.requires_grad_(False)  # another adapter is being trained


def register() -> None:
    """Make PEFT know the method; doing so again changes nothing."""
    if NAME in PeftType.__members__:
        return
    kind = str.__new__(PeftType, NAME)  # an enum that PEFT offers no way to extend
    kind._name_, kind._value_ = NAME, NAME
    PeftType._member_map_[NAME] = PeftType._value2member_map_[NAME] = kind
    PeftType._member_names_.append(NAME)
    type.__setattr__(PeftType, NAME, kind)
    register_peft_method(name=NAME.lower(), config_cls=BottleneckConfig, model_cls=BottleneckModel)
