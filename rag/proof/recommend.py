"""What a sweep recommends: better at no higher cost, or as good for less, or to change nothing.

Candidates are chosen on one half of the questions. Only what a paired test confirms on the other
half is recommended; with two candidates, p is corrected for two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ladder.evaluation.paired import Verdict, compare_values, corrected
from ladder.evaluation.search import Trial

__all__ = ["MARGIN", "Recommendation", "recommended"]

MARGIN = 0.02
"""Points of nDCG that "as good" may lose: the lower end of the interval must be above it."""
_SAVED = 0.2
"""Share of the tokens that must be saved before "as good for less" is worth a change."""
_SLACK = 1.05
"""A setting costs no more if it has at most so many times the tokens, .."""
_SLOWER = 2.0
""".. and at most so many times the milliseconds, or `_UNFELT` more."""
_UNFELT = 20.0
NAME_NOW = "what is used now"


@dataclass(frozen=True)
class Recommendation:
    """What to do, and why."""

    kind: Literal["better", "cheaper", "keep"]
    settings: dict[str, Any] | None
    """The fields to change, named with dots; None to change nothing."""
    name: str
    sentence: str
    verdicts: tuple[Verdict, ...] = ()
    """The paired tests, on questions that no setting was chosen by."""
    dearer: str = ""
    """What a higher price would buy, in a sentence; empty where it buys nothing that is sure."""

    def to_json(self) -> dict[str, Any]:
        """Return the recommendation as plain data."""
        return asdict(self) | {"verdicts": [verdict.to_json() for verdict in self.verdicts]}


def recommended(
    base: Trial,
    ranked: Sequence[Trial],
    other_half: Mapping[str, Trial],
    names: Mapping[str, str],
) -> Recommendation:
    """Return what to do.

    Args:
        base: what is used now, on the questions that settings are chosen by.
        ranked: all settings on these questions, the best first.
        other_half: the same settings by key, on the questions to confirm on.
        names: what they are called, by key.
    """
    able = [trial for trial in ranked if trial.key != base.key]
    better = next((t for t in able if t.value > base.value and _no_dearer(t, base)), None)
    cheaper = _cheapest(able, base)
    dearer = next((t for t in able if t.value > base.value and not _no_dearer(t, base)), None)
    candidates = [trial for trial in (better, cheaper, dearer) if trial is not None]
    tests = dict(
        zip((t.key for t in candidates), _tested(candidates, base, other_half, names), strict=True)
    )
    verdicts = tuple(tests.values())
    bought = ""
    if dearer is not None and tests[dearer.key].better == "b":
        bought = _bought(names[dearer.key], dearer, base, tests[dearer.key])
    if better is not None and tests[better.key].better == "b":
        sentence = f"Change to {names[better.key]}: {tests[better.key].sentence}"
        return Recommendation(
            "better", better.settings, names[better.key], f"{sentence} {_costs(better, base)}",
            verdicts, bought,
        )  # fmt: skip
    if cheaper is not None and tests[cheaper.key].low > -MARGIN:
        verdict = tests[cheaper.key]
        sentence = (
            f"Change to {names[cheaper.key]}: as good as {NAME_NOW} within {MARGIN * 100:.0f} "
            f"points (difference {verdict.difference:+.3f}, {verdict.low:.3f} to "
            f"{verdict.high:.3f}, {verdict.n} questions), for less. {_costs(cheaper, base)}"
        )
        return Recommendation(
            "cheaper", cheaper.settings, names[cheaper.key], sentence, verdicts, bought
        )
    sentence = "Nothing that was tried helps on your documents at the same cost: keep what you use."
    if better is not None:
        sentence += f" The best at that cost was {names[better.key]}. {verdicts[0].sentence}"
    return Recommendation("keep", None, names[base.key], sentence, verdicts, bought)


def _tested(
    candidates: Sequence[Trial],
    base: Trial,
    other_half: Mapping[str, Trial],
    names: Mapping[str, str],
) -> list[Verdict]:
    now = other_half[base.key].values
    return corrected(
        [
            compare_values(
                now, other_half[trial.key].values, a=NAME_NOW, b=names[trial.key],
                noun="questions",
            )
            for trial in candidates
        ]
    )  # fmt: skip


def _no_dearer(trial: Trial, base: Trial) -> bool:
    tokens, now = trial.figures["tokens"], base.figures["tokens"]
    took, usual = trial.figures["milliseconds"], base.figures["milliseconds"]
    return tokens <= now * _SLACK and took <= max(usual * _SLOWER, usual + _UNFELT)


def _cheapest(able: Sequence[Trial], base: Trial) -> Trial | None:
    """Return the setting of the fewest tokens among those that lose nothing on this half."""
    fewer = [
        trial
        for trial in able
        if trial.value >= base.value
        and _no_dearer(trial, base)
        and trial.figures["tokens"] <= base.figures["tokens"] * (1 - _SAVED)
    ]
    return min(fewer, key=lambda trial: trial.figures["tokens"], default=None)


def _costs(trial: Trial, base: Trial) -> str:
    return (
        f"The model reads {trial.figures['tokens']:.0f} tokens of passages a question instead of "
        f"{base.figures['tokens']:.0f}; finding them takes {trial.figures['milliseconds']:.0f} ms "
        f"instead of {base.figures['milliseconds']:.0f}."
    )


def _bought(name: str, trial: Trial, base: Trial, verdict: Verdict) -> str:
    return (
        f"At a higher cost {name} is better: {verdict.value_b:.2f} against "
        f"{verdict.value_a:.2f}. {_costs(trial, base)}"
    )
