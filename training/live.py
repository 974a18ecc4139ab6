"""The model in training as one that answers: the very classes that ask a run's model later.

Between two steps the weights are put into the arithmetic in which the run will answer, so that a
measurement now is the score of the run as it would be loaded, not of the trainer's float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ladder.models.adapters import virtual_keys
from ladder.models.classifier import Classifier
from ladder.models.generation_thread import GenerationThread
from ladder.models.hardware import choose_dtype
from ladder.models.local import LocalGenerator
from ladder.models.local_model import LocalModel
from ladder.models.places import Place
from ladder.models.references import parse_reference
from ladder.models.stand_ins import standing_in
from training.prepare import Prepared

__all__ = ["answering"]

T = TypeVar("T")
_SOFT = "live"
_STOPPING: WeakKeyDictionary[Any, dict[tuple[str, ...], frozenset[int]]] = WeakKeyDictionary()
"""What a tokenizer's whole vocabulary was read for, so that not every measurement reads it."""


@contextmanager
def answering(model: Any, plan: Prepared, reference: str) -> Iterator[None]:
    """Let the model in training be what a reference names, in this process and block.

    Nothing of the training is touched: the weights are the same objects with the same numbers
    afterwards, and no random number is drawn.
    """
    dtype, reason = choose_dtype(plan.recipe.dtype)
    with _at_rest(model, dtype, whole=plan.recipe.leaves != "adapter"):
        if plan.recipe.head == "classify":
            classifier = _LiveClassifier(model, plan, dtype)
            with standing_in(classifiers={reference: classifier}):
                yield
        else:
            place = Place(plan.base, "the model in training")
            live = _LiveModel(model, plan.tokenizer, dtype)
            soft = _SOFT if live.is_soft else None
            told = LocalGenerator(live, parse_reference(reference), place, reason, soft)
            with standing_in({reference: told}):
                yield


@contextmanager
def _at_rest(model: Any, dtype: str, *, whole: bool) -> Iterator[None]:
    """Hold the weights in another arithmetic, without dropout; all, or those that stay frozen.

    An adapter's own weights stay in float32, as PEFT loads them.
    """
    import torch

    wanted, kept = getattr(torch, dtype), []
    training = model.training
    model.eval()
    try:
        for weight in model.parameters():
            frozen = whole or not weight.requires_grad
            if frozen and weight.dtype == torch.float32 and wanted != torch.float32:
                kept.append((weight, weight.data))
                weight.data = weight.data.to(wanted)
        yield
    finally:
        for weight, data in kept:
            weight.data = data
        model.train(training)


class _AtOnce(GenerationThread):
    """Carries out in the caller's thread: while it asks, the trainer waits anyway."""

    def __init__(self) -> None:
        """Start no thread."""

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Return the finished Future of a function."""
        future: Future[T] = Future()
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Do nothing: there is no thread."""


class _LiveModel(LocalModel):
    """The model in training; a soft prompt is reckoned once, as when it is loaded."""

    def __init__(self, model: Any, tokenizer: Any, dtype: str) -> None:
        from peft import PeftModel

        self.is_soft = isinstance(model, PeftModel) and model.active_peft_config.is_prompt_learning
        base: Any = model.get_base_model() if self.is_soft else model
        self._hold(base, tokenizer, dtype, _AtOnce())
        self._stopping = _STOPPING.setdefault(tokenizer, {})
        if self.is_soft:
            self._soft[_SOFT] = virtual_keys(model, base)


class _LiveClassifier(Classifier):
    """The classifier in training."""

    def __init__(self, model: Any, plan: Prepared, dtype: str) -> None:
        self._hold(model, plan.tokenizer, list(plan.data.labels), dtype)
