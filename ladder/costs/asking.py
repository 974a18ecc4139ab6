"""What a month of questions costs: tokens of a host, or GPUs of your own that are always on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ladder.costs.basis import Band
from ladder.costs.figure import Figure
from ladder.costs.method_price import Line, PriceInputs, TokenRates, times
from ladder.costs.roofline import ENGINES, Query, Server
from ladder.costs.serving import DAYS_PER_MONTH, HOURS_PER_MONTH, month_line
from ladder.costs.shapes import shape_for
from ladder.errors import InputError

__all__ = ["LONGEST_PROMPT", "hosted_line", "on_hand", "own_line", "own_rate"]

LONGEST_PROMPT = 2e6
"""Tokens; longer prompts fit no model (our assumption), so own GPUs are not reckoned for more."""
_DOUBLINGS = 24


def hosted_line(i: PriceInputs, rates: TokenRates, extra: Band, own_factor: Band) -> Line:
    """Price a month at a host.

    Args:
        i: the situation.
        rates: what the model's tokens cost.
        extra: prompt tokens on top of the question's own, such as passages.
        own_factor: what a host charges for weights of your own, over its usual price.
    """
    queries = i.queries_per_day * DAYS_PER_MONTH
    cached = i.cacheable_share * i.tokens_in
    fresh = extra + Band(*[i.tokens_in - cached] * 3)
    each = times(fresh, rates.input) + rates.cached_input * cached + rates.output * i.tokens_out
    given = {
        "questions a month": queries,
        "fresh prompt tokens": fresh.p50,
        "cached prompt tokens": cached,
        "answer tokens": i.tokens_out,
        "$ per million prompt tokens": rates.input.p50,
        "$ per million cached tokens": rates.cached_input.p50,
        "$ per million answer tokens": rates.output.p50,
    }
    formula = (
        "questions a month x (fresh prompt tokens x price + cached prompt tokens x price + answer "
        "tokens x price)"
    )
    source = rates.source
    if own_factor.p90 > 1:
        given["factor for weights of your own"] = own_factor.p50
        formula += " x factor for weights of your own"
        source += "; hosted fine-tuned models cost up to twice their base (LiteLLM price data)"
    money = times(each, own_factor) * (queries / 1e6)
    return Line("monthly", Figure("asking a host", money, "$ a month", formula, given, source))


def own_line(i: PriceInputs, extra: Band, params: float, kept: bool = False) -> Line:
    """Price a month of GPUs that are always on: the cheapest servers that bear the peak.

    Args:
        i: the situation.
        extra: prompt tokens on top of the question's own, such as passages.
        params: of the model.
        kept: the extra tokens are the same in every question, so the engine reads them once.

    Raises:
        InputError: the engine is not known.
    """
    extras = (extra.p10, extra.p50, extra.p90)
    low, middle, high = (_cheapest(i, _query(i, more, kept), params) for more in extras)
    money = Band(low.value.p10, middle.value.p50, high.value.p90)
    line = Line("monthly", replace(middle, value=money))
    if not i.owned_always_on:
        return line
    there = i.gpu.hourly * (i.owned_always_on * HOURS_PER_MONTH)
    paid = Band(*(
        max(0.0, all_of_it - own)
        for all_of_it, own in zip(vars(money).values(), vars(there).values(), strict=True)
    ))  # fmt: skip
    return on_hand(line, paid, i.owned_always_on)


def on_hand(line: Line, paid: Band, gpus: int) -> Line:
    """Return the line with what must be paid beside GPUs on hand, and a word about it."""
    figure = line.figure
    said = replace(
        figure,
        formula=f"{figure.formula}; GPUs on hand stand here at the price of renting them and do "
        "not count against a budget",
        inputs={**figure.inputs, "GPUs on hand": gpus},
    )
    return Line(line.when, said, paid)


def own_rate(i: PriceInputs, params: float) -> tuple[Band, int]:
    """Return queries a second, and the GPUs, of the smallest server that takes the questions."""
    query = _query(i)
    server = next(_servers(i, query, params))
    return Band.around(server.speed(query).queries_per_s, server.spread), server.gpus


def _cheapest(i: PriceInputs, query: Query, params: float) -> Figure:
    """Return the month of the cheapest size of server, at each end of the band."""
    price = i.gpu.hourly
    best: Band | None = None
    for server in _servers(i, query, params):
        one = price * (server.gpus * HOURS_PER_MONTH)
        if best and one.p10 > best.p10 and one.p50 > best.p50 and one.p90 > best.p90:
            break
        rate = Band.around(server.speed(query).queries_per_s, server.spread)
        month, _ = month_line(
            rate, server.gpus, price, i.gpu.price_words(), i.queries_per_day, 1 / i.peak_factor
        )
        if best is None or month.value.p50 < best.p50:
            figure, chosen = month, server
        best = _least(best, month.value)
    assert best is not None
    given: dict[str, float | str] = {
        "parameters": params, "weights": chosen.weights, "prompt tokens": query.input,
        "cached tokens": query.cached, "answer tokens": query.output, "engine": i.engine,
    }  # fmt: skip
    source = f"{figure.source}; speed: {chosen.engine.source}"
    return replace(figure, value=best, inputs={**given, **figure.inputs}, source=source)


def _least(a: Band | None, b: Band) -> Band:
    return b if a is None else Band(min(a.p10, b.p10), min(a.p50, b.p50), min(a.p90, b.p90))


def _query(i: PriceInputs, extra: float = 0, kept: bool = False) -> Query:
    prompt = min(max(i.tokens_in + extra, 1), LONGEST_PROMPT)
    cached = i.cacheable_share * i.tokens_in + (extra if kept else 0)
    return Query(prompt, min(max(i.tokens_out, 1), LONGEST_PROMPT), min(cached, prompt))


def _servers(i: PriceInputs, query: Query, params: float) -> Iterator[Server]:
    """Return servers of 1, 2, 4 .. GPUs, from the smallest on that the model and a query fit on."""
    if i.engine not in ENGINES:
        raise InputError(f'The engine is "{i.engine}"; give one of {", ".join(ENGINES)}.')
    shape = shape_for(params)
    weights = "fp8" if i.gpu.tflops_fp8 else "bf16"
    for power in range(_DOUBLINGS):
        server = Server(shape, i.gpu, 2**power, weights, ENGINES[i.engine])
        if server.batch(query) >= 1:
            yield server
