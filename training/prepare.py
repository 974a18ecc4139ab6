"""Everything that is settled before a run starts: the resolved recipe, its rows, its estimate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.answering import Setup
from ladder.errors import InputError, ModelError
from ladder.files import content_hash, read_json
from ladder.models.classifier import longest_text
from ladder.models.places import locate
from ladder.models.references import parse_reference
from training.base import load_tokenizer, shape_of
from training.choices import resolve
from training.data import Rows, Schedule, make_rows, plan_order, setup_of, train_examples
from training.estimate import Estimate, estimate_exactly
from training.recipe import Recipe

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True)
class Prepared:
    """A run that could start now."""

    recipe: Recipe
    """With every choice made."""
    reasons: dict[str, str]
    """Why each choice was made that the recipe had left open."""
    setup: Setup
    base: Path
    """The folder of the base model."""
    tokenizer: Any
    data: Rows
    schedule: Schedule
    estimate: Estimate

    @property
    def fingerprint(self) -> str:
        """Return what a checkpoint must share to be gone on from: recipe, rows and order."""
        rows = [[row.id, row.prompt, row.completion, row.label] for row in self.data.rows]
        kept = self.recipe.to_dict()
        del kept["checkpoint_seconds"]
        return content_hash([kept, rows, self.schedule.order, self.data.labels])


def prepare(folder: TaskFolder, recipe: Recipe) -> Prepared:
    """Return the run of a recipe on a task, checked and estimated with the real tokenizer.

    Raises:
        InputError: there is nothing to learn from, or the recipe does not fit the task.
        ModelError: the base model cannot be had, or is not of the right kind.
    """
    train_examples(folder, recipe)
    place = locate(parse_reference(recipe.model))
    _check_head(recipe, place.folder)
    tokenizer = load_tokenizer(place.folder)
    if recipe.format == "chat" and not getattr(tokenizer, "chat_template", None):
        raise InputError(f"{recipe.model} has no chat template; set format to plain.")
    setup = setup_of(recipe, folder.task)
    limit = longest_text(read_json(place.folder / "config.json"), tokenizer)
    data = make_rows(folder, recipe, setup, tokenizer, limit)
    resolved, reasons = resolve(recipe, len(data.rows), shape_of(recipe.model), len(data.labels))
    lengths = [len(row) for row in data.rows]
    schedule = plan_order(lengths, resolved, resolved.epochs or 1)
    estimate = estimate_exactly(folder, resolved, lengths, schedule)
    return Prepared(
        resolved, reasons, setup, place.folder, tokenizer, data, schedule, estimate
    )  # fmt: skip


def _check_head(recipe: Recipe, folder: Path) -> None:
    config = read_json(folder / "config.json")
    names = " ".join(config.get("architectures") or [])
    if recipe.head == "generate" and names and "CausalLM" not in names and "LMHead" not in names:
        raise ModelError(
            f"{recipe.model} is no model that writes (it is {names}); set head to classify, or "
            "name a causal language model."
        )
