"""What the few-shot leaderboard will take, said before it starts: settings, prompts, time, money.

Tokens are counted with the model's own tokenizer on some of the task's examples; seconds come from
what this model took here before, else from the speeds of this machine. Both are estimates, and
the band says how far off they may be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from ladder.answering import ASKS_MODEL, Setup
from ladder.costs.basis import Band, PriceBasis
from ladder.costs.prices import token_price
from ladder.evaluation.estimate import answer_tokens
from ladder.evaluation.runner import planned, query_of, standing_rows
from ladder.evaluation.scoreboard import comparable
from ladder.evaluation.search import ETA, rounds
from ladder.evaluation.space import with_fields
from ladder.files import content_hash
from ladder.prompt import render
from ladder.speeds import speeds
from rag.few_shot.board import Price
from rag.few_shot.candidates import (
    COUNTS,
    SHOTS,
    base_setup,
    calibrations,
    canonical,
    draws,
    selections,
)

if TYPE_CHECKING:
    from ladder.evaluation.score import Score
    from ladder.project.task import Example
    from ladder.project.task_folder import TaskFolder

__all__ = ["Reckoner", "plan_of", "possible_shots"]

_PROBES = 12
"""Examples whose prompts are counted."""
_SEEN = 2.0
"""How many times longer or shorter it may take than this model took before: our assumption."""
_SERVER = Band(0.2, 1.0, 5.0)
"""Seconds of a request to a server that was not measured yet: our assumption."""
_AT_ONCE = 20
"""Labels of which all tokens are read; of more, the best are looked for, which takes about as
many (our assumption)."""


class Reckoner:
    """Says how many tokens a Setup's prompts have, and about how long they take.

    Args:
        folder: the task.
        base: the Setup that is varied.
        items: what is asked.
        pool: the examples that may be shown.
        exact: whether tokens are counted; else they are reckoned from the letters, at once, and
            the window is not looked at.
    """

    def __init__(
        self,
        folder: TaskFolder,
        base: Setup,
        items: Sequence[Example],
        pool: Sequence[Example],
        *,
        exact: bool = True,
    ) -> None:
        from ladder.models.tokens import TokenCounter, token_counter

        self.folder, self.items, self.pool = folder, items, pool
        self._answer = base.decoding.max_new_tokens
        self._counter = token_counter(base.model or "") if exact else TokenCounter(None)
        self._labels = folder.labels()
        order = sorted(pool, key=lambda example: content_hash(example.id))[:_PROBES]
        bare = [self._count(base, example, []) for example in order]
        own = [
            self._count(base, example, [example]) - alone
            for example, alone in zip(order, bare, strict=True)
        ]
        self.example, self.longest_example = fmean(own), max(own)
        self._order, self._longest = order, max(bare)
        self._bare: dict[bool, float] = {base.prompt.show_labels: fmean(bare)}
        self._pace, self.factor, self.source = self._seen(base)

    @property
    def context(self) -> int | None:
        """Return the model's context window in tokens, where known."""
        return self._counter.context

    def tokens(self, setup: Setup) -> float:
        """Return about how many tokens a prompt has."""
        listed = setup.prompt.show_labels
        if listed not in self._bare:
            self._bare[listed] = fmean(self._count(setup, each, []) for each in self._order)
        return self._bare[listed] + setup.examples.count * self.example

    def why_not(self, count: int) -> str:
        """Return why so many examples cannot be shown; empty if they can."""
        others = len(self.pool) - 1
        if count > others:
            return f"There are {others} other labelled examples to show, and not {count}."
        typical = (self.example + self.longest_example) / 2
        needed = round(self._longest + count * typical) + self._answer
        if self.context is not None and needed > self.context:
            return (
                f"{count} examples need about {needed:,} tokens with the question and the answer, "
                f"and this model reads {self.context:,} at once."
            )
        return ""

    def seconds(self, setup: Setup) -> float:
        """Return about how many seconds one answer takes."""
        read, written = self.tokens(setup), answer_tokens(self.items, setup)
        if setup.answerer == "labels":  # each label, or the best of many, is read with the prompt
            read += sum(len(label) / 4 + 1 for label in self._labels[:_AT_ONCE])
            written = 0.0
        if self._pace is not None:
            return self._pace * (read + written)
        if (setup.model or "").startswith("server:"):
            return _SERVER.p50
        here = speeds()
        return read * here.prompt_token + written * here.answer_token + here.text

    def dollars(self, basis: PriceBasis, setup: Setup, asks: float) -> float | None:
        """Return about what so many answers cost; None without a price that counts here.

        Token prices count for a server; a model on this machine costs its hours.
        """
        if basis.token_model and (setup.model or "").startswith("server:"):
            read, written = self.tokens(setup), answer_tokens(self.items, setup)
            return asks * token_price(basis.token_model, read).cost(read, 0, written)
        if basis.hourly is None:
            return None
        return asks * self.seconds(setup) / 3600 * basis.hourly

    def _count(self, setup: Setup, asked: Example, shown: Sequence[Example]) -> int:
        task = self.folder.task
        messages = render(setup, query_of(asked), shown, task=task, labels=self._labels)
        return self._counter.count(messages)

    def _seen(self, base: Setup) -> tuple[float | None, float, str]:
        """Return the seconds a token as this model took them, how far off, and the source."""
        before = [
            score
            for score in comparable(self.folder)
            if score.model == base.model
            and (score.setup or {}).get("answerer") in ASKS_MODEL
            and score.prompt_tokens > 2 * score.cached_tokens  # what is kept tells no pace
        ]
        if before:
            tokens = sum(score.prompt_tokens + score.completion_tokens for score in before)
            n = sum(score.n for score in before)
            pace = sum(_alone(score) for score in before) / tokens
            return pace, _SEEN, f"the pace of {n:,} answers that this model gave here"
        if (base.model or "").startswith("server:"):
            return None, _SERVER.p90 / _SERVER.p50, "our assumption: 0.2 to 5 s a request"
        here = speeds()
        return None, here.factor, here.source.rstrip(".")


