"""An export as a job of the pages: into the run's own folder, `exports/FORMAT`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from ladder.models.places import run_folder
from training.export.export import export_run

if TYPE_CHECKING:
    from ladder.jobs import RunContext

__all__ = ["run_export"]


def run_export(context: RunContext) -> dict[str, Any]:
    """Carry out an export; one of the same format that is there is replaced.

    The spec has `task`, `run` and `format`, and may have `dtype`.
    """
    spec = context.spec
    out = run_folder(spec["run"]) / "exports" / spec["format"]
    fresh = out.with_name(f"{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    made = export_run(
        context.project.task(spec.get("task")),
        spec["run"],
        spec["format"],
        fresh,
        spec.get("dtype", "float32"),
        context.progress,
    )
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
    return made.to_json() | {"folder": str(out)}
