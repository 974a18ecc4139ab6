"""Ask a model with the prompt: it writes the answer, or its labels are scored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from ladder.prompt import read_output, shared_tokens
from rag.calibration import CONTENT_FREE, calibrated, mean_prior, normalised
from rag.few_shot.export.standalone.few_shot import FewShot

__all__ = ["Asking"]

Messages = Sequence[dict[str, str]]


class Asking:
    """Answers texts.

    Args:
        few_shot: the prompt.
        model: a `local.Model` or, where the model only writes, a `server.Server`.
        scores: whether labels are scored.
    """

    def __init__(self, few_shot: FewShot, model: Any, scores: bool) -> None:
        self._few_shot, self._model, self._scores = few_shot, model, scores
        self._settings = few_shot.prompt

    def answer(self, text: str, context: str, places: Sequence[int]) -> dict[str, Any]:
        """Return the answer to a text that is shown the examples at `places`."""
        messages = self._few_shot.messages(text, context, places)
        if self._scores:
            return self._scored(messages, places)
        settings = self._settings
        said = self._model.complete(
            messages, settings["max_tokens"], settings["stop"], self._shared_with(messages)
        )
        task: Any = SimpleNamespace(kind=settings["kind"])
        answer, label = read_output(said, task, settings["labels"], format=settings["format"])
        return {"text": answer, "label": label}

    def _scored(self, messages: Messages, places: Sequence[int]) -> dict[str, Any]:
        """Return the most likely label, after what the model says anyway is taken out."""
        how, asked = self._settings["calibration"], []
        if how == "contextual":
            asked = [self._few_shot.messages(text, "", places) for text in CONTENT_FREE]
        shared = self._shared_with(messages)
        if asked:  # all but the text is the same, so it is computed once
            shared = shared_tokens(*(self._model.encode(each) for each in (messages, asked[0])))
        shown = {self._few_shot.examples[place]["output"] for place in places}
        told = [self._labels_after(each, shared, shown) for each in (messages, *asked)]
        logprobs = normalised(told[0])
        if asked:
            logprobs = calibrated(logprobs, mean_prior(told[1:]))
        elif how == "batch":
            logprobs = calibrated(logprobs, self._batch_prior)
        label = max(logprobs, key=logprobs.__getitem__)
        return {"text": label, "label": label, "logprobs": logprobs}

    def _labels_after(
        self, messages: Messages, shared: int, shown: Collection[str] = ()
    ) -> dict[str, float]:
        """Return how likely the labels are; those of examples shown are tried first."""
        settings = self._settings
        likely = [label for label in settings["labels"] if label in shown]
        told: dict[str, float] = self._model.score_labels(
            messages,
            settings["labels"],
            settings["stop"],
            shared,
            likely if settings["calibration"] == "none" else None,
        )
        return told

    @cached_property
    def _batch_prior(self) -> dict[str, float]:
        """Return the mean answer to some inputs of examples; it costs as many prompts."""
        told = []
        for text, context in self._settings["prior_inputs"]:
            messages = self._few_shot.messages(text, context)
            told.append(self._labels_after(messages, self._shared_with(messages)))
        return mean_prior(told)

    @cached_property
    def _prefix(self) -> list[int]:
        """Return the tokens with which all prompts begin: what two unlike ones have in common."""
        probes, drawn = self._settings["probes"], self._settings["selection"] == "random"
        shown = self._few_shot.places(probes[0][0]) if drawn else []
        prompts = (self._few_shot.messages(text, context, shown) for text, context in probes)
        one, other = (self._model.encode(prompt) for prompt in prompts)
        return list(one[: shared_tokens(one, other)])

    def _shared_with(self, messages: Messages) -> int:
        """Return how many leading tokens a prompt shares with every other."""
        prefix = self._prefix
        if len(prefix) < self._settings["worth_keeping"]:
            return 0
        own = self._model.encode(messages)
        return len(prefix) if own[: len(prefix)] == prefix and len(own) > len(prefix) else 0
