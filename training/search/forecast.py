"""What a search will take, before it starts and while it goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from ladder.costs.basis import Band
from ladder.errors import InputError
from ladder.evaluation.space import named, with_fields
from ladder.printing import duration
from training.base_run import start_of
from training.estimate import estimate_roughly
from training.measuring import items_of
from training.search.asked import Asked, settled

if TYPE_CHECKING:
    from ladder.evaluation.trials import Trial
    from ladder.project.task_folder import TaskFolder
    from training.core import Recipe

__all__ = ["Expected", "Price", "expected", "refuse_unmeasured", "trained_on_from"]

_LOOKED_AT = 12
"""Settings of which the time is estimated before the start; the others are like them."""
_FREE = ("learning_rate", "schedule", "warmup", "weight_decay", "alpha", "dropout", "rslora")
"""Fields that change nothing of the time."""
_SLOWER = 1.25
"""How much slower than the slowest so far a setting may be (our assumption)."""


@dataclass(frozen=True)
class Expected:
    """What a search will try, and what that will take."""

    recipe: Recipe
    """What it is searched around: what is compared with."""
    asked: Asked
    settings: int
    """Of the space, the recipe as it is included."""
    tried: Band
    """How many of them fit: where all go slowly, as expected, and quickly."""
    each: Band
    """Seconds of one setting, on average."""
    seconds: Band
    """Of all; what is not begun for its budget does not count."""
    money: Band | None
    order: Literal["grid", "tpe"]
    items: int
    """Validation examples that all settings are compared on."""
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Return in a sentence what will be tried and for how long."""
        few, many = round(self.tried.p10), round(self.tried.p90)
        count = f"all {self.settings}" if self.all_fit else f"{few} of {self.settings}"
        if few < many:
            count = f"{few} to {many} of {self.settings}"
        each, whole = _between(self.each), _between(self.seconds)
        return (
            f"It trains {count} settings, {each} each, {whole} in all, and compares them on the "
            f"same {self.items} validation examples. {self.order_words}"
        )

    @property
    def at_most(self) -> str:
        """Return the longest it takes, for a button: "at most 30 minutes"."""
        minutes = max(1, math.ceil(self.seconds.p90 / 60))
        return f"at most {minutes} minute{'' if minutes == 1 else 's'}"

    @property
    def all_fit(self) -> bool:
        """Return whether all settings will be tried, even if they go slowly."""
        return self.tried.p10 >= self.settings

    @property
    def order_words(self) -> str:
        """Return in which order settings are tried, and why."""
        if self.order == "grid":
            return "All of them fit, so they are tried one after the other."
        return (
            "The recipe as it is comes first, then ten settings at random, then each in the light "
            "of those before (optuna's TPE); none is begun that might pass the budget of "
            f"{self.asked.budget.words}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            **self.asked.to_dict(),
            "budget": {"minutes": self.asked.minutes, "money": self.asked.money},
            "seconds": asdict(self.seconds),
            "each": asdict(self.each),
            "tried": asdict(self.tried),
            "money": None if self.money is None else asdict(self.money),
            "settings": self.settings,
            "order": self.order,
            "items": self.items,
            "words": self.words,
            "warnings": list(self.warnings),
        }


class Price:
    """What a setting takes: as estimated, corrected by what those before it took."""

    def __init__(self, folder: TaskFolder) -> None:
        self.folder = folder
        self._known: dict[tuple[Any, ...], Band] = {}

    def seconds(self, recipe: Recipe) -> Band:
        """Return the estimated seconds of a setting; none for one that will be refused."""
        names = [each.name for each in fields(recipe) if each.name not in _FREE]
        alike = (recipe.name, *(getattr(recipe, name) for name in names))
        if alike not in self._known:
            try:
                self._known[alike] = estimate_roughly(self.folder, recipe)[1].seconds
            except InputError:
                self._known[alike] = Band(0, 0, 0)
        return self._known[alike]

    def money(self, seconds: float) -> float:
        """Return what seconds cost; nothing without a price per hour."""
        return seconds / 3600 * (self.folder.task.price.hourly or 0.0)

    def at_most(self, recipe: Recipe, measured: Sequence[Trial]) -> tuple[float, float]:
        """Return the seconds and $ that a setting may take.

        As soon as one setting is through, its like is expected to take what was estimated times
        what the slowest so far took of its own estimate, and a quarter more.
        """
        band = self.seconds(recipe)
        ratios = [
            trial.seconds / (trial.figures["expected"] * trial.figures["share"])
            for trial in measured
            if trial.figures.get("expected") and trial.figures.get("share")
        ]
        seconds = band.p50 * max(ratios) * _SLOWER if ratios else band.p90
        return seconds, self.money(seconds)


