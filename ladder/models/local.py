"""Local transformers models by reference: loaded once per folder and number format."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from ladder.answering import Message
from ladder.errors import ModelError
from ladder.models.generation import Cancelled, Completion, LabelScores
from ladder.models.hardware import choose_dtype
from ladder.models.json_mask import json_grammar
from ladder.models.label_tree import label_ids
from ladder.models.local_model import LocalModel
from ladder.models.places import Place, locate
from ladder.models.references import Reference
from ladder.models.runs import is_classifier
from ladder.prompt import encode

__all__ = ["LocalGenerator", "load_local", "load_place"]

_MODELS: WeakValueDictionary[tuple[str, str, str, int], LocalModel] = WeakValueDictionary()
"""Loaded bases, mostly one copy each; one goes when the last of its generators does."""


def load_local(reference: Reference, dtype: str = "auto") -> LocalGenerator:
    """Load the model of a bundled, hf, path or run reference, or its adapter on its base.

    Raises:
        ModelError: there is no such model here, or it is not one that can generate.
    """
    return load_place(locate(reference), reference, dtype)


def load_place(place: Place, reference: Reference, dtype: str = "auto") -> LocalGenerator:
    """Load the model that lies in a place, whatever reference it is called by.

    Raises:
        ModelError: it is not one that can generate.
    """
    weights = place.adapter or place.changed or place.folder
    if is_classifier(weights):
        raise ModelError(
            f"{weights} holds a classifier: it names labels and cannot write. Ask it with "
            'a Setup whose answerer is "classify".'
        )
    number_format, reason = choose_dtype(dtype)
    model = _loaded(place, number_format)
    adapter = model.add_adapter(place.adapter) if place.adapter is not None else None
    return LocalGenerator(model, reference, place, reason, adapter)


def _loaded(place: Place, dtype: str) -> LocalModel:
    """Return a copy of the base in memory that can hold the place's adapter."""
    for copy in range(len(_MODELS) + 1):
        key = (str(place.folder), dtype, str(place.changed or ""), copy)
        model = _MODELS.get(key)
        if model is None:
            model = _MODELS[key] = LocalModel(place.folder, dtype, place.changed)
        if model.takes(place.adapter):
            return model
    raise AssertionError("a new copy takes any adapter")


class LocalGenerator:
    """A base model, or one of its adapters, as a `Generator`."""

    def __init__(
        self,
        model: LocalModel,
        reference: Reference,
        place: Place,
        dtype_reason: str,
        adapter: str | None = None,
    ) -> None:
        self.reference = str(reference)
        self.title = place.title
        self.context: int | None = model.context
        self.dtype = model.dtype
        self.dtype_reason = dtype_reason
        self.tokenizer = model.tokenizer
        self._model = model
        self._adapter = adapter
        self._labels: dict[tuple[str, str, str], tuple[int, ...]] = {}

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of a prompt."""
        return encode(messages, self.tokenizer)

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        cancelled: Cancelled | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> Completion:
        """Complete a prompt greedily; see `ladder.models.Generator`."""
        return self._model.submit(
            self.encode(messages),
            adapter=self._adapter,
            max_new_tokens=max_new_tokens,
            stop=stop,
            shared_prefix=shared_prefix,
            cancelled=cancelled,
            grammar=_grammar(messages, schema),
        ).result()

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        cancelled: Cancelled | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[str]:
        """Yield the completion piece by piece; see `ladder.models.Generator`."""
        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        left = threading.Event()
        future = self._model.submit(
            self.encode(messages),
            adapter=self._adapter,
            max_new_tokens=max_new_tokens,
            stop=stop,
            shared_prefix=shared_prefix,
            cancelled=lambda: left.is_set() or (cancelled is not None and cancelled()),
            on_text=pieces.put,
            grammar=_grammar(messages, schema),
        )
        future.add_done_callback(lambda _: pieces.put(None))
        try:
            while (piece := pieces.get()) is not None:
                yield piece
        finally:
            left.set()
            future.cancel()
        future.result()

    def score_labels(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        exact: bool = False,
        likely: Sequence[str] = (),
    ) -> LabelScores:
        """Score labels as the whole answer; see `ladder.models.Generator`."""
        (scores,) = self.score_labels_together(
            [messages], labels, stop=stop, shared_prefix=shared_prefix, exact=exact, likely=[likely]
        )
        return scores

    def score_labels_together(
        self,
        prompts: Sequence[Sequence[Message]],
        labels: Sequence[str],
        *,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        exact: bool = False,
        likely: Sequence[Sequence[str]] = (),
    ) -> list[LabelScores]:
        """Score labels after several prompts; see `ladder.models.LabelScorer`."""
        endings = {(prompt[-1]["role"], prompt[-1]["content"][-1:]) for prompt in prompts}
        if len(endings) > 1:  # a label may have other tokens after another ending
            return [
                self.score_labels(
                    prompt, labels, stop=stop, shared_prefix=shared_prefix, exact=exact,
                    likely=likely[place] if likely else (),
                )
                for place, prompt in enumerate(prompts)
            ]  # fmt: skip
        ((role, ending),) = endings
        return self._model.submit_labels(
            [self.encode(prompt) for prompt in prompts],
            {label: self._label_ids(role, ending, label) for label in labels},
            adapter=self._adapter,
            stop=stop,
            shared_prefix=shared_prefix,
            exact=exact,
            likely=likely,
        ).result()

    def token_logprobs(self, ids: Sequence[int]) -> list[float]:
        """Return how likely each token of a text is after those before it, from the second on.

        The values are natural logarithms of probabilities.

        Raises:
            ModelError: the text exceeds the context window.
        """
        return self._model.submit_token_logprobs(ids, self._adapter).result()

    def _label_ids(self, role: str, ending: str, label: str) -> tuple[int, ...]:
        """Return the tokens of a label as the answer to a message that ends so."""
        key = (role, ending, label)
        if key not in self._labels:
            self._labels[key] = label_ids(self.tokenizer, *key)
        return self._labels[key]


def _grammar(messages: Sequence[Message], schema: Mapping[str, Any] | None) -> str | None:
    """Return the grammar that the answer to a prompt is held to, if it is to any."""
    if schema is None:
        return None
    return json_grammar(schema, blank=messages[-1]["role"] == "plain")
