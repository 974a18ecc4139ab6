"""Whether a run has gone astray, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any

__all__ = ["trouble"]

_START, _LONG = 5, 10
"""Steps by which the start is judged, and steps in a row that must be far above it."""
_TIMES, _MORE = 2.0, 1.0
"""Far above: more than twice the start and a nat on top (our assumption)."""
_ROWS = "if it happens again, look at the examples of that step with the mask microscope on Train"


def trouble(step: int, loss: Any, gradient: Any, before: Sequence[float]) -> str:
    """Return what is wrong after a step, with the remedy; nothing if all is well.

    Args:
        step: the step that was made.
        loss: its loss.
        gradient: the norm of its gradient; None where it is not known.
        before: the losses of the steps before it.
    """
    if not math.isfinite(float(loss)):
        return (
            f"The loss is no number any more at step {step}: the steps are too large. Lower "
            f"learning_rate to a third and start anew; {_ROWS}."
        )
    if gradient is not None and not math.isfinite(float(gradient)):
        return (
            f"The gradient at step {step} is no number, so that step spoilt the weights. Lower "
            f"learning_rate to a third, or set dtype to float32; {_ROWS}."
        )
    if len(before) < _START + _LONG - 1:
        return ""
    start = fmean(before[:_START])
    recent = [*before[-(_LONG - 1) :], float(loss)]
    if min(recent) > _TIMES * start + _MORE:
        return (
            f"The loss was {start:.2f} in the first {_START} steps and above {min(recent):.2f} in "
            f"the last {_LONG}, up to step {step}: training undoes what the model knew. Lower "
            "learning_rate to a third, or raise warmup, and start anew."
        )
    return ""
