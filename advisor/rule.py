"""What a rule is, and what the rules say about each method in a situation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from advisor.answers import Answers
from advisor.methods import METHODS

__all__ = ["Certainty", "Judgement", "Rule", "each", "judge", "source_words"]

Certainty = Literal["V", "V2", "E", "A", "D"]
"""V read in the source, V2 read in a source that cites it, E Epoch AI; A assumed, D derived."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One sentence about a situation, and what follows from it.

    A gate rules methods out (`rules_out`); a score speaks for or against them (`effects`, -2 to
    +2 each).
    """

    id: str
    sentence: str
    """Why, for people; begins with a capital and ends in a full stop."""
    source: str
    certainty: Certainty
    applies: Callable[[Answers], bool]
    rules_out: tuple[str, ...] = ()
    effects: Mapping[str, int] = field(default_factory=dict)
    only: Callable[[Answers, str], bool] | None = None
    """A further condition for each of the methods, where one condition does not fit them all."""
    link: str = ""
    """Address of the source; empty for our own reasoning."""

    @property
    def is_gate(self) -> bool:
        """Return whether it rules methods out."""
        return bool(self.rules_out)

    def concerns(self, answers: Answers, spared: Collection[str] = ()) -> list[str]:
        """Return the methods that the rule says something about in this situation."""
        if not self.applies(answers):
            return []
        methods = [m for m in self.rules_out or self.effects if m not in spared]
        if self.only is None:
            return methods
        return [method for method in methods if self.only(answers, method)]


@dataclass(frozen=True)
class Judgement:
    """What all rules say about one method."""

    score: int = 0
    rules: tuple[Rule, ...] = ()
    """The rules that spoke for or against it."""
    ruled_out_by: tuple[Rule, ...] = ()


def judge(answers: Answers, rules: Iterable[Rule], every_gate: bool = True) -> dict[str, Judgement]:
    """Return the judgement of every method, in the order of the ladder.

    Args:
        answers: the situation.
        rules: the gates first: they are tried in order.
        every_gate: False does not ask what else is against a method that is out already, which
            spares most of the prices.
    """
    scores = dict.fromkeys(METHODS, 0)
    spoke: dict[str, list[Rule]] = {method: [] for method in METHODS}
    against: dict[str, list[Rule]] = {method: [] for method in METHODS}
    out: set[str] = set()
    for rule in rules:
        spared = out if rule.is_gate and not every_gate else ()
        for method in rule.concerns(answers, spared):
            if rule.is_gate:
                against[method].append(rule)
                out.add(method)
            else:
                scores[method] += rule.effects[method]
                spoke[method].append(rule)
    return {
        method: Judgement(scores[method], tuple(spoke[method]), tuple(against[method]))
        for method in METHODS
    }


def each(methods: Iterable[str], effect: int) -> dict[str, int]:
    """Return the same effect for several methods."""
    return dict.fromkeys(methods, effect)


def source_words(source: str, certainty: Certainty) -> str:
    """Return the source as it is printed: our own assumptions and derivations named as such."""
    return {"A": "our assumption", "D": "derived by us"}.get(certainty, source)
