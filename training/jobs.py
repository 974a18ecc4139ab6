"""A training run as a job: refused before launch where it can be, and kept where it stopped.

The run's folder is the job's: `recipe.yaml` (resolved, with reasons), `setup.yaml` (the Setup it
trains under), `trained_on.json`, `metrics.jsonl`, what was trained (`adapter/`, `model/` or
`changed/`), `card.md`, `result.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.files import read_json_lines, write_json, write_text
from ladder.models.references import parse_reference
from ladder.models.runs import TRAINED_ON, Seen, input_hash
from training.base_run import start_of
from training.card import write_card
from training.checkpoints import METRICS, take_over
from training.checks import Finding, check, check_rows
from training.estimate import estimate_roughly
from training.keep import kept_folder
from training.loop import Outcome
from training.measure import measurer_of
from training.measurements import best_of
from training.memory import peak_memory
from training.prepare import Prepared, prepare
from training.recipe import Recipe

if TYPE_CHECKING:
    from ladder.evaluation import Builder
    from ladder.jobs import RunContext
    from ladder.plan import Plan
    from ladder.project.task_folder import TaskFolder
    from training.search.asked import Asked

__all__ = ["earlier_runs", "run_train", "start", "train_into"]


def start(
    folder: TaskFolder,
    recipe: Recipe,
    plan: Plan | None = None,
    tell: Callable[[Finding], None] | None = None,
    search: Asked | None = None,
) -> str:
    """Queue a training run and return its id; what cannot be learned from is refused here.

    A plan is named in the run if the recipe is still its own. `tell` is told what a person should
    know of the data. With `search` the recipe's own fields are searched, within a budget.

    Raises:
        InputError: there is nothing to learn from, or the recipe does not fit the task.
        ModelError: the base model is not there.
        JobError: the job cannot be queued.
    """
    from ladder.jobs import submit

    checked = check(folder, recipe)
    checked.refuse()
    recipe.refuse_here()
    estimate_roughly(folder, recipe)
    spec: dict[str, Any] = {"task": folder.task.name, "method": recipe.method}
    spec["recipe"] = recipe.to_dict()
    if search is not None:
        from training.search.forecast import expected

        spec["search"] = expected(folder, recipe, search).asked.to_dict()
    # What would be downloaded is looked for by the job.
    if parse_reference(recipe.model).kind in ("bundled", "path", "run"):
        start_of(recipe)
        checked += check_rows(folder, prepare(folder, recipe))
        checked.refuse()
    for finding in checked.findings:
        if tell is not None:
            tell(finding)
    if plan is not None and plan.recipe == recipe.to_dict():
        spec["plan"] = plan.id
    return submit(folder.project, "train", spec)


def run_train(context: RunContext, build: Builder | None = None) -> dict[str, Any]:
    """Carry out a training run; the result says what it was, what it took, and what was expected.

    The spec has `task`, `method`, `recipe`, and `search` where settings are searched. A run that
    tries another again goes on from its last checkpoint, provided that recipe and rows are the
    same.

    Args:
        context: the job's.
        build: makes the Answerers that are measured while it trains; None measures nothing.
    """
    spec = context.spec
    if spec.get("search"):
        from training.search.job import run_search

        return run_search(context, build)
    folder = context.project.task(spec.get("task"))
    context.progress(0, 0, "reading the training examples")
    plan = prepare(folder, Recipe.from_dict(spec.get("recipe") or {}))
    check_rows(folder, plan).refuse()
    for earlier in earlier_runs(context.folder):
        if take_over(earlier, context.folder, plan.fingerprint):
            break
    return train_into(context, folder, plan, build, context.folder.name)


def train_into(
    context: RunContext, folder: TaskFolder, plan: Prepared, build: Builder | None, run_id: str
) -> dict[str, Any]:
    """Train what was prepared into the context's folder, going on from its newest checkpoint.

    Args:
        context: says how far it is, and where everything is kept.
        folder: the task.
        plan: what is trained.
        build: as in `run_train`.
        run_id: the run whose model it will be, `run:ID`.
    """
    run = context.folder
    _write_down(folder, plan, run)
    measurer = measurer_of(folder, plan, build, run_id)
    context.progress(0, plan.schedule.steps, "loading the model")
    if plan.recipe.head == "classify":
        from training.classify import train_classifier

        outcome = train_classifier(plan, context, measurer)
    else:
        from training.generate import train_generator

        outcome = train_generator(plan, context, measurer)
    result = {"reference": f"run:{run_id}"} | _result(folder, plan, run, outcome)
    write_card(run, result)
    return result


def _write_down(folder: TaskFolder, plan: Prepared, run: Path) -> None:
    """Write what the run is before it starts."""
    import yaml

    write_text(run / "recipe.yaml", plan.recipe.to_yaml(plan.reasons))
    setup = yaml.safe_dump(plan.setup.to_dict(), sort_keys=False, allow_unicode=True)
    write_text(run / "setup.yaml", setup)
    own, *others = _seen(folder, plan)
    write_json(
        run / TRAINED_ON,
        asdict(own)
        | {
            "left_out": [] if plan.data.labels else list(plan.data.too_long),
            "more": [asdict(each) for each in others],
        },
    )


def _seen(folder: TaskFolder, plan: Prepared) -> list[Seen]:
    """Return all examples that the weights will have seen, by task; the run's own task first.

    Those of the run that is trained on are among them: its weights are where this one begins.
    """
    shown: dict[str, dict[str, str]] = {folder.task.name: {}}
    for before in plan.start.seen:
        shown.setdefault(before.task, {}).update(zip(before.ids, before.inputs, strict=True))
    for name in {row.task for row in plan.data.rows}:
        ids = {row.id for row in plan.data.rows if row.task == name}
        rows = [each for each in folder.project.task(name).examples() if each.id in ids]
        shown.setdefault(name, {}).update({each.id: input_hash(each) for each in rows})
    return [Seen(name, tuple(rows), tuple(rows.values())) for name, rows in shown.items()]


def earlier_runs(run: Path) -> Iterator[Path]:
    """Yield the folders of the run that this one tries again, of the one before that, and so on."""
    from ladder.jobs.records import read_job

    known = {run.name}
    while (earlier := read_job(run).retry_of) and earlier not in known:
        known.add(earlier)
        run = run.parent / earlier
        if not run.is_dir():
            return
        yield run


def _result(folder: TaskFolder, plan: Prepared, run: Path, outcome: Outcome) -> dict[str, Any]:
    recipe = plan.recipe
    lines = read_json_lines(run / METRICS)
    losses = [line["loss"] for line in lines if line.get("loss") is not None]
    tenth = max(1, len(losses) // 10)
    tokens = plan.schedule.tokens[outcome.steps - 1] if outcome.steps else 0
    left = kept_folder(run)
    size = sum(file.stat().st_size for file in left.glob("*.safetensors")) if left else 0
    return {
        "method": recipe.method,
        "trained_by": recipe.name,
        "head": recipe.head,
        "task": folder.task.name,
        "model": recipe.model,
        "rows": len(plan.data.rows),
        "left_out": 0 if plan.data.labels else len(plan.data.too_long),
        "cut": len(plan.data.too_long) if plan.data.labels else 0,
        "labels": len(plan.data.labels),
        "steps": outcome.steps,
        "steps_planned": plan.schedule.steps,
        "stopped": outcome.stopped,
        "ended": outcome.ended,
        "advice": outcome.advice,
        "kept_step": outcome.kept_step,
        **_measured(outcome),
        "resumed_from": outcome.resumed_from,
        "tokens": tokens,
        "seconds": round(outcome.seconds, 2),
        "tokens_per_second": round(outcome.tokens_per_second, 2),
        "loss_first": sum(losses[:tenth]) / tenth if losses else None,
        "loss_last": sum(losses[-tenth:]) / tenth if losses else None,
        "trained": outcome.trained,
        "trained_share": outcome.trained / max(1, outcome.parameters),
        "adapter_mb": round(size / 1e6, 3),
        "memory_gb": peak_memory(),
        "dtype": outcome.dtype,
        "dtype_reason": outcome.dtype_reason,
        "estimate": asdict(plan.estimate),
    }


def _measured(outcome: Outcome) -> dict[str, Any]:
    """Return what was measured on validation while it trained, and what that took."""
    if not outcome.measured:
        return {"validation": None}
    start, *_ = outcome.measured
    best = best_of(outcome.measured)
    short = {
        name: None if each is None else {**each.to_json(), "samples": None, "scores": None}
        for name, each in (("start", start), ("best", best), ("last", outcome.measured[-1]))
    }
    share = outcome.measuring_seconds / outcome.seconds if outcome.seconds else 0.0
    times = {"times": len(outcome.measured), "seconds": round(outcome.measuring_seconds, 2)}
    return {"validation": short | times | {"share": round(share, 3)}}
