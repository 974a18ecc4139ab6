"""The ladder of one task as plain data: every rung with price, state and score; the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from advisor.advise import advise, title_of
from advisor.answers import Answers
from advisor.measured import measured_answers, validation_scores
from advisor.methods import METHODS, is_runnable
from advisor.pricing import price_of
from advisor.words import days_words, money_words
from ladder.answering import ASKS_MODEL, Setup
from ladder.costs import FirstPrice
from ladder.errors import ProjectError
from ladder.evaluation import Score, comparable, looks
from ladder.evaluation.board_view import best, name_of
from ladder.methods import METHODS as ASKED
from ladder.methods import TRAINED, preset, why_not
from ladder.models.runs import method_of_run
from ladder.project import TaskFolder, evaluation_plan
from ladder.project.split import SMALLEST

if TYPE_CHECKING:
    from ladder.jobs import Job

__all__ = ["NextStep", "Rung", "confirm_step", "ladder_sentence", "next_step", "rungs"]

RungState = Literal["not tried", "running", "measured", "not runnable yet"]
RUNNABLE = ASKED | TRAINED
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

    kind: Literal["measure", "confirm", "jobs", "scoreboard", "decide", "start"]
    label: str
    methods: tuple[str, ...] = ()
    """The runnable methods to measure; empty for all."""
    cost: str = ""
    """What it takes, to stand in a sentence; empty where no number is known."""
    help: str = ""
    score: Score | None = None
    """What is to be confirmed."""

    @property
    def job(self) -> str:
        """Return the kind of job that does it, for `measure` and `confirm`."""
        return "evaluate" if self.kind == "confirm" else "measure"

    def spec(self, folder: TaskFolder) -> dict[str, Any]:
        """Return what the job is asked to do."""
        if self.score is not None:
            asked = {"task": folder.task.name, "split": "test", "method": self.score.method}
            return asked | ({"setup": self.score.setup} if self.score.setup else {})
        asked = {"task": folder.task.name, "split": "validation"}
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
        score = best(s for s in scores if RUNNABLE[s.method].advisor_id == method.id)
        missing = _missing(method.id, folder, answers)
        state: RungState = "not runnable yet" if missing else "not tried"
        if score is not None:
            state, missing = "measured", ""
        if method.id in busy:
            state, missing = "running", ""
        price = price_of(method.id, answers, folder.task.price.token_model)
        mine = method.id == current
        found.append(
            Rung(method.id, method.title, method.meaning, price, state, missing, score, mine)
        )
    return found


def ladder_sentence(
    folder: TaskFolder, ladder: Sequence[Rung], step: NextStep | None = None
) -> str:
    """Return where the task stands and what the next step would cost, in one sentence.

    Args:
        folder: the task.
        ladder: its rungs.
        step: the next step; left out, that of a task for which no job runs.
    """
    step = step or next_step(folder)
    parts = [f"the target is {folder.task.target:.2f}"]
    top = best(rung.score for rung in ladder if rung.score)
    if top is None:
        parts.insert(0, "Nothing is measured yet")
    else:
        title = next(rung.title for rung in ladder if rung.score is top)
        parts.insert(0, f"{title} ({top.method}) reaches {_interval(top)}")
        if test := _on_test(folder, top):
            parts.append(f"on the test split it has {_interval(test)}")
    return "; ".join([*parts, step.cost] if step.cost else parts) + "."


def next_step(folder: TaskFolder, running: Sequence[Job] = ()) -> NextStep:
    """Return the next sensible step for a task."""
    labelled = sum(example.labelled for example in folder.examples())
    if not labelled:
        return NextStep("start", "Add labelled examples")
    if _busy(folder, running):
        return NextStep("jobs", "See the running job", cost="a job is measuring now")
    from ladder.evaluation.sensible import why_not_now

    scores = _scores(folder)
    done = {score.method for score in scores}
    todo = tuple(name for name in ASKED if name not in done and not why_not_now(name, folder))
    if todo:
        return _measure_step(folder, todo, bool(done))
    top = best(scores)
    if top is None or top.value < folder.task.target:
        return _climb_step(folder, scores)
    test = _on_test(folder, top)
    if test is None:
        name = name_of(top, scores)
        return confirm_step(folder) or _label_step(name, labelled)
    if test.value < folder.task.target:
        return _climb_step(folder, scores)
    return NextStep("scoreboard", "See what is proven")


def confirm_step(folder: TaskFolder) -> NextStep | None:
    """Return the step that scores the best on the test split; None if it was, or cannot be."""
    from ladder.evaluation.estimate import confirm_words

    scores = _scores(folder)
    top = best(scores)
    if top is None or _on_test(folder, top):
        return None
    try:
        items = len(evaluation_plan(folder, "test").items)
    except ProjectError:
        return None
    name, words, seen = name_of(top, scores), confirm_words(folder, top.method), len(looks(folder))
    return NextStep(
        "confirm",
        f"Confirm {name} on the test split, {words}",
        cost=f"confirming it on {items} test examples would take {words}",
        help=f"Asks {name} the {items} test examples, which played no part in choosing it. That "
        "counts as a look at the test split: the more looks, the less a score on it proves. "
        f"Looks so far: {seen}.",
        score=top,
    )


def _measure_step(folder: TaskFolder, todo: tuple[str, ...], some: bool) -> NextStep:
    """Return the step that measures what was not measured yet, by name where some was."""
    from ladder.evaluation.estimate import measure_source, measure_words

    words = measure_words(folder, todo)
    if not some:
        cost = f"measuring all {len(todo)} methods would take {words}"
        return NextStep("measure", f"Measure now, {words}", cost=cost, help=measure_source())
    names = f"{', '.join(todo[:-1])} and {todo[-1]}" if len(todo) > 1 else todo[0]
    what = names if len(todo) < 3 else "the rest"
    cost = f"measuring {names} would take {words}"
    return NextStep("measure", f"Measure {what}, {words}", todo, cost)


def _climb_step(folder: TaskFolder, scores: Sequence[Score]) -> NextStep:
    """Return the step to the next rung that is not measured, with its first price."""
    advice = advise(Answers.from_dict(measured_answers(folder)), folder.task.price.token_model)
    measured = {RUNNABLE[score.method].advisor_id for score in scores}
    for row in advice.ranked:
        if row.state == "ruled out" or row.method in measured:
            continue
        cost = (
            f"{title_of(row.method)} would cost {money_words(row.price.one_off)} once, "
            f"{money_words(row.price.monthly)} a month and {days_words(row.price.people_days)} "
            "of work"
        )
        return NextStep("decide", f"See what it takes: {title_of(row.method)}", cost=cost)
    return NextStep("decide", "See what to try next")


def _label_step(name: str, labelled: int) -> NextStep:
    """Return what is left to do where there are no test examples to confirm with."""
    if labelled < SMALLEST:
        more = SMALLEST - labelled
        return NextStep("start", f"Label {more} more example{'s' * (more > 1)}, to confirm {name}")
    return NextStep("scoreboard", "See how they compare")


def _scores(folder: TaskFolder) -> list[Score]:
    """Return the validation scores that count today."""
    return [score for score in validation_scores(folder) if score.method in RUNNABLE]


def _on_test(folder: TaskFolder, chosen: Score) -> Score | None:
    """Return what a Setup that was chosen on validation has on the whole test split."""
    for score in comparable(folder, "test"):
        same = (score.method, score.setup_hash) == (chosen.method, chosen.setup_hash)
        if same and not score.sampled:
            return score
    return None


def _interval(score: Score) -> str:
    return f"{score.value:.2f} ({score.low:.2f} to {score.high:.2f}, n = {score.n})"


_ABOUT_THE_SEARCH = ("prove", "sweep")
"""Jobs that measure how passages are found, not how well a method answers."""
_COMPARED = ("no-llm", "prompt", "icl")
"""The rungs that the few-shot leaderboard measures."""


def _busy(folder: TaskFolder, running: Sequence[Job]) -> set[str]:
    """Return the methods that a job of this task is measuring or waiting to measure."""
    names: set[str] = set()
    ids: set[str] = set()
    for job in running:
        mine = job.project == folder.project.path and job.spec.get("task") in (
            None, folder.task.name,
        )  # fmt: skip
        if not mine or job.over:
            continue
        if job.kind == "measure":
            names |= set(job.spec.get("methods") or ASKED)
        elif job.kind == "icl":
            names |= {name for name in ASKED if RUNNABLE[name].advisor_id in _COMPARED}
        elif job.kind in _ABOUT_THE_SEARCH:
            continue
        elif data := job.spec.get("setup"):
            ids.add(_method_of(Setup.from_dict(data)))
        elif method := job.spec.get("method"):
            names.add(method)
    able = {name for name in ASKED if not why_not(name, folder.task)} | TRAINED.keys()
    known = {name for name in names if name in able}
    return {RUNNABLE[name].advisor_id for name in known} | ids - {""}


def _missing(method: str, folder: TaskFolder, answers: Answers) -> str:
    """Return what a rung lacks before it can run; empty where it can."""
    needs = []
    if method == "classifier" and folder.task.kind != "classification":
        return f"names labels, and this task is {folder.task.kind}"
    if method in _NEEDS_DOCUMENTS and answers.knowledge_tokens == 0:
        needs.append("documents")
    if method in _NEEDS_LABELS and answers.labelled == 0:
        needs.append("labelled examples")
    if is_runnable(method):
        own = [name for name, runnable in ASKED.items() if runnable.advisor_id == method]
        if own and all(why_not(name, folder.task) for name in own):
            return f"not for {folder.task.kind}"
        fitting = [name for name in own if not why_not(name, folder.task)]
        if method in _NEEDS_DOCUMENTS and not needs and not _indexed(folder, fitting[0]):
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
    if setup.answerer == "classify":
        return "classifier"
    if setup.answerer not in ASKS_MODEL or setup.retrieval.source != "none":
        return {"all-documents": "docs-in-prompt", "index": "rag"}.get(setup.retrieval.source, "")
    if (setup.model or "").startswith("run:") and not setup.examples.count:
        trained = TRAINED.get(method_of_run(setup.model or ""))
        return trained.advisor_id if trained else ""
    return "icl" if setup.examples.count else "prompt"
