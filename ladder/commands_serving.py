"""The command `ladder estimate serving`: what answering reaches and costs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.commands_estimate import (
    GpuOption,
    JsonOption,
    estimate_app,
    named_shape,
    number,
)
from ladder.errors import InputError
from ladder.printing import say, say_json, table

if TYPE_CHECKING:
    from ladder.costs.figure import Figure
    from ladder.costs.shapes import ModelShape

__all__ = ["register", "serving"]


class Weights(StrEnum):
    """How weights are stored."""

    bf16 = "bf16"
    fp8 = "fp8"
    int8 = "int8"
    int4 = "int4"


class EngineName(StrEnum):
    """Programs that serve a model."""

    tensorrt_llm = "tensorrt-llm"
    vllm = "vllm"
    transformers = "transformers"


def register() -> None:
    """Add `serving` to `ladder estimate`."""
    estimate_app.command()(serving)


def serving(
    gpu: GpuOption,
    input: Annotated[str, typer.Option(metavar="N", help="Tokens of a prompt.")],
    output: Annotated[str, typer.Option(metavar="N", help="Tokens of an answer.")],
    params: Annotated[
        str | None, typer.Option(metavar="N", help="Parameters; the shape is a likely one.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="llama-3.1-8b and the like, or hf:ORG/NAME.")
    ] = None,
    gpus: Annotated[
        str | None, typer.Option(metavar="N", help="GPUs of one server. Default: as in --gpu.")
    ] = None,
    cached: Annotated[
        str, typer.Option(metavar="N", help="Tokens at the start that all prompts share.")
    ] = "0",
    weights: Annotated[
        Weights | None,
        typer.Option(case_sensitive=False, help="Default: fp8 where the GPU has it, else bf16."),
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(case_sensitive=False, help="Default: the best published one.")
    ] = EngineName.tensorrt_llm,
    hourly: Annotated[
        str | None, typer.Option(metavar="$", help="Per GPU and hour. Default: the table's.")
    ] = None,
    utilisation: Annotated[
        float, typer.Option(metavar="SHARE", help="Mean over peak traffic (our assumption: 0.2).")
    ] = 0.2,
    queries_per_day: Annotated[
        str | None, typer.Option(metavar="N", help="Traffic, for the price of a month.")
    ] = None,
    token_model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Price its tokens too: provider:model.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say how many tokens a second GPUs answer with, and what queries cost."""
    from ladder.costs.basis import Band
    from ladder.costs.gpus import days_since, parse_gpus
    from ladder.costs.prices import token_price
    from ladder.costs.roofline import Query
    from ladder.costs.serving import serving_estimate
    from ladder.costs.token_cost import token_estimate

    machine = parse_gpus(gpu)
    if machine is None:
        raise InputError('--gpu is "none"; name a GPU to serve on, such as h100.')
    price = None if hourly is None else number("--hourly", hourly)
    per_day = None if queries_per_day is None else number("--queries-per-day", queries_per_day)
    shared = 0.0 if cached == "0" else number("--cached", cached)
    query = Query(number("--input", input), number("--output", output), shared)
    found = serving_estimate(
        shape=_shape(params, model),
        gpu=machine.gpu,
        query=query,
        gpus=machine.count if gpus is None else _count(gpus, machine.count),
        weights=weights.value if weights else None,
        engine=engine.value,
        hourly=None if price is None else Band(price, price, price),
        utilisation=utilisation,
        queries_per_day=per_day,
    )
    listed = token_price(token_model, query.input) if token_model else None
    tokens = listed and token_estimate(listed, query, per_day)
    if as_json:
        answer: dict[str, Any] = found.to_json()
        if listed and tokens:
            answer["tokens"] = {
                "cost_per_1k_queries": tokens.cost_per_1k,
                "cost_per_month": tokens.monthly,
                "price": {"seen": listed.date, "days": days_since(listed.date)},
                "lines": [line.to_json() for line in tokens.lines],
            }
        say_json(answer)
        return
    say(
        f"{found.tokens_per_s.p50:,.0f} answer tokens a second at full load "
        f"({found.engine}, {found.weights}, {found.gpus} x {machine.gpu.name}); alone, a query "
        f"has its first token after {found.first_token_s:.2g} s and "
        f"{found.alone_tokens_per_s:,.0f} tokens a second."
    )
    _say_lines(found.lines)
    split = found.split
    if split.servers > 1 or split.gpus_each != found.gpus:
        say(
            f"Best as equal servers: {split.servers} of {split.gpus_each} x {machine.gpu.name}, "
            f"{split.tokens_per_s.p50:,.0f} answer tokens a second together, "
            f"${split.cost_per_1k.p50:.3g} for 1,000 queries."
        )
    if tokens:
        say(f"The same queries at {token_model}:")
        _say_lines(tokens.lines)


def _say_lines(lines: tuple[Figure, ...]) -> None:
    rows = [
        (line.name, *(f"{value:,.3g}" for value in vars(line.value).values()), line.unit)
        for line in lines
    ]
    say(table(("", "P10", "P50", "P90", ""), rows))
    for line in lines:
        say(f"{line.name} = {line.formula} ({line.source})")


def _count(text: str, in_gpu: int) -> int:
    count = number("--gpus", text)
    if count != int(count):
        raise InputError(f'--gpus is "{text}"; give a whole number.')
    if in_gpu not in (1, count):
        raise InputError(f"--gpu names {in_gpu} GPUs and --gpus {count:g}; give the number once.")
    return int(count)


def _shape(params: str | None, model: str | None) -> ModelShape:
    """Return the shape of the model named, or a likely one of that size.

    Raises:
        InputError: neither or both are given, or the model is unknown or out of reach.
    """
    from ladder.costs.shapes import shape_for

    if (params is None) == (model is None):
        raise InputError("Say which model: --params such as 8e9, or --model, one of the two.")
    if params is not None:
        return shape_for(number("--params", params))
    assert model is not None
    return named_shape(model)
