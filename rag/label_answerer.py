"""Answer a classification by scoring its labels: every answer is a label, and none is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.answering import Answer, Message, Query, Setup
from ladder.errors import InputError, LadderError
from ladder.evaluation.code_version import code_version
from ladder.evaluation.neighbours import SameExamples
from ladder.evaluation.runner import query_of
from ladder.files import content_hash, read_json, write_json
from ladder.models import LabelScorer, LabelScores
from ladder.project.task import Example
from ladder.prompt import shared_tokens, stop_texts
from rag.answerers import GenerateAnswerer, Prompt
from rag.calibration import CONTENT_FREE, calibrated, drawn_inputs, mean_prior, normalised

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["LabelsAnswerer", "with_labels"]

PROMPTS = 8
"""Queries that are asked together, at most; more of them gain nothing."""

Prior = dict[str, float]


def with_labels(
    asking: GenerateAnswerer, folder: TaskFolder, pool: Sequence[Example]
) -> LabelsAnswerer:
    """Return what scores labels with the prompts of `asking`.

    Raises:
        InputError: the task has no labels, or the model does not tell probabilities.
    """
    setup, generator = asking.setup, asking.generator
    if folder.task.kind != "classification":
        raise InputError(
            f'The task "{folder.task.name}" is {folder.task.kind}: it has no labels to score; '
            'set the answerer to "generate".'
        )
    if not isinstance(generator, LabelScorer):
        raise InputError(
            f"{setup.model} does not tell how likely a label is: servers and llama.cpp only write. "
            'Set the answerer to "generate" (`ladder evaluate --decoding generate`).'
        )
    return LabelsAnswerer(asking, generator, folder, pool)


class LabelsAnswerer(GenerateAnswerer):
    """Asks how likely each label is after the prompt, and answers the most likely one."""

    def __init__(
        self,
        asking: GenerateAnswerer,
        scorer: LabelScorer,
        folder: TaskFolder,
        pool: Sequence[Example],
    ) -> None:
        super().__init__(
            asking.setup, asking.task, asking.labels, scorer, asking.selector, asking.shown
        )
        self._scorer, self._folder, self._pool = scorer, folder, list(pool)
        self._same, self._ids = SameExamples(pool), {example.id for example in pool}
        self._prompts: dict[int, Prompt] = {}  # of the inputs of a batch prior, by their place
        self.one_at_a_time = not _begin_alike(asking.setup)

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        """Yield one Answer per query; some are asked together where their prompts begin alike."""
        size = 1 if self.one_at_a_time else PROMPTS
        for start in range(0, len(queries), size):
            some = queries[start : start + size]
            if len(some) > 1:
                with suppress(LadderError):  # one cannot be answered: asked alone, it says why
                    yield from self._together(some)
                    continue
            yield from super().answer(some)

    def stream(
        self,
        query: Query,
        prompt: Prompt | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        """Yield the label at once; nothing where no passage is close enough."""
        yield self._labelled(query, prompt or self.prompt(query)).text

    def _answered(self, query: Query) -> Answer:
        began = time.perf_counter()
        prompt = self.prompt(query)
        return self._labelled(query, prompt, time.perf_counter() - began)

    def _together(self, queries: Sequence[Query]) -> list[Answer]:
        """Return the answers to queries whose prompts are read together."""
        began = time.perf_counter()
        prompts = [self.prompt(query) for query in queries]
        preparing = (time.perf_counter() - began) / len(queries)
        alike: dict[int, list[int]] = {}  # left out of its own prompt, an example changes it
        for place, prompt in enumerate(prompts):
            alike.setdefault(self._shared_with(prompt.messages), []).append(place)
        answers: dict[int, Answer] = {}
        for shared, places in alike.items():
            found = self._scorer.score_labels_together(
                [prompts[place].messages for place in places],
                self.labels,
                stop=stop_texts(self.setup, self.task),
                shared_prefix=shared,
                likely=[self._shown_in(prompts[place]) for place in places],
            )
            for place, scores in zip(places, found, strict=True):
                logprobs = normalised(scores.logprobs)
                answers[place] = self._said(queries[place], logprobs, [scores], preparing)
        return [answers[place] for place in range(len(queries))]

    def _labelled(self, query: Query, prompt: Prompt, preparing: float = 0.0) -> Answer:
        """Return the label that is most likely after a prompt, by the Setup's calibration."""
        read, wrote = prompt.tokens_beside
        if prompt.abstains:
            return Answer(
                query.id, "", abstained=True, prompt_tokens=read, completion_tokens=wrote,
                seconds=preparing,
            )  # fmt: skip
        asked = [self._contentless(prompt, text) for text in self._texts()]
        shared = self._shared_with(prompt.messages)
        if asked:  # all but the text is the same, so it is computed once
            ids = [self.generator.encode(messages) for messages in (prompt.messages, asked[0])]
            shared = shared_tokens(*ids)
        with self._saying_what_fits(query, prompt):
            found = [
                self._scores(each, shared, self._shown_in(prompt))
                for each in (prompt.messages, *asked)
            ]
        logprobs = normalised(found[0].logprobs)
        if asked:
            logprobs = calibrated(logprobs, mean_prior([each.logprobs for each in found[1:]]))
        elif self.setup.decoding.calibration == "batch":
            logprobs = calibrated(logprobs, self._batch_prior(query))
        answer = self._said(query, logprobs, found, preparing)
        return replace(
            answer,
            prompt_tokens=answer.prompt_tokens + read,
            completion_tokens=answer.completion_tokens + wrote,
        )

    def _said(
        self, query: Query, logprobs: Prior, found: Sequence[LabelScores], preparing: float
    ) -> Answer:
        """Return the most likely label as an answer; the query's own scores are the first."""
        label = max(logprobs, key=logprobs.__getitem__)
        return Answer(
            query.id,
            label,
            label,
            logprobs=logprobs,
            prompt_tokens=sum(each.prompt_tokens for each in found),
            cached_tokens=sum(each.cached_tokens for each in found),
            completion_tokens=found[0].label_tokens[label],
            seconds=preparing + sum(each.seconds for each in found),
        )

    def _shown_in(self, prompt: Prompt) -> list[str]:
        """Return the labels of a prompt's examples, which are likely."""
        shown = {shot.example.output for shot in prompt.shots}
        return [label for label in self.labels if label in shown]

    def _texts(self) -> tuple[str, ...]:
        return CONTENT_FREE if self.setup.decoding.calibration == "contextual" else ()

    def _contentless(self, prompt: Prompt, text: str) -> list[Message]:
        """Return the same prompt with a text without content in place of the one asked."""
        shots = [shot.example for shot in prompt.shots]
        return self._rendered(Query.of("", text), shots, prompt.passages)

    def _scores(
        self, messages: Sequence[Message], shared: int, likely: Sequence[str] = ()
    ) -> LabelScores:
        return self._scorer.score_labels(
            messages,
            self.labels,
            stop=stop_texts(self.setup, self.task),
            shared_prefix=shared,
            exact=self.setup.decoding.calibration != "none",
            likely=likely,
        )

    def _batch_prior(self, query: Query) -> Prior:
        """Return the mean answer to inputs of the pool; asked once, as it costs as many prompts.

        Under leave-one-out the pool holds the query. It is then neither among those inputs nor
        an example in their prompts, which would tell its label.
        """
        hidden = self._same.of(query) if query.id in self._ids else []
        places = range(len(self._pool))
        drawn = drawn_inputs(places, self.setup.examples.seed, hidden)
        known = len(self._prior_answers)
        told = [prior for place in drawn if (prior := self._prior_answer(place, hidden))]
        if not told:
            raise InputError(
                "Batch calibration asks about inputs of labelled examples, and there are none "
                'that can be asked; label some, or set calibration to "none" or "contextual".'
            )
        if len(self._prior_answers) > known:
            write_json(self._prior_path, self._prior_answers)
        return mean_prior(told)

    def _prior_answer(self, place: int, hidden: Sequence[int]) -> Prior | None:
        """Return the answer to an input of the pool, by a prompt without what is hidden."""
        query = query_of(self._pool[place])
        prompt = self._prompts.get(place) or self.prompt(query)
        self._prompts[place] = prompt
        if prompt.abstains:
            return None
        messages, ids = prompt.messages, {self._pool[other].id for other in hidden}
        if self.selector and any(shot.example.id in ids for shot in prompt.shots):
            shots = [shot.example for shot in self.selector.select(query, hidden)]
            messages = self._rendered(query, shots, prompt.passages)
        key = content_hash(messages)
        if key not in self._prior_answers:
            self._prior_answers[key] = self._scores(messages, self._shared_with(messages)).logprobs
        return self._prior_answers[key]

    @cached_property
    def _prior_answers(self) -> dict[str, Prior]:
        """Return what the model said to inputs of the pool, by the prompt."""
        path = self._prior_path
        told: dict[str, Prior] = read_json(path) if path.exists() else {}
        return told

    @cached_property
    def _prior_path(self) -> Path:
        return self._folder.answers_folder / f"prior-{self._prior_key()}.json"

    def _prior_key(self) -> str:
        """Return what names all that decides the prior."""
        from ladder.models.fingerprint import fingerprint

        return content_hash(
            {
                "setup": self.setup.to_dict(),
                "weights": [fingerprint(self.setup.model), fingerprint(self.setup.embedder)],
                "dtype": self.dtype,
                "task": asdict(self.task),
                "labels": self.labels,
                "pool": [example.to_dict() for example in self._pool],
                "code": code_version(),
            }
        )


def _begin_alike(setup: Setup) -> bool:
    """Return whether all prompts of a Setup are the same but for what is asked."""
    if setup.retrieval.source != "none" or setup.decoding.calibration != "none":
        return False
    return not setup.examples.count or setup.examples.selection == "random"
