"""A task: what is asked of the model, how it is scored, and how good is good enough."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from ladder.answering import Message
from ladder.costs.basis import PriceBasis
from ladder.errors import InputError

__all__ = ["METRICS", "Evidence", "Example", "Kind", "Task", "fold_label"]

Kind = Literal["classification", "extraction", "qa", "generation"]

METRICS: dict[Kind, tuple[str, ...]] = {
    "classification": ("accuracy", "macro-f1"),
    "extraction": ("json-f1", "exact-match"),
    "qa": ("token-f1", "exact-match", "rouge-l"),
    "generation": ("rouge-l", "chrf", "exact-match"),
}
"""The metrics that fit each kind; the first is the default."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Task:
    """What one task is; stored as `tasks/NAME/task.yaml`."""

    name: str
    """Lower-case letters, digits, "-" and "_"."""
    kind: Kind
    """classification (a label), extraction (JSON), qa (a short answer), generation (free text)."""
    instruction: str = ""
    """What to do, in one or two sentences, as the model is told."""
    metric: str = ""
    """How an answer is scored; empty takes the kind's default."""
    target: float = 0.85
    """The score that is good enough, between 0 and 1."""
    input_name: str = "Text"
    """What the input is called in a plain prompt."""
    output_name: str = ""
    """What the output is called in a plain prompt; empty takes Intent or Answer by kind."""
    price: PriceBasis = field(default_factory=PriceBasis)
    """What the hardware or the tokens cost."""
    deploy_model: str = ""
    """The model that the team will deploy, as `provider:model`; reprices the same tokens."""

    def __post_init__(self) -> None:
        check_name(self.name, "task")
        if self.kind not in get_args(Kind):
            raise InputError(
                f'The kind of task is "{self.kind}"; choose one of {", ".join(get_args(Kind))}.'
            )
        if not self.metric:
            object.__setattr__(self, "metric", METRICS[self.kind][0])
        if self.metric not in METRICS[self.kind]:
            raise InputError(
                f'The metric "{self.metric}" does not fit {self.kind}; '
                f"choose one of {', '.join(METRICS[self.kind])}."
            )
        if not 0 < self.target <= 1:
            raise InputError(f"The target is {self.target}; give a score above 0, at most 1.")
        if not self.output_name:
            name = "Intent" if self.kind == "classification" else "Answer"
            object.__setattr__(self, "output_name", name)


@dataclass(frozen=True)
class Evidence:
    """Characters `start` to `end` of a document's extracted text."""

    doc: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """One example of a task; `output` None is not yet labelled."""

    id: str
    input: str
    output: str | None = None
    context: str = ""
    messages: tuple[Message, ...] = ()
    """What was said before `input`, a system message included; `input` is never among them."""
    evidence: tuple[Evidence, ...] = ()
    answerable: bool = True
    """False, with an empty output: the documents do not hold the answer."""

    @property
    def labelled(self) -> bool:
        """Return whether the right answer is known."""
        return self.output is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the example as it stands in `examples.jsonl`, defaults left out."""
        data = asdict(self)
        keep = {"id", "input", "output"}
        return {k: v for k, v in data.items() if k in keep or v not in ("", (), True)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Example:
        """Build an example from a line of `examples.jsonl`."""
        values = dict(data)
        values["messages"] = tuple(values.get("messages", ()))
        values["evidence"] = tuple(Evidence(**e) for e in values.get("evidence", ()))
        return cls(**values)


def fold_label(label: str) -> str:
    """Return a label with case and white space folded, as labels are compared."""
    return " ".join(label.casefold().split())


def check_name(name: str, what: str) -> str:
    """Return `name` if it can name a folder safely.

    Raises:
        InputError: it is empty, too long, or has characters other than a-z, 0-9, "-", "_".
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f'"{name}" cannot name a {what}; use lower-case letters, digits, "-" and "_", '
            "at most 64, starting with a letter or digit."
        )
    return name
