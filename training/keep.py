"""Keep what a run trained: an adapter, a whole model, or the tensors that differ from the base."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ladder.files import write_json
from ladder.models.classifier import LABELS
from ladder.models.hardware import choose_dtype
from ladder.models.places import CHANGED
from training.prepare import Prepared

__all__ = ["keep", "kept_folder"]


def kept_folder(run: Path) -> Path | None:
    """Return the folder of what a run trained; None where it left nothing."""
    return next((run / n for n in ("adapter", "model", CHANGED) if (run / n).is_dir()), None)


def keep(model: Any, plan: Prepared, run: Path) -> Path:
    """Write what was trained into the run's folder, whole or not at all, and return where it is.

    Whole weights are kept in the arithmetic that they were trained in, so that the model that
    answers is the one that was trained, and no larger than it need be.
    """
    name = {"adapter": "adapter", "model": "model", "changed": CHANGED}[plan.recipe.leaves]
    kept, scratch = run / name, run / f".{name}"
    shutil.rmtree(scratch, ignore_errors=True)
    if name == "adapter":
        model.save_pretrained(str(scratch))
        (scratch / "README.md").unlink(missing_ok=True)  # card.md says it
    elif name == "model":
        _keep_whole(model, plan, scratch)
    else:
        _keep_changed(model, plan, scratch)
    if plan.data.labels:
        write_json(scratch / LABELS, list(plan.data.labels))
    shutil.rmtree(kept, ignore_errors=True)
    scratch.rename(kept)
    return kept


def _keep_whole(model: Any, plan: Prepared, folder: Path) -> None:
    model.config.use_cache = True
    model.to(_dtype(plan)).save_pretrained(str(folder))
    plan.tokenizer.save_pretrained(str(folder))


def _keep_changed(model: Any, plan: Prepared, folder: Path) -> None:
    """Write the tensors that were trained, and those that the run below had changed."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    names = {name for name, tensor in model.named_parameters() if tensor.requires_grad}
    if plan.changed is not None:
        with safe_open(str(plan.changed / "model.safetensors"), "pt") as file:
            names.update(file.keys())
    own, dtype = dict(model.named_parameters()), _dtype(plan)
    tensors = {n: own[n].detach().to("cpu", dtype).contiguous() for n in sorted(names)}
    folder.mkdir(parents=True)
    save_file(tensors, str(folder / "model.safetensors"))
    write_json(folder / "changed.json", {"tensors": sorted(names), "base": plan.start.reference})


def _dtype(plan: Prepared) -> Any:
    import torch

    return getattr(torch, choose_dtype(plan.recipe.dtype)[0])
