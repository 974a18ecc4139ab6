"""A first price of every method, from plain numbers: wide bands, every assumption a sentence.

Formulas: training 6 x parameters x tokens (all weights) or 4 x (adapters) floating-point
operations over speed times utilisation; asking, tokens times price, or GPUs that are always on.
People's days stand beside the money, never in it. This is a first look, not a quote.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from ladder.costs.basis import Band
from ladder.costs.gpus import GPUS, Gpu
from ladder.errors import InputError

__all__ = ["FirstPrice", "Line", "PriceInputs", "TokenRates", "first_price"]

When = Literal["one-off", "monthly"]
DAYS_PER_MONTH = 365 / 12
HOURS_PER_MONTH = 730
ZERO = Band(0, 0, 0)
ASSUMED = "our assumption"


@dataclass(frozen=True)
class TokenRates:
    """$ per million tokens, as a band over several hosts or models."""

    input: Band
    output: Band
    source: str
    """Price list, its date and the models that the band spans."""


@dataclass(frozen=True)
class PriceInputs:
    """The plain numbers that a first price needs."""

    rates: TokenRates
    """What the candidate model's tokens cost when hosted."""
    larger_rates: TokenRates
    """What a larger model's tokens cost."""
    queries_per_day: float = 1000
    tokens_in: float = 500
    tokens_out: float = 150
    knowledge_tokens: float = 0
    training_tokens: float = 0
    """Tokens of the labelled examples, read once."""
    labelled: float = 0
    """Labelled examples that are there."""
    labels_to_make: float = 0
    """Labelled examples that would be made first."""
    unlabelled_tokens: float = 0
    preferences: float = 0
    facts_to_change: float = 0
    base_params: float = 8e9
    hosted: bool = True
    """False: data may not leave, so every model runs on own GPUs that are always on."""
    gpu: Gpu = GPUS["a100-80"]
    """The GPU that trains, and serves what no host serves."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
                raise InputError(f"{name} is {value}; give a number that is 0 or more.")
        if self.base_params == 0:
            raise InputError("base_params is 0; give the number of parameters, such as 8e9.")


@dataclass(frozen=True)
class Line:
    """One part of a price, with the sentence that says how it was reckoned."""

    when: When
    money: Band
    formula: str
    source: str


@dataclass(frozen=True)
class FirstPrice:
    """A method's first price: money once, money a month, and people's days beside it."""

    method: str
    lines: tuple[Line, ...]
    people_days: Band
    """Working days of people to build it (our assumption); not in the money."""

    @property
    def one_off(self) -> Band:
        """Return the $ once."""
        return self._sum("one-off")

    @property
    def monthly(self) -> Band:
        """Return the $ a month."""
        return self._sum("monthly")

    def total(self, months: float, day_price: float = 0) -> Band:
        """Return the $ over some months, people's days at `day_price` $ each."""
        return self.one_off + self.monthly * months + self.people_days * day_price

    def _sum(self, when: When) -> Band:
        return sum((line.money for line in self.lines if line.when == when), ZERO)


_PEOPLE_DAYS: dict[str, Band] = {
    "no-llm": Band(0.5, 1, 3),
    "classifier": Band(1, 3, 8),
    "prompt": Band(0.5, 1, 3),
    "icl": Band(0.5, 2, 4),
    "docs-in-prompt": Band(0.5, 2, 5),
    "rag": Band(4, 10, 25),
    "larger-model": Band(0.5, 1, 3),
    "peft": Band(2, 5, 15),
    "full": Band(3, 8, 25),
    "rag+peft": Band(6, 15, 40),
    "distill": Band(4, 10, 25),
    "self-training": Band(5, 12, 30),
    "preference": Band(5, 12, 30),
    "edit": Band(2, 5, 15),
    "cpt": Band(10, 25, 60),
    "pretrain": Band(60, 200, 600),
}


def first_price(method: str, inputs: PriceInputs) -> FirstPrice:
    """Return the first price of a method.

    Raises:
        InputError: the advisor has no method of this name.
    """
    if method not in _LINES:
        raise InputError(f'No price for "{method}"; known: {", ".join(_LINES)}.')
    lines = tuple(line for line in _LINES[method](inputs) if line.money.p90 > 0)
    return FirstPrice(method, lines, _PEOPLE_DAYS[method])


def _ask(i: PriceInputs, extra: Band = ZERO, why: str = "", own: float = 0) -> Line:
    """Price a month of questions; `extra` prompt tokens each, `own` > 0 for weights of our own."""
    if not i.hosted:
        return _always_on(i, extra)
    factor = Band(1, 1 + own / 2, 1 + own) if own else Band(1, 1, 1)
    return _tokens(i, i.rates, extra, why, factor)


