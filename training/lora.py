"""Train a LoRA that writes its answers: TRL's SFT trainer, loss on the answer's tokens alone.

The rows come with their token ids, made by `ladder.prompt`; the trainer tokenizes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ladder.errors import ModelError
from ladder.models.quiet import quiet
from training import mask
from training.loop import Outcome, carry_out, ready, settings, tune
from training.mask import IGNORED
from training.prepare import Prepared
from training.watch import Watch, as_callback

if TYPE_CHECKING:
    from ladder.jobs import RunContext

__all__ = ["IGNORED", "train_lora", "training_rows"]


def training_rows(plan: Prepared) -> dict[str, list[list[int]]]:
    """Return the columns of the training data, in the order in which it is seen."""
    rows = [plan.data.rows[index] for index in plan.schedule.order]
    return {
        "input_ids": [[*row.prompt, *row.completion] for row in rows],
        "labels": [mask.labels_of(row) for row in rows],
    }


def train_lora(plan: Prepared, context: RunContext) -> Outcome:
    """Train the adapter of a plan into the run's folder.

    Raises:
        ModelError: the base cannot be loaded as a model that writes.
    """
    with quiet():
        ready()
        import trl
        from datasets import Dataset

        library: Any = trl  # it names its exports where type checkers do not look
        arguments = library.SFTConfig(
            **settings(context.folder, plan),
            max_length=None,
            packing=False,
            dataset_kwargs={"skip_prepare_dataset": True},
        )
        watch = Watch(
            context, plan.schedule, plan.fingerprint, plan.recipe.checkpoint_seconds
        )  # fmt: skip
        trainer = library.SFTTrainer(
            model=tune(_load(plan), plan),
            args=arguments,
            train_dataset=Dataset.from_dict(training_rows(plan)),
            processing_class=plan.tokenizer,
            callbacks=[as_callback(watch)],
        )
        return carry_out(trainer, watch, context, plan)


def _load(plan: Prepared) -> Any:
    from transformers import AutoModelForCausalLM

    make: Any = AutoModelForCausalLM
    try:
        return make.from_pretrained(
            str(plan.base),
            dtype="float32",
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{plan.recipe.model} cannot be loaded to train it: {line}") from error
