"""Build the Answerer of any Setup: a baseline, or a language model asked with a prompt."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ladder.answering import Answer, Answerer, Message, Query, Setup
from ladder.errors import InputError, LadderError
from ladder.evaluation import BASELINES, build_baseline
from ladder.evaluation.score import Scheme
from ladder.models import Completion, Generator, load_generator
from ladder.project.task import Example, Task
from ladder.prompt import read_output, render, shared_tokens, stop_texts
from rag.few_shot import ExampleSelector, Shot

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["GenerateAnswerer", "Prompt", "build_answerer"]


def build_answerer(
    setup: Setup,
    folder: TaskFolder,
    pool: Sequence[Example],
    scheme: Scheme = "held-out",
) -> Answerer:
    """Return the Answerer of a Setup.

    Args:
        setup: what is to answer.
        folder: the task, with its labels.
        pool: the labelled examples that may be used.
        scheme: how the queries were kept from the pool; see `build_baseline`.

    Raises:
        InputError: the Setup asks for an answerer or for passages that cannot be had yet.
        ModelError: its model cannot be had.
        ProjectError: it needs labelled examples, and there are none.
    """
    if setup.answerer in BASELINES:
        return build_baseline(setup, folder.task.kind, pool, scheme)
    if setup.answerer == "classify" and setup.model is not None:
        from ladder.models.classifier import load_classifier
        from rag.classify import ClassifyAnswerer

        classifier = load_classifier(setup.model, setup.decoding.dtype)
        return ClassifyAnswerer(setup, folder.task, classifier)
    if setup.answerer != "generate":
        known = ", ".join((*BASELINES, "generate", "classify with a run:ID"))
        raise InputError(f'The answerer "{setup.answerer}" cannot be run yet; choose {known}.')
    if setup.retrieval.source != "none":
        raise InputError(
            f'Passages from "{setup.retrieval.source}" cannot be shown yet; '
            'set retrieval.source to "none".'
        )
    if setup.model is None:
        raise InputError("A Setup that generates needs a model; name one.")
    shots = setup.examples.count
    selector = ExampleSelector(pool, setup.examples, setup.embedder) if shots else None
    generator = load_generator(setup.model, setup.decoding.dtype)
    return GenerateAnswerer(setup, folder.task, folder.labels(), generator, selector)


@dataclass(frozen=True)
class Prompt:
    """What a model is asked, and which examples it is shown."""

    messages: list[Message]
    shots: list[Shot]


class GenerateAnswerer:
    """Asks a language model, one query at a time."""

    one_at_a_time = True

    def __init__(
        self,
        setup: Setup,
        task: Task,
        labels: Sequence[str],
        generator: Generator,
        selector: ExampleSelector | None = None,
    ) -> None:
        self.setup, self.task, self.labels = setup, task, list(labels)
        self.generator, self.selector = generator, selector

    @property
    def dtype(self) -> str:
        """Return the arithmetic that the model runs in."""
        return self.generator.dtype

    def prompt(self, query: Query) -> Prompt:
        """Return exactly what the model is asked for a query."""
        shots = self.selector.select(query) if self.selector else []
        return Prompt(self._rendered(query, [shot.example for shot in shots]), shots)

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        """Yield one Answer per query; what goes wrong with one is its `error`."""
        for query in queries:
            try:
                yield self._answered(query)
            except LadderError as error:
                yield Answer(query.id, "", error=str(error))

    def stream(self, query: Query) -> Iterator[str]:
        """Yield the model's text piece by piece."""
        messages = self.prompt(query).messages
        return self.generator.stream(
            messages,
            max_new_tokens=self.setup.decoding.max_new_tokens,
            stop=stop_texts(self.setup, self.task),
            shared_prefix=self._shared_with(messages),
        )

    def _answered(self, query: Query) -> Answer:
        began = time.perf_counter()
        messages = self.prompt(query).messages
        preparing = time.perf_counter() - began
        completion = self.generator.complete(
            messages,
            max_new_tokens=self.setup.decoding.max_new_tokens,
            stop=stop_texts(self.setup, self.task),
            shared_prefix=self._shared_with(messages),
        )
        return self._read(query, completion, preparing)

    def _read(self, query: Query, completion: Completion, preparing: float) -> Answer:
        text, label = read_output(
            completion.text, self.task, self.labels, format=self.setup.prompt.format
        )
        return Answer(
            query.id,
            text,
            label,
            # A model that says nothing to a question was shown unanswerable ones, or gave up.
            abstained=self.task.kind == "qa" and not text,
            prompt_tokens=completion.prompt_tokens,
            cached_tokens=completion.cached_tokens,
            completion_tokens=completion.completion_tokens,
            seconds=preparing + completion.seconds,
        )

    def _rendered(self, query: Query, examples: Sequence[Example]) -> list[Message]:
        return render(self.setup, query, examples, task=self.task, labels=self.labels)

    @cached_property
    def _prefix(self) -> list[int]:
        """Return the tokens with which the prompts of this Setup begin.

        Two queries that share nothing tell: what both prompts begin with, all do.
        """
        one, other = (
            self.generator.encode(self._rendered(probe, []))
            for probe in (Query.of("", "1"), Query.of("", "x", context="-"))
        )
        return one[: shared_tokens(one, other)]

    def _shared_with(self, messages: Sequence[Message]) -> int:
        """Return how many tokens of a prompt are shared with every other of this Setup."""
        prefix = self._prefix
        if len(prefix) < _WORTH_KEEPING:
            return 0
        own = self.generator.encode(messages)
        return len(prefix) if own[: len(prefix)] == prefix and len(own) > len(prefix) else 0


_WORTH_KEEPING = 16
"""Tokens below which keeping a shared beginning saves nothing."""
