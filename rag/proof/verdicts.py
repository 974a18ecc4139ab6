"""Can the made questions be trusted, and is one setting better than another?

Made questions are worth what they say about people's questions. So wherever people's questions
are there too, the settings are put in order by either, and Kendall's tau between the two orders
says how far they agree: 1 is the same order, 0 no relation, -1 the opposite. Its interval is a
bootstrap over the questions of both sets (the settings stay).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ladder.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["AGREES", "FEWEST_PEOPLE", "FEWEST_SETTINGS", "Agreement", "agreement"]

AGREES = 0.6
"""From this tau on two orders agree, if the interval's lower end is above `_SURE`."""
_SURE = 0.3
_WEAK = 0.4
"""Below this tau, or where the interval holds 0, they do not."""
FEWEST_PEOPLE = 20
"""People's questions below which nothing is said."""
FEWEST_SETTINGS = 6
_RESAMPLES = 1000
_SEED = 20_002


@dataclass(frozen=True)
class Agreement:
    """How the order of settings by made questions stands to that by people's."""

    settings: int
    made: int
    people: int
    """How many questions."""
    tau: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def trust(self) -> Literal["yes", "partly", "no", "unknown"]:
        """Return whether settings can be chosen by the made questions."""
        if self.tau is None or self.low is None:
            return "unknown"
        if self.tau >= AGREES and self.low >= _SURE:
            return "yes"
        return "no" if self.tau < _WEAK or self.low <= 0 else "partly"

    @property
    def sentence(self) -> str:
        """Return what the page says of the evaluation set."""
        if self.tau is None or self.low is None or self.high is None:
            more = max(0, FEWEST_PEOPLE - self.people)
            if not more:
                return (
                    f"Not checked yet: {self.settings} settings are too few to be put in order; "
                    "compare more of them."
                )
            return (
                f"Not checked yet: {self.made} questions are made from the documents and "
                f"{self.people} are people's. Label {more} more with the place that answers "
                "them, or give thumbs in Chat; then it is told whether both say the same."
            )
        figures = (
            f"Kendall's tau {self.tau:.2f} ({self.low:.2f} to {self.high:.2f}), {self.settings} "
            f"settings, {self.made} made and {self.people} of people"
        )
        if self.trust == "yes":
            return (
                "The made questions can be trusted here: they put settings in the same order as "
                f"people's questions do ({figures})."
            )
        if self.trust == "partly":
            return (
                "The made questions agree with people's in part: use them to leave out what is "
                f"clearly worse, and decide between near ones by people's ({figures})."
            )
        return (
            "Do not choose by the made questions alone: they put settings in another order than "
            f"people's questions do ({figures}). What is recommended below goes by people's."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the agreement as plain data, with its sentence."""
        return asdict(self) | {"trust": self.trust, "sentence": self.sentence}


def agreement(
    made: Mapping[str, Mapping[str, float]], people: Mapping[str, Mapping[str, float]]
) -> Agreement:
    """Return how far two sets of questions put settings into the same order.

    Args:
        made: by setting, the value of each made question, by id.
        people: by setting, the value of each of people's questions.

    Raises:
        InputError: the two hold other settings.
    """
    import numpy as np

    if made.keys() != people.keys():
        raise InputError("Both sets of questions must have been asked under the same settings.")
    left, right = _table(made), _table(people)
    counts = (len(made), left.shape[1], right.shape[1])
    if counts[0] < FEWEST_SETTINGS or counts[1] < FEWEST_PEOPLE or counts[2] < FEWEST_PEOPLE:
        return Agreement(*counts)
    tau = _tau(left.mean(axis=1), right.mean(axis=1))
    rng = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(_RESAMPLES):
        a = left[:, rng.integers(0, left.shape[1], left.shape[1])].mean(axis=1)
        b = right[:, rng.integers(0, right.shape[1], right.shape[1])].mean(axis=1)
        drawn.append(_tau(a, b))
    low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975]))
    return Agreement(*counts, tau, min(low, tau), max(high, tau))


def _table(values: Mapping[str, Mapping[str, float]]) -> NDArray[np.float64]:
    """Return one row a setting, by name, and one column a question that all have."""
    import numpy as np

    ids: list[str] = sorted(set.intersection(*(set(each) for each in values.values())))
    rows: Sequence[Sequence[float]] = [[values[name][id] for id in ids] for name in sorted(values)]
    return np.array(rows, dtype=float).reshape(len(values), len(ids))


def _tau(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Kendall's tau-b (1945); 0 where one of the two orders nothing."""
    import numpy as np

    upper = np.triu_indices(len(a), 1)
    x = np.sign(np.round(a[:, None] - a[None, :], 12))[upper]
    y = np.sign(np.round(b[:, None] - b[None, :], 12))[upper]
    both = float(np.sqrt((x != 0).sum() * (y != 0).sum()))
    return float((x * y).sum()) / both if both else 0.0