def expected(folder: TaskFolder, recipe: Recipe, asked: Asked, *, begun: bool = False) -> Expected:
    """Return what a search will try and take; no tokenizer is loaded.

    Args:
        folder: the task.
        recipe: what is searched around.
        asked: what may be tried, and what it may take.
        begun: whether it is under way, so that its budget is not refused any more.

    Raises:
        InputError: nothing can be compared, or the budget is too small to begin.
    """
    there = refuse_unmeasured(folder, recipe)
    resolved, *_ = estimate_roughly(folder, recipe)
    recipe, asked = settled(recipe, resolved, asked, there, trained_on_from(recipe))
    hourly = folder.task.price.hourly
    if asked.money is not None and not hourly:
        raise InputError(
            "A budget in money needs the price of an hour of this machine; set it in Start, on the "
            "task card, or give minutes."
        )
    points = asked.space.points(recipe)
    others = [each for each in points if each != asked.space.of(recipe)]
    price = Price(folder)
    first = price.seconds(recipe)
    looked = others[:: -(-len(others) // _LOOKED_AT)]
    bands = [band for e in looked if (band := price.seconds(with_fields(recipe, e))).p50]
    if not bands:
        raise InputError(f"None of these settings can be trained, such as {named(others[0])}.")
    mean = _mean([first, *bands])
    count = len(others) + 1 if asked.points is None else min(asked.points, len(others) + 1)
    limit = _limit(asked, hourly)
    if first.p90 > limit and not begun:
        raise InputError(
            f"The recipe as it is may take {duration(first.p90)} alone, and the budget is "
            f"{asked.budget.words}; give at least {first.p90 * 3 / 60:.0f} minutes, or "
            "lower max_tokens."
        )
    slow, usual, quick = (
        float(min(count, 1 + max(0.0, limit - own) // more))
        for own, more in (
            (first.p90, mean.p90),
            (first.p50, mean.p50),
            (first.p10, mean.p10),
        )
    )
    total = first + mean * (count - 1)
    seconds = Band(*(min(value, limit) for value in (total.p10, total.p50, total.p90)))
    whole = count == len(others) + 1 and total.p90 <= limit
    return Expected(
        recipe=recipe,
        asked=asked,
        settings=len(others) + 1,
        tried=Band(slow, usual, quick),
        each=mean,
        seconds=seconds,
        money=seconds * (hourly / 3600) if hourly else None,
        order="grid" if whole else "tpe",
        items=recipe.measure_items or 0,
        warnings=tuple(_warnings(usual, count, recipe.measure_items or 0)),
    )


def refuse_unmeasured(folder: TaskFolder, recipe: Recipe) -> int:
    """Return how many examples settings can be measured on; refuse where nothing tells them apart.

    Raises:
        InputError: there is no validation example, or none is to be measured on.
    """
    there = len(items_of(folder, recipe.model))
    if not there:
        raise InputError(
            "There is no validation example to choose a setting by; label more examples (from 20 "
            "on some are kept for it), or train with the recipe as it is."
        )
    if recipe.measure_items == 0:
        raise InputError(
            "measure_items is 0, so nothing would say which setting is better; leave it open, or "
            "give a number."
        )
    return there


def trained_on_from(recipe: Recipe) -> bool:
    """Return whether an adapter is trained on, whose size is settled."""
    return recipe.model.startswith("run:") and start_of(recipe)[1].adapter is not None


def _limit(asked: Asked, hourly: float | None) -> float:
    """Return the budget in seconds."""
    limits = [asked.minutes * 60] if asked.minutes is not None else []
    if asked.money is not None and hourly:
        limits.append(asked.money / hourly * 3600)
    return min(limits, default=math.inf)


def _between(band: Band) -> str:
    low, high = duration(band.p10), duration(band.p90)
    return low if low == high else f"{low} to {high}"


def _mean(bands: Sequence[Band]) -> Band:
    n = len(bands)
    return Band(*(sum(getattr(b, p) for b in bands) / n for p in ("p10", "p50", "p90")))


def _warnings(fit: float, count: int, items: int) -> list[str]:
    said = []
    if fit < min(4, count):
        said.append(
            f"About {fit:.0f} of {count} settings fit the budget; give more minutes, or a lower "
            "max_tokens."
        )
    if count < 4:
        said.append(f"{count} settings are too few to tell which field matters.")
    if items < 50:
        said.append(
            f"Settings are compared on {items} examples, on which only large differences can be "
            "told from luck."
        )
    return said
