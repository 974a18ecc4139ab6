"""What `ladder train --search` asks for, and what it says."""

from __future__ import annotations

from typing import Any

from ladder.errors import InputError
from ladder.printing import duration, say, table

__all__ = ["asked_search", "say_expected", "say_found"]


def asked_search(
    training: Any,
    recipe: Any,
    text: str | None,
    minutes: float | None,
    money: float | None,
    points: int | None,
) -> Any:
    """Return the search that the options ask for; None where they ask for none.

    Raises:
        InputError: a budget without a search, or a field or value that cannot be searched.
    """
    if text is None:
        given = {"--budget-minutes": minutes, "--budget-money": money, "--points": points}
        for name, value in given.items():
            if value is not None:
                raise InputError(
                    f"{name} {value:g} is of a search, and none is asked for; add --search auto, "
                    "or the fields and values to try."
                )
        return None
    return training.asked_for(recipe, text, minutes, money, points)


def say_expected(expected: Any) -> None:
    """Say what a search would try and take."""
    say(f"Search: {expected.words}")
    for name, values in expected.asked.values.items():
        why = expected.asked.why.get(name)
        say(f"{name} {', '.join(map(str, values))}" + (f": {why}" if why else ""))
    for warning in expected.warnings:
        say(warning, aside=True)


def say_found(found: dict[str, Any]) -> None:
    """Say what a search found: a table of its settings, the verdict, and what mattered."""
    titles = ("setting", "score", "95 %", "n", "steps", "minutes", "")
    say(table(titles, [_row(each, found["best"]["key"]) for each in found["trials"]]))
    for name in ("effort", "sentence", "warning"):
        say(found[name])
    say(found["importance"]["words"])


def _row(setting: dict[str, Any], best: str) -> tuple[str, ...]:
    if setting["value"] is None:
        return setting["name"], "failed", "", "", "", duration(setting["seconds"]), setting["error"]
    marks = (["best"] if setting["key"] == best else []) + (
        ["as it was"] if setting["base"] else []
    )
    return (
        setting["name"],
        f"{setting['value']:.2f}",
        f"{setting['low']:.2f} to {setting['high']:.2f}",
        f"{setting['n']:,}",
        f"{setting['steps']:,} of {setting['steps_planned']:,}",
        f"{setting['minutes']:.1f}",
        ", ".join(marks),
    )
