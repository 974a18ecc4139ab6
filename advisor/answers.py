"""What a team says about its situation: one frozen dataclass, its YAML file and its address.

Field docstrings are the help texts of the wizard. A value that was not given takes its default.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from advisor.answer_values import (
    BELOW_TARGET,
    BelowTarget,
    Change,
    Missing,
    Popularity,
    PromptMethod,
    TaskKind,
    check,
    in_order,
    machine_of,
    plain,
    read,
    words_of,
    write,
)
from ladder.costs import Machine
from ladder.errors import InputError

__all__ = [
    "BELOW_TARGET",
    "STARRED",
    "Answers",
    "Change",
    "Missing",
    "Popularity",
    "PromptMethod",
    "TaskKind",
    "choices",
    "help_text",
]


STARRED: tuple[str, ...] = (
    "missing", "baseline", "baseline_by", "target", "wrong_answer_cost", "knowledge_tokens",
    "knowledge_change", "citations", "row_level_access", "labelled", "labelled_possible",
    "unlabelled_tokens", "queries_per_day", "latency_p95_s", "data_may_leave", "gpus",
    "budget_one_off", "budget_monthly",
)  # fmt: skip
"""The answers that decide most, asked first; the others have defaults that can stay."""


@dataclass(frozen=True)
class Answers:
    """The situation of a team, as far as it was told or measured."""

    missing: tuple[Missing, ...] = ()
    """What is missing today: facts, style or format, a skill, a language, or lower cost."""
    baseline: float | BelowTarget | None = BELOW_TARGET
    """Quality of a good prompt, 0 to 1; "below-target" where only that is known; none where
    nothing has been measured."""
    baseline_by: PromptMethod = "prompt"
    """Which prompt the quality is of: an instruction alone ("prompt"), or one that shows labelled
    examples ("icl")."""
    target: float = 0.85
    """The quality that is good enough, 0 to 1."""
    larger_model_score: float | None = None
    """Quality of a larger or other model with the same prompt, 0 to 1, if tried."""
    no_llm_score: float | None = None
    """Quality without a language model (similar examples or a linear classifier), if measured."""
    knowledge_tokens: int = 0
    """Tokens of the documents that hold the answers (a page has about 500)."""
    knowledge_change: Change = "yearly"
    """How often the documents change."""
    citations: bool = False
    """Whether an answer must say which document it stands on."""
    row_level_access: bool = False
    """Whether people may see different documents, or documents must be forgotten on request."""
    multi_hop: bool = False
    """Whether an answer needs several new facts put together."""
    keep_general: bool = False
    """Whether the model must stay good at other work too."""
    data_may_leave: bool = True
    """Whether texts may be sent to a model that someone else hosts."""
    language_covered: bool = True
    """Whether the model already reads and writes the language."""
    usable_base: bool = True
    """Whether any existing model of your language, kind and licence may be trained further."""
    open_weights: bool = True
    """Whether the model's weights are yours to change."""
    reward_checkable: bool = False
    """Whether a program can tell a right answer from a wrong one."""
    labelled: int = 0
    """Labelled examples that are there now."""
    labelled_possible: int | None = None
    """Labelled examples that could be had in all; left out, those that are there."""
    labelled_tokens: int | None = None
    """Tokens of the labelled examples; left out, 300 each."""
    labels: int | None = None
    """Number of classes, where the task is classification."""
    rarest_label: int | None = None
    """Labelled examples of the rarest class; left out, not counted."""
    unlabelled_tokens: int = 0
    """Tokens of raw text of the domain or language."""
    facts_to_change: int = 0
    """Single facts that the model should answer differently."""
    preferences: int = 0
    """Pairs of answers of which people said which is better."""
    popularity: Popularity = "head"
    """Whether questions are about well-known things (head) or rare ones (tail)."""
    queries_per_day: int = 1000
    """Questions a day."""
    queries_in_a_year: int | None = None
    """Questions a day in twelve months; left out, as many as now. Prices and rules take the mean
    over the horizon."""
    tokens_in: int = 500
    """Tokens of a question with its instruction."""
    tokens_out: int = 150
    """Tokens of an answer."""
    latency_p95_s: float = 5
    """Seconds within which 95 of 100 answers must be there."""
    context_window: int = 32_000
    """Tokens that the candidate model can read at once."""
    gpus: str = "none"
    """GPUs on hand: none, or a number and a name such as 1xT4 or 8xA100-80."""
    gpu_hours_week: float = 168
    """Hours a week for which those GPUs are free; 168 is always. Below that they cannot answer
    questions at every hour, and training takes longer."""
    base_params: float = 8e9
    """Parameters of the candidate model."""
    budget_one_off: float | None = None
    """$ that may be spent once; left out, no limit."""
    budget_monthly: float | None = None
    """$ that may be spent each month; left out, no limit."""
    deadline_days: int | None = None
    """Days until it must work; left out, none."""
    task_kind: TaskKind = "generation"
    """What kind of work it is."""
    wrong_answer_cost: float | None = None
    """$ that one wrong answer costs; left out, not counted."""
    label_minutes: float = 2
    """Minutes that a person needs for one label."""
    label_hourly: float = 30
    """$ for an hour of the people who label."""
    drafted_share: float = 0
    """Share of the labels that a language model drafts and a person only checks, 0 to 1; a drafted
    one is taken for half the work."""
    cacheable_share: float = 0
    """Share of the prompt that is the same in every question, 0 to 1: a cache makes it cheaper."""
    peak_factor: float = 5
    """How many times the mean traffic the busiest hour has."""
    fertility: float = 1
    """Tokens a word in your texts against English, for the model: 2 means twice as many."""
    embedder_fertility: float = 1
    """The same for the embedder, which finds passages and similar examples."""
    training_engineer: bool = True
    """Whether somebody in the team has trained models."""
    search_engineer: bool = True
    """Whether somebody in the team has built search."""
    horizon_months: int = 12
    """Months over which costs are added up."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing", in_order(self.missing))
        for name, hint in _hints().items():
            value: Any = getattr(self, name)
            kind: Any = type(value)
            try:
                _checked(name, kind, value)
            except TypeError:  # a value that cannot be kept, such as a list
                check(name, hint, value)

    @property
    def labels_at_hand(self) -> int:
        """Return the labelled examples that are there or could be made."""
        return max(self.labelled, self.labelled_possible or 0)

    @property
    def training_tokens(self) -> int:
        """Return the tokens of the labelled examples."""
        return self.labelled * 300 if self.labelled_tokens is None else self.labelled_tokens

    @property
    def knowledge(self) -> int:
        """Return the tokens of documents and single facts (50 a fact: our assumption)."""
        return max(self.knowledge_tokens, 50 * self.facts_to_change)

    @property
    def traffic(self) -> float:
        """Return the mean questions a day over the horizon: even growth for a year, then none."""
        if self.queries_in_a_year is None:
            return self.queries_per_day
        growing = min(12, self.horizon_months)
        grown = growing / 12 * (growing / 2 + self.horizon_months - growing) / self.horizon_months
        return self.queries_per_day + (self.queries_in_a_year - self.queries_per_day) * grown

    @property
    def machine(self) -> Machine | None:
        """Return the GPUs on hand; None for none."""
        return machine_of(self.gpus)

    @property
    def measured(self) -> bool:
        """Return whether the quality of a prompt is known at all."""
        return self.baseline is not None

    @property
    def prompt_is_enough(self) -> bool:
        """Return whether a prompt was measured and meets the target."""
        return not isinstance(self.baseline, str | None) and self.baseline >= self.target

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Answers:
        """Build from plain data; what is left out takes its default.

        Raises:
            InputError: a key is unknown (the nearest known one is named) or a value is wrong.
        """
        known = [field.name for field in fields(cls)]
        for key in data:
            if key not in known:
                raise InputError(_unknown(str(key), known))
        values = dict(data)
        if isinstance(values.get("missing"), list):
            values["missing"] = tuple(values["missing"])
        hints = _hints()
        return cls(**{name: plain(name, hints[name], value) for name, value in values.items()})

    @classmethod
    def from_yaml(cls, path: Path) -> Answers:
        """Build from a YAML file with the field names as keys.

        Raises:
            InputError: the file cannot be read as such, a key is unknown or a value is wrong.
        """
        from ladder.given import read_yaml

        return cls.from_dict(read_yaml(path))

    def to_query(self) -> dict[str, str]:
        """Return the answers as they stand in the address; defaults are left out."""
        default = Answers()
        return {
            field.name: write(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != getattr(default, field.name)
        }

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Answers:
        """Build from an address; what is unknown or cannot be is ignored, never an error."""
        values = {}
        for field in fields(cls):
            if field.name not in query:
                continue
            try:
                value = read(field.name, _hints()[field.name], query[field.name])
                check(field.name, _hints()[field.name], value)
            except (InputError, ValueError, TypeError):
                continue
            values[field.name] = value
        return cls(**values)


@cache
def help_text(name: str) -> str:
    """Return the docstring under a field: what the wizard shows behind the question mark."""
    body = ast.parse(inspect.getsource(Answers)).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, doc in zip(body.body, body.body[1:], strict=False):
        named = isinstance(field, ast.AnnAssign) and ast.unparse(field.target) == name
        if named and isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant):
            return " ".join(str(doc.value.value).split())
    raise KeyError(name)


def choices(name: str) -> tuple[str, ...]:
    """Return the words that a field can take; empty for numbers and yes or no."""
    return words_of(name, _hints()[name])


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Answers)


@lru_cache(maxsize=4096)
def _checked(name: str, kind: type, value: Any) -> None:
    """Check a value once: what would change an advice is found by asking for hundreds of them.

    The type is part of what is remembered, since True equals 1.
    """
    check(name, _hints()[name], value)


def _unknown(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1, 0.4)
    hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(known)}."
    return f'There is no answer named "{key}"; {hint}'
