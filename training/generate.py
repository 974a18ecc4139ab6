"""Train a model to write its answers: TRL's SFT trainer, loss on the answer's tokens alone.

The rows come with their token ids, made by `ladder.prompt`; the trainer tokenizes nothing and needs
no template with generation markers. Packed rows are those of a batch laid end to end, kept apart by
their positions; a soft prompt would stand before the first of them alone, so it has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ladder.errors import ModelError
from ladder.models.loading import causal_model
from ladder.models.quiet import quiet
from training import mask
from training.answer_loss import answer_loss, can_leave_out
from training.loop import Outcome, carry_out, ready, settings, tune, watching
from training.mask import IGNORED
from training.prepare import Prepared
from training.watch import as_callback

if TYPE_CHECKING:
    from ladder.jobs import RunContext
    from training.measure import Measurer

__all__ = ["IGNORED", "train_generator", "training_rows"]


def training_rows(plan: Prepared) -> dict[str, list[list[int]]]:
    """Return the columns of the training data, in the order in which it is seen."""
    rows = [plan.data.rows[index] for index in plan.schedule.order]
    return {
        "input_ids": [[*row.prompt, *row.completion] for row in rows],
        "labels": [mask.labels_of(row) for row in rows],
    }


def train_generator(
    plan: Prepared, context: RunContext, measurer: Measurer | None = None
) -> Outcome:
    """Train what a plan trains into the run's folder.

    Raises:
        ModelError: the base cannot be loaded as a model that writes.
    """
    with quiet():
        ready()
        import trl
        from datasets import Dataset

        # One row at a time has no padding to be free of.
        common = settings(context.folder, plan)
        packed = plan.recipe.batches == "packed" and common["per_device_train_batch_size"] > 1
        library: Any = trl  # it names its exports where type checkers do not look
        arguments = library.SFTConfig(
            **common,
            max_length=None,
            packing=False,
            padding_free=packed,
            dataset_kwargs={"skip_prepare_dataset": True},
        )
        watch = watching(plan, context, measurer)
        trainer = _trainer_class(library)(
            model=tune(_load(plan), plan),
            args=arguments,
            train_dataset=Dataset.from_dict(training_rows(plan)),
            processing_class=plan.tokenizer,
            callbacks=[as_callback(watch)],
        )
        return carry_out(trainer, watch, context, plan)


def _trainer_class(library: Any) -> Any:
    """Return TRL's trainer; without a GPU its loss scores no word where none is trained."""
    import torch

    class Trainer(library.SFTTrainer):  # type: ignore[misc]
        """TRL's trainer with the loss of `answer_loss`."""

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            """Return the mean loss of the trained tokens of a step."""
            usual = self.aux_loss_enabled or return_outputs or not can_leave_out(model)
            if usual:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            losses, count = answer_loss(model, inputs)
            return losses / (count if num_items_in_batch is None else num_items_in_batch)

    return library.SFTTrainer if torch.cuda.is_available() else Trainer


def _load(plan: Prepared) -> Any:
    """Return the base in float32; for QLoRA, its layers in 4 bits.

    Raises:
        ModelError: it cannot be loaded.
    """
    if plan.recipe.name != "qlora":
        return causal_model(plan.base, "float32", plan.changed)
    if plan.changed is not None:
        raise ModelError(
            f"{plan.recipe.model} is the last layers of a run, which cannot be held in 4 bits; "
            "take --method lora."
        )
    import peft
    import torch
    from transformers import BitsAndBytesConfig

    prepared: Any = peft.prepare_model_for_kbit_training
    four_bits: Any = BitsAndBytesConfig
    quantised = four_bits(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    model = causal_model(plan.base, "bfloat16", quantization_config=quantised, device_map={"": 0})
    return prepared(model, use_gradient_checkpointing=False)
