"""Setup to Answerer to Score: ask what is not yet answered, keep every row, price and log it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ladder.answering import ASKS_MODEL, Answer, Answerer, Query, Setup
from ladder.errors import ModelError, ProjectError
from ladder.evaluation.baselines import BASELINES
from ladder.evaluation.code_version import code_version
from ladder.evaluation.records import Latency, finish, log_look, read_latency, write_latency
from ladder.evaluation.rows import Row, append_row, read_rows
from ladder.evaluation.sampling import items_hash, sample
from ladder.evaluation.score import Scheme, Score, Split
from ladder.files import content_hash
from ladder.models.runs import method_of_run, not_trained_on
from ladder.project.index_state import document_hashes
from ladder.project.task import Example

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "Builder",
    "Evaluation",
    "ask",
    "evaluate",
    "latency_of",
    "method_of",
    "planned",
    "query_of",
    "standing_rows",
]

Progress = Callable[[int, int, str], None]
"""Called with how many items are answered, how many there are, and a message."""

SINGLE_REQUESTS = 20
"""How many single requests a latency is measured on, after one that warms up."""


_HOPELESS = 3
"""An evaluation of which nothing stands yet is given up if this many first answers all fail."""


class Builder(Protocol):
    """Makes Answerers; passed in, because `ladder` imports neither `rag` nor `training`."""

    def __call__(
        self, setup: Setup, folder: TaskFolder, pool: Sequence[Example], scheme: Scheme
    ) -> Answerer:
        """Return the Answerer of a Setup that may use the labelled examples of `pool`."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """One Setup about to be scored on the items of one split."""

    folder: TaskFolder
    setup: Setup
    split: Split
    items: list[Example]
    pool: list[Example]
    scheme: Scheme
    limit: int | None
    """How many items a sample has; None where all are scored."""
    seed: int
    items_hash: str
    """Names all items of the split, also those that a sample leaves out."""

    @cached_property
    def key(self) -> str:
        """Return what names the answers: all that decides them, and nothing else.

        That is the Setup, the weights behind its references, the arithmetic that "auto" stands
        for here, the task as a model sees it, the items, the pool, and the code. The metric is
        not in it: it judges answers and changes none. Nor are prices, or the limit itself: a
        sample is named by its items.
        """
        from ladder.models.fingerprint import dtype_here, fingerprint

        task = asdict(self.folder.task)
        decisive = ("name", "kind", "instruction", "input_name", "output_name")
        shown = self.setup.retrieval.source != "none"
        documents = document_hashes(self.folder.project) if shown else {}
        return content_hash(
            {
                "setup": self.setup.to_dict(),
                "documents": documents,
                "weights": [fingerprint(self.setup.model), fingerprint(self.setup.embedder)],
                "dtype": dtype_here(self.setup.model, self.setup.decoding.dtype),
                "task": {name: task[name] for name in decisive},
                "labels": self.folder.labels(),
                "split": self.split,
                "scheme": self.scheme,
                "items": [item.to_dict() for item in self.items],
                "pool": [example.to_dict() for example in self.pool],
                "code": code_version(),
            }
        )

    @property
    def rows_file(self) -> Path:
        """Return the file of per-item rows."""
        return self.folder.answers_folder / f"{self.key}.jsonl"


def evaluate(
    folder: TaskFolder,
    setup: Setup,
    build: Builder,
    *,
    split: Split = "validation",
    limit: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    plan: str = "",
) -> Score:
    """Score a Setup on a split; what was answered before is not asked again.

    Every answer is kept as soon as it is there, so an evaluation that was stopped goes on where
    it was, and an identical one is answered from its rows at once. Items that ended in an error
    are asked again. To stop it, let `progress` raise.

    Args:
        folder: the task.
        setup: what answers.
        build: makes the Answerer of the Setup.
        split: "validation" for choosing, "test" for confirming; looks at test are counted.
        limit: a stratified random sample of this many items; None scores all.
        seed: draws that sample.
        progress: told after every item.
        plan: the plan that is carried out, if one is.

    Raises:
        ProjectError: there is nothing to score on, or no test split.
        ModelError: the Setup's model cannot be had, or fails from the first answer on.
    """
    evaluation = planned(folder, setup, split, limit, seed)
    tell = progress or (lambda done, total, message: None)
    built = cache(lambda: build(setup, folder, evaluation.pool, evaluation.scheme))
    rows = ask(evaluation, built, progress=tell)
    latency = latency_of(evaluation, built, rows)
    tell(len(rows), len(evaluation.items), f"{method_of(setup)}: scored")
    return finish(
        folder,
        [rows[item.id] for item in evaluation.items],
        latency,
        _description(evaluation) | {"plan": plan},
    )


def ask(
    evaluation: Evaluation,
    built: Callable[[], Answerer],
    ids: Collection[str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Row]:
    """Return the rows of items, by item; what was answered before is not asked again.

    Rows are kept where `evaluate` looks for them, so that a Setup can be tried on some items
    first, and scored on all of them later without being asked about these again.

    Args:
        evaluation: which Setup, and the items that it can be asked about.
        built: returns its Answerer; called only if there is something to ask.
        ids: the items; None means all.
        progress: told before the first item, and after every one.

    Raises:
        ModelError: the Setup's model cannot be had, or fails from the first answer on.
    """
    items = [item for item in evaluation.items if ids is None or item.id in ids]
    tell = progress or (lambda done, total, message: None)
    rows = standing_rows(evaluation, items)
    pending = [item for item in items if item.id not in rows]
    tell(len(rows), len(items), f"{method_of(evaluation.setup)}: starting")
    if pending:
        answerer = built()
        log_look(evaluation.folder, _description(evaluation))
        _answer(answerer, pending, len(items), evaluation, tell)
        kept = read_rows(evaluation.rows_file)
        rows = {item.id: kept[item.id] for item in items}
    return rows


def latency_of(
    evaluation: Evaluation, built: Callable[[], Answerer], rows: Mapping[str, Row]
) -> Latency:
    """Return the seconds of single requests as they are kept, else measured now and kept.

    Args:
        evaluation: which Setup, and its items.
        built: returns its Answerer; called only if nothing is kept.
        rows: those of all items.
    """
    kept = read_latency(evaluation.rows_file)
    if kept is None:
        kept = _latency(built(), evaluation.items, list(rows.values()))
        write_latency(evaluation.rows_file, kept)
    return kept


def method_of(setup: Setup) -> str:
    """Return the runnable name of the method that a Setup is a preset of."""
    if setup.answerer in BASELINES:
        return setup.answerer
    if setup.answerer == "classify":
        return "classifier"
    if setup.answerer in ASKS_MODEL and setup.retrieval.source != "none":
        if setup.retrieval.source == "all-documents":
            return "docs-in-prompt"
        return "few-shot+rag" if setup.examples.count else "rag"
    if setup.answerer in ASKS_MODEL:
        if setup.examples.count:
            return "few-shot"
        model = setup.model or ""
        return method_of_run(model) if model.startswith("run:") else "zero-shot"
    return setup.answerer


def query_of(example: Example) -> Query:
    """Return an example as it is asked: what was said before, then its input."""
    asked = {"role": "user", "content": example.input}
    return Query(example.id, (*example.messages, asked), example.context)


def planned(
    folder: TaskFolder, setup: Setup, split: Split, limit: int | None, seed: int
) -> Evaluation:
    """Return what is to be scored on what.

    Raises:
        ProjectError: there is nothing to score on, or no test split.
    """
    from ladder.project import evaluation_plan

    plan = evaluation_plan(folder, split)
    scheme: Scheme = plan.scheme
    if scheme == "leave-one-out" and setup.answerer in ("majority", "logistic"):
        scheme = "5-fold"  # they are fitted, so leaving one out would mean one fit an item
    unseen = not_trained_on(setup.model, folder, plan.items)
    if plan.items and not unseen:
        raise ProjectError(
            f"{setup.model} was trained on all {len(plan.items)} examples of the {split} split, "
            "so they cannot judge it; label more examples, then measure it again."
        )
    if len(unseen) < len(plan.items) and not setup.examples.count:
        scheme = "held-out"  # nothing is left out one at a time: the run saw none of these
    items = sample(unseen, limit, seed, folder.task.kind)
    if not items:
        raise ProjectError(
            f'The {split} split of "{folder.task.name}" has no labelled example; label some first.'
        )
    sampled = limit if len(items) < len(plan.items) else None
    return Evaluation(
        folder, setup, split, items, plan.pool, scheme, sampled, seed, items_hash(plan.items)
    )


def standing_rows(evaluation: Evaluation, items: Sequence[Example]) -> dict[str, Row]:
    """Return the rows that stand: those of the items that did not end in an error."""
    kept = read_rows(evaluation.rows_file)
    return {
        item.id: kept[item.id] for item in items if item.id in kept and kept[item.id].error is None
    }


def _answer(
    answerer: Answerer,
    pending: Sequence[Example],
    total: int,
    evaluation: Evaluation,
    tell: Progress,
) -> None:
    """Ask for what is missing of `total` items and append each row as it comes."""
    path, message = evaluation.rows_file, method_of(evaluation.setup)
    before = total - len(pending)
    timed = sum(row.warm for row in read_rows(path).values())
    answers = _answers(answerer, [query_of(item) for item in pending], SINGLE_REQUESTS - timed)
    failed = 0
    for count, (item, (answer, alone)) in enumerate(zip(pending, answers, strict=True), 1):
        append_row(path, Row.of(item, answer, warm=alone and count > 1))
        failed += answer.error is not None
        if not before and failed == count >= min(_HOPELESS, total):
            # Scoring 0.00 after an hour of timeouts would say nothing about the Setup.
            raise ModelError(f"The first {count} answers all failed. {answer.error}")
        tell(before + count, total, message)


def _answers(
    answerer: Answerer, queries: Sequence[Query], untimed: int
) -> Iterator[tuple[Answer, bool]]:
    """Yield each answer, and whether it was asked for alone.

    Of what answers together so many are asked for alone that latencies are known, after one that
    warms up.
    """
    alone = len(queries) if answerer.one_at_a_time else untimed + 1 if untimed > 0 else 0
    for query in queries[:alone]:
        for answer in answerer.answer([query]):
            yield answer, True
    for answer in answerer.answer(queries[alone:]):
        yield answer, False


def _latency(answerer: Answerer, items: Sequence[Example], rows: Sequence[Row]) -> Latency:
    """Return the seconds of single requests: the items' own, or of requests made for it."""
    # Only Answerers with a local model have a dtype.
    dtype = str(getattr(answerer, "dtype", ""))
    seconds = [row.seconds for row in rows if row.warm and row.error is None]
    if not answerer.one_at_a_time and len(seconds) < max(1, min(SINGLE_REQUESTS, len(rows) - 1)):
        seconds = _timed(answerer, items)
    return Latency(tuple(seconds), dtype, datetime.now(UTC).isoformat(timespec="seconds"))


def _timed(answerer: Answerer, items: Sequence[Example]) -> list[float]:
    """Return the seconds of single requests, after one that warms up."""
    seconds = []
    for turn in range(SINGLE_REQUESTS + 1):
        query = query_of(items[turn % len(items)])
        began = time.perf_counter()
        answers = list(answerer.answer([query]))
        took = time.perf_counter() - began
        if turn and all(answer.error is None for answer in answers):
            seconds.append(took)
    return seconds


def _description(evaluation: Evaluation) -> dict[str, Any]:
    """Return what a Score says about how it came about."""
    setup = evaluation.setup
    return {
        "method": method_of(setup),
        "setup_hash": setup.hash,
        "setup": setup.to_dict(),
        "model": setup.model or setup.embedder or "",
        "split": evaluation.split,
        "scheme": evaluation.scheme,
        "limit": evaluation.limit,
        "seed": evaluation.seed,
        "code_version": code_version(),
        "key": evaluation.key,
        "items_hash": evaluation.items_hash,
    }
