"""The best weights so far, as they would be kept: `best/step-N`, whole or not there.

Older ones stay until no checkpoint needs them: a run that goes on from a checkpoint goes on with
the best weights as of there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ladder.files import storage_errors
from training.measurements import Measurement, best_of

__all__ = ["BEST", "folder_of", "keep", "take_over", "tidy"]

BEST = "best"


def folder_of(run: Path, step: int) -> Path:
    """Return where the best weights are kept that a step left."""
    return run / BEST / f"step-{step}"


def keep(run: Path, step: int, write: Callable[[Path], None]) -> None:
    """Keep what is trained now; `write` puts it into a folder."""
    kept = folder_of(run, step)
    scratch = kept.with_name(f".{kept.name}")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(kept, ignore_errors=True)
    scratch.parent.mkdir(parents=True, exist_ok=True)
    write(scratch)
    scratch.rename(kept)


def tidy(run: Path, fingerprint: str, found: Sequence[Measurement]) -> None:
    """Drop the weights that are neither the best now nor were when a checkpoint was made."""
    from training.checkpoints import checkpoints

    needed = {best.step} if (best := best_of(found)) else set()
    for folder in checkpoints(run, fingerprint):
        step = int(folder.name.rpartition("-")[2])
        if then := best_of([each for each in found if each.step <= step]):
            needed.add(then.step)
    for folder in (run / BEST).glob("*step-*"):
        if folder.name not in {f"step-{step}" for step in needed}:
            shutil.rmtree(folder, ignore_errors=True)


def take_over(old: Path, run: Path, found: Sequence[Measurement]) -> bool:
    """Copy the best weights of an older run; return whether they are there or none are needed."""
    best = best_of(found)
    if best is None:
        return True
    there = folder_of(old, best.step)
    if not there.is_dir():
        return False

    def copy(folder: Path) -> None:
        with storage_errors(folder):
            shutil.copytree(there, folder)

    if not folder_of(run, best.step).exists():
        keep(run, best.step, copy)
    return True
