"""The ladder of one task as plain data: every rung with price, state and score; the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from advisor.advise import advise, title_of
from advisor.answers import Answers
from advisor.measured import measured_answers
from advisor.methods import MEASURE_FIRST, METHODS, is_runnable
from advisor.pricing import price_of
from advisor.words import days_words, money_words
from ladder.answering import Setup
from ladder.costs import FirstPrice
from ladder.evaluation import Score, scoreboard
from ladder.methods import METHODS as RUNNABLE
from ladder.methods import preset, why_not
from ladder.project import TaskFolder

if TYPE_CHECKING:
    from ladder.jobs import Job

__all__ = ["NextStep", "Rung", "ladder_sentence", "next_step", "rungs"]

RungState = Literal["not tried", "running", "measured", "not runnable yet"]
_NEEDS_DOCUMENTS = ("docs-in-prompt", "rag", "rag+peft")
_NEEDS_LABELS = ("no-llm", "classifier", "icl", "peft", "full", "rag+peft")


@dataclass(frozen=True)
class Rung:
    """One rung of a task's ladder."""

    method: str
    title: str
    meaning: str
    price: FirstPrice
    state: RungState
    missing: str
    """What it would take to run it; empty where it can run."""
    score: Score | None
    """The best validation score of this rung."""
    current: bool
    """Whether this is who answers now."""

    @property
    def by(self) -> str:
        """Return which runnable method gave the score; empty without one."""
        return self.score.method if self.score else ""


@dataclass(frozen=True)
class NextStep:
    """The one thing that makes sense now."""

    kind: Literal["measure", "jobs", "scoreboard", "decide", "start"]
    label: str
    methods: tuple[str, ...] = ()
    """The runnable methods to measure; empty for all."""

    def spec(self, folder: TaskFolder) -> dict[str, Any]:
        """Return what the `measure` job is asked to do."""
        asked: dict[str, Any] = {"task": folder.task.name, "split": "validation"}
        return asked | ({"methods": list(self.methods)} if self.methods else {})


def rungs(folder: TaskFolder, running: Sequence[Job] = ()) -> list[Rung]:
    """Return the rungs, the cheapest first.

    Args:
        folder: the task.
        running: jobs that are not over; those of other tasks and projects are left out.
    """
    answers = Answers.from_dict(measured_answers(folder))
    scores = _scores(folder)
    busy = _busy(folder, running)
    current = _method_of(folder.setup())
    found = []
    for method in METHODS.values():
        best = max(
            (s for s in scores if RUNNABLE[s.method].advisor_id == method.id),
            key=lambda s: s.value, default=None,
        )  # fmt: skip
        missing = _missing(method.id, folder, answers)
        state: RungState = "not runnable yet" if missing else "not tried"
        if best is not None:
            state, missing = "measured", ""
        if method.id in busy:
            state, missing = "running", ""
        price = price_of(method.id, answers, folder.task.price.token_model)
        mine = method.id == current
        found.append(
            Rung(method.id, method.title, method.meaning, price, state, missing, best, mine)
        )
    return found


def ladder_sentence(folder: TaskFolder, ladder: Sequence[Rung]) -> str:
    """Return where the task stands, in one sentence."""
    target = f"the target is {folder.task.target:.2f}"
    measured = [rung for rung in ladder if rung.score is not None]
    if not measured:
        return f"Nothing is measured yet; {target}."
    best = max(measured, key=lambda rung: rung.score.value if rung.score else 0)
    score = best.score
    assert score is not None
    reaches = (
        f"{best.title} ({best.by}) reaches {score.value:.2f} "
        f"({score.low:.2f} to {score.high:.2f}, n = {score.n}); {target}"
    )
    if score.value >= folder.task.target:
        return f"{reaches}."
    following = advise(
        Answers.from_dict(measured_answers(folder)), folder.task.price.token_model
    ).recommended
    if following == MEASURE_FIRST:
        return f"{reaches}; no prompt is measured yet."
    price = next(rung.price for rung in ladder if rung.method == following)
    return (
        f"{reaches}; {title_of(following)} would cost {money_words(price.one_off)} once, "
        f"{money_words(price.monthly)} a month and {days_words(price.people_days)} of work."
    )


def next_step(folder: TaskFolder, running: Sequence[Job] = ()) -> NextStep:
    """Return the next sensible step for a task."""
    if not any(example.labelled for example in folder.examples()):
        return NextStep("start", "Add labelled examples")
    if _busy(folder, running):
        return NextStep("jobs", "See the running job")
    done = {score.method for score in _scores(folder)}
    from ladder.evaluation.sensible import why_not_now

    todo = tuple(name for name in RUNNABLE if name not in done and not why_not_now(name, folder))
    if todo:
        from ladder.evaluation.estimate import measure_words

        label = "Measure now" if not done else "Measure the rest"
        return NextStep("measure", f"{label}, {measure_words(folder)}", todo if done else ())
    if any(score.value >= folder.task.target for score in _scores(folder)):
        return NextStep("scoreboard", "See what is proven")
    return NextStep("decide", "See what to try next")


def _scores(folder: TaskFolder) -> list[Score]:
    """Return the validation scores by the task's metric."""
    return [
        score
        for score in scoreboard(folder)
        if score.split == "validation"
        and score.metric == folder.task.metric
        and score.method in RUNNABLE
    ]


def _busy(folder: TaskFolder, running: Sequence[Job]) -> set[str]:
    """Return the methods that a job of this task is measuring or waiting to measure."""
    names: set[str] = set()
    for job in running:
        mine = job.project == folder.project.path and job.spec.get("task") in (
            None, folder.task.name,
        )  # fmt: skip
        if not mine or job.over:
            continue
        if job.kind == "measure":
            names |= set(job.spec.get("methods") or RUNNABLE)
        elif method := job.spec.get("method"):
            names.add(method)
    known = {name for name in names if name in RUNNABLE and not why_not(name, folder.task)}
    return {RUNNABLE[name].advisor_id for name in known}


def _missing(method: str, folder: TaskFolder, answers: Answers) -> str:
    """Return what a rung lacks before it can run; empty where it can."""
    needs = []
    if method in _NEEDS_DOCUMENTS and answers.knowledge_tokens == 0:
        needs.append("documents")
    if method in _NEEDS_LABELS and answers.labelled == 0:
        needs.append("labelled examples")
    if is_runnable(method):
        own = [name for name, runnable in RUNNABLE.items() if runnable.advisor_id == method]
        if all(why_not(name, folder.task) for name in own):
            return f"not for {folder.task.kind}"
        if method in _NEEDS_DOCUMENTS and not needs and not _indexed(folder, own[0]):
            return "needs the documents indexed, on Chat"
        return "needs " + " and ".join(needs) if needs else ""
    return "not in this version" + (f"; needs {' and '.join(needs)}" if needs else "")


def _indexed(folder: TaskFolder, name: str) -> bool:
    """Return whether the documents as they are can be searched by a method."""
    from ladder.evaluation.sensible import preset_index

    return preset_index(folder.project, preset(name, folder.task)).ready


def _method_of(setup: Setup | None) -> str:
    """Return the advisor's id of who answers under a Setup; empty without one."""
    if setup is None:
        return ""
    if setup.answerer in ("majority", "1-nn", "knn", "logistic"):
        return "no-llm"
    if setup.answerer != "generate" or setup.retrieval.source != "none":
        return {"all-documents": "docs-in-prompt", "index": "rag"}.get(setup.retrieval.source, "")
    return "icl" if setup.examples.count else "prompt"
