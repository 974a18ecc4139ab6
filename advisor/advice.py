"""What an advice is: the recommendation, its reasons, and all methods ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.answers import Answers
from advisor.flowchart import Step
from advisor.methods import MEASURE_FIRST, METHODS
from advisor.rules import Certainty, Rule, source_words
from ladder.costs import FirstPrice

__all__ = ["Advice", "RankedMethod", "Reason", "State", "title_of"]

State = Literal["recommended", "runner-up", "possible", "ruled out"]


@dataclass(frozen=True)
class Reason:
    """One sentence with its source."""

    text: str
    source: str
    certainty: Certainty
    link: str = ""

    @property
    def printed_source(self) -> str:
        """Return the source as a page prints it."""
        return source_words(self.source, self.certainty)


@dataclass(frozen=True)
class RankedMethod:
    """One of the sixteen methods in this situation."""

    method: str
    state: State
    score: int
    rules: tuple[Rule, ...]
    """The rules that spoke for or against it; `rule.effects[method]` says how much."""
    ruled_out_by: tuple[Rule, ...]
    price: FirstPrice

    @property
    def why_not(self) -> str:
        """Return what rules it out in one sentence; empty if nothing does."""
        if not self.ruled_out_by:
            return ""
        rule = self.ruled_out_by[0]
        return f"{rule.sentence.rstrip('.')} ({source_words(rule.source, rule.certainty)})."


@dataclass(frozen=True)
class Advice:
    """What to do, why, and what else there is."""

    answers: Answers
    recommended: str
    """A method's id, or `measure-first`."""
    accepted: tuple[str, ...]
    """The methods not ruled out and within one point of the best; none where everything is ruled
    out; only `measure-first` where nothing has been measured."""
    path: tuple[Step, ...]
    chart_note: str
    """Why the scores end elsewhere than the flowchart; empty where both agree."""
    reasons: tuple[Reason, ...]
    """The three that decided most."""
    ranked: tuple[RankedMethod, ...]
    """All sixteen, by score and then price; those ruled out last."""
    runner_up: str | None
    """What comes next; under `measure-first`, what it would be with a prompt below target."""
    token_model: str = ""
    """The model whose token prices counted; empty for a band over hosts."""

    @property
    def sentence(self) -> str:
        """Return the recommendation in one sentence."""
        if self.recommended == MEASURE_FIRST:
            then = f" If it misses the target, {title_of(self.runner_up or '')} comes next."
            return f"Measure a prompt on your own examples first.{then}"
        method = METHODS[self.recommended]
        after = f"; {title_of(self.runner_up)} is the runner-up" if self.runner_up else ""
        nearest = bool(self.row(self.recommended).ruled_out_by)
        before = "Nothing passes every rule; what comes nearest is: " if nearest else ""
        return f"{before}{method.title}: {method.meaning}{after}."

    def row(self, method: str) -> RankedMethod:
        """Return the row of a method."""
        return next(row for row in self.ranked if row.method == method)


def title_of(method: str) -> str:
    """Return what a person calls a method."""
    return "Measure first" if method == MEASURE_FIRST else METHODS[method].title
