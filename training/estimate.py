"""What a run will take, before it starts: tokens, time, memory and money, each as a band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ladder.costs.basis import Band, PriceBasis
from ladder.files import read_json
from ladder.machine import read_machine
from training.base import Shape, shape_of
from training.batches import choose_batches
from training.choices import resolve
from training.core import Recipe
from training.data import Drawn, Schedule, plan_order
from training.measuring import choose_measuring, cost_of
from training.methods import METHODS
from training.mixture import Part, parts_of

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["UNPRICED", "Estimate", "Rate", "estimate_exactly", "estimate_roughly", "rate_for"]

_SPEED = 90.0
_SPEED_OF = 134.5e6
"""Tokens a second with a full backward pass, for that many parameters, on two cores."""
_SAME, _SCALED = 2.0, 3.0
"""How many times slower or faster than calibrated a run may go: other rows, other load; and
beyond that another size of model (both are our assumptions)."""
_STARTING = Band(8, 20, 45)
"""Seconds to start the worker, import the libraries and load the model (our assumption)."""
UNPRICED = "$0; this machine's time is not priced, set a price in Start"
"""What is said of money where the task has no price per hour."""
_GIB_OF_GB = 1e9 / 2**30
_LETTERS = 4.0
"""Characters a token, in English (our assumption)."""


@dataclass(frozen=True)
class Rate:
    """How fast training goes here."""

    tokens_per_second: Band
    source: str


@dataclass(frozen=True)
class Estimate:
    """What a run will take."""

    rows: int
    steps: int
    tokens: Band
    """Processed in all, prompts and padding included."""
    seconds: Band
    memory_gb: Band
    money: Band | None
    """$; None where the task has no price per hour; see `money_words`."""
    rate: str
    """Where the speed comes from."""
    warnings: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        """Return the likely time in whole minutes, at least one."""
        return max(1, round(self.seconds.p50 / 60))

    @property
    def words(self) -> str:
        """Return the likely time for a button: "about 12 minutes"."""
        return f"about {self.minutes} minute{'' if self.minutes == 1 else 's'}"

    @property
    def money_words(self) -> str:
        """Return the money in words; without a price per hour this machine's time counts as $0."""
        if self.money is None:
            return UNPRICED
        return f"${self.money.p10:.2g} to ${self.money.p90:.2g}"

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as plain data; memory also in GiB, as processors count it."""
        peak = self.memory_gb * _GIB_OF_GB
        return asdict(self) | {"peak_gib": asdict(peak)}


def estimate_roughly(folder: TaskFolder, recipe: Recipe) -> tuple[Recipe, Estimate, dict[str, str]]:
    """Estimate from the texts' lengths, without a tokenizer, so that a page shows it at once.

    Returns:
        The recipe with its open choices made, the estimate, and the reasons of the choices.

    Raises:
        InputError: the run would be refused; see `parts_of` and `plan_order`.
    """
    parts, shape = parts_of(folder, recipe), shape_of(recipe.model)
    drawn, lengths = [], _rough_lengths(parts[0], recipe)
    for part in parts[1:]:
        drawn.append(Drawn(len(lengths), len(lengths) + len(part.examples), part.each_epoch))
        lengths += _rough_lengths(part, recipe)
    own = parts[0].examples
    an_epoch = sum(part.each_epoch for part in parts)
    resolved, why = resolve(recipe, an_epoch, shape, len({row.output for row in own}))
    resolved, more = choose_batches(resolved, lengths)
    schedule = plan_order(lengths, resolved, resolved.epochs or 1, drawn)
    resolved, looks = choose_measuring(
        folder, resolved, lengths, schedule.steps, schedule.total
    )  # fmt: skip
    tokens = Band.around(float(schedule.total), 1.35)
    if recipe.max_tokens is not None:
        most = float(recipe.max_tokens)
        tokens = Band(*(min(most, value) for value in (tokens.p10, tokens.p50, tokens.p90)))
    found = _estimate(folder, resolved, shape, lengths, schedule.steps, tokens)
    return resolved, found, why | more | looks


def _rough_lengths(part: Part, recipe: Recipe) -> list[int]:
    """Return about how many tokens each example has, by its letters."""
    task = part.folder.task
    frame = len(task.input_name) + len(task.output_name) + 6
    if recipe.head == "generate":
        frame += len(task.instruction) + (80 if recipe.format == "chat" else 0)
        labels = part.folder.labels() if recipe.show_labels else []
        frame += sum(len(label) + 2 for label in labels)
    lengths = []
    for row in part.examples:
        turns = "".join(turn["content"] for turn in row.messages) + row.input
        answer = len(row.output or "") if recipe.head == "generate" else 0
        lengths.append(int((len(turns) + len(row.context) + answer + frame) / _LETTERS) + 2)
    return [min(length, recipe.longest) for length in lengths]


def estimate_exactly(
    folder: TaskFolder, recipe: Recipe, lengths: Sequence[int], schedule: Schedule
) -> Estimate:
    """Estimate from the rows as the tokenizer made them; `recipe` has its choices made."""
    total = float(schedule.total)
    shape, tokens = shape_of(recipe.model), Band(total, total, total)
    return _estimate(folder, recipe, shape, lengths, schedule.steps, tokens)


def rate_for(recipe: Recipe, tokens: float = 100.0) -> Rate:
    """Return the speed of the newest run with this model and head here, else as calibrated.

    Where that run trained by another method, the speed is scaled by the operations of both. The
    calibrated speed is that of a LoRA on a bundled model, scaled by the operations and by the
    parameters that every token passes; where this machine was never measured, it is our
    assumption.

    Args:
        recipe: what is to be trained.
        tokens: of an example, on average.
    """
    shape = shape_of(recipe.model)
    work = recipe.work(shape.model, tokens)
    if newest := _newest(recipe):
        speed, run, method = newest
        same = method == recipe.name
        if not same:
            speed *= METHODS[method]().work(shape.model, tokens) / work
        words = "" if same else f" by {method}, scaled by the operations"
        return Rate(
            Band.around(speed, 2 if same else _SCALED),
            f"{speed:,.0f} tokens a second, as in run {run} here{words}",
        )
    scaled = shape.at_work(recipe.head) * work
    machine, why_not = read_machine()
    if machine:
        found = machine.rates[f"train_{recipe.head}"]
        scale = found.parameters / scaled
        same = found.model == recipe.model and work == 1
        factor = _SAME if same else _SCALED
        speed = found.p50 * scale
        words = "" if same else f", scaled from {found.model} by the parameters"
        words += "" if work == 1 else " and by the operations"
        return Rate(
            Band(
                min(found.p10 * scale, speed / factor),
                speed,
                max(found.p90 * scale, speed * factor),
            ),
            f"{speed:,.0f} tokens a second, measured on this machine on {machine.date}{words}",
        )
    speed = _SPEED * _SPEED_OF / scaled
    return Rate(
        Band.around(speed, 3),
        f"{speed:,.0f} tokens a second: our assumption, from {_SPEED:.0f} for a LoRA on 135 "
        f"million parameters on two cores; the first run measures it. {why_not}",
    )


def _newest(recipe: Recipe) -> tuple[float, str, str] | None:
    """Return speed, run and method of the newest run alike; one of the same method comes first."""
    from ladder.project import open_project, projects

    found = []
    for name in projects():
        for path in open_project(name).runs_folder.glob("*/result.json"):
            try:
                data = read_json(path)
            except (OSError, ValueError):
                continue
            alike = isinstance(data, dict) and data.get("head") == recipe.head
            if not alike or data.get("model") != recipe.model or not data.get("tokens_per_second"):
                continue
            method = str(data.get("trained_by", "lora"))
            if method in METHODS:
                speed, when = float(data["tokens_per_second"]), path.stat().st_mtime
                found.append((method == recipe.name, when, speed, path.parent.name, method))
    return max(found)[2:] if found else None


def _starting() -> Band:
    """Return the seconds until a run's first step: as calibrated, else assumed."""
    machine, _ = read_machine()
    return Band.around(machine.rates["start_training"].p50, _SAME) if machine else _STARTING


