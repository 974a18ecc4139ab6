"""The settings that a search tries: fields of a frozen dataclass, named with dots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import product
from typing import Any, TypeVar

from ladder.errors import InputError

__all__ = ["Settings", "Space", "named", "with_fields"]

T = TypeVar("T")
Settings = dict[str, Any]
"""Fields, named with dots, and their values."""


@dataclass(frozen=True)
class Space:
    """Fields to vary, each with the values to try.

    Fields that matter only where others have certain values are named in `only`:
    {"retrieval.weight": {"retrieval.retriever": "hybrid"}}. Elsewhere they keep the base's value,
    so that no two points mean the same.
    """

    values: Mapping[str, Sequence[Any]]
    only: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, setting: Any) -> Settings:
        """Return the values that a setting has in the fields of this space.

        Raises:
            InputError: it has no such field.
        """
        return {name: _field(setting, name) for name in self.values}

    def points(self, base: Any) -> list[Settings]:
        """Return every point that the base's dataclass allows, in the order of the values.

        Raises:
            InputError: the base has no such field.
        """
        own = self.of(base)
        found: list[Settings] = []
        for each in product(*self.values.values()):
            point = dict(zip(self.values, each, strict=True))
            for name, needed in self.only.items():
                matters = all(point.get(n, _field(base, n)) == v for n, v in needed.items())
                if name in point and not matters:
                    point[name] = own[name]
            if point in found:
                continue
            try:
                with_fields(base, point)
            except InputError:  # such as an overlap that is longer than the passage
                continue
            found.append(point)
        return found


def with_fields(setting: T, values: Mapping[str, Any]) -> T:
    """Return a frozen dataclass with fields replaced, also inside of the dataclasses it holds.

    Raises:
        InputError: there is no such field, or a value is refused.
    """
    parts: dict[str, dict[str, Any]] = {}
    own: dict[str, Any] = {}
    for name, value in values.items():
        _field(setting, name)
        head, dot, rest = name.partition(".")
        if dot:
            parts.setdefault(head, {})[rest] = value
        else:
            own[head] = value
    own |= {head: with_fields(getattr(setting, head), inside) for head, inside in parts.items()}
    changed: T = replace(setting, **own)  # type: ignore[type-var]
    return changed


def named(settings: Settings) -> str:
    """Return settings in words: "k 4, retriever bm25"."""
    return ", ".join(
        f"{name.rpartition('.')[2].replace('_', ' ')} {_said(value)}"
        for name, value in settings.items()
    )


def _field(setting: Any, name: str) -> Any:
    """Return the value of a field that is named with dots."""
    for part in name.split("."):
        if not is_dataclass(setting) or part not in {each.name for each in fields(setting)}:
            raise InputError(f'There is no setting "{name}" to search over.')
        setting = getattr(setting, part)
    return setting


def _said(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
