"""Is the few-shot setting that validation chose as good on the test split as any other tried?

On a project made for it: Banking77 cut to 1,000 training rows (100 of them validation) and a
stratified part of its test rows. The sweep of `ladder icl` runs on validation; afterwards, and only
because this is a benchmark, every setting that it measured whole is scored on the test split. The
regret is the best test score less that of the chosen setting, on the same items. It is asked for
again where it stopped. Needs the folder that LADDER_DATA names, and an hour or two.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from pathlib import Path

from classifier_peer import ladder, stratified
from label_decoding import DATA, rows

from ladder.answering import Setup
from ladder.evaluation.paired import Verdict, compare, corrected
from ladder.evaluation.rows import Row, read_rows
from ladder.evaluation.runner import evaluate, planned
from ladder.project import TaskFolder, open_project, projects
from rag.answerers import build_answerer
from rag.few_shot.board import Board, Line


def project(name: str, train: int, test: int) -> TaskFolder:
    """Return the task, its project made unless it is there."""
    if name not in projects():
        ladder("init", name)
        for part, count in (("train", train), ("test", test)):
            with tempfile.TemporaryDirectory() as scratch:
                path = Path(scratch) / f"{part}.csv"
                with path.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, ["text", "category"])
                    writer.writeheader()
                    writer.writerows(stratified(rows(part), count, 0))
                ladder("import", name, str(path), "--split", part)
    return open_project(name).task(None)


def tested(folder: TaskFolder, line: Line, limit: int | None) -> list[Row]:
    """Return a setting's rows on the test split, or on a stratified part of it."""
    setup = Setup.from_dict(line.settings)
    evaluate(folder, setup, build_answerer, split="test", limit=limit)
    planned_ = planned(folder, setup, "test", limit, 0)
    kept = read_rows(planned_.rows_file)
    return [kept[item.id] for item in planned_.items]


def main() -> int:
    """Print the table; the exit code is 1 where a setting is better on test than the chosen one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=int, default=1000)
    parser.add_argument("--test", type=int, default=300)
    parser.add_argument("--limit", type=int, default=None, help="items of it that are asked")
    options = parser.parse_args()
    if not (DATA / "banking77").exists():
        print("LADDER_DATA is not set, so there is nothing to compare.")
        return 0
    os.environ.setdefault("LADDER_HOME", tempfile.mkdtemp())
    folder = project("regret", options.train, options.test)
    board = Board.from_json(ladder("icl", "regret", "--sweep"))
    whole = [line for line in board.lines if line.state == "measured" and line.n == board.n]
    found = {line.name: tested(folder, line, options.limit) for line in whole}
    chosen = next(line for line in whole if line.best)
    metric = folder.task.metric
    verdicts: list[Verdict] = corrected(
        [
            compare(found[chosen.name], rows_, metric, a=chosen.name, b=name)
            for name, rows_ in found.items()
            if name != chosen.name
        ]
    )
    score = {
        name: sum(row.score(metric) for row in each) / len(each) for name, each in found.items()
    }
    for line in sorted(whole, key=lambda line: -score[line.name]):
        mark = "*" if line is chosen else " "
        print(f"{mark} {line.name:44} validation {line.value:.3f}  test {score[line.name]:.3f}")
    for verdict in verdicts:
        print(verdict.sentence)
    prompts = {
        v.b: v for v in verdicts if next(x for x in whole if x.name == v.b).group != "no-llm"
    }
    best = max(prompts.values(), key=lambda v: v.value_b)
    interval = f"({best.low:+.3f} to {best.high:+.3f})"
    print(
        f"regret among prompts: {max(0.0, best.difference):.3f} {interval}, against {best.b}; "
        f"chosen {chosen.name}, n = {best.n}; {board.verdict.sentence}"
    )
    return int(any(verdict.better == "b" for verdict in prompts.values()))


if __name__ == "__main__":
    sys.exit(main())
