"""What answering costs on GPUs of your own, by the roofline."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ladder.costs.basis import Band
from ladder.costs.checks import not_negative, positive
from ladder.costs.figure import Figure
from ladder.costs.gpus import Gpu
from ladder.costs.roofline import ENGINES, Engine, Query, Server, Speed
from ladder.costs.shapes import ModelShape
from ladder.errors import InputError

__all__ = [
    "DAYS_PER_MONTH",
    "HOURS_PER_MONTH",
    "ServingEstimate",
    "Split",
    "fastest_server",
    "month_line",
    "serving_estimate",
]

HOURS_PER_MONTH = 730
DAYS_PER_MONTH = 365 / 12
_ROOFLINE = "roofline of prefill and decode, docs/costs.md"


@dataclass(frozen=True)
class Split:
    """All GPUs as equal servers of their own, which share the queries."""

    servers: int
    gpus_each: int
    tokens_per_s: Band
    cost_per_1k: Band

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"gpus_used": self.servers * self.gpus_each}


@dataclass(frozen=True)
class ServingEstimate:
    """What a model on GPUs of your own reaches and costs."""

    tokens_per_s: Band
    """Answer tokens a second of all GPUs together, as many queries in flight as fit."""
    queries_per_s: Band
    cost_per_1k: Band
    """$ of 1,000 queries when the traffic's mean is `utilisation` of what the GPUs can do."""
    monthly: Band | None
    """$ a month for the traffic given, at least one server always on; None without traffic."""
    servers: float
    """Servers for the peak of that traffic; 1 without traffic."""
    batch: float
    first_token_s: float
    """Seconds to the first token of a query that is alone."""
    alone_tokens_per_s: float
    """Answer tokens a second of a query that is alone."""
    gpus: int
    """GPUs of one server that are used and paid: more would not be faster."""
    weights: str
    engine: str
    lines: tuple[Figure, ...]
    split: Split
    """The equal servers that answer fastest on all GPUs given."""
    price: dict[str, Any]
    """Age of the price of the GPU: seen, days, old; empty where the price is yours."""

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        bands = {
            "max_tokens_per_s": self.tokens_per_s,
            "queries_per_s": self.queries_per_s,
            "cost_per_1k_queries": self.cost_per_1k,
        }
        if self.monthly is not None:
            bands["cost_per_month"] = self.monthly
        return {
            **{name: band.p50 for name, band in bands.items()},
            "bands": {name: vars(band) for name, band in bands.items()},
            "servers": self.servers,
            "batch": self.batch,
            "first_token_s": self.first_token_s,
            "alone_tokens_per_s": self.alone_tokens_per_s,
            "gpus_used": self.gpus,
            "weights": self.weights,
            "engine": self.engine,
            "best_split": self.split.to_json(),
            "price": self.price,
            "lines": [line.to_json() for line in self.lines],
        }


