"""The methods that change a model's weights, or add to them: a recipe class for each."""

from __future__ import annotations

from training.core import Recipe
from training.methods.adapter import Adapter
from training.methods.ia3 import IA3
from training.methods.lora import Lora
from training.methods.qlora import QLora
from training.methods.soft_prompts import PrefixTuning, PromptTuning
from training.methods.whole import Full, LastLayers

__all__ = [
    "IA3",
    "METHODS",
    "Adapter",
    "Full",
    "LastLayers",
    "Lora",
    "PrefixTuning",
    "PromptTuning",
    "QLora",
    "Recipe",
]

METHODS: dict[str, type[Recipe]] = {
    each.name: each
    for each in (Lora, QLora, IA3, PrefixTuning, PromptTuning, Adapter, LastLayers, Full)
}
"""By the name of the method."""