def _tokens(i: PriceInputs, rates: TokenRates, extra: Band, why: str, factor: Band) -> Line:
    queries = i.queries_per_day * DAYS_PER_MONTH
    prompt = extra + Band(i.tokens_in, i.tokens_in, i.tokens_in)
    each = _times(prompt, rates.input) + rates.output * i.tokens_out
    formula = (
        f"{queries:,.0f} questions a month x ({_words(prompt)} prompt tokens{why} and "
        f"{i.tokens_out:,.0f} answer tokens) x token price"
    )
    source = rates.source
    if factor.p90 > 1:
        formula += f" x 1 to {factor.p90:g} for weights of your own"
        source += "; hosted fine-tuned models cost up to twice their base (LiteLLM price data)"
    return Line("monthly", _times(each, factor) * (queries / 1e6), formula, source)


def _always_on(i: PriceInputs, extra: Band = ZERO) -> Line:
    """Price GPUs that are always on: enough for five times the mean traffic, at least one."""
    tokens = i.tokens_in + extra.p50 + i.tokens_out
    each = i.gpu.tflops * 1e12 * 0.4 / (2 * i.base_params * tokens)
    fits = math.ceil(2 * i.base_params / (0.9 * i.gpu.memory_gb * 1e9))
    count = max(1, fits, math.ceil(i.queries_per_day / 86400 / 0.2 / each))
    formula = (
        f"{count} x {i.gpu.name} always on, {HOURS_PER_MONTH} hours a month, for "
        f"{i.queries_per_day:,.0f} questions a day of {tokens:,.0f} tokens; 40 % of peak speed "
        "and mean traffic a fifth of the peak are our assumptions"
    )
    money = i.gpu.hourly * (count * HOURS_PER_MONTH)
    return Line("monthly", money, formula, f"price of the {i.gpu.name}: {i.gpu.source}")


def _train(i: PriceInputs, tokens: float, passes: float, what: str, large: bool = False) -> Line:
    """Price training: `passes` x parameters x tokens operations, half of the runs again."""
    if tokens == 0:
        return Line("one-off", ZERO, "nothing to train on", ASSUMED)
    use = Band(0.15, 0.25, 0.32) if large else Band(0.10, 0.25, 0.35)
    operations = passes * i.base_params * tokens
    speed = i.gpu.tflops * 1e12 * 3600
    shares = (use.p90, use.p50, use.p10)
    hours = Band(*(max(1.0, operations / (speed * share)) for share in shares))
    formula = (
        f"{what}: {passes:g} x {i.base_params:.3g} parameters x {tokens:.3g} tokens on a "
        f"{i.gpu.name} at {use.p10:.0%} to {use.p90:.0%} of its speed = {_words(hours)} GPU-hours, "
        "at least one; every second run is done again (our assumption)"
    )
    source = f"operations: EleutherAI Transformer Math 101; price: {i.gpu.source}"
    return Line("one-off", _times(hours, i.gpu.hourly) * 1.5, formula, source)


def _labels(i: PriceInputs) -> Line:
    money = Band.around(i.labels_to_make * 2 / 60 * 30, 2)
    formula = (
        f"{i.labels_to_make:,.0f} examples to label x 2 minutes x $30 an hour, halved or doubled"
    )
    return Line("one-off", money, formula, ASSUMED)  # fmt: skip


def _server(money: Band, what: str) -> Line:
    return Line("monthly", money, f"{what}: ${money.p10:g} to ${money.p90:g} a month", ASSUMED)


def _cpu() -> Line:
    what = "no more than the program that asks, or a small server without a GPU, always on"
    return _server(Band(0, 10, 80), what)


def _shots(i: PriceInputs) -> Line:
    shown = 8 * (i.tokens_in + i.tokens_out)
    return _ask(i, Band(shown, shown, shown), ", 8 examples included")


def _docs(i: PriceInputs) -> Line:
    k = i.knowledge_tokens
    why = ", all documents included, of which caching saves up to 90 % (Anthropic)"
    return _ask(i, Band(0.1 * k, 0.3 * k, k), why)


def _retrieval(i: PriceInputs, own: float = 0) -> list[Line]:
    embed = _times(Band(1, 1.1, 1.3), Band(0.02, 0.05, 0.13)) * (i.knowledge_tokens / 1e6)
    return [
        Line(
            "one-off",
            embed,
            f"{i.knowledge_tokens:,.0f} document tokens, chunks overlapping, embedded once at "
            "$0.02 to $0.13 per million",
            "OpenAI text-embedding-3 prices (LiteLLM price data)",
        ),
        _ask(i, Band(600, 1500, 3000), ", 1,500 tokens of passages included", own),
        _server(Band(5, 30, 100), "an index server"),
    ]


