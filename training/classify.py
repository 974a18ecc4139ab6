"""Train a classifying head and what is below it: transformers' trainer, one output a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ladder.models.classifier import head_on
from ladder.models.loading import lay_over
from ladder.models.quiet import quiet
from training.loop import Outcome, carry_out, ready, settings, tune, watching
from training.prepare import Prepared
from training.watch import as_callback

if TYPE_CHECKING:
    from ladder.jobs import RunContext
    from training.measure import Measurer

__all__ = ["train_classifier"]


def train_classifier(
    plan: Prepared, context: RunContext, measurer: Measurer | None = None
) -> Outcome:
    """Train the head of a plan, and what its method trains, into the run's folder.

    Raises:
        ModelError: the base cannot have a classifying head.
    """
    with quiet():
        ready()
        from datasets import Dataset
        from transformers import DataCollatorWithPadding, Trainer, TrainingArguments, set_seed

        make: Any = TrainingArguments
        arguments = make(**settings(context.folder, plan))
        watch = watching(plan, context, measurer)
        set_seed(plan.recipe.seed)  # the head's first weights
        base = head_on(plan.base, len(plan.data.labels), "float32", plan.tokenizer)
        base = lay_over(base, plan.changed)
        base.config.id2label = dict(enumerate(plan.data.labels))
        base.config.label2id = {label: i for i, label in enumerate(plan.data.labels)}
        rows = [plan.data.rows[index] for index in plan.schedule.order]
        columns = {
            "input_ids": [list(row.prompt) for row in rows],
            "attention_mask": [[1] * len(row) for row in rows],
            "labels": [row.label for row in rows],
        }
        trainer: Any = Trainer(
            model=tune(base, plan),
            args=arguments,
            train_dataset=Dataset.from_dict(columns),
            data_collator=DataCollatorWithPadding(plan.tokenizer),
            callbacks=[as_callback(watch)],
        )
        return carry_out(trainer, watch, context, plan)
