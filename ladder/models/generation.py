"""Generators: whatever completes a prompt, loaded by reference and kept for the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from ladder.answering import Message
from ladder.errors import ModelError
from ladder.models import stand_ins
from ladder.models.references import BUNDLED_EMBEDDER, LOCAL, Reference, parse_reference

__all__ = [
    "Completion",
    "Generator",
    "LabelScorer",
    "LabelScores",
    "check_length",
    "load_generator",
]

Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Completion:
    """What a model gave for one prompt."""

    text: str
    token_ids: tuple[int, ...]
    """The tokens generated, without an end token; empty where a server does not tell."""
    prompt_tokens: int
    cached_tokens: int
    """Prompt tokens whose computation was reused from an earlier request."""
    completion_tokens: int
    seconds: float
    """Time of computing, or of the server's reply; waiting for other requests is left out."""
    finish: Literal["stop", "length", "cancelled"] = "stop"
    """"stop": the model or a stop text ended it; "length": `max_new_tokens` did."""


@dataclass(frozen=True)
class LabelScores:
    """How likely a model finds each label as its whole answer to one prompt."""

    logprobs: dict[str, float]
    """Natural logarithm of the probability of the label and of the answer ending after it."""
    exact: bool
    """Whether all labels are there; else the best one and those met on the way to it."""
    prompt_tokens: int
    cached_tokens: int
    """Prompt tokens whose computation was reused from an earlier request."""
    label_tokens: dict[str, int]
    """Tokens of each label, its end included: what writing it would have taken."""
    seconds: float


class Generator(Protocol):
    """A model that completes prompts; safe to call from several threads."""

    reference: str
    """The reference it was loaded by."""
    title: str
    """What pages call it."""
    context: int | None
    """The context window in tokens, where known."""
    dtype: str
    """The arithmetic it runs in, such as "bfloat16"."""
    dtype_reason: str
    """Why that arithmetic."""

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of a prompt; for a server, an estimate of one per 4 characters.

        The ids of a local model are `ladder.prompt.encode` with its tokenizer.
        """
        ...

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
        """Complete a prompt greedily.

        Args:
            messages: What `ladder.prompt.render` returned.
            max_new_tokens: The longest completion, in tokens.
            stop: Texts at which the completion ends; they are not part of it.
            shared_prefix: How many leading tokens other prompts share with this one. A local
                model computes exactly these once and keeps them, so that the result does not
                depend on which request came first.
            cancelled: Asked after every token; once true, what there is is returned.
            schema: A JSON schema that the completion has to fit, as `schema_of` returns it; a
                server is asked to heed it.

        Raises:
            ModelError: the prompt is too long, or the server does not answer.
        """
        ...

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
        """Yield the completion's text piece by piece; closing the iterator cancels."""
        ...


@runtime_checkable
class LabelScorer(Generator, Protocol):
    """A generator that can also say how likely each label is."""

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
        """Return how likely each label is as the whole answer; see `label_scores`.

        Args:
            messages: What `ladder.prompt.render` returned.
            labels: What may be answered.
            stop: Texts at which a written answer would end.
            shared_prefix: As `complete` takes it.
            exact: Whether all labels are scored; else the best is sure, and others may lack.
            likely: Labels to try first; they change the time that it takes, not what is found.

        Raises:
            ModelError: the prompt is too long, or there is no label.
        """
        ...

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
        """Return what `score_labels` returns for each prompt; faster where they begin alike.

        The seconds of each are its share. In bfloat16 the last digits depend on what is read
        beside a prompt, as they do on what is kept of it.
        """
        ...


def load_generator(reference: str, dtype: str = "auto") -> Generator:
    """Return the generator that a reference names; the same one for the same arguments.

    Args:
        reference: See `ladder.models.references`; `run:ID` is looked up in the workspace.
        dtype: "auto", "float32" or "bfloat16"; only local models heed it.

    Raises:
        ModelError: the reference cannot be had; the message says which can.
    """
    if (stand_in := stand_ins.generator(reference)) is not None:
        return stand_in
    parsed = parse_reference(reference)
    if parsed.kind == "bundled" and parsed.name == BUNDLED_EMBEDDER:
        raise ModelError(f"{reference} embeds texts and cannot answer; {_can_be_had()}")
    with _LOADING:
        key = (str(parsed), dtype if parsed.kind in LOCAL else "", _workspace(parsed))
        loaded = _LOADED.pop(key, None) or _load(parsed, dtype)
        _LOADED[key] = loaded
        while len(_LOADED) > _KEPT:
            del _LOADED[next(iter(_LOADED))]
        return loaded


def check_length(context: int | None, prompt: int, answer: int) -> None:
    """Check that a request fits a context window; all three are numbers of tokens.

    Raises:
        ModelError: the prompt is empty, or prompt and answer together exceed the window.
    """
    if prompt == 0:
        raise ModelError("The prompt is empty; give the model a text to answer.")
    if context is not None and prompt + answer > context:
        raise ModelError(
            f"The request needs {prompt + answer:,} tokens ({prompt:,} of prompt, {answer:,} for "
            f"the answer), but this model's context window has {context:,}. Show fewer examples "
            "or passages, shorten the text, or choose a model with a larger window."
        )


_LOADED: dict[tuple[str, str, str], Generator] = {}
_KEPT = 4
"""Generators kept for the process, those used last; whoever holds another keeps it alive."""
_LOADING = threading.Lock()


def _load(reference: Reference, dtype: str) -> Generator:
    """Load a generator by its kind."""
    if reference.kind == "server":
        from ladder.models.server import ServerGenerator

        return ServerGenerator(reference)
    if reference.kind == "gguf":
        from ladder.models.llama_cpp import LlamaCppGenerator

        return LlamaCppGenerator(reference)
    from ladder.models.local import load_local

    return load_local(reference, dtype)


def _workspace(reference: Reference) -> str:
    """Return the workspace that a run is looked up in; the other kinds need none."""
    if reference.kind != "run":
        return ""
    from ladder.project import home

    return str(home())


def _can_be_had() -> str:
    """Return the sentence that lists the generators at hand."""
    from ladder.models.catalogue import can_be_had

    return can_be_had("generator")
