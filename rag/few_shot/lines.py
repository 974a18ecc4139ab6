"""From what Setups answered to the lines of the leaderboard, the curve and the paired tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from ladder.answering import Setup
from ladder.costs.prices import cost_per_1k
from ladder.evaluation.intervals import interval
from ladder.evaluation.metrics import aggregate
from ladder.evaluation.paired import LEVEL, compare, compare_values, corrected
from ladder.evaluation.paired import Verdict as Paired
from ladder.evaluation.rows import Row
from rag.few_shot.bench import Tried
from rag.few_shot.board import CurvePoint, Group, Line
from rag.few_shot.candidates import setup_words

if TYPE_CHECKING:
    from ladder.project.task import Task

__all__ = ["Entry", "cheapest_of", "curve", "lines", "paired", "value_of"]

_ORDER: tuple[Group, ...] = ("no-llm", "zero-shot", "selection", "count", "calibration")

_SAVED = 0.1
"""Share of the tokens below which another prompt is not worth naming as cheaper."""


@dataclass(frozen=True)
class Entry:
    """A setting that the leaderboard tries, and what is known of it."""

    group: Group
    tried: Tried
    why_not: str = ""
    """Why it was not tried; empty if it was, or was to be."""

    @property
    def setup(self) -> Setup:
        """Return the setting."""
        return self.tried.setup

    def words(self, task: Task) -> str:
        """Return what it is called."""
        return setup_words(self.setup, task)


def value_of(tried: Tried, metric: str, items: Sequence[str] | None = None) -> float:
    """Return the score on items, the mean over draws; by default on all that were answered."""
    wanted = sorted(tried.items if items is None else items)
    return fmean(aggregate(metric, [rows[id] for id in wanted]) for rows in tried.rows)


def paired(a: Entry, b: Entry, task: Task) -> Paired:
    """Return the paired test of two settings on the items that both answered."""
    left, right, metric = a.tried, b.tried, task.metric
    names = a.words(task), b.words(task)
    if len(left.rows) == len(right.rows) == 1:
        rows = [*left.rows[0].values()], [*right.rows[0].values()]
        return compare(*rows, metric, a=names[0], b=names[1])
    # The mean over draws is one value an item: how lucky a draw was is not part of the test.
    return compare_values(left.scores(metric), right.scores(metric), a=names[0], b=names[1])


def lines(entries: Sequence[Entry], best: Entry | None, n: int, task: Task) -> list[Line]:
    """Return every setting as a line: by group, those that answered everything first, best first.

    Prompts that answered all `n` items are tested against the best together, so are those that did
    not, and what needs no language model; p is corrected by Holm within each.
    """
    families: dict[tuple[bool, bool], list[Entry]] = defaultdict(list)
    for entry in entries:
        if best is not None and entry.tried.items and entry.setup != best.setup:
            families[entry.group == "no-llm", len(entry.tried.items) == n].append(entry)
    tests: dict[str, Paired] = {}
    for family in families.values():
        found = corrected([paired(each, best, task) for each in family if best is not None])
        tests |= {each.setup.hash: test for each, test in zip(family, found, strict=True)}
    made = [_line(entry, best, tests.get(entry.setup.hash), n, task) for entry in entries]
    return sorted(
        made, key=lambda each: (_ORDER.index(each.group), -(each.n == n), -(each.value or -1.0))
    )


def cheapest_of(lines: Sequence[Line]) -> Line | None:
    """Return the prompt of the fewest tokens that ties with the best; the best if none saves."""
    best = next((line for line in lines if line.best), None)
    if best is None:
        return None
    enough = best.prompt_tokens * (1 - _SAVED)
    able = [each for each in lines if each.tied and each.group != "no-llm"]
    fewer = [each for each in able if each.prompt_tokens <= enough]
    return min(fewer, key=lambda line: line.prompt_tokens, default=best)


def curve(entries: Sequence[Entry], n: int, task: Task) -> tuple[CurvePoint, ...]:
    """Return the points of settings that answered every item, by their number of examples."""
    points = []
    for entry in sorted(entries, key=lambda each: each.setup.examples.count):
        if len(entry.tried.items) == n:
            low, high = _interval(entry.tried, task)
            value = value_of(entry.tried, task.metric)
            points.append(CurvePoint(entry.setup.examples.count, value, low, high, n))
    return tuple(points)


def _line(entry: Entry, best: Entry | None, test: Paired | None, n: int, task: Task) -> Line:
    tried = entry.tried
    line = Line(entry.words(task), entry.group, entry.setup.to_dict(), "not tried", entry.why_not)
    if tried.error and len(tried.items) < n:
        return replace(line, state="failed", why=tried.error)
    if not tried.items:
        return line
    rows = [answered[id] for answered in tried.rows for id in sorted(tried.items)]
    low, high = _interval(tried, task)
    errors = sum(row.error is not None for row in rows)
    is_best = best is not None and entry.setup == best.setup
    whole = len(tried.items) == n
    several = len(tried.rows) > 1
    seed = entry.setup.examples.seed
    return replace(
        line,
        state="measured" if whole else "dropped",
        why=_failures(errors, len(rows)) if whole else _dropped(entry, best, n, task),
        value=value_of(tried, task.metric),
        low=low,
        high=high,
        n=len(tried.items),
        prompt_tokens=round(fmean(row.prompt_tokens for row in rows), 1),
        cached_tokens=round(fmean(row.cached_tokens for row in rows), 1),
        milliseconds=_milliseconds(tried),
        cost_per_1k=_cost(entry, rows, task),
        invalid=sum(row.invalid(task.metric) for row in rows) / len(rows),
        seeds=tuple(
            (seed + turn, aggregate(task.metric, [answered[id] for id in sorted(tried.items)]))
            for turn, answered in enumerate(tried.rows if several else [])
        ),
        best=is_best,
        tied=is_best or (whole and test is not None and _may_be_equal(test)),
        against_best=test.sentence if test else "",
    )


def _may_be_equal(test: Paired) -> bool:
    """Return whether a test alone finds no difference.

    The correction for many pairs guards against claiming a difference; a tie would be claimed
    the more readily, the more pairs there are.
    """
    return (test.p if test.p_alone is None else test.p_alone) >= LEVEL


def _interval(tried: Tried, task: Task) -> tuple[float, float]:
    """Return the 95 % interval; of several draws the mean of theirs."""
    items = sorted(tried.items)
    found = [interval(task.metric, [rows[id] for id in items]) for rows in tried.rows]
    return fmean(each.low for each in found), fmean(each.high for each in found)


def _dropped(entry: Entry, best: Entry | None, n: int, task: Task) -> str:
    """Return on how many items a setting was dropped, and how it stood there."""
    if entry.why_not:
        return entry.why_not
    items = sorted(entry.tried.items)
    words = f"Dropped after {len(items)} of {n} examples: {value_of(entry.tried, task.metric):.2f}"
    if best is None or not best.tried.items >= set(items):
        return f"{words}."
    return f"{words}, where the best has {value_of(best.tried, task.metric, items):.2f}."


def _failures(errors: int, answers: int) -> str:
    if not errors:
        return ""
    return f"{errors} of {answers} answers ended in an error and count as wrong."


def _milliseconds(tried: Tried) -> float | None:
    return tried.latency.quantile_ms(0.5) if tried.latency else None


def _cost(entry: Entry, rows: Sequence[Row], task: Task) -> float | None:
    """Return $ per 1,000 queries, reckoned as a Score's."""
    seconds = entry.tried.latency.seconds if entry.tried.latency else ()
    if not task.price.token_model and not seconds:
        return None
    server = (entry.setup.model or "").startswith("server:")
    return cost_per_1k(
        task.price,
        fmean(seconds) if seconds else 0.0,
        fmean(row.prompt_tokens for row in rows),
        # What this machine's memory saved, nobody who sells tokens gives a discount on.
        fmean(row.cached_tokens for row in rows) if server else 0.0,
        fmean(row.completion_tokens for row in rows),
    )
