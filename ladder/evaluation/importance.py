"""Which of the fields of a search mattered: shares of the variance of the score between settings.

With eight settings or more the shares are those of functional ANOVA (Hutter, Hoos and Leyton-Brown
2014) by optuna: of the variance that a random forest sees over the whole space, what each field
explains by itself. With fewer they are those of the main effects: the variance of the mean scores
by value, over the variance of all scores. With fewer than four nothing is said.

Whether the settings differ at all by more than luck is tested apart: by the F test of a two-way
analysis of variance, settings by items, one answer in each cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ladder.evaluation.space import Space
from ladder.evaluation.trials import Trial

__all__ = ["FEWEST", "Importance", "importance"]

FEWEST = 4
_FOREST = 8
_LEVEL = 0.05


@dataclass(frozen=True)
class Importance:
    """How much of the differences between settings each field explains."""

    shares: dict[str, float]
    """By field, from 0 to 1, the largest first; they need not add up to 1."""
    how: str
    """How they were found; why there are none where there are none."""
    p: float | None
    """Of the F test that all settings are equally good; None where it was not made."""
    settings: int

    @property
    def words(self) -> str:
        """Return in a sentence what mattered, and whether that can be told from luck."""
        if not self.shares:
            return self.how
        name, share = next(iter(self.shares.items()))
        top = f"{name.rpartition('.')[2].replace('_', ' ')} explains {share:.0%} of the differences"
        if self.p is not None and self.p >= _LEVEL:
            return (
                f"The {self.settings} settings differ no more than luck would let them (p = "
                f"{self.p:.2g}), so what mattered cannot be told; {top} that were seen. {self.how}"
            )
        return f"{top[0].upper()}{top[1:]} between {self.settings} settings. {self.how}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"words": self.words}


def importance(trials: Sequence[Trial], fields: Sequence[str]) -> Importance:
    """Return which fields mattered, by trials that were measured on the same items."""
    varied = [name for name in fields if len({_key(t.settings[name]) for t in trials}) > 1]
    if len(trials) < FEWEST or not varied:
        words = (
            f"Too few to tell what mattered: {len(trials)} settings, and it takes {FEWEST} or more."
        )
        return Importance({}, words, None, len(trials))
    p = _chance(trials)
    if len({trial.value for trial in trials}) == 1:
        words = f"All {len(trials)} settings score the same, so nothing mattered here."
        return Importance({}, words, p, len(trials))
    if len(trials) >= _FOREST:
        shares = _by_forest(trials, varied)
        how = "(Functional ANOVA over a random forest; what fields do together is not counted.)"
    else:
        shares = {name: _main_effect(trials, name) for name in varied}
        how = (
            "(Variance of the means by value; with so few settings it is a rough hint, and shares "
            "may overlap.)"
        )
    ordered = sorted(shares, key=lambda name: -shares[name])
    return Importance({n: round(shares[n], 4) for n in ordered}, how, p, len(trials))


def _main_effect(trials: Sequence[Trial], name: str) -> float:
    """Return the variance of the mean scores by value, over that of all scores."""
    groups: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        groups[_key(trial.settings[name])].append(trial.value)
    mean = sum(trial.value for trial in trials) / len(trials)
    total = sum((trial.value - mean) ** 2 for trial in trials)
    between = sum(len(g) * (sum(g) / len(g) - mean) ** 2 for g in groups.values())
    return between / total


def _by_forest(trials: Sequence[Trial], names: Sequence[str]) -> dict[str, float]:
    """Return the shares by functional ANOVA."""
    import optuna

    from ladder.evaluation.proposals import as_optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = Space({name: _values(trials, name) for name in names})
    study = optuna.create_study(direction="maximize")
    study.add_trials([told for trial in trials if (told := as_optuna(trial, space)) is not None])
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = evaluator.evaluate(study, params=list(names))  # shares of all, not of each other
    return {name: max(0.0, min(1.0, float(found[name]))) for name in names}


def _chance(trials: Sequence[Trial]) -> float | None:
    """Return p of the F test that the settings are equally good, items as blocks."""
    import numpy as np

    items = sorted(set.intersection(*(set(trial.values) for trial in trials)))
    if len(items) < 2:
        return None
    scores = np.array([[trial.values[item] for item in items] for trial in trials])
    k, n = scores.shape
    by_setting, by_item, mean = scores.mean(axis=1), scores.mean(axis=0), scores.mean()
    rest = scores - by_setting[:, None] - by_item[None, :] + mean
    between = n * float(((by_setting - mean) ** 2).sum()) / (k - 1)
    within = float((rest**2).sum()) / ((k - 1) * (n - 1))
    if within < 1e-12:
        return 1.0 if between < 1e-12 else 0.0
    from scipy.stats import f

    return float(f.sf(between / within, k - 1, (k - 1) * (n - 1)))


def _values(trials: Sequence[Trial], name: str) -> list[Any]:
    """Return the values of a field that were tried, numbers in order."""
    values = list({_key(t.settings[name]): t.settings[name] for t in trials}.values())
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return sorted(values) if numbers else sorted(values, key=str)


def _key(value: Any) -> str:
    return repr(value)
