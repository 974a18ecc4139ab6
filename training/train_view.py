"""What the Train page shows, as plain data: fields of the form, the chart, the verdict."""

from __future__ import annotations

import types
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from ladder.costs.basis import Band
from ladder.errors import ModelError
from ladder.printing import duration
from training.core import Recipe
from training.fields import choices_of, help_texts, hints_of
from training.recipe import PRESETS, TRAINED, recipe_for

if TYPE_CHECKING:
    from ladder.evaluation import Score
    from ladder.project.task_folder import TaskFolder
    from training.estimate import Estimate
    from training.runs import Run

__all__ = [
    "Field",
    "chart_rows",
    "estimate_tiles",
    "form_fields",
    "in_form",
    "method_in_form",
    "offered",
    "predicted_beside_actual",
    "preset_of",
    "run_verdicts",
    "what_labels_would_allow",
]

_POINTS = 400
"""Points a chart is thinned to; more cannot be seen."""


@dataclass(frozen=True)
class Field:
    """One field of the recipe as the form asks for it."""

    name: str
    label: str
    kind: Literal["choice", "whole", "number", "text", "switch", "open"]
    """"open" may be left empty: then it is chosen, and the reason shown."""
    help: str
    choices: tuple[str, ...] = ()


def form_fields(method: str = "lora") -> list[Field]:
    """Return the fields of a method's form, made from its recipe class; its own come first.

    The head is asked for only where the method's name leaves it open.
    """
    cls = type(recipe_for(method))
    hints, texts, choices = hints_of(cls), help_texts(cls), choices_of(cls)
    shared = {field.name for field in fields(Recipe)}
    names = sorted((field.name for field in fields(cls)), key=shared.__contains__)
    found = []
    for name in names:
        if name == "head" and (method in ("lora", "classifier") or len(cls.heads) == 1):
            continue
        label = name.replace("_", " ").capitalize()
        found.append(Field(name, label, _kind(hints[name]), texts[name], choices.get(name, ())))
    return found


def in_form(field: Field, value: Any) -> Any:
    """Return a setting as its place in the form holds it."""
    if field.kind not in ("open", "text"):
        return value
    return "" if value is None else str(value)


def offered(kind: str) -> list[str]:
    """Return the methods that make sense for a kind of task and can be trained on this machine."""
    found = []
    for name in TRAINED:
        if name == "classifier" and kind != "classification":
            continue
        with suppress(ModelError):
            recipe_for(name).refuse_here()
            found.append(name)
    return found


def method_in_form(recipe: Recipe) -> str:
    """Return the method that the form names for a recipe."""
    return recipe.method if recipe.name == "lora" else recipe.name


def preset_of(recipe: Recipe) -> tuple[str, dict[str, Any]]:
    """Return the preset that a recipe is nearest to, and the form's settings that differ."""
    own = recipe.to_dict()
    method = method_in_form(recipe)
    usual = {name: recipe_for(method, name).to_dict() for name in PRESETS}

    def differing(name: str) -> list[str]:
        return [key for key, value in own.items() if usual[name][key] != value]

    nearest = min(PRESETS, key=lambda name: len(differing(name)))
    places = {field.name: field for field in form_fields(method)}
    return nearest, {key: in_form(places[key], own[key]) for key in differing(nearest)}


def estimate_tiles(estimate: Estimate) -> list[tuple[str, str, str]]:
    """Return the estimate as (title, value, help)."""
    seconds, memory = estimate.seconds, estimate.memory_gb
    price, _, unpriced = estimate.money_words.partition("; ")
    return [
        (
            "Time",
            f"{duration(seconds.p10)} to {duration(seconds.p90)}",
            f"Starting, then tokens at {estimate.rate}. 8 of 10 runs should end in this range.",
        ),
        (
            "Memory",
            _range(memory, "", " GB"),
            "Rough: libraries, weights and their bfloat16 copy, the adapter with its optimizer, "
            "and what the longest batch keeps for the way back.",
        ),
        (
            "Money",
            price,
            f"{unpriced[:1].upper()}{unpriced[1:]}."
            if unpriced
            else "Time at the task's price per hour (Start, task card).",
        ),
        (
            "Tokens",
            f"{estimate.tokens.p50:,.0f}",
            f"{estimate.rows:,} examples in {estimate.steps:,} steps, prompts and padding "
            "included, at about 4 characters a token; the run itself counts exactly.",
        ),
    ]


