"""The methods by their two names: what a command runs, and what the advisor recommends.

A method is a preset of a Setup (or, once it trains, of a recipe); nothing here loads a model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ladder.answering import (
    ASKS_MODEL,
    AbstentionRule,
    AnswererName,
    DecodingSettings,
    ExampleSettings,
    PromptSettings,
    RetrievalSettings,
    Setup,
)
from ladder.errors import InputError
from ladder.models.references import scores_labels
from ladder.project.task import Kind, Task

__all__ = [
    "DEFAULT_EMBEDDER",
    "DEFAULT_MODEL",
    "METHODS",
    "QUOTED_FROM",
    "TRAINED",
    "Method",
    "decoded",
    "preset",
    "why_not",
]

DEFAULT_MODEL = "smollm2-135m-instruct"
DEFAULT_EMBEDDER = "all-minilm-l6-v2"
QUOTED_FROM = 0.55
"""How well a sentence has to answer to be quoted (`rag.extract`); measured in docs/answers.md."""


@dataclass(frozen=True)
class Method:
    """One runnable method."""

    name: str
    """What a command calls it."""
    advisor_id: str
    """What the advisor calls it."""
    meaning: str
    """One line for a person who never heard of it."""
    answerer: AnswererName
    kinds: tuple[Kind, ...]
    """The kinds of task it makes sense for."""
    uses_model: bool
    uses_embedder: bool
    documents: Literal["none", "all-documents", "index"] = "none"
    """Which passages of the project's documents it shows the model."""


_ALL: tuple[Kind, ...] = ("classification", "extraction", "qa", "generation")
_FROM_DOCUMENTS: tuple[Kind, ...] = ("extraction", "qa", "generation")

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "majority", "no-llm", "always answers the most frequent label", "majority",
            ("classification",), uses_model=False, uses_embedder=False,
        ),
        Method(
            "1-nn", "no-llm", "repeats the answer of the most similar labelled example", "1-nn",
            _ALL, uses_model=False, uses_embedder=True,
        ),
        Method(
            "knn", "no-llm", "lets the most similar labelled examples vote", "knn",
            ("classification",), uses_model=False, uses_embedder=True,
        ),
        Method(
            "logistic", "no-llm", "fits a linear classifier on text embeddings", "logistic",
            ("classification",), uses_model=False, uses_embedder=True,
        ),
        Method(
            "zero-shot", "prompt", "asks the model with an instruction alone", "generate",
            _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "few-shot", "icl", "shows the model the most similar labelled examples", "generate",
            _ALL, uses_model=True, uses_embedder=True,
        ),
        Method(
            "docs-in-prompt", "docs-in-prompt", "shows the model every document", "generate",
            _FROM_DOCUMENTS, uses_model=True, uses_embedder=True, documents="all-documents",
        ),
        Method(
            "extract", "rag", "quotes the sentence of the documents that answers", "extract",
            ("qa",), uses_model=False, uses_embedder=True, documents="index",
        ),
        Method(
            "rag", "rag", "finds passages in the documents and answers from them", "generate",
            _FROM_DOCUMENTS, uses_model=True, uses_embedder=True, documents="index",
        ),
        Method(
            "few-shot+rag", "rag", "shows similar examples and the passages it found", "generate",
            _FROM_DOCUMENTS, uses_model=True, uses_embedder=True, documents="index",
        ),
    )
}  # fmt: skip


TRAINED: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "classifier", "classifier", "trains one output a label on your examples", "classify",
            ("classification",), uses_model=True, uses_embedder=False,
        ),
        Method(
            "lora", "peft", "trains few added weights of the model on your examples", "generate",
            _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "qlora", "peft", "trains a LoRA on a model held in 4 bits",
            "generate", _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "ia3", "peft", "trains one factor for each key, value and inner unit", "generate",
            _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "prefix-tuning", "peft", "trains keys and values before every prompt",
            "generate", _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "prompt-tuning", "peft", "trains some virtual words before every prompt",
            "generate", _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "adapter", "peft", "trains two small matrices behind each block",
            "generate", _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "last-k", "peft", "trains the last layers of the model on your examples", "generate",
            _ALL, uses_model=True, uses_embedder=False,
        ),
        Method(
            "full", "full", "trains all weights of the model on your examples", "generate",
            _ALL, uses_model=True, uses_embedder=False,
        ),
    )
}  # fmt: skip
"""The methods that are trained first, and then asked as `run:ID`; they have no preset Setup."""


def preset(
    name: str, task: Task, model: str = DEFAULT_MODEL, embedder: str = DEFAULT_EMBEDDER
) -> Setup:
    """Return the Setup that a method starts from on a task.

    Raises:
        InputError: no such method, or it makes no sense for this kind of task.
    """
    method = METHODS.get(name)
    if name in TRAINED:
        raise InputError(
            f"{name} {TRAINED[name].meaning}: `ladder train PROJECT --method {name}`, then "
            "`ladder evaluate PROJECT --model run:ID`."
        )
    if method is None:
        raise InputError(f'There is no method "{name}"; choose one of {", ".join(METHODS)}.')
    if reason := why_not(name, task):
        raise InputError(reason)
    asks = method.answerer == "generate" and task.kind == "classification"
    shots = {"few-shot": 8, "few-shot+rag": 8, "knn": 8, "1-nn": 1}.get(name, 0)
    short = task.kind in ("classification", "qa")
    return Setup(
        answerer="labels" if asks and scores_labels(model) else method.answerer,
        task=task.name,
        model=model if method.uses_model else None,
        embedder=embedder if method.uses_embedder else None,
        prompt=PromptSettings(
            show_labels=name == "zero-shot" and task.kind == "classification",
        ),
        examples=ExampleSettings(count=shots),
        retrieval=_retrieval(method),
        decoding=DecodingSettings(
            max_new_tokens=32 if short else 256,
            json_schema=method.answerer == "generate" and task.kind == "extraction",
        ),
    )


def decoded(setup: Setup, decoding: str | None, task: Task) -> Setup:
    """Return a Setup whose model writes its answer ("generate") or has its labels scored.

    Args:
        setup: what answers.
        decoding: "generate" or "labels"; None leaves it as it is.
        task: the task that it answers.

    Raises:
        InputError: there is nothing to decode, or there are no labels.
    """
    if decoding is None or setup.answerer == decoding:
        return setup
    if setup.answerer not in ASKS_MODEL:
        raise InputError(
            f'A Setup with the answerer "{setup.answerer}" puts no prompt to a model; leave '
            f"--decoding {decoding} out."
        )
    if decoding == "labels" and task.kind != "classification":
        raise InputError(
            f'The task "{task.name}" is {task.kind} and has no labels; only answers to '
            "classification can be scored. Leave --decoding labels out."
        )
    if decoding == "labels":
        return replace(setup, answerer="labels")
    return replace(setup, answerer="generate", decoding=replace(setup.decoding, calibration="none"))


def _retrieval(method: Method) -> RetrievalSettings:
    """Return which passages a method starts from; a quote has to answer well to be given."""
    if method.answerer != "extract":
        return RetrievalSettings(source=method.documents)
    return RetrievalSettings(
        source=method.documents,
        threshold=QUOTED_FROM,
        abstention=AbstentionRule(cosine=0.0, support=1.0),
    )


def why_not(name: str, task: Task) -> str | None:
    """Return why a method makes no sense for a task, or None if it does."""
    method = METHODS[name]
    if task.kind in method.kinds:
        return None
    return (
        f"{name} {method.meaning}; that makes no sense for {task.kind}, "
        f"only for {', '.join(method.kinds)}."
    )