def _adapter(i: PriceInputs) -> list[Line]:
    return [_labels(i), _train(i, 3 * _rows(i), 4, "adapters, 3 epochs")]


def _rows(i: PriceInputs) -> float:
    """Return the training tokens of one epoch, with labels to be made; at least 100 examples."""
    each = i.tokens_in + i.tokens_out
    return max(i.training_tokens + i.labels_to_make * each, 100 * each)


def _distill(i: PriceInputs) -> list[Line]:
    rows = max(5000, i.labelled + i.labels_to_make)
    each = i.larger_rates.input * i.tokens_in + i.larger_rates.output * i.tokens_out
    formula = f"{rows:,.0f} rows answered once by the larger model (at least 5,000: our assumption)"
    return [
        Line("one-off", each * (rows / 1e6), formula, i.larger_rates.source),
        _train(i, 3 * rows * (i.tokens_in + i.tokens_out), 4, "adapters, 3 epochs"),
        _ask(i, own=1),
    ]


def _self_training(i: PriceInputs) -> list[Line]:
    drawn = 3 * 8 * max(i.labelled, 100) * (i.tokens_in + i.tokens_out)
    return [
        _train(i, drawn, 2, "3 rounds of 8 sampled answers to each example (our assumption)"),
        _train(i, 3 * 3 * _rows(i), 4, "adapters in 3 rounds, 3 epochs each"),
        _ask(i, own=1),
    ]


def _preference(i: PriceInputs) -> list[Line]:
    pairs = max(i.preferences, 1000)
    tokens = pairs * 2 * (i.tokens_in + i.tokens_out)
    rating = f"{pairs - i.preferences:,.0f} pairs to rate, up to 1,000, x 1 minute x $30 an hour"
    return [
        Line("one-off", Band.around((pairs - i.preferences) / 60 * 30, 2), rating, ASSUMED),
        _train(i, tokens, 6, "both answers of each pair, adapters and reference"),
        _ask(i, own=1),
    ]


def _edit(i: PriceInputs) -> list[Line]:
    hours = Band.around(max(1.0, i.facts_to_change / 60), 4)
    formula = f"{i.facts_to_change:,.0f} facts x 1 GPU-minute, at least an hour (our assumption)"
    return [Line("one-off", _times(hours, i.gpu.hourly), formula, i.gpu.source), _always_on(i)]


def _pretrain(i: PriceInputs) -> list[Line]:
    tokens = max(i.unlabelled_tokens, 20 * i.base_params)
    what = "from nothing, at least 20 tokens per parameter (our assumption)"
    return [_train(i, tokens, 6, what, large=True), *_adapter(i), _always_on(i)]


def _cpt(i: PriceInputs) -> list[Line]:
    floor = 1e9 if i.base_params > 1e9 else 1e8
    what = f"raw text, at least {floor:.0e} tokens, with 5 % replay"
    more = _train(i, 1.05 * max(i.unlabelled_tokens, floor), 6, what, large=True)
    return [more, *_adapter(i), _always_on(i)]


def _larger(i: PriceInputs) -> list[Line]:
    if i.hosted:
        return [_tokens(i, i.larger_rates, ZERO, "", Band(1, 1, 1))]
    return [_always_on(replace(i, base_params=8 * i.base_params))]


_LINES: dict[str, Callable[[PriceInputs], list[Line]]] = {
    "no-llm": lambda i: [_cpu()],
    "classifier": lambda i: [_labels(i), _cpu()],
    "prompt": lambda i: [_ask(i)],
    "icl": lambda i: [_shots(i)],
    "docs-in-prompt": lambda i: [_docs(i)],
    "rag": _retrieval,
    "larger-model": _larger,
    "peft": lambda i: [*_adapter(i), _ask(i, own=1)],
    "full": lambda i: [
        _labels(i), _train(i, 3 * _rows(i), 6, "all weights, 3 epochs"), _always_on(i),
    ],
    "rag+peft": lambda i: [*_adapter(i), *_retrieval(i, own=1)],
    "distill": _distill,
    "self-training": _self_training,
    "preference": _preference,
    "edit": _edit,
    "cpt": _cpt,
    "pretrain": _pretrain,
}  # fmt: skip


def _times(a: Band, b: Band) -> Band:
    """Multiply two bands that are wrong together: an upper bound on the width."""
    return Band(a.p10 * b.p10, a.p50 * b.p50, a.p90 * b.p90)


def _words(band: Band) -> str:
    low, high = f"{band.p10:,.4g}", f"{band.p90:,.4g}"
    return low if low == high else f"{low} to {high}"
