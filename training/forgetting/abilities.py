"""What a model can do besides the task: prose it reads and 200 small things it does.

Every result is kept under what decides it (weights, arithmetic, texts, items, code) in
`LADDER_HOME/abilities`, line by line: a base is measured once, and what was stopped goes on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import ModelError
from ladder.evaluation.code_version import code_version
from ladder.files import append_json, content_hash, read_json_lines
from ladder.models.fingerprint import dtype_here, fingerprint
from ladder.models.generation import Completion
from training.forgetting.prose import WINDOW, prose_version, windows
from training.forgetting.skills import EACH, KINDS, Item, items_version, right, some

if TYPE_CHECKING:
    from ladder.models.local import LocalGenerator

__all__ = ["SAMPLE", "WHOLE", "Abilities", "expected_seconds", "measure"]

Progress = Callable[[int, int, str], None]

SAMPLE = 24
"""Windows where time is short: two of each of the twelve passages, about 12 thousand tokens."""
WHOLE = 99
"""All windows, with the tokenizer of the bundled model; another's may have more or fewer."""
_ANSWER_TOKENS = 20
"""Tokens of an answer on the average: what the bundled model writes (seen)."""
_PROMPT_TOKENS = 45
"""Tokens of an item on the average (counted with the bundled tokenizer)."""


@dataclass(frozen=True)
class Abilities:
    """What one model can do."""

    reference: str
    dtype: str
    losses: tuple[float, ...]
    """Mean negative logarithm of a token's probability, by window."""
    of_windows: int
    """How many windows there are; fewer were read where a sample was asked for."""
    window: int
    """Tokens of a window."""
    done: dict[str, bool]
    """Whether each item was done right, by its id."""
    seconds: float
    """How long all of it took, also what was kept from before."""

    @property
    def tokens(self) -> int:
        """Return how many tokens were read."""
        return len(self.losses) * self.window

    @property
    def perplexity(self) -> float:
        """Return the perplexity over all windows; 1 would be certainty."""
        return math.exp(sum(self.losses) / len(self.losses))

    @property
    def sampled(self) -> bool:
        """Return whether only the first of the windows were read."""
        return len(self.losses) < self.of_windows


def measure(
    reference: str,
    limit: int | None = None,
    each: int | None = None,
    progress: Progress | None = None,
) -> Abilities:
    """Return what a model can do; what was measured before is not measured again.

    Args:
        reference: a model in this process that writes.
        limit: how many windows of prose; None reads all.
        each: how many small tasks of each kind; None does all 40.
        progress: told after every window and item; to stop, let it raise.

    Raises:
        ModelError: the model cannot be had, or does not write.
    """
    tell = progress or (lambda done, total, message: None)
    model = _writer(reference)
    size = min(WINDOW, (model.context or 2 * WINDOW) // 2)
    texts = windows(model.tokenizer, size)
    asked = some(each) if getattr(model.tokenizer, "chat_template", None) else ()
    file = _file(reference, model.dtype, size)
    kept = read_json_lines(file)
    read = {line["window"]: line for line in kept if "window" in line}
    written = {line["item"]: line for line in kept if "item" in line}
    todo = texts[: limit or None]
    total, name = len(todo) + len(asked), model.title
    for place, ids in enumerate(todo):
        if place not in read:
            read[place] = _keep(file, {"window": place}, partial(_read, model, ids))
        tell(place + 1, total, f"{name}: reading prose")
    for count, item in enumerate(asked, 1):
        if item.id not in written:
            written[item.id] = _keep(file, {"item": item.id}, partial(_write, model, item))
        tell(len(todo) + count, total, f"{name}: small tasks")
    lines = [read[place] for place in range(len(todo))] + [written[item.id] for item in asked]
    return Abilities(
        reference=reference,
        dtype=model.dtype,
        losses=tuple(line["loss"] for line in lines[: len(todo)]),
        of_windows=len(texts),
        window=size,
        done={item.id: right(item, _completion(written[item.id])) for item in asked},
        seconds=round(sum(line["seconds"] for line in lines), 1),
    )


def expected_seconds(limit: int | None = None, each: int = EACH, models: int = 1) -> float:
    """Return about how long it takes for models of the bundled size, by this machine's speeds."""
    from ladder.speeds import speeds

    here = speeds()
    tasks = each * len(KINDS)
    read = WINDOW * (limit or WHOLE) + tasks * _PROMPT_TOKENS
    return here.starting + models * (
        here.prompt_token * read + here.answer_token * tasks * _ANSWER_TOKENS
    )


def _writer(reference: str) -> LocalGenerator:
    """Return a model that is read token by token.

    Raises:
        ModelError: it names labels, or runs elsewhere.
    """
    from ladder.models import load_generator
    from ladder.models.local import LocalGenerator

    model = load_generator(reference)
    if not isinstance(model, LocalGenerator):
        raise ModelError(
            f"{reference} does not run in this process as tensors, so nobody sees how likely it "
            "finds a text; what it forgot can be measured of bundled, hf:, path: and run: models."
        )
    return model


def _file(reference: str, dtype: str, size: int) -> Path:
    from ladder.project import home

    key = content_hash(
        [
            [fingerprint(reference), dtype_here(reference, "auto") or dtype, size],
            [prose_version(), items_version(), code_version()],
        ]
    )
    return home() / "abilities" / f"{key}.jsonl"


def _keep(file: Path, named: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do a piece of work, keep what came out and how long it took, and return both."""
    began = time.perf_counter()
    line = named | work()
    line["seconds"] = round(time.perf_counter() - began, 4)
    append_json(file, line)
    return line


def _read(model: LocalGenerator, ids: tuple[int, ...]) -> dict[str, Any]:
    found = model.token_logprobs(ids)
    loss = -sum(found) / len(found)
    if not math.isfinite(loss):
        raise ModelError(
            f"{model.reference} gives a text no probability at all (loss {loss}): its weights are "
            "broken. Train it again with a lower learning rate."
        )
    return {"loss": loss}


def _write(model: LocalGenerator, item: Item) -> dict[str, Any]:
    answer = model.complete(item.messages, max_new_tokens=item.longest)
    return {"text": answer.text, "finish": answer.finish}


def _completion(line: dict[str, Any]) -> Completion:
    return Completion(line["text"], (), 0, 0, 0, line["seconds"], line["finish"])
