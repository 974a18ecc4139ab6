"""The shape of the few-shot leaderboard: what each prompt was worth, the curve, the verdict.

It is kept in the task's folder as `few_shot.json`, and read by the page, the command and the
advisor. Nothing here measures anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ladder.costs.basis import Band
from ladder.errors import ProjectError
from ladder.files import content_hash, read_json, write_json
from ladder.printing import duration

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "Board",
    "CurvePoint",
    "Group",
    "Line",
    "Price",
    "State",
    "Verdict",
    "VerdictKind",
    "board_file",
    "keep_board",
    "kept_board",
    "out_of_date",
    "state_of",
]

Group = Literal["no-llm", "zero-shot", "selection", "count", "calibration"]
"""What a line was measured for: to be beaten, to begin with, or as one step of the sweep."""
State = Literal["measured", "dropped", "failed", "not tried"]
VerdictKind = Literal["enough", "rag", "fine-tune", "no-llm", "cannot-tell"]

FILE = "few_shot.json"


@dataclass(frozen=True)
class Line:
    """One setting of the leaderboard.

    Values stand beside each other where `n` is the same: a dropped setting was measured on fewer.
    """

    name: str
    """What it is, in words: "8 nearest, nearest last"."""
    group: Group
    settings: dict[str, Any]
    """The whole Setup as plain data: what "Use this setting" keeps. Of several seeds, the first."""
    state: State = "measured"
    why: str = ""
    """Why it was dropped, failed or was not tried, in a sentence; empty if it was measured."""
    value: float | None = None
    """The task's metric, 0 to 1; None where nothing was measured."""
    low: float | None = None
    high: float | None = None
    """Its 95 % interval; of several seeds the mean of their intervals, which is that of one."""
    n: int = 0
    """How many items it was measured on."""
    prompt_tokens: float = 0.0
    """Mean tokens of a prompt, the cached ones included."""
    cached_tokens: float = 0.0
    """Mean tokens of a prompt that were not computed again."""
    milliseconds: float | None = None
    """Mean time of a single request; None where none was made."""
    cost_per_1k: float | None = None
    """$ per 1,000 queries by the task's price basis; None without one."""
    invalid: float = 0.0
    """Share of the answers that have not the form asked for, such as none of the labels."""
    seeds: tuple[tuple[int, float], ...] = ()
    """Seed and value of each draw, where `value` is their mean; empty otherwise."""
    best: bool = False
    """Whether it is the best prompt by value, of those measured on every item."""
    tied: bool = False
    """Whether the paired test cannot tell it from the best (p corrected by Holm)."""
    against_best: str = ""
    """The paired test against the best, in a sentence; empty where there was none."""


@dataclass(frozen=True)
class CurvePoint:
    """The score with so many examples, selected as in the best selection."""

    count: int
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Verdict:
    """What the leaderboard says about the next step."""

    kind: VerdictKind
    sentence: str
    """The whole verdict, with scores, intervals and n."""
    reasons: tuple[str, ...] = ()
    """The figures behind it, a sentence each."""


@dataclass(frozen=True)
class Price:
    """What a sweep was said to take before it started."""

    settings: int
    """How many settings it tries at most."""
    items: int
    """On how many examples a setting is measured in the end."""
    asks: int
    """About how many prompts are put to a model; what was answered before is not counted."""
    seconds: Band
    dollars: Band | None
    """By the task's price basis; None without one."""
    source: str
    """What the estimate rests on, in a sentence."""

    @property
    def sentence(self) -> str:
        """Return the price in words."""
        if not self.asks:
            return f"All {self.settings} settings on {self.items} examples were answered before."
        low, mid, high = (
            duration(s) for s in (self.seconds.p10, self.seconds.p50, self.seconds.p90)
        )
        money = "no price is set"
        if self.dollars is not None:
            money = f"${self.dollars.p50:.2g} (${self.dollars.p10:.2g} to ${self.dollars.p90:.2g})"
        return (
            f"At most {self.settings} settings on {self.items} examples, about {self.asks:,} "
            f"prompts: about {mid} ({low} to {high}), {money}. An estimate, by {self.source}."
        )


