"""What a few-shot prompt takes: tokens, the context window, the part that is cached, dollars.

Nothing is ever cut off: a prompt that does not fit is said not to, with the number of examples
that do. Prices are estimates: of one prompt and an answer as long as the labelled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from ladder.answering import Message, Query, Setup
from ladder.costs.prices import cost_per_1k, token_price
from ladder.errors import InputError
from ladder.methods import DEFAULT_MODEL
from ladder.models.tokens import TokenCounter
from ladder.project.task import Example, Task
from ladder.prompt import render
from ladder.speeds import speeds
from rag.few_shot.fitting import fitting

__all__ = ["LEAST_CACHED", "Budget", "Prompts", "budget_of", "largest_count"]

LEAST_CACHED = 1024
"""Tokens at a prompt's beginning from which a provider keeps them and gives its discount (OpenAI's
minimum, by its documentation on prompt caching; others ask for 1,024 to 4,096)."""
_PROBES = (Query.of("", "1"), Query.of("", "x", context="-"))
"""Two queries that share nothing: what both prompts begin with, all do."""
_LOOKED_AT = 64
"""Labelled examples by which the length of others is estimated."""


@dataclass(frozen=True)
class Budget:
    """What one prompt takes."""

    prompt_tokens: int
    most_answer_tokens: int
    """The longest answer that the Setup allows; room is kept for it."""
    answer_tokens: float
    """Mean tokens of the labelled answers, at most the longest; 0 where labels are scored."""
    context: int | None
    """Tokens that the model can read at once, where known."""
    fits_most: int | None
    """How many examples fit; where more than those shown do, an estimate by their mean length.
    None where the window is not known."""
    cacheable_tokens: int
    """Tokens at the beginning that are the same for every question."""
    cost_per_call: float | None
    """$ of a call, nothing cached; None where no price is set or it cannot be reckoned."""
    cached_cost_per_call: float | None
    """The same with the beginning cached; equal where there is no discount."""
    warning: str
    """That the prompt does not fit, and what does; else empty."""
    price_note: str
    """What the price rests on, or why there is none."""

    @property
    def fits(self) -> bool:
        """Return whether prompt and answer fit in the context window, as far as it is known."""
        return not self.warning

    @property
    def cacheable_share(self) -> float:
        """Return the share of the prompt that is the same for every question."""
        return self.cacheable_tokens / self.prompt_tokens if self.prompt_tokens else 0.0

    @property
    def note(self) -> str:
        """Return the warning, what is cached and what the price rests on, as sentences."""
        same = (
            f"{self.cacheable_tokens:,} of {self.prompt_tokens:,} tokens "
            f"({self.cacheable_share:.0%}) are the same for every question."
        )
        return " ".join(part for part in (self.warning, same, self.price_note) if part)

    def a_month(self, questions: float) -> tuple[float, float] | None:
        """Return the $ of so many questions, nothing cached and with the beginning cached."""
        if self.cost_per_call is None or self.cached_cost_per_call is None:
            return None
        return self.cost_per_call * questions, self.cached_cost_per_call * questions

    def check(self) -> None:
        """Check that the prompt fits.

        Raises:
            InputError: it does not; the message says how many examples do.
        """
        if self.warning:
            raise InputError(self.warning)


@dataclass(frozen=True)
class Prompts:
    """Makes the prompts of a Setup and counts their tokens, asking no model."""

    setup: Setup
    task: Task
    labels: Sequence[str]
    counter: TokenCounter

    def messages(self, query: Query, examples: Sequence[Example] = ()) -> list[Message]:
        """Return the prompt of a query."""
        return render(self.setup, query, examples, task=self.task, labels=self.labels)

    def tokens(self, query: Query, examples: Sequence[Example] = ()) -> int:
        """Return how many tokens the prompt of a query has."""
        return self.counter.count(self.messages(query, examples))

    def example_tokens(self, examples: Sequence[Example]) -> list[int]:
        """Return by how many tokens each example alone makes a prompt longer."""
        return [self.tokens(_PROBES[0], [each]) - self._bare for each in examples]

    def cacheable(self, everywhere: Sequence[Example] = ()) -> int:
        """Return how many tokens all prompts begin with.

        Args:
            everywhere: the examples that stand in every prompt, such as random ones.
        """
        one, other = (self.messages(probe, everywhere) for probe in _PROBES)
        return self.counter.shared(one, other)

    def room(self, query: Query) -> int | None:
        """Return the tokens left for examples, the answer's taken off; None without a window."""
        if self.counter.context is None:
            return None
        return self.counter.context - self.setup.decoding.max_new_tokens - self.tokens(query)

    def answer_tokens(self, pool: Sequence[Example]) -> float:
        """Return how many tokens an answer has: the mean of labelled ones, at most the longest."""
        if self.setup.answerer == "labels":
            return 0.0
        most = self.setup.decoding.max_new_tokens
        known = [each.output for each in _some(pool) if each.output]
        if not known:
            return float(most)
        counts = [self.counter.count([{"role": "plain", "content": each}]) for each in known]
        return min(float(most), sum(counts) / len(counts))

    @cached_property
    def _bare(self) -> int:
        return self.tokens(_PROBES[0])


