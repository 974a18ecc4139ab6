"""What both heads share: the trainer's settings, the adapter, resuming, and what is saved."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError
from ladder.models.hardware import choose_dtype, threads
from training import best
from training.checkpoints import checkpoints, saying_where_it_is
from training.keep import keep, write
from training.measurements import Measurement, best_of
from training.prepare import Prepared
from training.watch import Watch

if TYPE_CHECKING:
    from ladder.jobs import RunContext
    from training.measure import Measurer

__all__ = ["Outcome", "carry_out", "hold_frozen", "ready", "settings", "tune", "watching"]

_AT_ONCE = 4096
"""Tokens that go through the model at once; a larger batch is added up from parts."""


@dataclass(frozen=True)
class Outcome:
    """How the training itself went."""

    trained: int
    """Parameters that were trained."""
    parameters: int
    """All of them, those trained included."""
    steps: int
    seconds: float
    tokens_per_second: float
    stopped: bool
    dtype: str
    dtype_reason: str
    resumed_from: int = 0
    ended: str = "finished"
    """"finished", "asked" (somebody stopped it), "early" (no better) or "diverged"."""
    advice: str = ""
    """What went wrong and what to do, where it diverged."""
    kept_step: int = 0
    """The step whose weights are kept: the best one measured, else the last."""
    measuring_seconds: float = 0.0
    measured: tuple[Measurement, ...] = ()


def ready() -> None:
    """Make the model libraries quiet, offline in their habits, and as wide as is free."""
    for name in ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY"):
        os.environ.setdefault(name, "1")
    import torch

    torch.set_num_threads(threads())


def settings(run: Path, plan: Prepared) -> dict[str, Any]:
    """Return the arguments of the trainer, the same for both heads."""
    import torch

    recipe = plan.recipe
    dtype, _ = choose_dtype(recipe.dtype)
    at_once = _at_once(recipe.batch_size, max(len(row) for row in plan.data.rows))
    return {
        "output_dir": str(run / "checkpoints"),
        "per_device_train_batch_size": at_once,
        "gradient_accumulation_steps": recipe.batch_size // at_once,
        # The order of all epochs is laid down already, so the trainer sees one long one.
        "num_train_epochs": 1,
        "train_sampling_strategy": "sequential",
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": recipe.schedule,
        "warmup_steps": int(recipe.warmup * plan.schedule.steps),
        "weight_decay": recipe.weight_decay,
        "bf16": dtype == "bfloat16",
        "use_cpu": not torch.cuda.is_available(),
        "gradient_checkpointing": recipe.gradient_checkpointing,
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",  # the watch asks for checkpoints by the clock
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "seed": recipe.seed,
    }


def tune(model: Any, plan: Prepared) -> Any:
    """Return the base with what is trained on it; its first weights depend on the seed alone."""
    from transformers import set_seed

    set_seed(plan.recipe.seed)
    model.config.use_cache = False  # nothing is written while training
    tuned = plan.recipe.put_on(model, plan)
    if choose_dtype(plan.recipe.dtype)[0] == "bfloat16":
        hold_frozen(tuned, plan)
    return tuned


def hold_frozen(model: Any, plan: Prepared) -> None:
    """Hold the frozen matrices in bfloat16, to which autocast would round them at every step.

    The numbers are the same; half their memory, and a tenth of a short step's time, are not needed.
    What is shared with the word vectors stays, and so does DoRA's base, whose columns are measured.
    """
    import torch

    if getattr(plan.recipe, "dora", False):
        return
    words = {id(each.weight) for each in model.modules() if isinstance(each, torch.nn.Embedding)}
    for layer in model.modules():
        if not isinstance(layer, torch.nn.Linear) or id(layer.weight) in words:
            continue
        for part in (layer.weight, layer.bias):
            if part is not None and not part.requires_grad and part.dtype == torch.float32:
                part.data = part.data.to(torch.bfloat16)


def watching(plan: Prepared, context: RunContext, measurer: Measurer | None) -> Watch:
    """Return what looks on while a plan is carried out."""
    recipe = plan.recipe
    return Watch(
        context,
        plan.schedule,
        plan.fingerprint,
        recipe.checkpoint_seconds,
        measurer=measurer,
        measure_every=recipe.measure_every or 1,
        patience=recipe.patience,
        keep_best=lambda model, folder: write(model, plan, folder),
    )


def carry_out(trainer: Any, watch: Watch, context: RunContext, plan: Prepared) -> Outcome:
    """Train from the newest checkpoint there is, keep the best weights, drop the checkpoints.

    A run that was stopped keeps its checkpoints too, so that trying again goes on from them.

    Raises:
        InputError: it went astray before anything was measured that could be kept.
        StorageError: the disk is full.
    """
    run = context.folder
    found = checkpoints(run, watch.fingerprint)
    with saying_where_it_is(run, watch.fingerprint):
        trainer.train(resume_from_checkpoint=str(found[0]) if found else None)
        top = best_of(watch.found)
        if watch.ended == "diverged" and top is None:
            raise InputError(f"{watch.advice} Nothing was kept.")
        keep(trainer.model, plan, run, best.folder_of(run, top.step) if top else None)
    if not watch.stopped:
        shutil.rmtree(run / "checkpoints", ignore_errors=True)
        shutil.rmtree(run / best.BEST, ignore_errors=True)
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    dtype, reason = choose_dtype(plan.recipe.dtype)
    return Outcome(
        trained=trained,
        parameters=sum(p.numel() for p in trainer.model.parameters()),
        steps=watch.step,
        seconds=watch.seconds,
        tokens_per_second=watch.tokens_per_second,
        stopped=watch.stopped,
        dtype=dtype,
        dtype_reason=reason,
        resumed_from=int(found[0].name.rpartition("-")[2]) if found else 0,
        ended=watch.ended or ("asked" if watch.stopped else "finished"),
        advice=watch.advice,
        kept_step=top.step if top else watch.step,
        measuring_seconds=watch.measuring,
        measured=tuple(watch.found),
    )


def _at_once(batch: int, longest: int) -> int:
    """Return how many examples go through at once: the batch, or a divisor that fits."""
    fitting = [n for n in range(1, batch + 1) if batch % n == 0 and n * longest <= _AT_ONCE]
    return max(fitting, default=1)