def _estimate(
    folder: TaskFolder,
    recipe: Recipe,
    shape: Shape,
    lengths: Sequence[int],
    steps: int,
    tokens: Band,
) -> Estimate:
    rows = len(lengths)
    rate = rate_for(recipe, sum(lengths) / rows)
    speed = rate.tokens_per_second
    read = tokens * (1 + _measuring(folder, recipe, lengths, steps, tokens.p50))
    seconds = _starting() + Band(read.p10 / speed.p90, read.p50 / speed.p50, read.p90 / speed.p10)
    memory = _memory(recipe, shape, max(lengths))
    source = rate.source + (f"; {shape.note}" if shape.note else "")
    return Estimate(
        rows=rows,
        steps=steps,
        tokens=tokens,
        seconds=seconds,
        memory_gb=memory,
        money=_money(folder.task.price, seconds),
        rate=source,
        warnings=tuple(_warnings(folder, rows, steps, seconds, memory)),
    )


def _measuring(
    folder: TaskFolder, recipe: Recipe, lengths: Sequence[int], steps: int, tokens: float
) -> float:
    """Return the share of the training time that measuring on validation adds."""
    if not recipe.measure_items or not recipe.measure_every:
        return 0.0
    times = math.ceil(steps / recipe.measure_every)
    return cost_of(folder, recipe, lengths, int(tokens)).share(recipe.measure_items, times)


