"""After a run: better or worse than its base and the best so far, and what it forgot.

The result stands in the run's folder (`after.json`) and on its card. Comparisons are paired and on
the validation split; the test split is looked at on demand, once, and each look is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.answering import ASKS_MODEL, Setup
from ladder.errors import InputError
from ladder.evaluation import Score, comparable, compare, evaluate, rows_of
from ladder.evaluation.board_view import name_of
from ladder.evaluation.paired import Verdict, corrected
from ladder.files import read_json, write_json
from ladder.models.places import run_folder
from ladder.models.runs import trained_setup
from training.base_run import recipe_of_run
from training.card import write_card
from training.forgetting import compared, measure
from training.forgetting.skills import some

if TYPE_CHECKING:
    from ladder.evaluation.runner import Builder
    from ladder.evaluation.score import Split
    from ladder.jobs import RunContext
    from ladder.project.task_folder import TaskFolder

__all__ = ["AFTER", "Against", "base_setup", "judged", "read_after", "run_after"]

AFTER = "after.json"
"""What came out, in the run's folder: "validation", "test" and "forgetting", each if measured."""


@dataclass(frozen=True)
class Against:
    """A run against one other."""

    what: str
    """"base" or "best": what the other one is."""
    verdict: Verdict
    """Of the other one (a) and the run (b)."""

    @property
    def better(self) -> bool | None:
        """Return whether the run is better; None where it cannot be told."""
        return {"a": False, "b": True, None: None}[self.verdict.better]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"what": self.what, "better": self.better, **self.verdict.to_json()}


def read_after(run: Path) -> dict[str, Any]:
    """Return what was measured after a run; nothing where nothing was."""
    file = run / AFTER
    found: dict[str, Any] = read_json(file) if file.is_file() else {}
    return found


def base_setup(run_id: str) -> Setup | None:
    """Return the prompt that a run was trained under, put to what it was trained from.

    None for a classifier: its base has no outputs to be asked for.
    """
    setup = trained_setup(f"run:{run_id}")
    if setup.answerer not in ASKS_MODEL:
        return None
    return replace(setup, model=recipe_of_run(run_id).model)


def judged(folder: TaskFolder, score: Score, base: Score | None) -> list[Against]:
    """Return a run against its base and against the best other score of the same split.

    Both are paired: they count on the items that both answered, and a run answers only those that
    it never saw. The two p are corrected by Holm.
    """
    alike = [s for s in comparable(folder, score.split) if s.model != score.model]
    best = max((s for s in alike if not s.sampled), key=lambda s: s.value, default=None)
    others = {"base": base, "best": best}
    if base is not None and best is not None and base.key == best.key:
        del others["best"]
    names = [*alike, score]
    mine, found = list(rows_of(folder, score).values()), []
    for what, other in others.items():
        if other is None:
            continue
        theirs = list(rows_of(folder, other).values())
        if not {row.id for row in mine} & {row.id for row in theirs}:
            continue  # nothing that both answered says nothing of either
        verdict = compare(
            theirs, mine, score.metric, a=name_of(other, names), b=name_of(score, names)
        )
        found.append((what, replace(verdict, split=score.split)))
    verdicts = corrected([verdict for _, verdict in found])
    return [Against(what, verdict) for (what, _), verdict in zip(found, verdicts, strict=True)]


def run_after(context: RunContext, build: Builder) -> dict[str, Any]:
    """Measure a run against others and against itself before; the job "after".

    The spec has `task` and `run`, and may have `split` ("validation" or "test") and `windows`: of
    prose, 0 for not measuring what was forgotten, none for all; and `tasks`: small ones of each
    kind, none for all. What stands already is kept.

    Raises:
        InputError: the run is of another task.
        ModelError: the run or its base cannot be had.
    """
    spec = context.spec
    folder = context.project.task(spec.get("task"))
    run_id = str(spec["run"])
    run, setup = run_folder(run_id), trained_setup(f"run:{run_id}")
    if setup.task != folder.task.name:
        raise InputError(
            f'run:{run_id} was trained for the task "{setup.task}"; give --task {setup.task}.'
        )
    found = read_after(run)
    split: Split = spec.get("split", "validation")
    if split == "validation" or "test" not in found:  # the test split is looked at once
        found[split] = _comparison(folder, run_id, setup, split, build, context.progress)
        write_json(run / AFTER, found)
    windows, each = spec.get("windows"), spec.get("tasks")
    before = None if windows == 0 else base_setup(run_id)
    if before is not None and not _stands(found.get("forgetting"), windows, each):
        limit = None if windows is None else int(windows)
        assert before.model is not None
        base = measure(before.model, limit, each, context.progress)
        after = measure(f"run:{run_id}", limit, each, context.progress)
        found["forgetting"] = compared(base, after).to_json()
        write_json(run / AFTER, found)
    write_card(run)
    return {"run": f"run:{run_id}", "task": folder.task.name} | found


def _stands(found: dict[str, Any] | None, windows: int | None, each: int | None) -> bool:
    """Return whether as much was measured before, of prose and of small tasks."""
    if found is None:
        return False
    tasks = sum(kind["n"] for kind in found["kinds"])
    enough = tasks >= len(some(each)) or found["skills"] is None
    return enough and found["windows"] >= min(windows or found["of_windows"], found["of_windows"])


def _comparison(
    folder: TaskFolder,
    run_id: str,
    setup: Setup,
    split: Split,
    build: Builder,
    progress: Callable[[int, int, str], None],
) -> dict[str, Any]:
    """Score a run, its base and, on the test split, the best of the others; compare them."""
    score = evaluate(folder, setup, build, split=split, progress=progress)
    before, base = base_setup(run_id), None
    if before is not None:
        base = evaluate(folder, before, build, split=split, progress=progress)
    if split == "test":
        chosen = [s for s in comparable(folder) if not s.sampled and s.model != score.model]
        best = max(chosen, key=lambda s: s.value, default=None)
        if best is not None and best.setup is not None:
            evaluate(folder, Setup.from_dict(best.setup), build, split=split, progress=progress)
    against = judged(folder, score, base)
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "score": _short(score),
        "base": _short(base) if base is not None else None,
        "against": [each.to_json() for each in against],
        "words": [each.verdict.sentence for each in against]
        or ["Nothing else is measured on these examples, so nothing says whether it is better."],
    }


def _short(score: Score) -> dict[str, Any]:
    """Return what a card says of a score."""
    data = asdict(score)
    names = ("method", "model", "metric", "value", "low", "high", "n", "errors", "scheme")
    return {name: data[name] for name in names}
