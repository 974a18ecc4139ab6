"""The loss on the answers' tokens, with the words scored where one is trained and nowhere else.

A prompt has several times the tokens of a label, and the scores of 49,152 words are a quarter of a
small model's work. Without Triton TRL scores every position, which made its step slower than a
plain loop's here; the model itself can leave positions out (`logits_to_keep`).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from training.mask import IGNORED

__all__ = ["answer_loss", "can_leave_out"]


def can_leave_out(model: Any) -> bool:
    """Return whether a model scores the words at some positions alone."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "logits_to_keep" in inspect.signature(type(base).forward).parameters


def answer_loss(model: Any, inputs: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the sum of the losses of all trained tokens of a batch, and how many there are.

    Positions are counted from the end: the virtual tokens of a soft prompt stand before them.
    """
    import torch

    told = inputs["labels"][:, 1:]
    trained = told != IGNORED
    columns = trained.any(dim=0).nonzero().flatten()
    rest = {name: value for name, value in inputs.items() if name not in ("labels", "use_cache")}
    kept = columns - told.shape[1] - 1
    logits = model(**rest, use_cache=False, logits_to_keep=kept).logits
    chosen = trained[:, columns]
    losses = torch.nn.functional.cross_entropy(
        logits[chosen].float(), told[:, columns][chosen], reduction="sum"
    )
    return losses, chosen.sum()