def budget_of(
    prompts: Prompts, query: Query, shown: Sequence[Example], pool: Sequence[Example]
) -> Budget:
    """Return what the prompt of a query takes.

    Args:
        prompts: of the Setup.
        query: what is asked.
        shown: its examples, in the order in which they stand.
        pool: the labelled examples that they were chosen from.
    """
    setup, context = prompts.setup, prompts.counter.context
    tokens, most = prompts.tokens(query, shown), setup.decoding.max_new_tokens
    fits = context is None or tokens + most <= context
    fitting = _fitting(prompts, query, shown) if not fits else _estimate(prompts, query, pool)
    everywhere = shown if setup.examples.selection == "random" else ()
    cacheable = min(tokens, prompts.cacheable(everywhere))
    written = prompts.answer_tokens(pool)
    cost, cached, price_note = _price(prompts, tokens, cacheable, written)
    warning = "" if fits else _too_long(prompts, query, tokens, len(shown), fitting or 0)
    return Budget(
        tokens, most, written, context, fitting, cacheable, cost, cached, warning, price_note
    )


def largest_count(tokens: Sequence[int], room: int | None) -> int:
    """Return how many examples fit whichever are chosen: even the longest ones do.

    Args:
        tokens: of each example of the pool (`Prompts.example_tokens`).
        room: tokens left for examples (`Prompts.room`); None where the window is not known.
    """
    if room is None:
        return len(tokens)
    return sum(total <= room for total in accumulate(sorted(tokens, reverse=True)))


def _fitting(prompts: Prompts, query: Query, shown: Sequence[Example]) -> int:
    """Return how many of the examples shown fit, the least similar taken out first."""
    most = (prompts.counter.context or 0) - prompts.setup.decoding.max_new_tokens
    return fitting(
        shown, prompts.setup.examples.order, lambda kept: prompts.tokens(query, kept) <= most
    )


def _estimate(prompts: Prompts, query: Query, pool: Sequence[Example]) -> int | None:
    """Return about how many examples would fit, by the mean length of some."""
    room, some = prompts.room(query), _some(pool)
    if room is None:
        return None
    if not some:
        return 0
    mean = sum(prompts.example_tokens(some)) / len(some)
    return min(len(pool), int(room / max(mean, 1.0)))


def _price(
    prompts: Prompts, tokens: int, cacheable: int, written: float
) -> tuple[float | None, float | None, str]:
    """Return the $ of a call, with nothing and with the beginning cached, and its source."""
    basis, model = prompts.task.price, prompts.setup.model or DEFAULT_MODEL
    if basis.token_model:
        try:
            price = token_price(basis.token_model, tokens)
        except InputError as error:
            return None, None, str(error)
        kept = cacheable if cacheable >= LEAST_CACHED else 0
        source = f"Price: {price.model}, {price.price_words()}; an estimate."
        if cacheable and not kept:
            source = f"Providers cache from about {LEAST_CACHED:,} tokens on. {source}"
        return price.cost(tokens, 0, written), price.cost(tokens, kept, written), source
    if basis.hourly is None:
        return None, None, "For dollars, set a price in the task card on Start."
    if model != DEFAULT_MODEL:
        return None, None, "Measure this setting: a price per hour needs the seconds of an answer."
    here = speeds()
    costs = []
    for read in (tokens, tokens - cacheable):
        seconds = here.prompt_token * read + here.answer_token * written
        costs.append((cost_per_1k(basis, seconds, tokens, 0, written) or 0.0) / 1000)
    source = f"Price: ${basis.hourly:g} an hour, {basis.hourly_source}; speed: {here.source}."
    return costs[0], costs[1], source


def _too_long(prompts: Prompts, query: Query, tokens: int, shown: int, fitting: int) -> str:
    """Return the sentence about a prompt that does not fit."""
    needs = (
        f"The prompt does not fit: it has {tokens:,} tokens, "
        f"{prompts.setup.decoding.max_new_tokens:,} more are kept for the answer, and the model "
        f"reads {prompts.counter.context or 0:,} at once."
    )
    larger = "choose a model with a larger window"
    if fitting:
        return (
            f"{needs} {fitting:,} of the {shown:,} examples fit: show {fitting:,}, or {larger}. "
            "Nothing is cut off by itself."
        )
    if (prompts.room(query) or 0) >= 0:
        return f"{needs} None of the {shown:,} examples fits: ask without any, or {larger}."
    return f"{needs} It does not fit without examples either: shorten the text, or {larger}."


def _some(pool: Sequence[Example]) -> Sequence[Example]:
    """Return some examples, evenly from the whole pool."""
    step = max(1, len(pool) // _LOOKED_AT)
    return pool[::step][:_LOOKED_AT]
