"""A Plan: what an advice asks to be done, what that will take, and the answers behind it.

It is a Setup or a recipe with an estimate, kept as `plans/ID.yaml` in the project. A run is a
plan carried out: the job's settings carry the plan's id (`plan`), so that what was predicted can
stand beside what it took (`ladder.plan_outcome`). Pages are opened with `?plan=ID`.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ladder.answering import Setup
from ladder.costs.basis import Band
from ladder.errors import InputError, ProjectError
from ladder.files import locked, write_text

if TYPE_CHECKING:
    from ladder.project.workspace import Project

__all__ = ["Plan", "Step", "find_plan", "plans", "save_plan"]


@dataclass(frozen=True)
class Step:
    """One job of a plan, and what it is expected to take."""

    kind: str
    """What kind of job: "evaluate", "measure", "index", "train"."""
    seconds: Band
    money: Band | None
    """$; None where no price is known."""


@dataclass(frozen=True)
class Plan:
    """What was advised, ready to be carried out."""

    method: str
    """Runnable name of the method, or "measure-first"."""
    task: str
    title: str
    """What it does, in a few words: "few-shot with 8 examples"."""
    steps: tuple[Step, ...]
    """Its jobs, in order."""
    setup: dict[str, Any] | None = None
    """The Setup that is to answer; none where several methods are measured, or one is trained."""
    recipe: dict[str, Any] | None = None
    """The settings of a training; none where nothing is trained."""
    methods: tuple[str, ...] = ()
    """The methods of a `measure` job; empty for all that make sense."""
    assumptions: tuple[str, ...] = ()
    """What the estimate rests on, in sentences."""
    answers: dict[str, str] = field(default_factory=dict)
    """The answers to the advisor's questions that were given, as they stand in an address."""
    rules: tuple[dict[str, str], ...] = ()
    """The reasons of the advice: `text`, `source`, `certainty`."""
    created: str = ""
    """When it was made, ISO 8601 in UTC."""
    id: str = ""
    """Names it within its project; empty until it is saved."""

    @property
    def seconds(self) -> Band:
        """Return what all its jobs take together."""
        return sum((step.seconds for step in self.steps), Band(0, 0, 0))

    @property
    def money(self) -> Band | None:
        """Return the $ of all its jobs; None where a price is not known."""
        if any(step.money is None for step in self.steps):
            return None
        return sum((step.money for step in self.steps if step.money), Band(0, 0, 0))

    def step(self, kind: str) -> Step | None:
        """Return the step of a kind of job; None if the plan has none."""
        return next((step for step in self.steps if step.kind == kind), None)

    def spec(self, kind: str, trained: str = "") -> dict[str, Any]:
        """Return what one of its jobs is asked to do.

        Args:
            kind: the kind of job, as in `steps`.
            trained: the run whose model is to answer, after a `train` job.
        """
        spec: dict[str, Any] = {"task": self.task, "plan": self.id}
        if kind == "train":
            return spec | {"method": self.method, "recipe": self.recipe}
        if kind == "index":
            setup = self.setup or {}
            retrieval = setup.get("retrieval", {})
            cut = {name: retrieval.get(name) for name in ("chunk_tokens", "overlap_tokens")}
            return spec | {"embedder": setup.get("embedder")} | cut
        spec["split"] = "validation"
        if kind == "measure":
            return spec | ({"methods": list(self.methods)} if self.methods else {})
        setup = dict(self.setup or {})
        return spec | {
            "method": self.method,
            "setup": setup | ({"model": f"run:{trained}"} if trained else {}),
        }

    def is_of(self, setup: Setup) -> bool:
        """Return whether a Setup is the one planned, so that its run belongs to the plan."""
        return self.setup is not None and Setup.from_dict(self.setup) == setup

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data, as it stands in its file."""
        data = asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in data.items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        """Build a plan from plain data.

        Raises:
            InputError: it is not what `to_dict` gives.
        """
        known = {each.name for each in fields(cls)}
        try:
            values = {name: value for name, value in data.items() if name in known}
            values["steps"] = tuple(
                Step(
                    step["kind"],
                    Band(**step["seconds"]),
                    None if step["money"] is None else Band(**step["money"]),
                )
                for step in data["steps"]
            )
            for name in ("methods", "assumptions", "rules"):
                values[name] = tuple(data.get(name, ()))
            if values.get("setup") is not None:
                Setup.from_dict(values["setup"])
            return cls(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"This is no plan ({error!r}); make a new one on Decide.") from error


def save_plan(project: Project, plan: Plan) -> Plan:
    """Store a plan under a new id and return it with that id.

    Raises:
        StorageError: the project cannot be written.
    """
    import yaml

    folder = project.path / "plans"
    with locked(folder):
        id = _free_id(folder, plan.method)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        named = Plan(**{**vars(plan), "id": id, "created": created})
        text = yaml.safe_dump(named.to_dict(), sort_keys=False, allow_unicode=True)
        write_text(folder / f"{id}.yaml", text)
    return named


def plans(project: Project) -> list[str]:
    """Return the ids of a project's plans, newest first."""
    found = list((project.path / "plans").glob("*.yaml"))
    found.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return [path.stem for path in found if not path.name.startswith(".")]


def find_plan(project: Project, id: str) -> Plan:
    """Return a plan of a project.

    Raises:
        ProjectError: there is none of this id (the message lists those there are), or its file
            is broken.
    """
    import yaml

    known = plans(project)
    if id not in known:
        there = f"there is {', '.join(known[:5])}" if known else "there is none yet"
        raise ProjectError(
            f'The project "{project.name}" has no plan "{id}"; {there}. Make one on the page '
            f"Decide, or with: ladder advise {project.name} --plan"
        )
    path = project.path / "plans" / f"{id}.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("id") != id:
            raise InputError(f"It holds no plan named {id}.")
        return Plan.from_dict(data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, InputError) as error:
        raise ProjectError(f"{path} cannot be used: {error}") from error


def _free_id(folder: Any, method: str) -> str:
    """Return an id that no plan has; it begins with the method, so that a person knows it."""
    while True:
        id = f"{method}-{secrets.token_hex(4)}"
        if not (folder / f"{id}.yaml").exists():
            return id
