from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ladder.errors import InputError, ModelError
from ladder.evaluation.search import Budget, Measured, Trial, front, search
from ladder.evaluation.space import Space, named, with_fields
from ladder.evaluation.trials import GivenUp

ITEMS = [f"q{number}" for number in range(200)]


@dataclass(frozen=True)
class Inner:
    k: int = 4
    way: str = "both"
    weight: float = 0.5

    def __post_init__(self) -> None:
        if self.k > 50:
            raise InputError("too many")


@dataclass(frozen=True)
class Toy:
    inner: Inner = field(default_factory=Inner)
    name: str = "toy"


SPACE = Space({"inner.k": (1, 2, 4, 8, 16), "inner.way": ("words", "both")})


class Meter:
    """Says that a setting is right on as many items as its k; notes what it was asked."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.asked: list[tuple[int, str, int]] = []
        self.breaks_at = breaks_at

    def __call__(self, toy: Toy, items: Sequence[str]) -> Measured:
        if toy.inner.k == self.breaks_at:
            raise ModelError("This one does not load.")
        self.asked.append((toy.inner.k, toy.inner.way, len(items)))
        right = toy.inner.k * 10 - 5 * (toy.inner.way == "words")
        values = {item: float(int(item[1:]) < right) for item in items}
        return Measured(values, {"tokens": float(toy.inner.k)}, money=0.5)


def test_a_grid_measures_every_point_and_ranks_them() -> None:
    meter = Meter()
    found = search(Toy(), SPACE, meter, ITEMS)
    assert len(found.trials) == len(meter.asked) == 10
    assert (found.untried, found.stopped, found.dropped) == (0, "", ())
    assert meter.asked[0] == (4, "both", 200), "what is used now comes first"
    assert found.trials[0].name == "k 16, way both"
    assert found.trials[0].value == pytest.approx(0.8)
    assert found.base.settings == {"inner.k": 4, "inner.way": "both"}


def test_of_equals_what_is_used_now_comes_first() -> None:
    found = search(Toy(), SPACE, lambda toy, items: Measured(dict.fromkeys(items, 0.5)), ITEMS)
    assert found.trials[0] == found.base


def test_halving_lets_few_points_see_all_items_and_never_loses_the_base() -> None:
    meter = Meter()
    found = search(Toy(Inner(k=1)), SPACE, meter, ITEMS, halving=True)
    assert found.trials[0].name == "k 16, way both"
    assert found.base.name == "k 1, way both"
    assert found.base in found.trials
    assert sum(count for *_, count in meter.asked) < 10 * 200 * 0.65
    assert {len(trial.values) for trial in found.dropped} == {66}
    assert len(found.trials) + len(found.dropped) == 10


def test_halving_keeps_the_cheapest_at_each_quality_where_costs_are_named() -> None:
    found = search(Toy(), SPACE, Meter(), ITEMS, halving=True, costs=["tokens"])
    assert {1, 2, 8, 16} <= {trial.settings["inner.k"] for trial in found.trials}


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    file, first, second, other = tmp_path / "trials.jsonl", Meter(), Meter(), Meter()
    search(Toy(), SPACE, first, ITEMS[:100], file=file, scope="one")
    found = search(Toy(), SPACE, second, ITEMS, file=file, scope="one")
    assert {count for *_, count in second.asked} == {100}, "only the new items"
    assert all(len(trial.values) == 200 for trial in found.trials)
    search(Toy(), SPACE, other, ITEMS, file=file, scope="another")
    assert {count for *_, count in other.asked} == {200}


def test_a_search_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    file, meter = tmp_path / "trials.jsonl", Meter()

    def stop(done: int, total: int, message: str) -> None:
        assert total == 10
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(Toy(), SPACE, meter, ITEMS, file=file, progress=stop)
    assert len(meter.asked) == 4
    search(Toy(), SPACE, meter, ITEMS, file=file)
    assert len(meter.asked) == len(set(meter.asked)) == 10


def test_a_budget_ends_a_search_and_is_not_given_anew(tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"
    found = search(Toy(), SPACE, Meter(), ITEMS, file=file, budget=Budget(money=2.0))
    assert (len(found.trials), found.untried) == (4, 6)
    assert "$2.00" in found.stopped
    again = search(Toy(), SPACE, Meter(), ITEMS, file=file, budget=Budget(money=2.0))
    assert len(again.trials) == 4
    found = search(Toy(), SPACE, Meter(), ITEMS, budget=Budget(minutes=1e-9))
    assert found.trials == (found.base,)
    assert "budget" in found.stopped
    with pytest.raises(InputError, match="above 0"):
        Budget(minutes=0)


def test_a_setting_that_fails_is_listed_and_the_rest_goes_on() -> None:
    found = search(Toy(), SPACE, Meter(breaks_at=8), ITEMS)
    assert [trial.error for trial in found.dropped] == ["This one does not load."] * 2
    assert len(found.trials) == 8
    with pytest.raises(InputError, match=r"used now cannot be measured\. This one"):
        search(Toy(), SPACE, Meter(breaks_at=4), ITEMS)
    with pytest.raises(InputError, match="nothing to measure"):
        search(Toy(), SPACE, Meter(), [])


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_of_a_large_space_some_points_are_drawn_the_same_for_a_seed(method: str) -> None:
    space = Space({"inner.k": tuple(range(1, 15)), "inner.way": ("words", "both")})
    meters = [Meter(), Meter(), Meter()]
    for meter, seed in zip(meters, (0, 0, 1), strict=True):
        found = search(Toy(), space, meter, ITEMS, method=method, points=9, seed=seed)  # type: ignore[arg-type]
        assert len(found.trials) == 10
    assert meters[0].asked == meters[1].asked != meters[2].asked
    assert found.untried == 28 - 10


def test_the_estimator_draws_more_of_the_good_points() -> None:
    space = Space({"inner.k": tuple(range(1, 21)), "inner.weight": (0.1, 0.2, 0.3, 0.4, 0.5)})
    meter = Meter()
    search(Toy(), space, meter, ITEMS, method="tpe", points=40)
    asked = [k for k, *_ in meter.asked[1:]]
    assert sum(asked[-15:]) / 15 > 10.5 + 3, "10.5 is the mean of all"


def test_points_that_mean_the_same_or_are_refused_are_left_out() -> None:
    space = Space(
        {"inner.k": (2, 60), "inner.way": ("words", "both"), "inner.weight": (0.3, 0.5, 0.7)},
        only={"inner.weight": {"inner.way": "both"}},
    )
    points = space.points(Toy())
    assert [named(point) for point in points] == [
        "k 2, way words, weight 0.5",
        "k 2, way both, weight 0.3",
        "k 2, way both, weight 0.5",
        "k 2, way both, weight 0.7",
    ]
    with pytest.raises(InputError, match=r'no setting "inner\.q"'):
        Space({"inner.q": (1,)}).points(Toy())


def test_fields_are_replaced_where_they_are() -> None:
    changed = with_fields(Toy(), {"inner.k": 7, "name": "new", "inner.weight": 0.1})
    assert changed == Toy(Inner(7, "both", 0.1), "new")
    with pytest.raises(InputError, match="too many"):
        with_fields(Toy(), {"inner.k": 60})


def test_the_front_has_what_nothing_beats() -> None:
    def trial(name: str, value: float, **figures: float) -> Trial:
        return Trial({"n": name}, {"a": value}, figures)

    trials = [
        trial("best", 0.9, ms=9, tokens=9),
        trial("cheap", 0.5, ms=1, tokens=1),
        trial("beaten", 0.5, ms=2, tokens=1),
        trial("middle", 0.7, ms=9, tokens=2),
        trial("twin", 0.7, ms=9, tokens=2),
        trial("unknown", 0.95, ms=1),
    ]
    names = [each.settings["n"] for each in front(trials, ["ms", "tokens"])]
    assert names == ["best", "cheap", "middle", "twin", "unknown"]
    assert [each.settings["n"] for each in front(trials, [])] == ["unknown"]


def test_a_measurement_that_might_pass_the_budget_is_not_begun_and_a_cheaper_one_is() -> None:
    asked: list[int] = []

    def measure(toy: Toy, items: Sequence[str]) -> Measured:
        asked.append(toy.inner.k)
        return Measured(dict.fromkeys(items, toy.inner.k / 100), seconds=float(toy.inner.k))

    seen: list[int] = []

    def expects(toy: Toy, measured: Sequence[Trial]) -> tuple[float, float]:
        seen.append(len(measured))
        return float(toy.inner.k), 0.0

    space = Space({"inner.k": (1, 16, 2, 8)})
    budget = Budget(minutes=10 / 60)
    found = search(Toy(), space, measure, ITEMS[:5], budget=budget, expects=expects)
    assert asked == [4, 1, 2], "4 + 1 + 16 and 4 + 1 + 2 + 8 seconds pass 10"
    assert seen == [1, 2, 2, 3], "it is told what was measured"
    assert found.untried == 2
    assert found.stopped.startswith("2 more settings were not begun: each might have passed the")
    assert [trial.seconds for trial in found.trials] == [4.0, 2.0, 1.0]


def test_a_measure_that_gives_up_ends_the_search_with_what_there_is() -> None:
    def measure(toy: Toy, items: Sequence[str]) -> Measured:
        if toy.inner.k == 8:
            raise GivenUp
        return Measured(dict.fromkeys(items, 0.5))

    space = Space({"inner.k": (1, 8, 16)})
    found = search(Toy(), space, measure, ITEMS[:5])
    assert {trial.settings["inner.k"] for trial in found.trials} == {4, 1}
    assert (found.untried, found.stopped) == (2, "It was stopped before it was through.")
    with pytest.raises(GivenUp):
        search(Toy(Inner(k=8)), space, measure, ITEMS[:5])
