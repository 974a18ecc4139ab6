"""Everything that is settled before a run starts: the resolved recipe, its rows, its estimate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.answering import Setup
from ladder.errors import InputError, ModelError
from ladder.files import content_hash, read_json
from ladder.models.classifier import longest_text
from training.base import load_tokenizer, shape_of
from training.base_run import Start, start_of
from training.batches import choose_batches
from training.choices import resolve
from training.core import Recipe
from training.data import Rows, Schedule, make_rows, plan_order, setup_of
from training.estimate import Estimate, estimate_exactly
from training.measuring import choose_measuring
from training.mixture import parts_of

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
    start: Start
    """Where the weights come from that training begins with."""
    tokenizer: Any
    data: Rows
    schedule: Schedule
    estimate: Estimate
    instruction: str = ""
    """The task's, in whose words a soft prompt begins."""

    @property
    def base(self) -> Path:
        """Return the folder of the base model."""
        return self.start.place.folder

    @property
    def changed(self) -> Path | None:
        """Return the folder of tensors that are laid over the base: a run's last layers."""
        return self.start.place.changed

    @property
    def adapter(self) -> Path | None:
        """Return the folder of the adapter that is trained on."""
        return self.start.adapter

    @property
    def fingerprint(self) -> str:
        """Return what a checkpoint must share to be gone on from: recipe, rows and order."""
        rows = [[row.id, row.prompt, row.completion, row.label, row.task] for row in self.data.rows]
        kept = self.recipe.to_dict()
        del kept["checkpoint_seconds"]
        return content_hash([kept, rows, self.schedule.order, self.data.labels])


def prepare(folder: TaskFolder, recipe: Recipe) -> Prepared:
    """Return the run of a recipe on a task, checked and estimated with the real tokenizer.

    Raises:
        InputError: there is nothing to learn from, or the recipe does not fit the task.
        ModelError: the base model cannot be had, or is not of the right kind.
    """
    recipe.refuse_here()
    parts = parts_of(folder, recipe)
    recipe, start, why = start_of(recipe)
    _check_head(recipe, start.place.folder)
    tokenizer = load_tokenizer(start.place.folder)
    if recipe.format == "chat" and not getattr(tokenizer, "chat_template", None):
        raise InputError(f"{recipe.model} has no chat template; set format to plain.")
    setup = replace(setup_of(recipe, folder.task), model=start.reference)
    limit = longest_text(read_json(start.place.folder / "config.json"), tokenizer)
    data = make_rows(parts, recipe, tokenizer, limit - recipe.virtual_tokens, start.labels)
    resolved, reasons = resolve(recipe, data.an_epoch, shape_of(recipe.model), len(data.labels))
    lengths = [len(row) for row in data.rows]
    resolved, more = choose_batches(resolved, lengths)
    schedule = plan_order(lengths, resolved, resolved.epochs or 1, data.drawn)
    resolved, looks = choose_measuring(
        folder, resolved, lengths, schedule.steps, schedule.total
    )  # fmt: skip
    estimate = estimate_exactly(folder, resolved, lengths, schedule)
    return Prepared(
        resolved, why | reasons | more | looks, setup, start, tokenizer, data, schedule, estimate,
        folder.task.instruction,
    )  # fmt: skip


def _check_head(recipe: Recipe, folder: Path) -> None:
    config = read_json(folder / "config.json")
    names = " ".join(config.get("architectures") or [])
    if recipe.head == "generate" and names and "CausalLM" not in names and "LMHead" not in names:
        raise ModelError(
            f"{recipe.model} is no model that writes (it is {names}); set head to classify, or "
            "name a causal language model."
        )
