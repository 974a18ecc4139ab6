from __future__ import annotations

import random
from math import comb

import pytest

from ladder.project.power import mcnemar_power, what_n_can_show


def p_value(wins: int, losses: int) -> float:
    n = wins + losses
    tail = sum(comb(n, k) for k in range(max(wins, losses), n + 1)) / 2**n
    return min(1.0, 2 * tail)


def test_the_power_is_that_of_a_simulation() -> None:
    draw = random.Random(0)
    found = 0
    for _ in range(4000):
        outcomes = draw.choices((1, -1, 0), (0.15, 0.05, 0.80), k=100)
        wins, losses = outcomes.count(1), outcomes.count(-1)
        found += wins > losses and p_value(wins, losses) <= 0.05
    assert mcnemar_power(100, 0.10) == pytest.approx(found / 4000, abs=0.03)


def test_more_examples_show_more() -> None:
    powers = [mcnemar_power(n, 0.10) for n in (20, 50, 100, 200, 400, 800)]
    assert powers == sorted(powers)
    assert mcnemar_power(401, 0.05) == pytest.approx(mcnemar_power(400, 0.05), abs=0.05)


def test_a_hundred_examples_show_ten_points_every_second_time() -> None:
    sentence = what_n_can_show(100)
    assert "With 100 test examples a 10-point gain is found about every second time" in sentence


def test_few_examples_show_almost_nothing() -> None:
    assert "almost never" in what_n_can_show(10)
    assert "nothing can be confirmed" in what_n_can_show(0)


@pytest.mark.parametrize("n", [1, 2, 5, 20, 96, 200, 3080])
def test_every_number_has_a_sentence(n: int) -> None:
    assert what_n_can_show(n).startswith(f"With {n:,} test example")
