"""The recipes by name: from a method, a preset, a file and settings to one that can be carried out.

What is in a recipe stands in `training.core` (what all of them share) and `training.methods`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_origin

from ladder.errors import InputError
from ladder.methods import DEFAULT_EMBEDDER
from training.core import Recipe
from training.fields import choices_of, help_texts, hints_of
from training.methods import METHODS

__all__ = [
    "METHODS",
    "PRESETS",
    "TRAINED",
    "Recipe",
    "changed",
    "choices_of",
    "class_of",
    "help_texts",
    "recipe_for",
    "recipe_from",
    "settings_of",
]

TRAINED: dict[str, dict[str, Any]] = {
    **{name: {"method": name} for name in METHODS},
    "classifier": {"method": "lora", "head": "classify", "model": DEFAULT_EMBEDDER},
}
"""What a command can train by name, and what each sets in the recipe."""

PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"max_tokens": 15_000},
    "good": {},
}
"""The sizes of a run: "quick" looks whether it works at all, "good" is meant to be measured."""


def class_of(data: Mapping[str, Any]) -> type[Recipe]:
    """Return the recipe class that data is for; one that names no method is a LoRA's.

    Raises:
        InputError: there is no such method.
    """
    name = TRAINED.get(data.get("method", "lora"), {}).get("method")
    if name is None:
        raise InputError(
            f'method is "{data["method"]}", which cannot be trained; choose {" or ".join(TRAINED)}.'
        )
    return METHODS[name]


def recipe_for(method: str, preset: str = "quick") -> Recipe:
    """Return the recipe of a method and a preset.

    Raises:
        InputError: there is no such method or preset.
    """
    if method not in TRAINED:
        raise InputError(f'"{method}" cannot be trained; choose {" or ".join(TRAINED)}.')
    if preset not in PRESETS:
        raise InputError(f'There is no preset "{preset}"; choose {" or ".join(PRESETS)}.')
    return Recipe.from_dict(TRAINED[method] | PRESETS[preset])


def recipe_from(method: str | None, preset: str, given: Mapping[str, Any]) -> Recipe:
    """Return the recipe that a file or settings make over a method's and a preset's.

    What is not given is as the method has it.

    Args:
        method: what is asked to be trained; None for what `given` trains, else what the run does
            that is trained on, else a LoRA.
        preset: the size of the run.
        given: fields of the recipe.

    Raises:
        InputError: `given` trains by another method than the one asked, or cannot be.
    """
    given = {("model" if key == "base" else key): value for key, value in given.items()}
    own = _method_of(given)
    if method is not None and own is not None and not _agree(method, own, given):
        said = "method" if "method" in given else "head"
        want = method if said == "method" else TRAINED[method].get("head", "generate")
        raise InputError(
            f"The recipe has {said}: {given[said]}, which trains a {own}, and the method asked for "
            f"is {method}; leave --method out, or set {said} to {want}."
        )
    usual = recipe_for(method or own or "lora", preset).to_dict()
    return Recipe.from_dict(usual | {k: v for k, v in given.items() if k != "method"})


def _method_of(given: Mapping[str, Any]) -> str | None:
    """Return the name of what fields train; None where they leave it open."""
    named, head = given.get("method"), given.get("head")
    if named is not None:
        return "classifier" if named == "lora" and head == "classify" else str(named)
    if head is not None:
        return "classifier" if head == "classify" else "lora"
    model = str(given.get("model", ""))
    return _method_of_run(model.removeprefix("run:")) if model.startswith("run:") else None


def _method_of_run(run_id: str) -> str | None:
    """Return the name of what a run trained; None where it left a whole model."""
    from training.base_run import recipe_of_run

    before = recipe_of_run(run_id)
    return before.method if before.head == "classify" and before.name == "lora" else before.name


def _agree(method: str, own: str, given: Mapping[str, Any]) -> bool:
    """Return whether the method asked for can be what fields train.

    A head alone says nothing against ia3, adapter, last-k or full, which have both.
    """
    if "method" in given or ("head" in given and method in ("lora", "classifier")):
        return method == own
    return True


def changed(recipe: Recipe, settings: list[str]) -> Recipe:
    """Return the recipe with settings written as `key=value`; see `settings_of`.

    Raises:
        InputError: one is not of that form, unknown, or cannot be.
    """
    return Recipe.from_dict(recipe.to_dict() | settings_of(settings))


def settings_of(settings: list[str]) -> dict[str, Any]:
    """Return settings written as `key=value` by their names; `auto` leaves a choice open.

    Raises:
        InputError: one is not of that form.
    """
    import yaml

    hints = {name: hint for each in METHODS.values() for name, hint in hints_of(each).items()}
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f'"{setting}" is no setting; write it as key=value.')
        hint = hints.get(name.strip(), str if name.strip() in ("base", "method") else None)
        try:
            value: Any = yaml.safe_load(text)
        except yaml.YAMLError:
            value = text
        if hint is str or get_origin(hint) is Literal:
            value = text.strip()
        elif value == "auto":
            value = None
        values[name.strip()] = value
    return values
