"""What a search was asked for: the fields of the recipe, their values, and what it may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ladder.errors import InputError
from ladder.evaluation.space import Space
from ladder.evaluation.trials import Budget
from training.core import Recipe
from training.fields import hints_of, typed
from training.recipe import settings_of

__all__ = ["NOT_SEARCHED", "USUAL_MINUTES", "Asked", "asked_for", "settled", "usual_values"]

USUAL_MINUTES = 30.0
"""The budget where none is named (our assumption: as long as one is ready to wait)."""
_MOST_POINTS = 500
_ITEMS = 50
"""Validation examples to compare settings on, if they are there: fewer tell next to nothing."""
NOT_SEARCHED = {
    "model": "a search is about one base model; start one for each",
    "head": "the other head is another method; start a search for each",
    "seed": "it also draws the validation examples, which must be the same for all settings",
    "measure_items": "the validation examples must be the same for all settings; set it once",
    "measure_every": "what is looked at more often finds a higher best score by luck",
    "patience": "what is looked at more often finds a higher best score by luck",
    "checkpoint_seconds": "it changes nothing of what is learned",
}
"""Fields that cannot be searched, and why."""
_SIZES = {
    "lora": "rank",
    "qlora": "rank",
    "adapter": "bottleneck",
    "prefix-tuning": "length",
    "prompt-tuning": "length",
    "last-k": "k",
}
"""The field that says how much a method can learn."""


@dataclass(frozen=True)
class Asked:
    """What a search may try, and what it may take."""

    values: Mapping[str, tuple[Any, ...]]
    """The recipe's fields, each with the values to try."""
    minutes: float | None = USUAL_MINUTES
    money: float | None = None
    """In $."""
    points: int | None = None
    """Settings to try at most, the recipe as it is included; None is as many as fit."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Why these values, where they were not named by hand."""

    def __post_init__(self) -> None:
        self.budget  # noqa: B018  it refuses what is no budget
        if self.points is not None and self.points < 2:
            raise InputError(
                f"A search over {self.points} settings compares nothing; give 2 or more points."
            )
        for name, values in self.values.items():
            if len(set(values)) < len(values):
                raise InputError(f"{name} names a value twice: {', '.join(map(str, values))}.")

    @property
    def budget(self) -> Budget:
        """Return what it may take."""
        return Budget(self.minutes, self.money)

    @property
    def space(self) -> Space:
        """Return the space of its settings."""
        return Space(dict(self.values))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, as a job's spec holds it."""
        return asdict(self) | {"values": {name: list(v) for name, v in self.values.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Asked:
        """Build it from plain data."""
        values = {name: tuple(v) for name, v in data["values"].items()}
        return cls(**dict(data) | {"values": values})


def asked_for(
    recipe: Recipe,
    text: str = "auto",
    minutes: float | None = None,
    money: float | None = None,
    points: int | None = None,
) -> Asked:
    """Return the search that words ask for: "learning_rate=2e-4,5e-4 rank=8,16", or "auto".

    Without a budget it may take half an hour.

    Raises:
        InputError: a field cannot be searched, or a value cannot be.
    """
    if minutes is None and money is None:
        minutes = USUAL_MINUTES
    if text.strip() in ("", "auto"):
        return Asked({}, minutes, money, points)
    values: dict[str, tuple[Any, ...]] = {}
    for part in text.split():
        name, equals, listed = part.partition("=")
        if not equals or not listed.strip(","):
            raise InputError(
                f'"{part}" names no values to try; write fields as in '
                '"learning_rate=2e-4,5e-4 rank=8,16", with a space between two of them.'
            )
        if name in values:
            raise InputError(f"{name} is named twice; list all its values after one {name}=.")
        values[name] = _read(recipe, name, listed.split(","))
    return Asked(values, minutes, money, points)


def settled(
    recipe: Recipe, resolved: Recipe, asked: Asked, there: int, fixed: bool
) -> tuple[Recipe, Asked]:
    """Return the recipe that is searched around, and the search with its own values.

    What is searched, and how much is measured, stands in the recipe; its other open choices stay
    open, so that a batch of twice the size has the epochs that fit it.

    Args:
        recipe: as it was asked for.
        resolved: the same with every choice made.
        asked: the search.
        there: how many validation examples can be measured on.
        fixed: whether the method's own fields are those of the adapter that is trained on.

    Raises:
        InputError: nothing is left to compare.
    """
    if not asked.values:
        values, why = usual_values(resolved, fixed)
        asked = replace(asked, values=values, why=why)
    own = {each.name for each in fields(resolved)} - {each.name for each in fields(Recipe)}
    filled: dict[str, tuple[Any, ...]] = {}
    for name, listed in asked.values.items():
        if fixed and name in own:
            raise InputError(
                f"{name} cannot be searched: {recipe.model} is an adapter that is trained on in "
                "its own size. Search other fields, or train from its base."
            )
        own_value = getattr(resolved, name)
        filled[name] = tuple(dict.fromkeys(own_value if v is None else v for v in listed))
    base = {name: getattr(resolved, name) for name in filled}
    if (items := recipe.measure_items) is None:  # a short run alone would measure on fewer
        items = max(resolved.measure_items or 0, min(there, _ITEMS))
    base["measure_items"] = items
    around: Recipe = replace(recipe, **base)
    asked = replace(asked, values=filled)
    points = asked.space.points(around)
    if not any(point != asked.space.of(around) for point in points):
        raise InputError(
            f"There is no setting to try besides the recipe as it is ({', '.join(filled)}); give "
            "a field two values or more."
        )
    if len(points) > _MOST_POINTS:
        raise InputError(
            f"These values make {len(points):,} settings, and a search takes {_MOST_POINTS} at "
            "most; take fewer values or fields."
        )
    return around, asked


def usual_values(
    resolved: Recipe, fixed: bool = False
) -> tuple[dict[str, tuple[Any, ...]], dict[str, str]]:
    """Return the values that a method's search tries where none are named, and why."""
    rate, size = resolved.learning_rate or 1e-3, _SIZES.get(resolved.name)
    advice = (
        "Biderman et al. 2024 (2405.09673) advise the highest rate that trains stably; the factor "
        "of two is our assumption"
    )
    if size is None or fixed:
        rates = tuple(_rounded(rate * factor) for factor in (0.25, 0.5, 1, 2, 4))
        return {"learning_rate": rates}, {
            "learning_rate": f"a quarter to four times what was chosen: {advice}"
        }
    many = getattr(resolved, size)
    sizes = tuple(dict.fromkeys(max(1, n) for n in (many // 2, many, 2 * many)))
    return (
        {"learning_rate": tuple(_rounded(rate * f) for f in (0.5, 1, 2)), size: sizes},
        {
            "learning_rate": f"half, as it was chosen, and double: {advice}",
            size: "half, as it is, and double: what the method can hold (our assumption)",
        },
    )


def _read(recipe: Recipe, name: str, listed: Sequence[str]) -> tuple[Any, ...]:
    """Return the values of one field, each of its type and possible by itself."""
    hints = hints_of(type(recipe))
    if name not in hints:
        able = ", ".join(each for each in hints if each not in NOT_SEARCHED)
        raise InputError(
            f'There is no setting "{name}" in a {recipe.name} recipe; search over {able}.'
        )
    if name in NOT_SEARCHED:
        raise InputError(f"{name} cannot be searched: {NOT_SEARCHED[name]}.")
    values = []
    for word in filter(None, (each.strip() for each in listed)):
        value = typed(name, settings_of([f"{name}={word}"])[name], hints[name])
        replace(recipe, **{name: value})  # refuses what cannot be
        values.append(value)
    return tuple(values)


def _rounded(rate: float) -> float:
    return float(f"{rate:.3g}")