def chart_rows(metrics: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Return the loss by step with its running mean, thinned to what can be seen.

    The mean is over what has been seen so far, later steps counting more; it does not hang on to
    the first step (the correction of Kingma and Ba 2014, section 3).
    """
    rows: list[dict[str, float]] = []
    total = weight = 0.0
    for line in metrics:
        if line.get("loss") is None:
            continue
        total, weight = 0.9 * total + 0.1 * line["loss"], 0.9 * weight + 0.1
        rows.append({"Step": line["step"], "Loss": line["loss"], "Mean": total / weight})
    every = max(1, len(rows) // _POINTS)
    return rows[::every]


def predicted_beside_actual(result: dict[str, Any]) -> str:
    """Return what a run was expected to take and what it took, in a sentence."""
    seconds = (result.get("estimate") or {}).get("seconds") or {}
    expected = ""
    if seconds:
        low, high = duration(seconds["p10"]), duration(seconds["p90"])
        expected = f" (expected {low} to {high}, starting included)"
    memory = f", {result['memory_gb']} GB at most" if result.get("memory_gb") else ""
    return (
        f"{result['steps']:,} of {result['steps_planned']:,} steps, {result['tokens']:,} tokens in "
        f"{duration(result['seconds'])}{expected}, {result['tokens_per_second']:,.0f} tokens a "
        f"second{memory}."
    )


def run_verdicts(folder: TaskFolder, score: Score, base: str) -> list[tuple[bool | None, str]]:
    """Return the paired verdicts on a run: against its base's prompt, and the best of the others.

    Pairs count on the items that both answered; a run answers only those that it never saw.

    Returns:
        Whether the run is better (None: cannot be told), and the sentence.
    """
    from ladder.evaluation import board_view, compare_all, rows_of, scoreboard

    alike = [
        s
        for s in scoreboard(folder)
        if s.split == score.split and s.metric == score.metric and s.key != score.key
    ]
    others = {
        s.key: s
        for s in (
            next((s for s in alike if s.method == "zero-shot" and s.model == base), None),
            max((s for s in alike if s.model != score.model), key=lambda s: s.value, default=None),
        )
        if s is not None
    }
    names = [*alike, score]
    mine = board_view.name_of(score, names)
    rows = {
        board_view.name_of(s, names): list(rows_of(folder, s).values()) for s in others.values()
    }
    rows[mine] = list(rows_of(folder, score).values())
    found = compare_all(rows, score.metric)
    said: list[tuple[bool | None, str]] = []
    for verdict in found:
        if mine in (verdict.a, verdict.b):
            winner = {"a": verdict.a, "b": verdict.b}.get(verdict.better or "")
            said.append((None if winner is None else winner == mine, verdict.sentence))
    return said


def what_labels_would_allow(labels: int = 50) -> str:
    """Return what so many labels would allow, for a page that has none yet."""
    from ladder.project import what_n_can_show

    test = labels // 2
    validation = labels // 5
    return (
        f"With {labels} labelled examples, {labels - test - validation} train, {validation} choose "
        f"and {test} confirm; a first LoRA takes some minutes on this machine. "
        f"{what_n_can_show(test)}"
    )


def ran_words(run: Run) -> str:
    """Return a run's name with its method, for a heading."""
    return f"{run.job.spec.get('method', 'lora')}, {run.reference}"


def _kind(hint: Any) -> Literal["choice", "whole", "number", "text", "switch", "open"]:
    if get_origin(hint) is Literal:
        return "choice"
    if get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint):
        return "open"
    kinds: dict[Any, Literal["whole", "number", "text", "switch"]] = {
        bool: "switch",
        int: "whole",
        float: "number",
        str: "text",
    }
    return kinds[hint]


def _range(band: Band, before: str, after: str) -> str:
    return f"{before}{band.p10:.2g} to {before}{band.p90:.2g}{after}"
