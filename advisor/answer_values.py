"""What an answer may be: its checks, and how it is written in an address and in a file.

Nothing here knows the answers themselves: a value comes with its field's name and type.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import Any, Final, Literal, get_args

from ladder.costs import Machine, parse_gpus
from ladder.errors import InputError

__all__ = [
    "BELOW_TARGET",
    "BelowTarget",
    "Change",
    "Missing",
    "Popularity",
    "PromptMethod",
    "TaskKind",
    "check",
    "in_order",
    "machine_of",
    "plain",
    "read",
    "takes",
    "words_of",
    "write",
]

Missing = Literal["facts", "style", "skill", "language", "cost"]
Change = Literal["never", "yearly", "monthly", "daily", "live"]
Popularity = Literal["head", "tail"]
TaskKind = Literal["classification", "extraction", "qa", "generation", "code"]
PromptMethod = Literal["prompt", "icl"]
BelowTarget = Literal["below-target"]

BELOW_TARGET: Final[BelowTarget] = "below-target"
"""The baseline of who tried a prompt and knows only that it is not good enough."""

_LARGEST = 1e15
_SHARES = (
    "baseline", "target", "larger_model_score", "no_llm_score", "cacheable_share", "drafted_share",
)  # fmt: skip
_POSITIVE = (
    "base_params", "context_window", "latency_p95_s", "target", "fertility", "embedder_fertility",
    "horizon_months", "gpu_hours_week",
)  # fmt: skip
_FROM_ONE = ("peak_factor",)


@lru_cache(maxsize=256)
def machine_of(text: str) -> Machine | None:
    """Return the GPUs that an answer names; None for none."""
    return parse_gpus(text)


@cache
def words_of(name: str, hint: Any) -> tuple[str, ...]:
    """Return the words that a field can take; empty for numbers and yes or no."""
    if name == "missing":
        return get_args(Missing)
    if name == "baseline":
        return ()
    return tuple(value for value in get_args(hint) if isinstance(value, str))


def takes(hint: Any, kind: type) -> bool:
    """Return whether a field of this type can hold a value of this kind."""
    return hint is kind or kind in get_args(hint)


def in_order(missing: Any) -> tuple[Missing, ...]:
    """Return what is missing once each, in the order of the question.

    Raises:
        InputError: it is no list, or holds what is none of the words.
    """
    if isinstance(missing, str) or not isinstance(missing, tuple):
        raise InputError(f"missing is {missing!r}; give a list of {', '.join(get_args(Missing))}.")
    for value in missing:
        if value not in get_args(Missing):
            raise InputError(
                f'missing holds "{value}"; choose among {", ".join(get_args(Missing))}.'
            )
    return tuple(value for value in get_args(Missing) if value in missing)


def check(name: str, hint: Any, value: Any) -> None:
    """Refuse a value that the field cannot take.

    Raises:
        InputError: the value is not of the field's type or outside of its range.
    """
    if name == "missing":
        in_order(value)
        return
    if value is None and takes(hint, type(None)):
        return
    if name == "gpus":
        machine_of(str(value))
        return
    if takes(hint, bool):
        if not isinstance(value, bool):
            raise InputError(f"{name} is {value!r}; write true or false.")
        return
    words = words_of(name, hint)
    if words or (name == "baseline" and isinstance(value, str)):
        if value not in (words or (BELOW_TARGET,)):
            raise InputError(
                f"{name} is {value!r}; choose {' or '.join(words or (BELOW_TARGET,))}."
            )
        return
    _check_number(name, hint, value)


def plain(name: str, hint: Any, value: Any) -> Any:
    """Return a number for what YAML reads as a word (8e9), whole where the field is whole."""
    if isinstance(value, str) and not words_of(name, hint) and value[:1].isdigit():
        if name == "gpus":
            return value
        try:
            value = float(value)
        except ValueError:
            return value
    if isinstance(value, float) and value.is_integer() and takes(hint, int):
        return int(value)
    return value


def write(value: Any) -> str:
    """Return a value as it stands in the address."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(value)
    return value if isinstance(value, str) else repr(value)


def read(name: str, hint: Any, text: str) -> Any:
    """Return the value that `write` wrote; ValueError or an InputError later if there is none."""
    if name == "missing":
        return tuple(text.split(","))
    if takes(hint, bool):
        return {"yes": True, "no": False}.get(text, text)
    if name == "gpus" or words_of(name, hint) or (name == "baseline" and text == BELOW_TARGET):
        return text
    if text == "none" and takes(hint, type(None)):
        return None
    return int(text) if takes(hint, int) else float(text)


def _check_number(name: str, hint: Any, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or (not isinstance(value, int) and takes(hint, int)):
        raise InputError(f"{name} is {value!r}; give a {'whole ' * takes(hint, int)}number.")
    highest = 1 if name in _SHARES else 168 if name == "gpu_hours_week" else _LARGEST
    lowest = 1 if name in _FROM_ONE else 0
    too_low = value < lowest or (name in _POSITIVE and value == 0)
    if not math.isfinite(value) or too_low or value > highest:
        low = "above 0" if name in _POSITIVE else f"from {lowest}"
        raise InputError(f"{name} is {value}; give a number {low} to {highest:g}.")