def _memory(recipe: Recipe, shape: Shape, longest: int) -> Band:
    """Return gigabytes: libraries, weights and their bfloat16 copy, what is trained, activations.

    What is trained takes 16 bytes a parameter: itself, its gradient and Adam's two states, in
    float32; where it is the model's own weights, these are counted already. Weights in 4 bits take
    0.56 bytes. Activations are taken as 40 numbers of 4 bytes per token, layer and hidden unit; a
    generating head adds the scores of a chunk of tokens. The band is a factor of 1.6: rough.
    """
    tokens = recipe.batch_size * (longest + recipe.virtual_tokens)
    trained, model = recipe.trained(shape.model), shape.parameters
    held = 0.5625 * model if recipe.name == "qlora" else 6 * model
    total = 0.7e9 + held + (16 if recipe.leaves == "adapter" else 12) * trained
    kept = 1.5 if recipe.gradient_checkpointing else 40 * recipe.depth(shape.layers)
    total += kept * 4 * tokens * shape.layers * shape.hidden
    if recipe.head == "generate":
        total += 3 * 4 * min(tokens, 1024) * shape.vocabulary
    return Band.around(total / 1e9, 1.6)


def _money(basis: PriceBasis, seconds: Band) -> Band | None:
    if basis.hourly is None:
        return None
    return seconds * (basis.hourly / 3600)


def _warnings(folder: TaskFolder, rows: int, steps: int, seconds: Band, memory: Band) -> list[str]:
    """Return what a person should know before pressing the button."""
    import psutil

    said = []
    free = psutil.virtual_memory().available / 1e9
    if memory.p50 > free:
        said.append(
            f"It will probably not fit: it needs about {memory.p50:.1f} GB of memory and "
            f"{free:.1f} GB are free. Lower batch_size or longest, or take a smaller model."
        )
    elif memory.p90 > free:
        said.append(
            f"It may not fit: it needs up to {memory.p90:.1f} GB of memory and {free:.1f} GB are "
            "free. Close other programs, or lower batch_size."
        )
    if rows < 50:
        said.append(
            f"{rows} training examples are few; from about 50 on a trained model has a chance "
            "against the most similar examples in the prompt (our assumption)."
        )
    if steps < 20:
        said.append(f"{steps} steps are a look at whether it runs at all, not a fair try.")
    if seconds.p50 > 3600:
        said.append(f"It takes about {seconds.p50 / 3600:.1f} hours; it can be stopped and kept.")
    split = folder.split()
    if not split.test and not split.validation:
        said.append(
            "Every labelled example trains, so none is left to measure it on; label at least 20 "
            "first."
        )
    return said
