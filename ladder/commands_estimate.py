"""The commands that reckon before anything runs: `ladder estimate training` and `.. memory`."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated

import typer

from ladder.errors import InputError
from ladder.printing import say, say_json, table

__all__ = ["estimate_app", "number", "register"]

estimate_app = typer.Typer(
    name="estimate",
    help="Reckon time, memory and money before anything runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
GpuOption = Annotated[
    str, typer.Option("--gpu", metavar="GPU", help="Such as a100-80, or 8xa100-80 for several.")
]


class Stage(StrEnum):
    """Kinds of run."""

    pretrain = "pretrain"
    cpt = "cpt"
    finetune = "finetune"


class Method(StrEnum):
    """What is trained."""

    full = "full"
    lora = "lora"
    qlora = "qlora"


class Optimizer(StrEnum):
    """What keeps the optimizer's states."""

    adamw_bf16 = "adamw-bf16"
    adamw = "adamw"
    adamw_8bit = "adamw-8bit"


def register(app: typer.Typer) -> None:
    """Add `ladder estimate` to the `ladder` command."""
    app.add_typer(estimate_app)


def number(option: str, text: str) -> float:
    """Return the number that an option gives, such as 7e9.

    Raises:
        InputError: it is not a number above 0.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(f'{option} is "{text}"; give a number above 0, such as 7e9.')
    return value


@estimate_app.command()
def training(
    params: Annotated[str, typer.Option(metavar="N", help="Parameters a token passes through.")],
    tokens: Annotated[str, typer.Option(metavar="N", help="Tokens read, all epochs together.")],
    gpu: GpuOption,
    stage: Annotated[
        Stage, typer.Option(help="cpt is continued pretraining on raw text.")
    ] = Stage.pretrain,
    method: Annotated[Method, typer.Option(help="What is trained.")] = Method.full,
    sequence: Annotated[
        str | None, typer.Option(metavar="N", help="Tokens per sequence, if 8,192 or more.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say how many GPU-hours, hours and $ a training run takes."""
    from ladder.costs.gpus import parse_gpus
    from ladder.costs.training import training_estimate

    machine = parse_gpus(gpu)
    if machine is None:
        raise InputError('--gpu is "none"; name a GPU to train on, such as a100-80.')
    found = training_estimate(
        params=number("--params", params),
        tokens=number("--tokens", tokens),
        gpu=machine.gpu,
        count=machine.count,
        stage=stage.value,
        method=method.value,
        sequence=0 if sequence is None else number("--sequence", sequence),
    )
    if as_json:
        say_json(found.to_json())
        return
    rows = [
        (line.name, *(f"{value:,.3g}" for value in vars(line.value).values()), line.unit)
        for line in found.lines
    ]
    say(table(("", "P10", "P50", "P90", ""), rows))
    for line in found.lines:
        say(f"{line.name} = {line.formula} ({line.source})")


@estimate_app.command()
def memory(
    params: Annotated[str, typer.Option(metavar="N", help="All parameters.")],
    layers: Annotated[str, typer.Option(metavar="N", help="Layers.")],
    hidden: Annotated[str, typer.Option(metavar="N", help="Width of the residual stream.")],
    ffn: Annotated[str, typer.Option(metavar="N", help="Width inside the feed-forward block.")],
    kv_dim: Annotated[str, typer.Option(metavar="N", help="Key heads x their size.")],
    vocab: Annotated[str, typer.Option(metavar="N", help="Words of the vocabulary.")],
    tokens_per_step: Annotated[
        str, typer.Option(metavar="N", help="Tokens on one GPU in one forward pass.")
    ],
    tied: Annotated[
        bool, typer.Option("--tied", help="Input and output embedding are one matrix.")
    ] = False,
    method: Annotated[Method, typer.Option(help="What is trained.")] = Method.full,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="Activations are computed again.")
    ] = False,
    lora_params: Annotated[
        str | None, typer.Option(metavar="N", help="Default: rank 16 on every linear layer.")
    ] = None,
    optimizer: Annotated[
        Optimizer, typer.Option(help="adamw is mixed precision, 18 bytes a parameter.")
    ] = Optimizer.adamw_bf16,
    chunked_loss: Annotated[
        bool, typer.Option("--chunked-loss", help="The loss is taken in chunks.")
    ] = False,
    compile: Annotated[bool, typer.Option("--compile", help="torch.compile is used.")] = False,
    optimizer_in_backward: Annotated[
        bool, typer.Option("--optimizer-in-backward", help="Gradients are used at once.")
    ] = False,
    shards: Annotated[
        str, typer.Option(metavar="N", help="GPUs that share the states (FSDP, ZeRO-3).")
    ] = "1",
    as_json: JsonOption = False,
) -> None:
    """Say how much GPU memory training needs at its peak, and for what."""
    from ladder.costs.memory import memory_estimate
    from ladder.costs.shapes import ModelShape

    shape = ModelShape(
        params=number("--params", params),
        layers=number("--layers", layers),
        hidden=number("--hidden", hidden),
        ffn=number("--ffn", ffn),
        kv_dim=number("--kv-dim", kv_dim),
        vocab=number("--vocab", vocab),
        tied=tied,
    )
    found = memory_estimate(
        shape,
        method=method.value,
        tokens_per_step=number("--tokens-per-step", tokens_per_step),
        checkpointing=checkpointing,
        lora_params=None if lora_params is None else number("--lora-params", lora_params),
        optimizer=optimizer.value,
        chunked_loss=chunked_loss,
        compile=compile,
        optimizer_in_backward=optimizer_in_backward,
        shards=number("--shards", shards),
    )
    if as_json:
        say_json(found.to_json())
        return
    peak = found.peak_gib
    say(f"Peak {peak.p50:.1f} GiB per GPU ({peak.p10:.1f} to {peak.p90:.1f}), {found.moment}.")
    say(table(("", "GiB"), [(name, f"{value:.2f}") for name, value in found.parts.items()]))
    say(f"Peak = {found.formula} ({found.source})")
