from __future__ import annotations

import random
from itertools import combinations

import pytest

from ladder.errors import InputError
from rag.proof.verdicts import Agreement, agreement

SETTINGS = 12


def planted(order: list[int], count: int, seed: int) -> dict[str, dict[str, float]]:
    """Return right-or-wrong values whose means put settings into this order, far apart."""
    chance = random.Random(seed)
    return {
        f"s{setting}": {
            f"{seed}-{n}": float(chance.random() < 0.05 + 0.9 * place / SETTINGS)
            for n in range(count)
        }
        for place, setting in enumerate(order)
    }


def with_tau(wanted: float) -> list[int]:
    """Return an order with this tau to 0, 1, 2, .., by swapping neighbours."""
    order, chance = list(range(SETTINGS)), random.Random(3)

    def tau() -> float:
        pairs = list(combinations(range(SETTINGS), 2))
        agree = sum(order[a] < order[b] for a, b in pairs)
        return 2 * agree / len(pairs) - 1

    while tau() > wanted + 0.02:
        place = chance.randrange(SETTINGS - 1)
        if order[place] < order[place + 1]:
            order[place], order[place + 1] = order[place + 1], order[place]
    return order


def agreed(wanted: float) -> Agreement:
    made = planted(list(range(SETTINGS)), 4000, 1)
    return agreement(made, planted(with_tau(wanted), 4000, 2))


def test_at_a_planted_tau_of_080_the_page_says_that_made_questions_can_be_trusted() -> None:
    found = agreed(0.8)
    assert found.tau == pytest.approx(0.8, abs=0.05)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.tau <= found.high
    assert found.trust == "yes"
    assert found.sentence.startswith("The made questions can be trusted here")
    assert "Kendall's tau 0.8" in found.sentence
    assert "12 settings, 4000 made and 4000 of people" in found.sentence


def test_at_a_planted_tau_of_030_the_page_says_not_to_choose_by_them() -> None:
    found = agreed(0.3)
    assert found.tau == pytest.approx(0.3, abs=0.05)
    assert found.trust == "no"
    assert found.sentence.startswith("Do not choose by the made questions alone")
    assert "goes by people's" in found.sentence


def test_between_the_two_they_agree_in_part() -> None:
    found = agreed(0.5)
    assert found.trust == "partly"
    assert "decide between near ones by people's" in found.sentence


def test_a_high_tau_of_few_questions_is_not_sure() -> None:
    made = planted(list(range(SETTINGS)), 20, 1)
    found = agreement(made, planted(list(range(SETTINGS)), 20, 2))
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.15


def test_without_enough_questions_of_people_nothing_is_said() -> None:
    made = planted(list(range(SETTINGS)), 50, 1)
    few = agreement(made, planted(list(range(SETTINGS)), 5, 2))
    assert (few.tau, few.trust) == (None, "unknown")
    assert "Label 15 more" in few.sentence
    none = agreement(made, {name: {} for name in made})
    assert "0 are people's" in none.sentence
    two = agreement(*({f"s{n}": v[f"s{n}"] for n in range(2)} for v in (made, made)))
    assert "2 settings are too few" in two.sentence
    with pytest.raises(InputError, match="the same settings"):
        agreement(made, {"other": {}})
