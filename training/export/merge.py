"""A run's model as one set of weights, where it can be that; and why not, where it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ladder.errors import ModelError
from ladder.models.adapters import SOFT, does_not_fit, family_of
from ladder.models.loading import causal_model
from ladder.models.places import Place
from ladder.models.runs import is_classifier
from training.base import load_tokenizer

__all__ = ["merged", "refuse_unmergeable", "save_merged"]

_WHY = {
    **dict.fromkeys(
        SOFT,
        "virtual tokens before every prompt, which stand in no weight of the model",
    ),
    "BOTTLENECK": "small networks between the layers, with a curve in the middle that no matrix of "
    "the model can hold",
}


def refuse_unmergeable(place: Place, reference: str, format: str) -> None:
    """Refuse what cannot become one ordinary model.

    Raises:
        ModelError: it cannot; the message says why, and what to do instead.
    """
    weights = place.adapter or place.changed or place.folder
    if is_classifier(weights):
        raise ModelError(
            f"{reference} is a classifier: it has one output a label and no words to write, which "
            f"--format {format} is for. Take --format adapter, whose README.md says how "
            "transformers loads it."
        )
    if place.adapter is not None and (family := family_of(place.adapter)) in _WHY:
        raise ModelError(
            f"{reference} cannot be merged for --format {format}: it is {_WHY[family]}. Take "
            "--format adapter, which PEFT loads; or train a LoRA, which can be merged."
        )


def merged(place: Place) -> tuple[Any, Any]:
    """Return a run's model with its adapter merged into the weights, in float32; and its tokenizer.

    Raises:
        ModelError: the adapter does not fit, or merging it gives numbers that are none.
    """
    from ladder.models.quiet import quiet

    with quiet():
        model = causal_model(place.folder, "float32", place.changed)
        if place.adapter is not None:
            from peft import PeftModel

            try:
                peft: Any = PeftModel.from_pretrained(model, str(place.adapter))
                model = peft.merge_and_unload(safe_merge=True)
            except (RuntimeError, ValueError, KeyError) as error:
                raise does_not_fit(place.adapter, error) from error
        model.config.use_cache = True
        return model.eval(), load_tokenizer(place.folder)


def save_merged(model: Any, tokenizer: Any, folder: Path, dtype: str) -> None:
    """Write a model and its tokenizer as transformers' files, weights in safetensors."""
    import torch

    from ladder.models.quiet import quiet

    with quiet():
        model.to(getattr(torch, dtype)).save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
        model.to(torch.float32)
