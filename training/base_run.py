"""To train on from a run: what it left, what it was trained by, and which examples it has seen."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ladder.errors import InputError, LadderError, ModelError
from ladder.files import read_json
from ladder.models.places import Place, locate, run_folder
from ladder.models.references import parse_reference
from ladder.models.runs import Seen, seen_by
from training.core import Recipe

__all__ = ["Start", "recipe_of_run", "start_of"]


@dataclass(frozen=True)
class Start:
    """Where a run begins."""

    reference: str
    """The model that the result's adapter belongs to, or that was trained whole."""
    place: Place
    """Where its weights lie."""
    adapter: Path | None = None
    """The adapter that is trained on."""
    labels: tuple[str, ...] = ()
    """The outputs of the classifier that is trained on, in order."""
    seen: tuple[Seen, ...] = ()
    """The examples that the weights were trained on before."""


def recipe_of_run(run_id: str) -> Recipe:
    """Return the recipe that a run was trained by.

    Raises:
        ModelError: there is no such run, or its recipe cannot be read.
    """
    import yaml

    file = run_folder(run_id) / "recipe.yaml"
    try:
        data: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Recipe.from_dict(data)
    except (OSError, ValueError, TypeError, yaml.YAMLError, InputError) as error:
        raise ModelError(
            f"run:{run_id} does not say how it was trained ({error}), so it cannot be trained on; "
            "name its base model instead."
        ) from error


def start_of(recipe: Recipe) -> tuple[Recipe, Start, dict[str, str]]:
    """Return where a recipe's run begins, and the recipe as that makes it, with the reasons.

    An adapter is trained on by its own method, in its own size. A whole model is a base like
    any other.

    Raises:
        InputError: the run was trained by another method or with another head.
        ModelError: the base model cannot be had.
    """
    place = locate(parse_reference(recipe.model))
    if not recipe.model.startswith("run:"):
        return recipe, Start(recipe.model, place), {}
    run_id = recipe.model.removeprefix("run:")
    before, seen = recipe_of_run(run_id), seen_by(run_folder(run_id))
    if before.head != recipe.head:
        raise InputError(
            f"{recipe.model} has the head {before.head}, and this recipe {recipe.head}; set head "
            f"to {before.head}, or train from its base {before.model}."
        )
    left = place.adapter or place.changed or place.folder
    labels = tuple(read_json(left / "labels.json")) if recipe.head == "classify" else ()
    if place.adapter is None:
        return recipe, Start(recipe.model, place, None, labels, seen), {}
    if before.name != recipe.name:
        raise InputError(
            f"{recipe.model} is an adapter of the method {before.name}, which cannot be trained on "
            f"by {recipe.name}; take --method {before.name}, or its base {before.model}."
        )
    core = {field.name for field in fields(Recipe)}
    own = {f.name: getattr(before, f.name) for f in fields(before) if f.name not in core}
    why = dict.fromkeys(own, f"as in {recipe.model}, whose adapter is trained on")
    root = replace(place, adapter=None)
    return replace(recipe, **own), Start(_root(run_id), root, place.adapter, labels, seen), why


def _root(run_id: str) -> str:
    """Return the reference of the base that a run's adapter belongs to."""
    from ladder.models.places import base_of

    try:
        return str(base_of(run_folder(run_id)))
    except LadderError as error:
        raise ModelError(f"run:{run_id} cannot be trained on: {error}") from error
