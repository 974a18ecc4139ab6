"""What looks on while a trainer runs: metrics, progress, checkpoints, and the wish to stop.

It is a transformers callback by its methods alone, so that nothing heavy is imported here.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError
from ladder.files import append_json, read_json, read_json_lines, write_json, write_json_lines
from ladder.jobs.context import Cancelled
from training.data import Schedule

if TYPE_CHECKING:
    from ladder.jobs import RunContext

__all__ = ["COMPLETE", "METRICS", "Watch", "as_callback", "checkpoints", "take_over"]

METRICS = "metrics.jsonl"
COMPLETE = "complete.json"
"""Written into a checkpoint last; one without it was cut short and is not gone on from."""
_RECENT = 20
"""Steps over which the speed is taken."""


class Watch:
    """Writes a line a step, says how far it is, saves now and then, and stops when asked."""

    def __init__(
        self, context: RunContext, schedule: Schedule, fingerprint: str, every: float
    ) -> None:
        self.context, self.schedule, self.fingerprint = context, schedule, fingerprint
        self.every = every
        self.stopped = False
        self.step = 0
        self.began = self.saved = time.monotonic()
        self._from = 0
        self._times: list[tuple[float, int]] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note where this process begins, which after a checkpoint is not the first step."""
        self._from = self.step = int(state.global_step)
        self.began = self.saved = time.monotonic()
        self._times = [(self.began, self._tokens(self.step))]
        self._say("training")

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Say how far it is; ask for a checkpoint when one is due or the run is to end."""
        self.step = int(state.global_step)
        now = time.monotonic()
        self._times = [*self._times[-_RECENT:], (now, self._tokens(self.step))]
        self._say("training")
        if self.stopped:
            control.should_training_stop = True
        last = self.step >= self.schedule.steps
        if self.stopped or (now - self.saved >= self.every and not last):
            control.should_save = True
        return control

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Mark the checkpoint as whole."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        write_json(folder / COMPLETE, {"step": state.global_step, "fingerprint": self.fingerprint})
        self.saved = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Append a line of metrics.

        Raises:
            InputError: the loss is no number any more.
        """
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        step = int(state.global_step)
        if _finite(loss) is None:
            raise InputError(
                f"The loss is no number any more at step {step}: the steps are too large. Lower "
                "learning_rate to a third and start anew."
            )
        line = {
            "step": step,
            "steps": self.schedule.steps,
            "loss": _finite(loss),
            "learning_rate": _finite(logs.get("learning_rate")),
            "gradient": _finite(logs.get("grad_norm")),
            "tokens": self._tokens(step),
            "tokens_per_second": self._speed(),
            "seconds": round(time.monotonic() - self.began, 3),
            "seconds_left": self._left(step),
            "at": time.time(),
        }
        append_json(self.context.folder / METRICS, line)

    @property
    def seconds(self) -> float:
        """Return how long this process has trained."""
        return time.monotonic() - self.began

    @property
    def tokens_per_second(self) -> float:
        """Return the speed over all steps of this process."""
        done = self._tokens(self.step) - self._tokens(self._from)
        return done / self.seconds if self.seconds > 0 else 0.0

    def _tokens(self, step: int) -> int:
        return self.schedule.tokens[min(step, self.schedule.steps) - 1] if step > 0 else 0

    def _speed(self) -> float | None:
        if len(self._times) < 2:
            return None
        (t0, n0), (t1, n1) = self._times[0], self._times[-1]
        return round((n1 - n0) / (t1 - t0), 1) if t1 > t0 else None

    def _left(self, step: int) -> float | None:
        speed = self._speed()
        return round((self.schedule.total - self._tokens(step)) / speed, 1) if speed else None

    def _say(self, message: str) -> None:
        speed = self._speed()
        words = message + (f", {speed:,.0f} tokens a second" if speed else "")
        try:
            self.context.progress(self.step, self.schedule.steps, words, self._left(self.step))
        except Cancelled:
            self.stopped = True  # the trainer saves first
        if self.context.cancelled():
            self.stopped = True


def as_callback(watch: Watch) -> Any:
    """Return the watch as a callback of transformers."""
    from transformers import TrainerCallback

    names = ("on_train_begin", "on_step_end", "on_save", "on_log")
    methods = {name: staticmethod(getattr(watch, name)) for name in names}
    return type("Callback", (TrainerCallback,), methods)()


def checkpoints(run: Path, fingerprint: str) -> list[Path]:
    """Return the whole checkpoints of a run that fit, the newest first."""
    found = []
    for folder in (run / "checkpoints").glob("checkpoint-*"):
        try:
            data = read_json(folder / COMPLETE)
        except (OSError, ValueError):
            continue
        if isinstance(data, dict) and data.get("fingerprint") == fingerprint:
            found.append((int(data["step"]), folder))
    return [folder for _, folder in sorted(found, reverse=True)]


def take_over(old: Path, run: Path, fingerprint: str) -> Path | None:
    """Copy the newest checkpoint of an older run, and its metrics up to there, into this one."""
    import shutil

    for folder in checkpoints(old, fingerprint)[:1]:
        step = int(read_json(folder / COMPLETE)["step"])
        copy = run / "checkpoints" / folder.name
        if not copy.exists():
            shutil.copytree(folder, copy)
        lines = [line for line in read_json_lines(old / METRICS) if line.get("step", 0) <= step]
        write_json_lines(run / METRICS, lines)
        return copy
    return None


def _finite(value: Any) -> float | None:
    """Return a number that JSON can hold."""
    number = float(value) if value is not None else math.nan
    return number if math.isfinite(number) else None
