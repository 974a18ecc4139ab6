"""What a search found, in words and numbers: is any setting better, which fields mattered?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.evaluation.importance import importance
from ladder.evaluation.paired import Verdict, compare_values, corrected
from ladder.evaluation.trials import Found, Trial
from ladder.printing import duration
from training.search.records import Setting, settings_tried

if TYPE_CHECKING:
    from training.search.asked import Asked
    from training.search.forecast import Expected

__all__ = ["BASE", "chosen_lines", "report"]

BASE = "the recipe as it was"


def report(found: Found, run: Path, asked: Asked, plan: Expected, metric: str) -> dict[str, Any]:
    """Return what a search found as plain data; the settings tried are in it."""
    tried = settings_tried(run)
    through = [each for each in tried if each.value is not None]
    best, base = through[0], next(each for each in through if each.base)
    verdict = _verdict(found.base, found.trials)
    seconds, money = sum(e.seconds for e in tried), sum(e.money for e in tried)
    told: dict[str, Any] = {
        "fields": list(asked.values),
        "values": {name: list(values) for name, values in asked.values.items()},
        "why": dict(asked.why),
        "budget": {"minutes": asked.minutes, "money": asked.money, "points": asked.points},
        "order": plan.order,
        "settings": plan.settings,
        "tried": len(through),
        "failed": len(tried) - len(through),
        "untried": found.untried,
        "stopped": found.stopped,
        "seconds": round(seconds, 1),
        "minutes": round(seconds / 60, 2),
        "money": money or None,
        "expected": {"p10": plan.seconds.p10, "p50": plan.seconds.p50, "p90": plan.seconds.p90},
        "items": best.n,
        "compared_by": "accuracy" if metric == "macro-f1" else metric,
        "base": base.to_json(),
        "best": best.to_json(),
        "verdict": None if verdict is None else verdict.to_json(),
        "importance": importance(found.trials, list(asked.values)).to_json(),
        "trials": [each.to_json() for each in tried],
    }
    told["sentence"] = _sentence(base, best, verdict, told["compared_by"])
    told["warning"] = _warning(best, len(through))
    told["effort"] = _effort(told, len(through))
    return told


def chosen_lines(told: dict[str, Any]) -> list[str]:
    """Return how the settings of a run were chosen, for its card."""
    words = [
        *(told[name] for name in ("effort", "sentence", "warning")),
        told["importance"]["words"],
    ]
    return [f"- {each}" for each in words]


def _verdict(base: Trial, trials: tuple[Trial, ...]) -> Verdict | None:
    """Return the paired test of the best setting and the base; None where these are one.

    Every setting is one more chance to be ahead by luck, so p is corrected for all of them.
    """
    others = [trial for trial in trials if trial.key != base.key]
    if trials[0].key == base.key or not others:
        return None
    all_of_them = [compare_values(base.values, t.values, a=BASE, b=t.name) for t in others]
    return corrected(all_of_them)[0]


def _sentence(base: Setting, best: Setting, verdict: Verdict | None, metric: str) -> str:
    """Return what was found and what to do."""
    if verdict is None:
        return (
            f"No setting scored higher than {BASE}: {_score(base)}. Keep the defaults; this run "
            "has their weights."
        )
    how = "" if metric == base.metric else f" (compared by {metric}, which has a value an example)"
    if verdict.better == "b":
        return f"{verdict.sentence}{how} Use these settings from now on; this run has them."
    if verdict.better == "a":  # the mean is higher, so this is a matter of ties in the test alone
        return f"{verdict.sentence}{how} Keep the defaults."
    return (
        f"{verdict.sentence}{how} So keep the defaults for the next run; this run has the weights "
        "that scored highest."
    )


def _warning(best: Setting, tried: int) -> str:
    """Return why the score of the winner is too high."""
    score = _score(best)
    return (
        f"{score[0].upper()}{score[1:]} is the highest of {tried} settings, each at its best step, "
        f"on the {best.n} examples that it was chosen by, so it flatters (the winner's curse). "
        "Measure the run on all of validation, and on test once."
    )


def _effort(told: dict[str, Any], through: int) -> str:
    """Return how many settings were tried, and what that took."""
    words = f"{through} of {told['settings']} settings were trained in {duration(told['seconds'])}"
    if told["money"]:
        words += f" for ${told['money']:.2f}"
    if told["failed"]:
        words += f"; {told['failed']} could not be trained"
    stopped = f" {told['stopped']}" if told["stopped"] else ""
    return f"{words}.{stopped}"


def _score(setting: Setting) -> str:
    return (
        f"{setting.metric} {setting.value:.2f} ({setting.low:.2f} to {setting.high:.2f}, "
        f"n = {setting.n})"
    )
