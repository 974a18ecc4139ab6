"""Build the Answerer of any Setup: a baseline, or a language model asked with a prompt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ladder.answering import ASKS_MODEL, Answer, Answerer, Citation, Message, Query, Setup
from ladder.errors import InputError, LadderError
from ladder.evaluation import BASELINES, build_baseline
from ladder.evaluation.score import Scheme
from ladder.models import Completion, Generator, load_generator
from ladder.project.task import Example, Task
from ladder.prompt import read_output, render, shared_tokens, stop_texts
from rag.answer_schema import AnswerSchema
from rag.citations import Support, citations_of, supports
from rag.few_shot import ExampleSelector, Shot
from rag.few_shot.fitting import saying_what_fits
from rag.retrieval import Passage
from rag.search.follow_up import written_out
from rag.shown import Found, Shown, found_for, open_shown

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["PROBES", "WORTH_KEEPING", "GenerateAnswerer", "Prompt", "build_answerer"]


def build_answerer(
    setup: Setup,
    folder: TaskFolder,
    pool: Sequence[Example],
    scheme: Scheme = "held-out",
    *,
    meanwhile: bool = False,
) -> Answerer:
    """Return the Answerer of a Setup.

    Args:
        setup: what is to answer.
        folder: the task, with its labels.
        pool: the labelled examples that may be used.
        scheme: how the queries were kept from the pool; see `build_baseline`.
        meanwhile: search an index that is there as it is, while another process renews it.

    Raises:
        InputError: the Setup asks for an answerer that cannot be had yet, for all documents
            where they do not fit, or for JSON where the labelled outputs are none.
        ModelError: its model cannot be had.
        ProjectError: it needs labelled examples or documents, and there are none.
    """
    if setup.answerer in BASELINES:
        return build_baseline(setup, folder.task.kind, pool, scheme)
    if setup.answerer == "classify" and setup.model is not None:
        from ladder.models.classifier import load_classifier
        from rag.classify import ClassifyAnswerer

        classifier = load_classifier(setup.model, setup.decoding.dtype)
        return ClassifyAnswerer(setup, folder.task, classifier)
    if setup.answerer == "extract":
        from rag.extract import ExtractAnswerer

        shown = open_shown(setup, folder.project, meanwhile=meanwhile)
        if shown is None or setup.embedder is None:
            raise InputError(
                "A Setup that quotes documents needs passages to quote; set retrieval.source to "
                'index or all-documents, and name an embedder such as "all-minilm-l6-v2".'
            )
        return ExtractAnswerer(setup, folder.task, shown)
    if setup.answerer not in ASKS_MODEL:
        known = ", ".join((*BASELINES, *ASKS_MODEL, "extract", "classify with a run:ID"))
        raise InputError(f'The answerer "{setup.answerer}" cannot be run yet; choose {known}.')
    if setup.model is None:
        raise InputError("A Setup that generates needs a model; name one.")
    shots = setup.examples.count
    selector = ExampleSelector(pool, setup.examples, setup.embedder) if shots else None
    shown = open_shown(setup, folder.project, meanwhile=meanwhile)
    schema = AnswerSchema(folder.task, pool) if setup.decoding.json_schema else None
    generator = load_generator(setup.model, setup.decoding.dtype)
    have = (generator, selector, shown, schema)
    answerer = GenerateAnswerer(setup, folder.task, folder.labels(), *have)
    answerer.check_fits()
    if setup.answerer == "labels":
        from rag.label_answerer import with_labels

        return with_labels(answerer, folder, pool)
    return answerer


@dataclass(frozen=True)
class Prompt:
    """What a model is asked, and what it is shown."""

    messages: list[Message]
    shots: list[Shot]
    passages: list[Passage] = field(default_factory=list)
    """The passages shown, or those that were not close enough to be."""
    closest: float | None = None
    """The similarity of the closest passage; None where none is searched for."""
    abstains: bool = False
    """Whether the model is not asked, because no passage is close enough to the question."""
    confidence: float | None = None
    """How sure it is that the passages answer, by the Setup's rule."""
    rewriting: Completion | None = None
    """What the model gave when it wrote a follow-up out in full; None where it was not asked."""

    @property
    def tokens_beside(self) -> tuple[int, int]:
        """Return the tokens that the model read and wrote before it was asked for the answer."""
        beside = self.rewriting
        return (beside.prompt_tokens, beside.completion_tokens) if beside else (0, 0)


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
        shown: Shown | None = None,
        schema: AnswerSchema | None = None,
    ) -> None:
        self.setup, self.task, self.labels = setup, task, list(labels)
        self.generator, self.selector, self.shown = generator, selector, shown
        self._schema = schema

    @property
    def dtype(self) -> str:
        """Return the arithmetic that the model runs in."""
        return self.generator.dtype

    def prompt(self, query: Query) -> Prompt:
        """Return exactly what the model is asked for a query."""
        alone, rewriting = written_out(query, self.setup, self.generator)
        found = found_for(self.setup, self.shown, alone)
        shots = self.selector.select(query) if self.selector and not found.abstains else []
        messages: list[Message] = []
        if not found.abstains:
            messages = self._rendered(query, [shot.example for shot in shots], found.passages)
        return _prompt(messages, shots, found, rewriting)

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        """Yield one Answer per query; what goes wrong with one is its `error`."""
        for query in queries:
            try:
                yield self._answered(query)
            except LadderError as error:
                yield Answer(query.id, "", error=str(error))

    def stream(
        self,
        query: Query,
        prompt: Prompt | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        """Yield the model's text piece by piece; nothing where no passage is close enough.

        Args:
            query: what is asked.
            prompt: what `prompt` returned for it, if that was called already.
            cancelled: asked after every token; once true, the model stops.
        """
        prompt = prompt or self.prompt(query)
        if prompt.abstains:
            return iter(())
        return self.generator.stream(
            prompt.messages,
            max_new_tokens=self.setup.decoding.max_new_tokens,
            stop=stop_texts(self.setup, self.task),
            shared_prefix=self._shared_with(prompt.messages),
            cancelled=cancelled,
            schema=self._schema.of(query) if self._schema else None,
        )

    def read(self, text: str) -> tuple[str, str | None]:
        """Return the answer in what the model said, and its label (classification)."""
        return read_output(text, self.task, self.labels, format=self.setup.prompt.format)

    def supports(self, query: Query, text: str, passages: Sequence[Passage]) -> list[Support]:
        """Return each sentence of an answer with the sentence of the passages behind it."""
        if not text or not passages or self.setup.embedder is None:
            return []
        return supports(text, query.text, passages, self.setup.embedder)

    def check_fits(self) -> None:
        """Check that all documents fit in the prompt, where all are to be shown.

        Raises:
            InputError: they do not; it says how many tokens are too many.
        """
        context = self.generator.context
        if self.setup.retrieval.source != "all-documents" or context is None:
            return
        answer = self.setup.decoding.max_new_tokens
        needed = len(self.generator.encode(self.prompt(PROBES[0]).messages)) + answer
        if needed > context:
            raise InputError(
                f"The documents do not fit in the prompt: it needs {needed:,} tokens with the "
                f"answer, and the context window of {self.generator.title} has {context:,}, so "
                f"{needed - context:,} tokens do not fit. Let passages be found instead (rag), "
                "or choose a model with a larger window."
            )

    def _answered(self, query: Query) -> Answer:
        began = time.perf_counter()
        prompt = self.prompt(query)
        preparing = time.perf_counter() - began
        read, wrote = prompt.tokens_beside
        if prompt.abstains:
            return Answer(
                query.id, "", abstained=True, prompt_tokens=read, completion_tokens=wrote,
                seconds=preparing,
            )  # fmt: skip
        with self._saying_what_fits(query, prompt):
            completion = self.generator.complete(
                prompt.messages,
                max_new_tokens=self.setup.decoding.max_new_tokens,
                stop=stop_texts(self.setup, self.task),
                shared_prefix=self._shared_with(prompt.messages),
                schema=self._schema.of(query) if self._schema else None,
            )
        text, label = self.read(completion.text)
        began = time.perf_counter()
        citations = citations_of(self.supports(query, text, prompt.passages))
        citing = time.perf_counter() - began
        answer = self._told(query, text, label, citations, completion, preparing + citing)
        return replace(
            answer,
            prompt_tokens=answer.prompt_tokens + read,
            completion_tokens=answer.completion_tokens + wrote,
        )

    def _saying_what_fits(self, query: Query, prompt: Prompt) -> AbstractContextManager[None]:
        """Return what adds to the error of a long prompt how many of its examples would fit."""

        def fits(shown: Sequence[Example]) -> bool:
            needed = len(self.generator.encode(self._rendered(query, shown, prompt.passages)))
            context = self.generator.context
            return context is None or needed + self.setup.decoding.max_new_tokens <= context

        shots = [shot.example for shot in prompt.shots]
        return saying_what_fits(shots, self.setup.examples.order, fits)

    def _told(
        self,
        query: Query,
        text: str,
        label: str | None,
        citations: tuple[Citation, ...],
        completion: Completion,
        beside: float,
    ) -> Answer:
        return Answer(
            query.id,
            text,
            label,
            citations=citations,
            # A model that says nothing to a question was shown unanswerable ones, or gave up.
            abstained=self.task.kind == "qa" and not text,
            prompt_tokens=completion.prompt_tokens,
            cached_tokens=completion.cached_tokens,
            completion_tokens=completion.completion_tokens,
            seconds=beside + completion.seconds,
        )

    def _rendered(
        self, query: Query, examples: Sequence[Example], passages: Sequence[Passage] = ()
    ) -> list[Message]:
        texts = [passage.shown for passage in passages]
        return render(self.setup, query, examples, texts, task=self.task, labels=self.labels)

    @cached_property
    def _prefix(self) -> list[int]:
        """Return the tokens with which the prompts of this Setup begin.

        Two queries that share nothing tell: what both prompts begin with, all do. Examples drawn
        at random are among it.
        """
        all_shown = self.setup.retrieval.source == "all-documents" and self.shown
        everywhere = self.shown(PROBES[0]) if all_shown and self.shown else []
        drawn = self.selector if self.setup.examples.selection == "random" else None
        shots = [shot.example for shot in drawn.select(PROBES[0])] if drawn else []
        one, other = (
            self.generator.encode(self._rendered(probe, shots, everywhere)) for probe in PROBES
        )
        return one[: shared_tokens(one, other)]

    def _shared_with(self, messages: Sequence[Message]) -> int:
        """Return how many tokens of a prompt are shared with every other of this Setup."""
        prefix = self._prefix
        if len(prefix) < WORTH_KEEPING:
            return 0
        own = self.generator.encode(messages)
        return len(prefix) if own[: len(prefix)] == prefix and len(own) > len(prefix) else 0


def _prompt(
    messages: list[Message], shots: list[Shot], found: Found, rewriting: Completion | None
) -> Prompt:
    have = (found.passages, found.closest, found.abstains, found.confidence)
    return Prompt(messages, shots, *have, rewriting)


PROBES = (Query.of("", "1"), Query.of("", "x", context="-"))
"""Two queries that share nothing."""

WORTH_KEEPING = 16
"""Tokens below which keeping a shared beginning saves nothing."""
