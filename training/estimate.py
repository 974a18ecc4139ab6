"""What a run will take, before it starts: tokens, time, memory and money, each as a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ladder.costs.basis import Band, PriceBasis
from ladder.files import read_json
from ladder.machine import read_machine
from training.base import Shape, shape_of
from training.choices import resolve
from training.data import Schedule, plan_order, train_examples
from training.recipe import Recipe

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
        InputError: the run would be refused; see `train_examples` and `plan_order`.
    """
    examples, task, shape = train_examples(folder, recipe), folder.task, shape_of(recipe.model)
    resolved, why = resolve(recipe, len(examples), shape, len({row.output for row in examples}))
    frame = len(task.input_name) + len(task.output_name) + 6
    if recipe.head == "generate":
        frame += len(task.instruction) + (80 if recipe.format == "chat" else 0)
        frame += sum(len(label) + 2 for label in folder.labels()) if recipe.show_labels else 0
    lengths = []
    for row in examples:
        turns = "".join(turn["content"] for turn in row.messages) + row.input
        answer = len(row.output or "") if recipe.head == "generate" else 0
        lengths.append(int((len(turns) + len(row.context) + answer + frame) / _LETTERS) + 2)
    lengths = [min(length, recipe.longest) for length in lengths]
    schedule = plan_order(lengths, resolved, resolved.epochs or 1)
    tokens = Band.around(float(schedule.total), 1.35)
    if recipe.max_tokens is not None:
        most = float(recipe.max_tokens)
        tokens = Band(*(min(most, value) for value in (tokens.p10, tokens.p50, tokens.p90)))
    found = _estimate(folder, resolved, shape, len(examples), schedule.steps, tokens, max(lengths))
    return resolved, found, why


def estimate_exactly(
    folder: TaskFolder, recipe: Recipe, lengths: Sequence[int], schedule: Schedule
) -> Estimate:
    """Estimate from the rows as the tokenizer made them; `recipe` has its choices made."""
    total = float(schedule.total)
    return _estimate(
        folder, recipe, shape_of(recipe.model), len(lengths), schedule.steps,
        Band(total, total, total), max(lengths),
    )  # fmt: skip


def rate_for(recipe: Recipe) -> Rate:
    """Return the speed of the newest run with this model and head here, else as calibrated.

    The calibrated speed is that of a bundled model and scaled by the parameters that every token
    passes; where this machine was never measured, it is our assumption.
    """
    from ladder.project import open_project, projects

    newest: tuple[float, float, str] | None = None
    for name in projects():
        for path in open_project(name).runs_folder.glob("*/result.json"):
            try:
                data = read_json(path)
            except (OSError, ValueError):
                continue
            alike = isinstance(data, dict) and data.get("head") == recipe.head
            if not alike or data.get("model") != recipe.model or not data.get("tokens_per_second"):
                continue
            when = path.stat().st_mtime
            if newest is None or when > newest[0]:
                newest = (when, float(data["tokens_per_second"]), path.parent.name)
    if newest:
        return Rate(
            Band.around(newest[1], 2),
            f"{newest[1]:,.0f} tokens a second, as in run {newest[2]} here",
        )
    at_work = shape_of(recipe.model).at_work(recipe.head)
    machine, why_not = read_machine()
    if machine:
        found = machine.rates[f"train_{recipe.head}"]
        scale = found.parameters / at_work
        same = found.model == recipe.model
        factor = _SAME if same else _SCALED
        speed = found.p50 * scale
        words = "" if same else f", scaled from {found.model} by the parameters"
        return Rate(
            Band(
                min(found.p10 * scale, speed / factor),
                speed,
                max(found.p90 * scale, speed * factor),
            ),
            f"{speed:,.0f} tokens a second, measured on this machine on {machine.date}{words}",
        )
    speed = _SPEED * _SPEED_OF / at_work
    return Rate(
        Band.around(speed, 3),
        f"{speed:,.0f} tokens a second: our assumption, from {_SPEED:.0f} for 135 million "
        f"parameters on two cores; the first run measures it. {why_not}",
    )


def _starting() -> Band:
    """Return the seconds until a run's first step: as calibrated, else assumed."""
    machine, _ = read_machine()
    return Band.around(machine.rates["start_training"].p50, _SAME) if machine else _STARTING


def _estimate(
    folder: TaskFolder,
    recipe: Recipe,
    shape: Shape,
    rows: int,
    steps: int,
    tokens: Band,
    longest: int,
) -> Estimate:
    rate = rate_for(recipe)
    speed = rate.tokens_per_second
    seconds = _starting() + Band(
        tokens.p10 / speed.p90, tokens.p50 / speed.p50, tokens.p90 / speed.p10
    )
    memory = _memory(recipe, shape, longest)
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


def _memory(recipe: Recipe, shape: Shape, longest: int) -> Band:
    """Return gigabytes: libraries, weights and their bfloat16 copy, adapter, activations.

    Activations are taken as 40 numbers of 4 bytes per token, layer and hidden unit; a
    generating head adds the scores of a chunk of tokens. The band is a factor of 1.6: rough.
    """
    tokens = recipe.batch_size * longest
    adapter = 14 * shape.layers * shape.hidden * recipe.rank
    total = 0.7e9 + 6 * shape.parameters + 16 * adapter
    total += 40 * 4 * tokens * shape.layers * shape.hidden
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
