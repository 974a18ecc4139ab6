"""What looks on while a trainer runs: metrics, measurements, checkpoints, and when to stop.

It is a transformers callback by its methods alone, so that nothing heavy is imported here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ladder.files import append_json, read_json_lines, write_json_lines
from ladder.jobs.context import Cancelled
from training import best, measurements
from training.checkpoints import METRICS, mark_whole
from training.data import Schedule
from training.divergence import trouble
from training.memory import memory_now

if TYPE_CHECKING:
    from ladder.jobs import RunContext
    from training.measure import Measurer
    from training.measurements import Measurement

__all__ = ["Watch", "as_callback"]

_RECENT = 20
"""Steps over which the speed is taken."""


class Watch:
    """Writes a line a step, measures, saves now and then, and stops when it is time to.

    Args:
        context: the job's.
        schedule: which steps there are.
        fingerprint: what a checkpoint must share to be gone on from.
        every: seconds between two checkpoints.
        measurer: measures on validation; None measures nothing.
        measure_every: steps between two measurements.
        patience: measurements without a better one after which to stop; 0 never does.
        keep_best: writes what is trained into a folder, as it would be kept.
    """

    def __init__(
        self,
        context: RunContext,
        schedule: Schedule,
        fingerprint: str,
        every: float,
        *,
        measurer: Measurer | None = None,
        measure_every: int = 1,
        patience: int = 0,
        keep_best: Callable[[Any, Path], None] | None = None,
    ) -> None:
        self.context, self.schedule, self.fingerprint = context, schedule, fingerprint
        self.every, self.patience = every, patience
        self.stopped = False
        """Whether somebody asked it to stop."""
        self.ended: Literal["", "early", "diverged"] = ""
        self.advice = ""
        self.step = 0
        self.found: list[Measurement] = []
        self.began = self.saved = time.monotonic()
        self.measuring = 0.0
        """Seconds that measuring took in this process."""
        self._measurer, self._measure_every, self._keep_best = measurer, measure_every, keep_best
        self._from, self._before, self._next = 0, 0.0, 0
        self._losses: list[float] = []
        self._times: list[tuple[float, int]] = []

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any
    ) -> None:
        """Note where this process begins, which after a checkpoint is not the first step."""
        self._from = self.step = int(state.global_step)
        lines = read_json_lines(self.context.folder / METRICS)
        if kept := [line for line in lines if line.get("step", 0) <= self.step]:
            self._losses = [line["loss"] for line in kept if line.get("loss") is not None]
            self._before = float(kept[-1].get("trained_seconds") or 0)
        if len(kept) < len(lines):  # steps after the checkpoint, which are done again
            write_json_lines(self.context.folder / METRICS, kept)
        self.found = measurements.cut_after(self.context.folder, self.step)
        self.began = self.saved = time.monotonic()
        self.measuring = 0.0
        self._times = [(0.0, self._tokens(self.step))]
        self._say("training")
        if self._measurer is not None:
            self._plan_next()
            if not self.found or self.step >= self._next:  # the stop came before the measuring
                self._measure(model, self.step)
                self._plan_next()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Say how far it is; ask for a checkpoint when one is due or the run is to end."""
        self.step = int(state.global_step)
        self._times = [*self._times[-_RECENT:], (self._trained(), self._tokens(self.step))]
        self._say("training")
        if self.stopped:
            control.should_training_stop = True
        last = self.step >= self.schedule.steps
        if self.stopped or (time.monotonic() - self.saved >= self.every and not last):
            control.should_save = True
        return control

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: Any = None,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Append a line of metrics; measure when it is time; end a run that goes astray."""
        if (logs or {}).get("loss") is None:
            return
        step, loss, gradient = int(state.global_step), logs["loss"], logs.get("grad_norm")
        append_json(self.context.folder / METRICS, self._line(step, logs))
        self.advice = trouble(step, loss, gradient, self._losses)
        if self.advice:
            self.ended = "diverged"
            control.should_training_stop, control.should_save = True, False
            return
        self._losses.append(float(loss))
        if self._measurer is not None and step >= self._next and not self.stopped:
            self._measure(model, step)
            self._plan_next()
            if self.patience and measurements.without_better(self.found) >= self.patience:
                self.ended = "early"
                control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Mark the checkpoint as whole, and drop what no checkpoint needs any more."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        mark_whole(folder, int(state.global_step), self.fingerprint)
        best.tidy(self.context.folder, self.fingerprint, self.found)
        self.saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return how long this process has trained and measured."""
        return time.monotonic() - self.began

    @property
    def tokens_per_second(self) -> float:
        """Return the speed over all steps of this process, measuring left out."""
        done, took = self._tokens(self.step) - self._tokens(self._from), self._trained()
        return done / took if took > 0 else 0.0

    def _measure(self, model: Any, step: int) -> None:
        """Measure after a step, and keep what is trained if it was never better."""
        assert self._measurer is not None
        self._say(f"measuring on {len(self._measurer.items)} validation examples")
        began = time.monotonic()
        made = self._measurer.measure(
            model, step, self._before + self._trained(), self.context.cancelled
        )
        if made is not None:
            first = [*self.found, made]
            if step and self._keep_best is not None and measurements.best_of(first) is made:
                best.keep(self.context.folder, step, lambda folder: self._write(model, folder))
            measurements.add(self.context.folder, made)
            self.found = first
        self.measuring += time.monotonic() - began
        self._say("training")

    def _write(self, model: Any, folder: Path) -> None:
        assert self._keep_best is not None
        self._keep_best(model, folder)

    def _plan_next(self) -> None:
        steps = self.schedule.steps
        self._next = measurements.next_step(self.found, self._measure_every, steps)

    def _line(self, step: int, logs: Any) -> dict[str, Any]:
        return {
            "step": step,
            "steps": self.schedule.steps,
            "loss": _finite(logs["loss"]),
            "learning_rate": _finite(logs.get("learning_rate")),
            "gradient": _finite(logs.get("grad_norm")),
            "tokens": self._tokens(step),
            "tokens_per_second": self._speed(),
            "memory_gb": memory_now(),
            "seconds": round(time.monotonic() - self.began, 3),
            "trained_seconds": round(self._before + self._trained(), 3),
            "seconds_left": self._left(step),
            "at": time.time(),
        }

    def _trained(self) -> float:
        """Return the seconds that this process has trained, measuring left out."""
        return time.monotonic() - self.began - self.measuring

    def _tokens(self, step: int) -> int:
        return self.schedule.tokens[min(step, self.schedule.steps) - 1] if step > 0 else 0

    def _speed(self) -> float | None:
        if len(self._times) < 2:
            return None
        (t0, n0), (t1, n1) = self._times[0], self._times[-1]
        return round((n1 - n0) / (t1 - t0), 1) if t1 > t0 else None

    def _left(self, step: int) -> float | None:
        """Return the seconds left: of training by its recent speed, of measuring by its mean."""
        speed = self._speed()
        if not speed:
            return None
        left = (self.schedule.total - self._tokens(step)) / speed
        if self.found and self._measurer is not None:
            each = sum(m.seconds for m in self.found) / len(self.found)
            left += each * math.ceil((self.schedule.steps - step) / self._measure_every)
        return round(left, 1)

    def _say(self, message: str) -> None:
        speed = self._speed()
        words = message + (f", {speed:,.0f} tokens a second" if speed else "")
        if self.found:
            words += f", {self.found[-1].words}"
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


def _finite(value: Any) -> float | None:
    """Return a number that JSON can hold."""
    number = float(value) if value is not None else math.nan
    return number if math.isfinite(number) else None
