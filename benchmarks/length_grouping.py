"""What rows of like length in a batch gain over random batches.

An epoch of Banking77 rows, batched at random and grouped by length, and an even sample of the
batches of each; every step is a real step of the trainer on the rehearsal model. The kinds take
turns step by step, so that all see the same machine; the seconds of the processor are changed less
by other programs. Compared are tokens a second, padding not counted. The gain that padding allows
is what batches without any would have if time went by tokens. Wanted: at least 80 % of it. Needs
the folder that LADDER_DATA names. `python benchmarks/length_grouping.py`
"""

from __future__ import annotations

import os
import random
import tempfile
from dataclasses import replace
from itertools import pairwise
from typing import Any

from training_step import Clock, examples

WANTED = 0.8
BATCHES = int(os.environ.get("BATCHES", "16"))
"""Batches of each kind: every so-manyth of an epoch, in the order of their length."""


def even(batches: list[list[int]], lengths: list[int]) -> list[list[int]]:
    """Return an even sample of batches in a random order: as many short and long as there are."""
    whole = [batch for batch in batches if len(batch) == len(batches[0])]
    whole.sort(key=lambda batch: max(lengths[i] for i in batch))
    chosen = [whole[int((place + 0.5) * len(whole) / BATCHES)] for place in range(BATCHES)]
    return random.Random(2).sample(chosen, len(chosen))


def clocks_by_kind(plan: Any, folder: Any, kinds: dict[str, list[list[int]]]) -> dict[str, Clock]:
    """Return what the batches of each kind took, taking turns in one training."""
    from ladder.jobs import RunContext
    from ladder.jobs.records import new_run
    from training.data import Schedule
    from training.generate import train_generator

    names, order, turns = list(kinds), [0] * plan.recipe.batch_size, ["warm"]
    for place in range(len(kinds[names[0]])):
        for name in names[place % len(names) :] + names[: place % len(names)]:
            order += kinds[name][place]
            turns.append(name)
    ends = [Clock.now()]

    class Timed(RunContext):
        def progress(self, done: int, *_: Any, **__: Any) -> None:
            if done >= len(ends):
                ends.append(Clock.now())

    tokens = tuple(range(1, len(turns) + 1))  # what the record says of them is not used here
    job = new_run(folder.project.runs_folder / "r1", "train", {"task": "route"})
    context = Timed(folder.project, {}, job.folder)
    train_generator(replace(plan, schedule=Schedule(tuple(order), tokens)), context)
    found = dict.fromkeys(names, Clock(0.0, 0.0))
    for name, (before, after) in zip(turns[1:], pairwise(ends[1:]), strict=True):
        took = after - before
        found[name] = Clock(
            found[name].seconds + took.seconds, found[name].processor + took.processor
        )
    return found


def main() -> None:
    """Print the gains beside those that the padding allows."""
    from ladder.project import Task, create_project
    from training.batches import batches_of, cost
    from training.prepare import prepare
    from training.recipe import changed, recipe_for

    with tempfile.TemporaryDirectory() as home:
        os.environ["LADDER_HOME"] = home
        folder = create_project("bench").add_task(Task("route", "classification", "Name it."))
        folder.add_examples(examples(600))
        usual = ["checkpoint_seconds=86400", "measure_items=0", "epochs=1"]
        plan = prepare(folder, changed(recipe_for("lora", "good"), usual))
        lengths = [len(row) for row in plan.data.rows]
        rows = random.Random(0).sample(range(len(lengths)), len(lengths))
        kinds = {}
        for name in ("random", "grouped"):
            recipe = changed(plan.recipe, [f"batches={name}"])
            kinds[name] = even(batches_of(rows, lengths, recipe, random.Random(1)), lengths)
        real = {n: sum(cost(b, lengths, "packed") for b in found) for n, found in kinds.items()}
        padded = {n: sum(cost(b, lengths, "random") for b in found) for n, found in kinds.items()}
        took = clocks_by_kind(plan, folder, kinds)
    allowed = padded["random"] / real["random"]
    left = 1 - real["grouped"] / padded["grouped"]
    print(
        f"length-grouped against random batches, {len(rows)} rows of Banking77 (mean "
        f"{sum(lengths) / len(lengths):.0f} tokens, {1 - 1 / allowed:.0%} padding at random, "
        f"{left:.0%} grouped), {BATCHES} interleaved pairs of steps; no padding at all would be "
        f"{allowed:.2f} times as fast:"
    )
    for what in ("seconds", "processor"):
        speed = {name: real[name] / getattr(took[name], what) for name in kinds}
        gain = speed["grouped"] / speed["random"]
        share = (gain - 1) / (allowed - 1)
        verdict = "as wanted" if share >= WANTED else "too little"
        print(
            f"  {what}: {gain:.2f} times as fast, {share:.0%} of the gain that the padding "
            f"allows, at least {WANTED:.0%} wanted: {verdict}"
        )


if __name__ == "__main__":
    main()
