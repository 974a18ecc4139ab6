"""The jobs that measure: one evaluation, or every method that makes sense for the task."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ladder.answering import Setup
from ladder.errors import InputError, LadderError, ModelError
from ladder.evaluation.estimate import method_seconds
from ladder.evaluation.runner import Builder, evaluate
from ladder.evaluation.sensible import why_not_now
from ladder.methods import DEFAULT_MODEL, METHODS, decoded, preset, why_not

if TYPE_CHECKING:
    from ladder.jobs import RunContext
    from ladder.project.task_folder import TaskFolder

__all__ = ["run_evaluate", "run_measure"]

_log = logging.getLogger("ladder.evaluation")


def run_evaluate(context: RunContext, build: Builder) -> dict[str, Any]:
    """Score one method or Setup; the result is the Score as commands print it.

    The spec has `task`, `method` or `setup`, and may have `model`, `decoding`, `split`, `limit`,
    `seed`.

    Raises:
        InputError: neither a method nor a Setup is named, or one that makes no sense.
    """
    spec = context.spec
    folder = context.project.task(spec.get("task"))
    score = evaluate(
        folder,
        _setup(spec, folder),
        build,
        split=spec.get("split", "validation"),
        limit=spec.get("limit"),
        seed=spec.get("seed", 0),
        progress=context.progress,
        plan=spec.get("plan", ""),
    )
    return score.to_json()


def run_measure(context: RunContext, build: Builder) -> dict[str, Any]:
    """Score several methods on one split, cheapest first; each Score is kept as it is there.

    The spec has `task` and may have `methods` (default: all that make sense for it now),
    `model`, `split`, `limit`, `seed`. A method that fails is recorded with its sentence and the
    others go on.

    Raises:
        ModelError: nothing could be measured at all.
    """
    spec = context.spec
    folder = context.project.task(spec.get("task"))
    names = spec.get("methods") or list(METHODS)
    reason_of = _why_not if spec.get("methods") else why_not_now  # what is asked for is tried
    skipped = {name: reason for name in names if (reason := reason_of(name, folder))}
    todo = [name for name in names if name not in skipped]
    scores: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    split = spec.get("split", "validation")
    expected = [method_seconds(folder, name, split) for name in todo]
    for place, name in enumerate(todo):
        try:
            score = evaluate(
                folder,
                preset(name, folder.task, spec.get("model") or DEFAULT_MODEL),
                build,
                split=split,
                limit=spec.get("limit"),
                seed=spec.get("seed", 0),
                progress=_part(context, place, expected),
                plan=spec.get("plan", ""),
            )
            scores.append(score.to_json())
        except LadderError as error:
            failed[name] = str(error)
        except Exception as error:
            _log.exception("%s stopped on an error that nobody foresaw.", name)
            failed[name] = f"It stopped on an error that nobody foresaw: {error!r}; see the log."
    if failed and not scores:
        sentences = "; ".join(f"{name}: {sentence}" for name, sentence in failed.items())
        raise ModelError(f"No method could be measured. {sentences}")
    return {"scores": scores, "failed": failed, "skipped": skipped}


def _setup(spec: Mapping[str, Any], folder: TaskFolder) -> Setup:
    """Return the Setup that a spec names."""
    model, decoding = spec.get("model"), spec.get("decoding")
    if data := spec.get("setup"):
        setup = Setup.from_dict(data)
        setup = replace(setup, model=model) if model and setup.model else setup
        return decoded(setup, decoding, folder.task)
    if method := spec.get("method"):
        setup = preset(method, folder.task, model or DEFAULT_MODEL)
        return decoded(setup, decoding, folder.task)
    raise InputError("Say what to evaluate: a method or a Setup.")


def _why_not(name: str, folder: TaskFolder) -> str | None:
    if name not in METHODS:
        return f'There is no method "{name}"; choose one of {", ".join(METHODS)}.'
    return why_not(name, folder.task)


def _part(
    context: RunContext, place: int, expected: list[float]
) -> Callable[[int, int, str], None]:
    """Return the progress of one method as that of the whole job.

    All methods have the same items, so the whole is as many times as many; but a baseline's
    items take milliseconds and a model's take seconds. So the time left is that of this method,
    by its own pace after its first item, and of the methods to come, as expected and corrected
    by how this one keeps to what was expected of it.
    """
    count, first = len(expected), [0.0]

    def progress(done: int, total: int, message: str) -> None:
        now = time.monotonic()
        left = sum(expected[place:])
        if done <= 1:
            first[0] = now
        elif done >= 3:
            pace = (now - first[0]) / (done - 1)
            slower = pace * total / expected[place] if expected[place] else 1.0
            left = pace * (total - done) + sum(expected[place + 1 :]) * max(1.0, slower)
        context.progress(
            place * total + done, count * total, f"{message} ({place + 1} of {count})", left
        )

    return progress