@dataclass(frozen=True)
class Board:
    """A leaderboard as it is kept."""

    task: str
    model: str
    """Reference of the model that the prompts were put to."""
    metric: str
    target: float
    split: str
    scheme: str
    """How the scored items were kept from the examples shown: "held-out" or "leave-one-out"."""
    seed: int
    limit: int | None
    """How many items a sample has; None where all of the split were scored."""
    n: int
    """How many items a setting that was measured whole has."""
    lines: tuple[Line, ...]
    """In the order of `Group`; within one, those that answered everything first, best first."""
    left_out: tuple[tuple[str, str], ...]
    """Settings that make no sense for this task, with the reason; they have no line."""
    curve: tuple[CurvePoint, ...]
    """By count, 0 first; only points that were measured on all `n` items."""
    best: dict[str, Any] | None
    """The best Setup as plain data; None where no prompt was measured on every item."""
    choice: str
    """The best setting in a sentence, and the cheapest that cannot be told apart from it."""
    cheapest: str
    """Name of that cheapest setting; the best's own where it is itself the cheapest."""
    verdict: Verdict
    plan: Price
    took: float
    """Seconds that the last run took; what was answered before took none."""
    created: str
    """When it ended, ISO 8601 in UTC."""
    made_of: str
    """Names the examples and the task that it was measured on; see `out_of_date`."""
    asked_as: str = ""
    """Names the instruction, format, model and way of answering that all prompts share; empty in
    a board of a version that did not keep it."""
    stopped: str = ""
    """Why it ended before it was through, in a sentence; empty if it did not."""

    def to_json(self) -> dict[str, Any]:
        """Return the board as plain data, as `ladder icl --json` prints it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Board:
        """Return the board that `to_json` gave.

        Raises:
            ProjectError: it is none.
        """
        try:
            plan = dict(data["plan"])
            dollars = plan["dollars"]
            plan["seconds"] = Band(**plan["seconds"])
            plan["dollars"] = Band(**dollars) if dollars else None
            verdict = dict(data["verdict"])
            read = {
                "lines": tuple(_line(each) for each in data["lines"]),
                "left_out": tuple((name, reason) for name, reason in data["left_out"]),
                "curve": tuple(CurvePoint(**each) for each in data["curve"]),
                "verdict": Verdict(**verdict | {"reasons": tuple(verdict["reasons"])}),
                "plan": Price(**plan),
            }
            return cls(**{**data, **read})
        except (KeyError, TypeError, ValueError) as error:
            raise ProjectError(
                f"The kept leaderboard cannot be read ({error}); make it again."
            ) from error


def board_file(folder: TaskFolder) -> Path:
    """Return where the leaderboard of a task is kept."""
    return folder.path / FILE


def keep_board(folder: TaskFolder, board: Board) -> None:
    """Keep a leaderboard in place of the one before."""
    write_json(board_file(folder), board.to_json())


def kept_board(folder: TaskFolder) -> Board | None:
    """Return the leaderboard that was made last; None where there is none that can be read."""
    try:
        return Board.from_json(read_json(board_file(folder)))
    except (OSError, ValueError, ProjectError):
        return None


def out_of_date(board: Board, folder: TaskFolder) -> bool:
    """Return whether the examples or the task changed since the board was made."""
    return board.made_of != state_of(folder)


def state_of(folder: TaskFolder) -> str:
    """Return what names the labelled examples, their split, and what the task asks for."""
    task = asdict(folder.task)
    test = set(folder.split().test)
    used = [each.to_dict() for each in folder.examples() if each.labelled and each.id not in test]
    return content_hash([task, used, sorted(folder.split().validation)])


def _line(data: Mapping[str, Any]) -> Line:
    seeds = tuple((int(seed), float(value)) for seed, value in data["seeds"])
    return Line(**{**data, "seeds": seeds})
