"""What a plan predicted beside what its jobs took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ladder.costs.basis import Band
from ladder.errors import LadderError

if TYPE_CHECKING:
    from ladder.jobs.job import Job
    from ladder.plan import Plan
    from ladder.project.task import Task

__all__ = ["Outcome", "machine_money", "outcome_of", "outcome_words", "plan_outcome"]


@dataclass(frozen=True)
class Outcome:
    """Predicted and actual, of one job of a plan or of several."""

    plan: str
    title: str
    seconds: Band | None
    """Predicted; None for a job that the plan did not foresee."""
    money: Band | None
    """$ predicted; None where no price is known."""
    actual_seconds: float | None
    """From start to end, waiting in the queue left out; None while it is not over."""
    actual_money: float | None

    def to_json(self) -> dict[str, Any]:
        """Return both under the names that commands print."""
        return {
            "predicted": {
                "seconds": asdict(self.seconds) if self.seconds else None,
                "money": asdict(self.money) if self.money else None,
            },
            "actual": {"seconds": self.actual_seconds, "money": self.actual_money},
        }


def outcome_of(job: Job) -> Outcome | None:
    """Return what the plan of a job predicted for it; None for a job without a plan."""
    from ladder.plan import find_plan
    from ladder.project.workspace import Project

    id = job.spec.get("plan")
    if not id:
        return None
    try:
        return plan_outcome(find_plan(Project(job.project), str(id)), [job])
    except LadderError:
        return None  # the plan's file was taken away; the job stands by itself


def plan_outcome(plan: Plan, jobs: Sequence[Job]) -> Outcome:
    """Return what a plan predicted for these of its jobs, and what they took together."""
    steps = [step for job in jobs if (step := plan.step(job.kind))]
    moneys = [step.money for step in steps]
    seconds = [_seconds(job) for job in jobs]
    spent = [_spent(job) for job in jobs]
    return Outcome(
        plan.id,
        plan.title,
        sum((step.seconds for step in steps), Band(0, 0, 0)) if steps else None,
        None if None in moneys or not steps else sum((m for m in moneys if m), Band(0, 0, 0)),
        None if None in seconds else round(sum(s for s in seconds if s is not None), 1),
        None if None in spent else round(sum(s for s in spent if s is not None), 6),
    )


def outcome_words(outcome: Outcome) -> str:
    """Return both in a sentence, as the Jobs page and `ladder run` say it."""
    from ladder.jobs.job_view import duration

    text = f"Plan {outcome.plan} ({outcome.title})"
    if outcome.seconds is not None:
        band = outcome.seconds
        low, high = duration(band.p10), duration(band.p90)
        text += f": predicted {duration(band.p50)} ({low} to {high}), {_dollars(outcome.money)}"
    if outcome.actual_seconds is not None:
        text += f"; took {duration(outcome.actual_seconds)}, {_money(outcome.actual_money)}"
    return f"{text}."


def machine_money(task: Task, seconds: float) -> float:
    """Return the $ of this machine's time: by the task's price per hour, or nothing without."""
    return (task.price.hourly or 0.0) * seconds / 3600


def _seconds(job: Job) -> float | None:
    if job.finished is None:
        return None
    return job.finished - job.started if job.started is not None else 0.0


def _spent(job: Job) -> float | None:
    """Return the $ of a job: the machine's time, and tokens where a server was asked."""
    from ladder.project.workspace import Project

    seconds = _seconds(job)
    if seconds is None:
        return None
    try:
        task = Project(job.project).task(job.spec.get("task")).task
    except LadderError:
        return None
    tokens = [_tokens(score, task) for score in job.result.get("scores", [job.result])]
    if None in tokens:
        return None
    return machine_money(task, seconds) + sum(t for t in tokens if t is not None)


def _tokens(score: dict[str, Any], task: Task) -> float | None:
    """Return the $ of the tokens that a score asked a server for; None without a price."""
    if not str(score.get("model") or "").startswith("server:"):
        return 0.0
    per_thousand = score.get("cost_per_1k")
    if not task.price.token_model or per_thousand is None:
        return None
    return float(per_thousand) * float(score["n"]) / 1000


def _dollars(band: Band | None) -> str:
    if band is None:
        return "no price set"
    if band.p90 == 0:
        return "$0"
    return f"{_money(band.p50)} ({_money(band.p10)} to {_money(band.p90)})"


def _money(value: float | None) -> str:
    if value is None:
        return "no price set"
    return f"${value:.2g}" if 0 < value < 1 else f"${value:,.2f}".removesuffix(".00")
