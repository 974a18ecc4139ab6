"""The training runs of a project, newest first, with what each came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ladder.files import read_json_lines
from ladder.models.places import can_answer
from training import measurements
from training.after import read_after
from training.checkpoints import METRICS
from training.search.records import settings_tried

if TYPE_CHECKING:
    from ladder.evaluation import Score
    from ladder.jobs.job import Job
    from ladder.project.workspace import Project

__all__ = ["Run", "score_of", "training_runs"]


@dataclass(frozen=True)
class Run:
    """A training run: its job, and whether its model can answer."""

    job: Job
    usable: bool
    """Whether it left what it trained; a run that was stopped may have."""

    @property
    def reference(self) -> str:
        """Return the name by which its model is asked."""
        return f"run:{self.job.id}"

    def to_json(self) -> dict[str, Any]:
        """Return the run as plain data, as `ladder runs --json` prints it."""
        job = self.job
        return {
            "id": job.id,
            "reference": self.reference if self.usable else None,
            "project": job.project.name,
            "task": job.spec.get("task"),
            "method": job.spec.get("method"),
            "model": (job.spec.get("recipe") or {}).get("model"),
            "state": job.state,
            "error": job.error,
            "created": job.created,
            "progress": asdict(job.progress),
            "now": (read_json_lines(job.folder / METRICS) or [None])[-1],
            "trials": [each.to_json() for each in settings_tried(job.folder)],
            "measurements": [each.to_json() for each in measurements.read(job.folder)],
            "result": job.result,
            "after": read_after(job.folder) or None,
            "folder": str(job.folder),
        }


def training_runs(project: Project | None = None, task: str | None = None) -> list[Run]:
    """Return the training runs of the workspace, a project, or one of its tasks."""
    from ladder.jobs import jobs

    return [
        Run(job, job.over and can_answer(job.folder))
        for job in jobs(project)
        if job.kind == "train" and task in (None, job.spec.get("task"))
    ]


def score_of(run: Run, scores: list[Score]) -> Score | None:
    """Return the newest score of a run's model, as it was trained to be asked."""
    found = [
        score
        for score in scores
        if score.model == run.reference and score.method == run.job.spec.get("method")
    ]
    return found[-1] if found else None
