"""The scoreboards of docs/findings.md: helpdesk, Banking77 cut to 1,000 rows, XQuAD with documents.

Everything is drawn with seed 0 and done by the `ladder` command on the test splits of projects
made for it, in a workspace of its own (`--home`), where it goes on after an interruption: what is
answered is not asked again. Hours on two cores; needs the folder that LADDER_DATA names.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from classifier_peer import ladder, stratified

Json = dict[str, Any]


def run(*arguments: str) -> None:
    """Run one `ladder` command whose words a person reads; one that is refused is shown, too."""
    subprocess.run([sys.executable, "-m", "ladder.cli", *arguments], check=False)


def score(project: str, task: str, methods: tuple[str, ...], *more: str) -> None:
    """Score methods and runs on the test split, and print the board."""
    for name in methods:
        how = "--model" if name.startswith("run:") else "--method"
        run("evaluate", project, "--task", task, how, name, "--split", "test", *more)
    run("scoreboard", project, "--task", task)


def trained(project: str, task: str, method: str, *settings: str) -> str:
    """Train with the preset "good" and return the run as a model."""
    command = ("train", project, "--task", task, "--method", method, "--preset", "good")
    return str(ladder(*command, *settings)["reference"])


def helpdesk() -> None:
    """Measure both tasks of the example."""
    run("init", "helpdesk", "--example", "helpdesk")
    runs = tuple(trained("helpdesk", "route", method) for method in ("classifier", "lora"))
    plain = ("majority", "1-nn", "logistic", "zero-shot", "few-shot")
    score("helpdesk", "route", (*plain, *runs))
    quoting = ("extract", "rag", "few-shot+rag", "docs-in-prompt")
    score("helpdesk", "answer", ("1-nn", "zero-shot", "few-shot", *quoting))


def banking77(data: Path, scratch: Path) -> None:
    """Measure Banking77 cut to 1,000 training and 300 test rows."""
    run("init", "bank")
    for part, count in (("train", 1000), ("test", 300)):
        with (data / "banking77" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
            lines = stratified(list(csv.DictReader(file)), count, 0)
        path = scratch / f"{part}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["text", "category"])
            writer.writeheader()
            writer.writerows(lines)
        run("import", "bank", str(path), "--split", part)
    epochs = ("--set", "epochs=15")
    runs = (trained("bank", "classification", "classifier", *epochs),)
    runs += (trained("bank", "classification", "lora"),)
    plain = ("majority", "1-nn", "logistic", "few-shot", "zero-shot")
    score("bank", "classification", (*plain, *runs))


def xquad(data: Path, scratch: Path) -> None:
    """Measure 300 questions over all paragraphs, then a project small enough for one prompt."""
    everything = json.loads((data / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))
    ids = [
        question["id"]
        for article in everything["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]
    drawn = set(random.Random(0).sample(ids, 300))
    run("init", "xquad")
    for part in ("train", "test"):
        path = scratch / f"xquad-{part}.json"
        path.write_text(json.dumps(of_ids(everything, drawn, part == "test")), encoding="utf-8")
        run("import", "xquad", str(path), "--split", part)
    run("index", "xquad")
    score("xquad", "qa", ("1-nn", "zero-shot", "rag", "few-shot+rag"))
    few: list[Json] = []
    for article in everything["data"]:
        letters = sum(len(p["context"]) for a in (*few, article) for p in a["paragraphs"])
        if letters > 21_000:  # about 5,000 tokens
            break
        few.append(article)
    path = scratch / "xquad-few.json"
    path.write_text(json.dumps({"version": "1.1", "data": few}), encoding="utf-8")
    run("init", "few")
    run("import", "few", str(path))
    run("index", "few")
    methods = ("1-nn", "zero-shot", "rag", "docs-in-prompt", "few-shot+rag")
    score("few", "qa", methods, "--limit", "40")


def of_ids(everything: Json, ids: set[str], inside: bool) -> Json:
    """Return all paragraphs with the questions that are in `ids`, or those that are not."""
    articles = []
    for article in everything["data"]:
        paragraphs = [
            paragraph | {"qas": [q for q in paragraph["qas"] if (q["id"] in ids) is inside]}
            for paragraph in article["paragraphs"]
        ]
        articles.append(article | {"paragraphs": paragraphs})
    return everything | {"data": articles}


def main() -> int:
    """Make and print the boards that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="workspace to work in; without it nothing is run")
    parser.add_argument("--only", choices=["helpdesk", "banking77", "xquad"])
    options = parser.parse_args()
    if options.home is None or not os.environ.get("LADDER_DATA"):
        print("scoreboards: skipped; give --home FOLDER, and LADDER_DATA with the data")
        return 0
    data, home = Path(os.environ["LADDER_DATA"]).resolve(), options.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ["LADDER_HOME"] = str(home)
    if options.only in (None, "helpdesk"):
        helpdesk()
    if options.only in (None, "banking77"):
        banking77(data, home)
    if options.only in (None, "xquad"):
        xquad(data, home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
