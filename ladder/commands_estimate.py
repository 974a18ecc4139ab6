"""The commands that reckon before anything runs: `ladder estimate training` and `.. memory`."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ladder.errors import InputError
from ladder.printing import say, say_json, table

if TYPE_CHECKING:
    from ladder.costs.shapes import ModelShape

__all__ = ["estimate_app", "named_shape", "number", "register"]

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


class Program(StrEnum):
    """Programs that train a model."""

    torchtune = "torchtune"
    transformers = "transformers"


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
        Stage, typer.Option(case_sensitive=False, help="cpt is continued pretraining on raw text.")
    ] = Stage.pretrain,
    method: Annotated[
        Method, typer.Option(case_sensitive=False, help="What is trained.")
    ] = Method.full,
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


def named_shape(model: str) -> ModelShape:
    """Return the shape of a model of our table, or of an `hf:` model whose config is reachable.

    Raises:
        InputError: the table does not have it, or its config is out of reach.
    """
    from ladder.costs.hub_shape import hub_shape
    from ladder.costs.shapes import find_shape

    if not model.startswith("hf:"):
        return find_shape(model)
    shape = hub_shape(model.removeprefix("hf:"))
    if shape is None:
        raise InputError(f"The config of {model} cannot be reached; give --params instead.")
    return shape


def _shape(model: str | None, given: dict[str, str | None], tied: bool) -> ModelShape:
    """Return the shape that a name or numbers describe.

    Raises:
        InputError: there are both, neither, or too few numbers.
    """
    from ladder.costs.shapes import ModelShape

    if model is not None:
        if tied or any(text is not None for text in given.values()):
            raise InputError(f"--model {model} says the shape; leave its numbers and --tied out.")
        return named_shape(model)
    missing = [option for option, text in given.items() if text is None]
    if missing:
        raise InputError(
            f"The shape needs {', '.join(missing)} as well; or name it: --model llama-3.1-8b."
        )
    params, layers, hidden, ffn, kv_dim, vocab = (
        number(option, text) for option, text in given.items() if text is not None
    )
    return ModelShape(params, layers, hidden, ffn, kv_dim, vocab, tied)


@estimate_app.command()
def memory(
    tokens_per_step: Annotated[
        str, typer.Option(metavar="N", help="Tokens on one GPU in one forward pass.")
    ],
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Such as llama-3.1-8b or hf:ORG/NAME, for the shape."),
    ] = None,
    params: Annotated[str | None, typer.Option(metavar="N", help="All parameters.")] = None,
    layers: Annotated[str | None, typer.Option(metavar="N", help="Layers.")] = None,
    hidden: Annotated[
        str | None, typer.Option(metavar="N", help="Width of the residual stream.")
    ] = None,
    ffn: Annotated[
        str | None, typer.Option(metavar="N", help="Width inside the feed-forward block.")
    ] = None,
    kv_dim: Annotated[str | None, typer.Option(metavar="N", help="Key heads x their size.")] = None,
    vocab: Annotated[str | None, typer.Option(metavar="N", help="Words of the vocabulary.")] = None,
    tied: Annotated[
        bool, typer.Option("--tied", help="Input and output embedding are one matrix.")
    ] = False,
    method: Annotated[
        Method, typer.Option(case_sensitive=False, help="What is trained.")
    ] = Method.full,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="Activations are computed again.")
    ] = False,
    lora_params: Annotated[
        str | None, typer.Option(metavar="N", help="Default: rank 16 on every linear layer.")
    ] = None,
    optimizer: Annotated[
        Optimizer,
        typer.Option(case_sensitive=False, help="adamw is mixed precision, 18 bytes a parameter."),
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
    program: Annotated[
        Program,
        typer.Option(
            case_sensitive=False, help="torchtune (LitGPT too), or Transformers with PEFT."
        ),
    ] = Program.torchtune,
    as_json: JsonOption = False,
) -> None:
    """Say how much GPU memory training needs at its peak, and for what."""
    from ladder.costs.memory import memory_estimate

    given = {
        "--params": params, "--layers": layers, "--hidden": hidden, "--ffn": ffn,
        "--kv-dim": kv_dim, "--vocab": vocab,
    }  # fmt: skip
    shape = _shape(model, given, tied)
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
        program=program.value,
    )
    if as_json:
        say_json(found.to_json())
        return
    peak = found.peak_gib
    say(f"Peak {peak.p50:.1f} GiB per GPU ({peak.p10:.1f} to {peak.p90:.1f}), {found.moment}.")
    say(table(("", "GiB"), [(name, f"{value:.2f}") for name, value in found.parts.items()]))
    for line in found.lines[:-1]:
        say(f"{line.name} = {line.formula}")
    say(f"Peak = {found.formula} ({found.source})")
