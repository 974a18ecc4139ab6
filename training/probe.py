"""The job `calibrate`: how fast this machine computes, answers, embeds and trains.

Every rate is taken over a few repeats after a warm-up, by the code that does the work in use, and
kept as median, P10 and P90. What is measured is listed in `ladder.machine.RATES`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ladder.errors import ModelError
from ladder.machine import RATES, MachineRates, Measured, device_kind, save_machine, versions
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL
from ladder.models.hardware import choose_dtype, threads
from training.base import shape_of
from training.probe_texts import passage, short_texts

if TYPE_CHECKING:
    from ladder.jobs import RunContext
    from training.probe_steps import Head

__all__ = ["run_calibrate", "spread", "timed"]

_STAGES = 7
_SIZE = {"cpu": 1024, "cuda": 4096}
"""Rows of the square matrices: large enough that the product alone is seen."""
_BUDGET = 4.0
"""Seconds for the repeats of one rate."""
_READ = 256
"""Tokens of the prompt that is read: about a few-shot prompt with short examples."""
_WRITE = 16
_TEXTS = 32
"""Texts that are embedded at a time."""
_WORDS = {"embed_texts": 20, "embed_tokens": 150}
"""Words a text: about a ticket, and about a passage."""


def run_calibrate(context: RunContext) -> dict[str, Any]:
    """Measure this machine and keep the rates in `machine.json`; nothing is kept if cancelled.

    The spec may name another `model` and `encoder` than the bundled ones.

    Raises:
        ModelError: a model cannot be had.
        StorageError: the workspace cannot be written.
    """
    began = time.monotonic()
    model = context.spec.get("model", DEFAULT_MODEL)
    encoder = context.spec.get("encoder", DEFAULT_EMBEDDER)
    context.progress(0, _STAGES, "looking what else runs")
    busy, others = _busy(), _other_jobs(context)
    _fetch(model, encoder)
    base = _import_seconds()
    rates = _answers(context, model, encoder, base) | _trains(context, model, encoder, base)
    dtype, reason = choose_dtype()
    found = MachineRates(
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - began, 1),
        slot=device_kind(),
        dtype=dtype,
        dtype_reason=reason,
        versions=versions(),
        other_jobs=others,
        busy=busy,
        rates=rates,
        **_machine(),
    )
    context.progress(_STAGES, _STAGES, "done")
    save_machine(found)
    return found.to_json()


def timed(work: Callable[[], Any], budget: float, least: int = 3, most: int = 9) -> list[float]:
    """Return the seconds of some repeats, after one that does not count.

    There are at most `most`, and at least `least` even where they exceed the budget in seconds.
    """
    work()
    found: list[float] = []
    while len(found) < least or (len(found) < most and sum(found) < budget):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Return median, P10, P90 and number of some values, interpolated between neighbours."""
    tenths = list(values) * 9
    if len(values) > 1:
        tenths = statistics.quantiles(values, n=10, method="inclusive")
    numbers = {"p10": tenths[0], "p50": tenths[4], "p90": tenths[8]}
    rounded: dict[str, Any] = {name: float(f"{n:.4g}") for name, n in numbers.items()}
    return rounded | {"repeats": len(values)}


def _answers(context: RunContext, model: str, encoder: str, base: float) -> dict[str, Measured]:
    """Return the rates of computing, embedding and answering; `base` is what importing took."""
    from ladder.models import load_embedder, load_generator

    context.progress(1, _STAGES, "loading the models that answer")
    began = time.perf_counter()
    embedder, generator = load_embedder(encoder), load_generator(model)
    loading = base + time.perf_counter() - began
    rates = {"start_answers": _once(loading, "libraries imported, both models loaded")}
    context.progress(2, _STAGES, "matrix products")
    for dtype in ("float32", "bfloat16"):
        rates[f"matrix_{dtype}"] = _matrix(dtype)
    context.progress(3, _STAGES, RATES["embed_texts"])
    for name in _WORDS:
        rates[name] = _embedding(embedder, name, encoder)
    context.progress(4, _STAGES, f"{RATES['read']}, {RATES['write']}")
    rates["read"], rates["write"] = _answering(generator, model)
    return rates


def _trains(context: RunContext, model: str, encoder: str, base: float) -> dict[str, Measured]:
    """Return the rates of training; `base` is what importing took."""
    from training.probe_steps import steps_of

    rates: dict[str, Measured] = {}
    heads: tuple[tuple[Head, str], ...] = (("generate", model), ("classify", encoder))
    for stage, (head, reference) in enumerate(heads, 5):
        name = f"train_{head}"
        context.progress(stage, _STAGES, RATES[name])
        report = partial(context.progress, stage, _STAGES)
        steps = steps_of(head, reference, context, 3 * _BUDGET, report)
        what = f"steps of about {steps.tokens} tokens, prompts and padding included"
        rates[name] = _of(steps.speeds, "tokens/s", what, reference, head)
        if head == "generate":
            what = "libraries imported, trainer and model loaded"
            rates["start_training"] = _once(base + steps.starting, what)
    return rates


