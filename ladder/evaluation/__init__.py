"""Measure a Setup on held-out examples, with intervals and paired tests."""

from __future__ import annotations

from ladder.evaluation.against_no_llm import against_no_llm
from ladder.evaluation.baselines import BASELINES, build_baseline
from ladder.evaluation.intervals import Interval, interval
from ladder.evaluation.metrics import aggregate, score_item
from ladder.evaluation.neighbours import Neighbour, Neighbours
from ladder.evaluation.paired import Verdict, compare, compare_all
from ladder.evaluation.rows import Row, read_rows
from ladder.evaluation.runner import Builder, evaluate, method_of, query_of
from ladder.evaluation.score import Score
from ladder.evaluation.scoreboard import (
    comparable,
    looks,
    rows_of,
    scoreboard,
    split_size,
    verdicts,
)

__all__ = [
    "BASELINES",
    "Builder",
    "Interval",
    "Neighbour",
    "Neighbours",
    "Row",
    "Score",
    "Verdict",
    "against_no_llm",
    "aggregate",
    "build_baseline",
    "comparable",
    "compare",
    "compare_all",
    "evaluate",
    "interval",
    "looks",
    "method_of",
    "query_of",
    "read_rows",
    "rows_of",
    "score_item",
    "scoreboard",
    "split_size",
    "verdicts",
]