def possible_shots(reckoner: Reckoner) -> list[int]:
    """Return the counts of the curve that the pool and the context window allow; 0 is one."""
    return [count for count in COUNTS if not count or not reckoner.why_not(count)]


def plan_of(
    folder: TaskFolder,
    *,
    model: str | None = None,
    setup: Setup | None = None,
    limit: int | None = None,
    seed: int = 0,
    exact: bool = True,
) -> Price:
    """Return what the leaderboard will take; nothing is asked and no weights are loaded.

    Args:
        folder: the task.
        model: who is asked; None takes the Setup's.
        setup: what is varied; None takes the task's own.
        limit: size of a stratified random sample; None means all.
        seed: draws it.
        exact: False reckons the tokens from the letters and does not look for what was answered
            before, so that nothing heavy is loaded: a page can say it at once.

    Raises:
        ProjectError: there is nothing to measure on.
        ModelError: the model's tokenizer cannot be had.
    """
    base = base_setup(folder, model, setup)
    evaluation = planned(folder, base, "validation", limit, seed)
    items = evaluation.items
    reckoner = Reckoner(folder, base, items, evaluation.pool, exact=exact)
    counts = possible_shots(reckoner)
    base = with_fields(base, {"examples.count": min(SHOTS, max(counts))})
    wanted = _asks(folder, base, counts, len(items))
    left = wanted if not exact else [
        (each, max(0.0, asked - _answered(folder, each, items, limit, seed)))
        for each, asked in wanted
    ]  # fmt: skip
    seconds = sum(asks * reckoner.seconds(setup) for setup, asks in left)
    dollars = [reckoner.dollars(folder.task.price, setup, asks) for setup, asks in left]
    priced = [each for each in dollars if each is not None]
    if not (base.model or "").startswith("server:"):
        seconds += speeds().starting
    return Price(
        settings=len({_one(setup).hash for setup, _ in wanted}),
        items=len(items),
        asks=math.ceil(sum(asks for _, asks in left)),
        seconds=Band.around(seconds, reckoner.factor),
        dollars=Band.around(sum(priced), reckoner.factor) if priced else None,
        source=reckoner.source,
    )


def _answered(
    folder: TaskFolder, setup: Setup, items: Sequence[Example], limit: int | None, seed: int
) -> int:
    """Return how many of the items a Setup has answered already."""
    return len(standing_rows(planned(folder, setup, "validation", limit, seed), items))


def _asks(
    folder: TaskFolder, base: Setup, counts: Sequence[int], n: int
) -> list[tuple[Setup, float]]:
    """Return every Setup with about how many items it will be asked.

    The base goes through every item, the others of the first step through as many as halving lets
    them; who survives is not known yet, so each has its share.
    """
    points = selections(base, folder.task).points(base)
    others = len(points) - 1
    sizes = rounds(others, n)
    going_on = min(1.0, (math.ceil(others / ETA) + 1) / others)
    expected = sizes[0] + (n - sizes[0]) * going_on
    found: list[tuple[Setup, float]] = []
    for point in points:
        setup = canonical(with_fields(base, point))
        asked = float(n) if setup == base else expected
        found += [(draw, asked) for draw in draws(setup)]
    # Which selection is best is not known either: the curve is reckoned with the nearest.
    for count in counts:
        if count not in (0, base.examples.count):
            found.append((with_fields(base, {"examples.count": count}), float(n)))
    space = calibrations(base, folder.task)
    for point in space.points(base) if space else []:
        if with_fields(base, point) != base:
            found.append((with_fields(base, point), float(n)))
    return found


def _one(setup: Setup) -> Setup:
    """Return the one setting that a draw is part of."""
    if setup.examples.selection != "random":
        return setup
    return with_fields(setup, {"examples.seed": 0})


def _alone(score: Score) -> float:
    """Return the seconds that a score's answers take one at a time; some were asked together."""
    return score.seconds if score.p50_ms is None else score.n * score.p50_ms / 1000
