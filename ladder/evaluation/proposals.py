"""Points proposed by optuna, one after the other, in the light of those that were measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ladder.evaluation.space import Settings, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from ladder.evaluation.trials import Trial

__all__ = ["as_optuna", "proposed"]


def proposed(
    everything: Sequence[Settings], count: int, space: Space, seed: int, tried: Sequence[Trial]
) -> Iterator[Settings]:
    """Yield `count` different points; `tried` holds what was measured so far, and grows.

    The tree-structured Parzen estimator proposes; where the space has no such point, or it was
    proposed before, the one nearest to it is taken.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, multivariate=False)
    )
    kinds = {name: _kind(values) for name, values in space.values.items()}
    left = list(everything)
    told = 0
    for _ in range(min(count, len(left))):
        for trial in tried[told:]:
            told += 1
            if not trial.error and (known := as_optuna(trial, space)) is not None:
                study.add_trial(known)
        asking = study.ask(kinds)
        study.tell(asking, state=optuna.trial.TrialState.FAIL)  # its value is told as a trial
        wanted: dict[str, int] = asking.params
        point = min(left, key=lambda each: _distance(each, wanted, space))
        left.remove(point)
        yield point


def as_optuna(trial: Trial, space: Space) -> FrozenTrial | None:
    """Return a measured point as optuna's; None where a value is not of the space."""
    import optuna

    places = {n: _place(values, trial.settings[n]) for n, values in space.values.items()}
    if None in places.values():
        return None
    kinds = {name: _kind(values) for name, values in space.values.items()}
    return optuna.trial.create_trial(params=places, distributions=kinds, value=trial.value)


def _kind(values: Sequence[Any]) -> BaseDistribution:
    """Return how optuna sees a field: by the place of its value, in order where that is one."""
    from optuna.distributions import CategoricalDistribution, IntDistribution

    if _ordered(values):
        return IntDistribution(0, len(values) - 1)
    return CategoricalDistribution(range(len(values)))


def _place(values: Sequence[Any], value: Any) -> int | None:
    return list(values).index(value) if value in values else None


def _distance(point: Settings, wanted: dict[str, int], space: Space) -> float:
    """Return how far a point is from a proposal: places in order, or the same or not."""
    return sum(
        abs(values.index(point[name]) - wanted[name]) / len(values)
        if point[name] in values and _ordered(values)
        else float(point[name] not in values or values.index(point[name]) != wanted[name])
        for name, values in space.values.items()
    )


def _ordered(values: Sequence[Any]) -> bool:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return numbers and list(values) == sorted(values)
