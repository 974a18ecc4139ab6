"""A step of our LoRA training against one of a plain loop with PEFT, on the same batches.

The plain loop below is what one writes by hand: transformers, PEFT, AdamW, autocast, clipping, a
linear schedule. Both models train in one process; after each of our steps, which is all that lies
between two calls of the run's progress (loading the batch, the trainer, its log, our record), the
plain loop makes the same step. Median of nine pairs, wanted at most 1.10: of the seconds, and of
those of the processor, which other programs on the machine change less. Needs the folder that
LADDER_DATA names. `python benchmarks/training_step.py`
"""

from __future__ import annotations

import csv
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(os.environ.get("LADDER_DATA", Path(__file__).parents[2] / "shared" / "data"))
PAIRS = int(os.environ.get("PAIRS", "9"))
WARM = 3
"""Steps of both that do not count."""
WANTED = 1.10


class Clock(NamedTuple):
    """Seconds that went by, and those that the processor worked for this process."""

    seconds: float
    processor: float

    @classmethod
    def now(cls) -> Clock:
        """Return both clocks."""
        return cls(time.perf_counter(), time.process_time())

    def __sub__(self, other: Clock) -> Clock:
        """Return what lies between two times."""
        return Clock(self.seconds - other.seconds, self.processor - other.processor)


class PlainLoop:
    """LoRA by hand; given the rows of a step, it makes the step."""

    def __init__(self, folder: Path, recipe: Any, dtype: str, steps: int, pad: int) -> None:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, optimization

        make: Any = AutoModelForCausalLM
        base = make.from_pretrained(str(folder), dtype=torch.float32)
        base.config.use_cache = False
        torch.manual_seed(recipe.seed)
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        self.model: Any = get_peft_model(base, config).train()
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, lr=recipe.learning_rate, weight_decay=0.0)
        untyped: Any = optimization
        self.schedule = untyped.get_linear_schedule_with_warmup(self.optimizer, 0, steps)
        self.bfloat16, self.pad = dtype == "bfloat16", pad

    def step(self, rows: list[Any], at_once: int) -> None:
        """Train on the rows of one step, so many at once."""
        import torch

        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            width = max(map(len, part))
            ids, labels, seen = [], [], []
            for row in part:
                empty = [0] * (width - len(row))
                ids.append([*row.prompt, *row.completion, *[self.pad] * len(empty)])
                labels.append([*[-100] * len(row.prompt), *row.completion, *[-100] * len(empty)])
                seen.append([1] * len(row) + empty)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
                loss = self.model(
                    input_ids=torch.tensor(ids),
                    attention_mask=torch.tensor(seen),
                    labels=torch.tensor(labels),
                ).loss
            (loss * len(part) / len(rows)).backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        loss.item()


def examples(count: int) -> list[Any]:
    """Return rows of Banking77's training part."""
    from ladder.project import Example

    file = DATA / "banking77" / "train.csv"
    if not file.is_file():
        sys.exit(f"{file} is not there; let LADDER_DATA name the folder of data sets.")
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    random.Random(0).shuffle(rows)
    return [Example(f"r{i}", r["text"], r["category"]) for i, r in enumerate(rows[:count])]


def main() -> None:
    """Print the ratio."""
    from ladder.jobs import RunContext
    from ladder.jobs.records import new_run
    from ladder.models.hardware import choose_dtype
    from ladder.project import Task, create_project
    from training.generate import train_generator
    from training.loop import ready, settings
    from training.prepare import prepare
    from training.recipe import changed, recipe_for

    with tempfile.TemporaryDirectory() as home:
        os.environ["LADDER_HOME"] = home
        folder = create_project("bench").add_task(Task("route", "classification", "Name it."))
        folder.add_examples(examples(400))
        usual = ["checkpoint_seconds=86400", "measure_items=0", "epochs=1"]
        plan = prepare(folder, changed(recipe_for("lora", "good"), usual))
        steps = WARM + PAIRS
        plan = prepare(
            folder, changed(plan.recipe, [f"max_tokens={plan.schedule.tokens[steps - 1]}"])
        )
        job = new_run(folder.project.runs_folder / "r1", "train", {"task": "route"})
        ready()
        dtype, reason = choose_dtype()
        plain = PlainLoop(plan.base, plan.recipe, dtype, steps, plan.tokenizer.pad_token_id)
        at_once = settings(job.folder, plan)["per_device_train_batch_size"]
        size, ours, theirs = plan.recipe.batch_size, list[Clock](), list[Clock]()

        class Paired(RunContext):
            last = Clock.now()
            done = 0

            def progress(self, done: int, *_: Any, **__: Any) -> None:
                if done > self.done:
                    between = Clock.now()
                    ours.append(between - self.last)
                    rows = [plan.data.rows[i] for i in plan.schedule.order[done * size - size :]]
                    plain.step(rows[:size], at_once)
                    theirs.append(Clock.now() - between)
                self.done, self.last = done, Clock.now()

        train_generator(plan, Paired(folder.project, {}, job.folder))
    print(f"step of a LoRA (bundled model, batches of {size}, {reason}) over a plain loop's:")
    for what in ("seconds", "processor"):
        a, b = ([getattr(each, what) for each in kept[WARM:]] for kept in (ours, theirs))
        ratios = [one / other for one, other in zip(a, b, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        verdict = "as wanted" if middle <= WANTED else "too slow"
        print(
            f"  {what}: {middle:.2f} times {statistics.median(b):.2f} s, median of {len(ratios)} "
            f"interleaved pairs (middle half {low:.2f} to {high:.2f}); at most {WANTED:.2f} "
            f"wanted: {verdict}"
        )


if __name__ == "__main__":
    main()