def _once(seconds: float, what: str) -> Measured:
    return Measured(**spread([seconds]), unit="s", what=what)


def _matrix(dtype: str) -> Measured:
    """Return the GFLOP/s of the product of two square matrices."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = _SIZE[device]
    left, right = (torch.rand(size, size).to(device, getattr(torch, dtype)) for _ in range(2))

    def work() -> None:
        torch.mm(left, right)
        if device == "cuda":
            torch.cuda.synchronize()

    rates = [2 * size**3 / seconds / 1e9 for seconds in timed(work, _BUDGET / 2)]
    what = f"product of two {size} x {size} matrices in {dtype}"
    return Measured(**spread(rates), unit="GFLOP/s", what=what)


def _embedding(embedder: Any, name: str, reference: str) -> Measured:
    """Return the texts or the tokens embedded a second; no text is embedded twice."""
    length, start = _WORDS[name], time.time_ns()
    turn = iter(range(10_000))
    batches: list[list[str]] = []

    def work() -> None:
        batches.append(short_texts(_TEXTS, length, seed=start + next(turn)))
        embedder.embed_documents(batches[-1])

    found = timed(work, _BUDGET / 2)
    counted = [
        _TEXTS if name == "embed_texts" else sum(len(embedder.token_spans(t)) for t in texts)
        for texts in batches[1:]
    ]
    rates = [count / seconds for count, seconds in zip(counted, found, strict=True)]
    unit = "texts/s" if name == "embed_texts" else "tokens/s"
    what = f"{_TEXTS} texts of {length} words at a time"
    return _of(rates, unit, what, reference, "classify")


def _answering(generator: Any, reference: str) -> tuple[Measured, Measured]:
    """Return the tokens of a prompt read a second, and those of an answer written."""
    messages = _prompt(generator, reference)
    reading: list[float] = []
    writing: list[float] = []
    prompt = written = 0

    def work() -> None:
        nonlocal prompt, written
        one = generator.complete(messages, max_new_tokens=1)
        more = generator.complete(messages, max_new_tokens=_WRITE + 1)
        prompt, written = one.prompt_tokens, more.completion_tokens - 1
        reading.append(prompt / one.seconds)
        if written > 0 and more.seconds > one.seconds:
            writing.append(written / (more.seconds - one.seconds))

    timed(work, 2 * _BUDGET)
    if len(writing) < 2:
        raise ModelError(
            f"Writing an answer took {reference} no longer than reading the prompt, so this "
            "machine is too busy to time it; close other programs, then measure again."
        )
    return (
        _of(reading[1:], "tokens/s", f"a prompt of {prompt} tokens", reference, "generate"),
        _of(writing[1:], "tokens/s", f"{written} tokens after it", reference, "generate"),
    )


def _prompt(generator: Any, reference: str) -> list[dict[str, str]]:
    """Return a prompt of about `_READ` tokens that the model goes on with for long enough."""
    for tokens in range(_READ, _READ // 2, -16):
        messages = [{"role": "plain", "content": passage(generator.encode, tokens)}]
        done = generator.complete(messages, max_new_tokens=_WRITE + 1)
        if done.completion_tokens > _WRITE // 2:
            return messages
    raise ModelError(
        f"{reference} ends every text at once that it is to go on with, so writing cannot be "
        "timed; test it on the page Models."
    )


def _of(rates: Sequence[float], unit: str, what: str, model: str, head: str) -> Measured:
    parameters = shape_of(model).at_work(head)
    return Measured(**spread(rates), unit=unit, what=what, model=model, parameters=parameters)


def _fetch(model: str, encoder: str) -> None:
    """Unpack the bundled models where that was never done, so that it counts nowhere."""
    from ladder.models.places import locate
    from ladder.models.references import parse_reference

    for reference in (model, encoder):
        locate(parse_reference(reference))


def _import_seconds() -> float:
    """Return the seconds that importing the model libraries takes in this process."""
    began = time.perf_counter()
    from ladder.models.quiet import quiet

    with quiet():
        import torch
        import transformers

        _ = (torch.Tensor, transformers.AutoModelForCausalLM)
    return time.perf_counter() - began


def _machine() -> dict[str, Any]:
    from ladder.jobs.devices import cores
    from ladder.machine import device_name

    return {"cores": cores(), "threads": threads(), "device": device_name()}


def _busy() -> float:
    """Return the share of the processor that is taken while this job waits."""
    import psutil

    return round(psutil.cpu_percent(interval=0.5) / 100, 3)


def _other_jobs(context: RunContext) -> int:
    """Return how many jobs of this workspace run beside this one."""
    from ladder.jobs import active_jobs

    running = [job for job in active_jobs() if job.state in ("starting", "running", "cancelling")]
    return sum(job.folder != context.folder for job in running)
