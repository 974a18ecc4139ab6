"""Labels scored against labels written, on the same prompts: what it changes, on Banking77.

Three hundred test items, each asked with its eight nearest of the training rows; the rehearsal
model scores the labels after the very prompt after which it writes one. The difference is paired.
Beside it: how often the search for the best label agrees with scoring all 77, on the first hundred
prompts in either arithmetic, and each calibration. Needs the folder that LADDER_DATA names.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from classifier_peer import stratified

from ladder.answering import Query, Setup
from ladder.evaluation.intervals import wilson
from ladder.evaluation.paired import compare_values
from ladder.methods import decoded, preset
from ladder.models import load_generator
from ladder.models.local import LocalGenerator
from ladder.project import Example, Task, TaskFolder, create_project
from ladder.prompt import stop_texts
from rag.answerers import GenerateAnswerer, build_answerer

DATA = Path(os.environ.get("LADDER_DATA", Path(__file__).parents[2] / "shared" / "data"))
WANTED = 0.99
COMPARED = 100


def rows(part: str) -> list[dict[str, str]]:
    """Return the rows of one part of the data."""
    with (DATA / "banking77" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def asked(setup: Setup, folder: TaskFolder, pool: list[Example]) -> GenerateAnswerer:
    """Return what answers a Setup."""
    answerer = build_answerer(setup, folder, pool)
    assert isinstance(answerer, GenerateAnswerer)
    return answerer


def answered(name: str, setup: Setup, folder: TaskFolder, pool: Any, items: Any) -> dict[str, Any]:
    """Answer all items; return what was right by item, and print one line."""
    answerer, right, invalid, seconds = asked(setup, folder, pool), {}, 0, []
    began = time.perf_counter()
    queries = [Query.of(item.id, item.input) for item in items]
    for item, answer in zip(items, answerer.answer(queries), strict=True):
        if answer.error:
            sys.exit(answer.error)
        right[item.id] = float(answer.label == item.output)
        invalid += answer.label is None
        seconds.append(answer.seconds)
    count = int(sum(right.values()))
    low, high = wilson(count / len(items), len(items))
    print(
        f"{name:24} {count / len(items):.3f} ({low:.3f} to {high:.3f}), invalid "
        f"{invalid / len(items):.3f}, p50 {1000 * statistics.median(seconds):,.0f} ms, "
        f"{time.perf_counter() - began:,.0f} s in all",
        flush=True,
    )
    return right


def agreement(setup: Setup, folder: TaskFolder, pool: Any, items: Any, dtype: str) -> float:
    """Return how often the best label met is the best of all, and print the times of both."""
    answerer = asked(replace(setup, model=setup.model), folder, pool)
    generator = load_generator(str(setup.model), dtype)
    assert isinstance(generator, LocalGenerator)
    same, times = 0, {True: [0.0], False: [0.0]}
    for item in items:
        messages = answerer.prompt(Query.of(item.id, item.input)).messages
        best = []
        for exact in (True, False):
            scores = generator.score_labels(
                messages, folder.labels(), stop=stop_texts(setup, folder.task), exact=exact
            )
            times[exact].append(scores.seconds)
            best.append(max(scores.logprobs, key=scores.logprobs.__getitem__))
        same += best[0] == best[1]
    each = {exact: 1000 * statistics.median(found) for exact, found in times.items()}
    print(
        f"best of 77 labels, {dtype}: agrees with scoring all on {same} of {len(items)} prompts; "
        f"p50 {each[False]:,.0f} ms against {each[True]:,.0f} ms",
        flush=True,
    )
    return same / len(items)


def main() -> int:
    """Run the comparison; the exit code says whether the agreement is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--only", choices=("decoding", "agreement", "calibration"), default=None)
    options = parser.parse_args()
    if not (DATA / "banking77").exists():
        print("LADDER_DATA is not set, so there is nothing to compare.")
        return 0
    home = os.environ.get("LADDER_HOME") or tempfile.mkdtemp()
    os.environ["LADDER_HOME"] = home
    folder = create_project(f"bank-{os.getpid()}").add_task(
        Task("route", "classification", "Which intent has the customer's question?")
    )
    pool = [Example(f"r{i}", row["text"], row["category"]) for i, row in enumerate(rows("train"))]
    folder.add_examples(pool)
    drawn = stratified(rows("test"), options.items, 0)
    items = [Example(f"t{i}", row["text"], row["category"]) for i, row in enumerate(drawn)]
    labels = preset("few-shot", folder.task)
    reached = True
    if options.only in (None, "agreement"):
        reached = agreement(labels, folder, pool, items[:COMPARED], "float32") >= WANTED
        agreement(labels, folder, pool, items[:COMPARED], "bfloat16")
    if options.only in (None, "decoding"):
        written = decoded(labels, "generate", folder.task)
        one = answered("written", written, folder, pool, items)
        other = answered("labels scored", labels, folder, pool, items)
        print(compare_values(one, other, a="written", b="labels scored").sentence)
    if options.only in (None, "calibration"):
        for how in ("contextual", "batch"):
            decoding: Any = replace(labels.decoding, calibration=how)
            found = answered(
                how, replace(labels, decoding=decoding), folder, pool, items[:COMPARED]
            )
            del found
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
