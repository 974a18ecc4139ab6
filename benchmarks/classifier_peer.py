"""`--method classifier` against a plain loop of PEFT and PyTorch, on the same rows, seed and steps.

Banking77: 2,500 training rows, 300 test items, both stratified by a fixed seed. Ours is trained
and scored by the `ladder` command; the plain loop is what PEFT's own examples do: a
sequence-classification model with a LoRA, AdamW, a linear schedule, batches in random order.
The test is paired over the same 300 items. Few-shot with the 8 nearest of the same rows stands
beside both. Takes about half an hour on two cores; needs the folder that LADDER_DATA names.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

MARGIN = 0.04
Line = dict[str, str]


def stratified(lines: list[Line], count: int, seed: int) -> list[Line]:
    """Return `count` lines, each label as often as any other as far as they last."""
    draw, by_label = random.Random(seed), defaultdict(list)
    for line in lines:
        by_label[line["category"]].append(line)
    for group in by_label.values():
        draw.shuffle(group)
    turns = [(turn, draw.random(), line) for g in by_label.values() for turn, line in enumerate(g)]
    chosen = [line for _, _, line in sorted(turns, key=lambda entry: entry[:2])[:count]]
    draw.shuffle(chosen)
    return chosen


def ladder(*arguments: str) -> Any:
    """Run one `ladder` command and return its JSON."""
    command = [sys.executable, "-m", "ladder.cli", *arguments, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def bring_in(data: Path, rows: int, items: int, scratch: Path) -> None:
    """Make the project with its three parts; validation has rows of its own."""
    subprocess.run([sys.executable, "-m", "ladder.cli", "init", "bank"], check=True)
    lines = {}
    for part in ("train", "test"):
        with (data / "banking77" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
            lines[part] = list(csv.DictReader(file))
    drawn = stratified(lines["train"], rows + 100, 0)
    parts = {"train": drawn[:rows], "validation": drawn[rows:]}
    parts["test"] = stratified(lines["test"], items, 0)
    for part, chosen in parts.items():
        path = scratch / f"{part}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["text", "category"])
            writer.writeheader()
            writer.writerows(chosen)
        ladder("import", "bank", str(path), "--split", part)


def plain_loop(
    train: list[tuple[str, str]], test: list[str], recipe: dict[str, Any], steps: int
) -> list[str]:
    """Train as PEFT's examples do, with the settings that ours resolved to; return the labels."""
    import torch
    from peft import LoraConfig, TaskType, get_peft_model
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        get_linear_schedule_with_warmup,
        set_seed,
    )

    from ladder.models.bundled import embedder_folder
    from ladder.models.hardware import choose_dtype, threads

    torch.set_num_threads(threads())
    set_seed(recipe["seed"])
    labels = sorted({label for _, label in train})
    folder = str(embedder_folder())
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    make: Any = AutoModelForSequenceClassification
    base = make.from_pretrained(folder, num_labels=len(labels), local_files_only=True)
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS, r=recipe["rank"], lora_alpha=recipe["alpha"],
        lora_dropout=recipe["dropout"], target_modules="all-linear",
    )  # fmt: skip
    model: Any = get_peft_model(base, config)
    wanted = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(wanted, lr=recipe["learning_rate"], weight_decay=0.0)
    warmup = int(recipe["warmup"] * steps)
    falling: Any = get_linear_schedule_with_warmup
    schedule = falling(optimizer, warmup, steps)
    bfloat16 = choose_dtype("auto")[0] == "bfloat16"
    draw, waiting = random.Random(recipe["seed"]), list[int]()
    model.train()
    for step in range(steps):
        if len(waiting) < recipe["batch_size"]:
            waiting = draw.sample(range(len(train)), len(train))
        batch = [train[waiting.pop()] for _ in range(recipe["batch_size"])]
        inputs = tokenizer([text for text, _ in batch], padding=True, return_tensors="pt")
        wished = torch.tensor([labels.index(label) for _, label in batch])
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            loss = model(**inputs, labels=wished).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(wanted, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(f"  plain loop: step {step} of {steps}, loss {loss.item():.2f}", flush=True)
    model.eval()
    said = []
    with torch.no_grad():
        for text in test:
            scores = model(**tokenizer([text], return_tensors="pt")).logits[0]
            said.append(labels[int(scores.argmax())])
    return said


def main() -> int:
    """Measure, print one comparison, and return 1 where ours is worse by the margin."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2500)
    parser.add_argument("--items", type=int, default=300)
    options = parser.parse_args()
    if not os.environ.get("LADDER_DATA"):
        print("classifier: skipped, LADDER_DATA names no folder with banking77")
        return 0
    data = Path(os.environ["LADDER_DATA"]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LADDER_HOME"] = scratch
        return measured(data, options.rows, options.items, Path(scratch))


def measured(data: Path, rows: int, items: int, scratch: Path) -> int:
    """Train both, ask both the same items, and compare them in pairs."""
    import yaml

    from ladder.evaluation import compare, rows_of, scoreboard
    from ladder.project import open_project

    bring_in(data, rows, items, scratch)
    result = ladder("train", "bank", "--method", "classifier", "--preset", "good")
    ladder("evaluate", "bank", "--model", f"run:{result['id']}", "--split", "test")
    ladder("evaluate", "bank", "--method", "few-shot", "--split", "test")
    folder = open_project("bank").task()
    board = {score.method: score for score in scoreboard(folder)}
    ours, shown = (rows_of(folder, board[name]) for name in ("classifier", "few-shot"))
    examples = {example.id: example for example in folder.examples()}
    train = [(examples[id].input, examples[id].output or "") for id in folder.split().train]
    asked = [examples[id] for id in ours]
    recipe = yaml.safe_load((scratch / "bank" / "runs" / result["id"] / "recipe.yaml").read_text())
    said = plain_loop(train, [example.input for example in asked], recipe, result["steps"])
    theirs = {
        example.id: replace(ours[example.id], text=label, label=label)
        for example, label in zip(asked, said, strict=True)
    }
    us, them, few = (list(rows.values()) for rows in (ours, theirs, shown))
    verdict = compare(them, us, "accuracy", a="a plain PEFT loop", b="classifier")
    print(f"classifier: {verdict.sentence}")
    print(compare(few, us, "accuracy", a="few-shot", b="classifier").sentence)
    return int(verdict.low < -MARGIN)


if __name__ == "__main__":
    sys.exit(main())
