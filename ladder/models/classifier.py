"""Models with one output a label: an encoder or decoder base with a trained head (`run:ID`).

The text is put to them by `ladder.prompt`, in training and in use by the one function here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from ladder.answering import Query, Setup
from ladder.errors import ModelError
from ladder.files import read_json
from ladder.models import stand_ins
from ladder.models.adapters import add_adapter
from ladder.models.hardware import choose_dtype, threads
from ladder.models.loading import lay_over
from ladder.models.places import Place, locate
from ladder.models.references import parse_reference
from ladder.models.runs import is_classifier
from ladder.project.task import Task
from ladder.prompt import encode, render

__all__ = [
    "LABELS",
    "Classifier",
    "Prediction",
    "classifier_ids",
    "head_on",
    "load_classifier",
    "longest_text",
]

LABELS = "labels.json"
"""The names of the outputs, in their order; beside the adapter."""

_LOADED: WeakValueDictionary[tuple[str, str], Classifier] = WeakValueDictionary()


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of one text."""

    label: str
    logprobs: dict[str, float]
    tokens: int


def classifier_ids(
    setup: Setup, query: Query, task: Task, tokenizer: Any, limit: int
) -> tuple[list[int], bool]:
    """Return the tokens that a classifier reads of a query, and whether some were cut off.

    It is not told what to do: its labels are its outputs, so the instruction is left out. Of a
    text longer than `limit` the end of the beginning is cut and the last token kept (an
    encoder's end mark).
    """
    messages = render(setup, query, task=replace(task, instruction=""))
    ids = encode(messages, tokenizer)
    return (ids, False) if len(ids) <= limit else ([*ids[: limit - 1], ids[-1]], True)


def longest_text(config: Mapping[str, Any], tokenizer: Any) -> int:
    """Return how many tokens a model reads: by its configuration and its tokenizer's."""
    positions = int(config.get("max_position_embeddings") or 1_000_000)
    return min(positions, int(getattr(tokenizer, "model_max_length", positions)))


def head_on(folder: Path, labels: int, dtype: str, tokenizer: Any) -> Any:
    """Return the base model in a folder with a new, untrained output for each label.

    Raises:
        ModelError: this kind of model cannot have such a head.
    """
    import torch
    from transformers import AutoModelForSequenceClassification

    make: Any = AutoModelForSequenceClassification
    try:
        model = make.from_pretrained(
            str(folder),
            num_labels=labels,
            dtype=getattr(torch, dtype),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{folder.name} cannot have a classifying head: {line} Take an encoder like BERT, or "
            "a decoder like Llama."
        ) from error
    model.config.pad_token_id = tokenizer.pad_token_id
    return model


def load_classifier(reference: str, dtype: str = "auto") -> Classifier:
    """Load the classifier that a run trained; loaded once for all who hold it.

    Raises:
        ModelError: the reference names no run with a classifying head.
    """
    if (stand_in := stand_ins.classifier(reference)) is not None:
        return stand_in
    place = locate(parse_reference(reference))
    weights = place.adapter or place.changed or place.folder
    if not reference.startswith("run:") or not is_classifier(weights):
        raise ModelError(
            f"{reference} has no classifying head; name a run made by "
            "`ladder train PROJECT --method classifier`."
        )
    number_format, _ = choose_dtype(dtype)
    key = (str(weights.resolve()), number_format)
    found = _LOADED.get(key)
    if found is None:
        found = _LOADED[key] = Classifier(place, number_format)
    return found


class Classifier:
    """A base model with a trained head, in memory; safe to call from threads."""

    def __init__(self, place: Place, dtype: str) -> None:
        from ladder.models.quiet import quiet

        folder = place.folder
        labels = read_json((place.adapter or place.changed or folder) / LABELS)
        with quiet():
            import torch
            from transformers import AutoTokenizer

            torch.set_num_threads(threads())
            tokenizer: Any = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
            tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
            model = lay_over(head_on(folder, len(labels), dtype, tokenizer), place.changed)
            if place.adapter is not None:
                model = add_adapter(model, "default", place.adapter)
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self._hold(model.to(device).eval(), tokenizer, labels, dtype)

    def _hold(self, model: Any, tokenizer: Any, labels: Sequence[str], dtype: str) -> None:
        """Begin to answer with a model that is loaded."""
        self._model, self.tokenizer, self.labels, self.dtype = model, tokenizer, labels, dtype
        self._lock = threading.Lock()
        self.limit = longest_text(model.config.to_dict(), tokenizer)

    def ids(self, setup: Setup, query: Query, task: Task) -> list[int]:
        """Return the tokens that are read of a query."""
        return classifier_ids(setup, query, task, self.tokenizer, self.limit)[0]

    def predict(self, batch: Sequence[Sequence[int]]) -> list[Prediction]:
        """Return what is said of each of a batch of encoded texts."""
        import torch

        padded = self.tokenizer.pad(
            {"input_ids": [list(ids) for ids in batch]}, padding=True, return_tensors="pt"
        )
        with self._lock, torch.inference_mode():
            fed = {name: padded[name].to(self._model.device) for name in padded}
            scores = self._model(**fed).logits.float().log_softmax(-1).cpu()
        found = []
        for ids, row in zip(batch, scores, strict=True):
            said = dict(zip(self.labels, row.tolist(), strict=True))
            found.append(Prediction(self.labels[int(row.argmax())], said, len(ids)))
        return found