def serving_estimate(
    *,
    shape: ModelShape,
    gpu: Gpu,
    query: Query,
    gpus: int = 1,
    weights: str | None = None,
    engine: str = "tensorrt-llm",
    hourly: Band | None = None,
    utilisation: float = 0.2,
    queries_per_day: float | None = None,
) -> ServingEstimate:
    """Return what a model on GPUs of your own reaches and costs.

    Args:
        shape: the model.
        gpu: the kind of GPU.
        query: tokens of a prompt and its answer.
        gpus: GPUs at most of one server, which share every layer; those it uses are paid.
        weights: bf16, fp8, int8 or int4; None: fp8 where the GPU has it, else bf16.
        engine: tensorrt-llm, vllm or transformers.
        hourly: $ per GPU and hour; None: the table's.
        utilisation: mean over peak traffic (our assumption: 0.2).
        queries_per_day: traffic for the price of a month.

    Raises:
        InputError: a number is out of range or too large, a name is not known, or it does not
            fit.
    """
    if not 0 < utilisation <= 1:
        raise InputError(f"utilisation is {utilisation}; give a share above 0, at most 1.")
    server = fastest_server(shape, gpu, gpus, query, weights, engine)
    speed = server.speed(query)
    alone = server.speed(query, batch=1)
    rate = Band.around(speed.queries_per_s, server.spread)
    price = hourly or gpu.hourly
    source = "your price" if hourly else gpu.price_words()
    cost = _cost(price, server.gpus, utilisation, rate)
    given = {"GPUs": server.gpus, "$ per GPU and hour": price.p50, "utilisation": utilisation}
    lines = [
        *_speed_lines(server, query, speed, rate),
        Figure(
            "1,000 queries", cost, "$",
            "1000 / (queries a second x 3600) x GPUs x $ per GPU and hour / utilisation",
            {"queries a second": speed.queries_per_s, **given},
            f"{source}; utilisation: mean over peak traffic",
        ),
    ]  # fmt: skip
    monthly, servers = None, 1.0
    if queries_per_day is not None:
        line, servers = month_line(rate, server.gpus, price, source, queries_per_day, utilisation)
        monthly = line.value
        lines.append(line)
    each, split_rate = _best_split(shape, gpu, gpus, query, server)
    split = Split(
        gpus // each, each, split_rate * query.output,
        _cost(price, gpus // each * each, utilisation, split_rate),
    )  # fmt: skip
    if not all(math.isfinite(band.p90) for band in (cost, split.cost_per_1k, rate)):
        raise InputError("These numbers are too large to reckon with; check them.")
    return ServingEstimate(
        rate * query.output, rate, cost, monthly, servers, speed.batch,
        alone.prefill_s + alone.step_s, 1 / alone.step_s, server.gpus, server.weights,
        server.engine.name, tuple(lines), split, {} if hourly else gpu.price_age(),
    )  # fmt: skip


def _cost(price: Band, gpus: int, utilisation: float, rate: Band) -> Band:
    return _divided(price * (gpus * 1000 / 3600 / utilisation), rate)


def _best_split(
    shape: ModelShape, gpu: Gpu, gpus: int, query: Query, like: Server
) -> tuple[int, Band]:
    """Return the GPUs of each of the equal servers that answer most together, and their rate."""
    found: dict[int, Band] = {}
    for server in _servers(shape, gpu, gpus, like.weights, like.engine):
        if server.batch(query) >= 1:
            one = Band.around(server.speed(query).queries_per_s, server.spread)
            found[server.gpus] = one * (gpus // server.gpus)
    return max(found.items(), key=lambda pair: pair[1].p50)


def _servers(shape: ModelShape, gpu: Gpu, gpus: int, weights: str, engine: Engine) -> list[Server]:
    """Return the servers on 1, 2, 4, 8 .. of the GPUs."""
    counts = [2**power for power in range(gpus.bit_length())]
    return [Server(shape, gpu, count, weights, engine) for count in counts]


def fastest_server(
    shape: ModelShape,
    gpu: Gpu,
    gpus: int,
    query: Query,
    weights: str | None = None,
    engine: str = "tensorrt-llm",
) -> Server:
    """Return the fastest server on at most `gpus` GPUs: 1, 2, 4, 8 .. of them share the layers.

    More are not always faster, over a slow link even slower.

    Raises:
        InputError: the model and one query fit on none, or a name is not known.
    """
    if engine not in ENGINES:
        raise InputError(f'The engine is "{engine}"; give one of {", ".join(ENGINES)}.')
    positive("gpus", gpus)
    weights = weights or ("fp8" if gpu.tflops_fp8 else "bf16")
    servers = _servers(shape, gpu, gpus, weights, ENGINES[engine])
    fit = [server for server in servers if server.batch(query) >= 1] or servers[-1:]
    return max(fit, key=lambda server: server.speed(query).tokens_per_s)


def month_line(
    rate: Band,
    gpus: int,
    price: Band,
    source: str,
    queries_per_day: float,
    utilisation: float,
) -> tuple[Figure, float]:
    """Return the price of a month of servers that bear the peak, and how many there are.

    Raises:
        InputError: a number is out of range or too large.
    """
    not_negative("queries_per_day", queries_per_day)
    peak = queries_per_day / 86400 / utilisation
    if not math.isfinite(peak / rate.p10 * gpus * HOURS_PER_MONTH * price.p90):
        raise InputError(
            f"{queries_per_day:g} queries a day at a utilisation of {utilisation:g} and "
            f"${price.p90:g} an hour are too many to reckon with; check them."
        )
    servers = [max(1, math.ceil(peak / each)) for each in (rate.p90, rate.p50, rate.p10)]
    hours = gpus * HOURS_PER_MONTH
    money = Band(*(
        count * hours * hour
        for count, hour in zip(servers, (price.p10, price.p50, price.p90), strict=True)
    ))  # fmt: skip
    figure = Figure(
        "GPUs always on", money, "$ a month",
        "servers x GPUs of a server x 730 x $ per GPU and hour; servers = peak queries a "
        "second / queries a second of a server, at least 1; peak = mean / utilisation",
        {
            "queries a day": queries_per_day, "utilisation": utilisation,
            "queries a second of a server": rate.p50, "servers": servers[1],
            "GPUs of a server": gpus, "$ per GPU and hour": price.p50,
        },
        source,
    )  # fmt: skip
    return figure, servers[1]


def _divided(band: Band, by: Band) -> Band:
    return Band(band.p10 / by.p90, band.p50 / by.p50, band.p90 / by.p10)


def _speed_lines(server: Server, query: Query, speed: Speed, rate: Band) -> list[Figure]:
    e, s = server.engine, server.shape
    own = query.input - query.cached + query.output
    return [
        Figure(
            "queries in flight", Band(*[speed.batch] * 3), "queries",
            "min(most, (GB for keys and values x 1e9 / KV bytes per token - cached tokens) / "
            f"tokens of a query); GB for keys and values = {e.memory:.0%} of the memory - weights; "
            "KV bytes per token = 2 x layers x kv_dim x bytes",
            {
                "GPUs": server.gpus, "GB for keys and values": server.room_bytes / 1e9,
                "cached tokens": query.cached, "tokens of a query": own, "most": e.max_batch,
                "KV bytes per token": server.kv_bytes, "layers": s.layers, "kv_dim": s.kv_dim,
                "weights": server.weights, "GB of weights": server.weight_bytes / 1e9,
            },
            _ROOFLINE,
        ),
        Figure(
            "queries a second", rate, "queries/s",
            "1 / (prefill + answer tokens x step / queries in flight); prefill and step in seconds",
            {
                "prefill": speed.prefill_s, "step": speed.step_s,
                "prompt tokens": query.input, "cached tokens": query.cached,
                "answer tokens": query.output, "queries in flight": speed.batch,
                "share of peak compute": e.compute, "share of peak bandwidth": e.bandwidth,
            },
            f"{_ROOFLINE}; {e.name}: {e.source}",
        ),
    ]  # fmt: skip
