"""Which field mattered is told by shares of the variance, and never from too little."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from ladder.evaluation.importance import importance
from ladder.evaluation.trials import Trial

ITEMS = [f"q{number}" for number in range(100)]


def trials(rates: tuple[float, ...], ranks: tuple[int, ...], by_rank: float = 0.0) -> list[Trial]:
    """Settings of which the rate decides on how many items they are right; the rank hardly."""
    found = []
    for (i, rate), (j, rank) in product(enumerate(rates), enumerate(ranks)):
        right = 20 + 20 * i + by_rank * j
        values = {item: float(int(item[1:]) < right) for item in ITEMS}
        found.append(Trial({"learning_rate": rate, "rank": rank}, values))
    return found


def test_with_few_settings_the_share_is_that_of_the_means_by_value() -> None:
    found = importance(trials((1e-4, 1e-3), (4, 8, 16), 1.0), ["learning_rate", "rank"])
    assert list(found.shares) == ["learning_rate", "rank"]
    # Rates are 20 apart, ranks 1: variances 100 and 2/3.
    assert found.shares["learning_rate"] == pytest.approx(100 / (100 + 2 / 3), abs=1e-4)
    assert found.shares["rank"] == pytest.approx((2 / 3) / (100 + 2 / 3), abs=1e-4)
    assert "Variance of the means by value" in found.how
    assert found.p is not None
    assert found.p < 0.001
    assert found.words.startswith("Learning rate explains 99% of the differences between 6 setting")


def test_with_eight_settings_or_more_it_is_functional_anova() -> None:
    found = importance(trials((1e-4, 3e-4, 1e-3), (4, 8, 16), 2.0), ["learning_rate", "rank"])
    assert list(found.shares) == ["learning_rate", "rank"]
    assert found.shares["learning_rate"] > 0.8
    assert found.shares["rank"] < 0.1
    assert "Functional ANOVA" in found.how


def test_under_four_settings_or_with_one_value_nothing_is_said() -> None:
    few = importance(trials((1e-4, 1e-3, 1e-2), (8,)), ["learning_rate", "rank"])
    assert few.shares == {}
    assert few.words.startswith("Too few to tell what mattered: 3 settings")
    equal = importance(trials((1e-4,), (2, 4, 8, 16)), ["learning_rate", "rank"])
    assert equal.shares == {}
    assert "All 4 settings score the same" in equal.words


def test_differences_that_luck_alone_would_make_are_called_so() -> None:
    luck = Random(3)
    tried = [
        Trial({"rank": rank}, {item: float(luck.random() < 0.5) for item in ITEMS[:30]})
        for rank in (2, 4, 8, 16, 32)
    ]
    found = importance(tried, ["rank"])
    assert found.p is not None
    assert found.p > 0.05
    assert "differ no more than luck would let them" in found.words


def test_fields_of_words_and_switches_are_ranked_too() -> None:
    tried = []
    for way, on, rank in product(("all-linear", "attention"), (False, True), (4, 8)):
        right = 60 if way == "attention" else 30
        values = {item: float(int(item[1:]) < right + on) for item in ITEMS}
        tried.append(Trial({"targets": way, "rslora": on, "rank": rank}, values))
    found = importance(tried, ["targets", "rslora", "rank"])
    assert next(iter(found.shares)) == "targets"
    assert found.shares["targets"] > 0.8
