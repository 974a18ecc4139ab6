"""Keep what a run trained: an adapter, a whole model, or the tensors that differ from the base."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ladder.files import read_json, write_json
from ladder.models.classifier import LABELS
from ladder.models.hardware import choose_dtype
from ladder.models.places import CHANGED
from training.prepare import Prepared

__all__ = ["keep", "kept_folder", "write"]


def kept_folder(run: Path) -> Path | None:
    """Return the folder of what a run trained; None where it left nothing."""
    return next((run / n for n in ("adapter", "model", CHANGED) if (run / n).is_dir()), None)


def keep(model: Any, plan: Prepared, run: Path, best: Path | None = None) -> Path:
    """Put what was trained into the run's folder, whole or not at all, and return where it is.

    Args:
        model: as it is after the last step.
        plan: what was trained.
        run: the run's folder.
        best: what `write` left at the best step; None keeps the model as it is now.
    """
    name = {"adapter": "adapter", "model": "model", "changed": CHANGED}[plan.recipe.leaves]
    kept, scratch = run / name, run / f".{name}"
    shutil.rmtree(scratch, ignore_errors=True)
    if best is None:
        write(model, plan, scratch)
    else:
        shutil.copytree(best, scratch)
    shutil.rmtree(kept, ignore_errors=True)
    scratch.rename(kept)
    return kept


def write(model: Any, plan: Prepared, folder: Path) -> None:
    """Write what is trained into a folder; the model stays as it is.

    Whole weights are written in the arithmetic that they are trained in, so that the model that
    answers is the one that was trained, and no larger than it need be.
    """
    if plan.recipe.leaves == "adapter":
        model.save_pretrained(str(folder))
        (folder / "README.md").unlink(missing_ok=True)  # card.md says it
    elif plan.recipe.leaves == "model":
        _write_whole(model, plan, folder)
    else:
        _write_changed(model, plan, folder)
    if plan.data.labels:
        write_json(folder / LABELS, list(plan.data.labels))


def _write_whole(model: Any, plan: Prepared, folder: Path) -> None:
    dtype = _dtype(plan)
    cast: dict[int, Any] = {}  # tied weights stay one tensor
    tensors = {
        name: cast.setdefault(tensor.data_ptr(), tensor.detach().to(dtype))
        if tensor.is_floating_point()
        else tensor
        for name, tensor in model.state_dict().items()
    }
    caching, model.config.use_cache = model.config.use_cache, True
    try:
        model.save_pretrained(str(folder), state_dict=tensors)
    finally:
        model.config.use_cache = caching
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", config | {"dtype": str(dtype).removeprefix("torch.")})
    plan.tokenizer.save_pretrained(str(folder))


def _write_changed(model: Any, plan: Prepared, folder: Path) -> None:
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
