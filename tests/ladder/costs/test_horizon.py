from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ladder.costs import Band, Figure, FirstPrice, Line
from ladder.costs.horizon import (
    crossing,
    crossings,
    curve,
    own_from_tokens,
    repaid_after,
    tuned_pays_above,
)
from ladder.costs.prices import TokenPrice
from ladder.errors import InputError

money = st.floats(0.01, 1e6)


def priced(name: str, once: float, month: float, days: float = 0) -> FirstPrice:
    def line(when: str, value: float) -> Line:
        return Line(when, Figure(name, Band(value, value, value), "$", "given"))  # type: ignore[arg-type]

    return FirstPrice(name, (line("one-off", once), line("monthly", month)), Band(days, days, days))


def test_a_curve_starts_with_the_money_once_and_grows_by_the_month() -> None:
    totals = curve(priced("peft", 100, 20, days=2), 3, day_price=10)
    assert [band.p50 for band in totals] == [120, 140, 160, 180]


def test_the_dearer_start_is_repaid_by_the_cheaper_month() -> None:
    point = crossing(priced("prompt", 0, 50), priced("peft", 300, 20))
    assert point is not None
    assert (point.first, point.then) == ("prompt", "peft")
    assert point.months == pytest.approx(10)
    assert point.money == pytest.approx(500)


def test_peoples_days_push_the_crossing_out() -> None:
    point = crossing(priced("prompt", 0, 50), priced("peft", 300, 20, days=3), day_price=100)
    assert point is not None
    assert point.months == pytest.approx(20)


def test_a_method_that_costs_more_in_both_is_never_overtaken() -> None:
    assert crossing(priced("prompt", 0, 10), priced("rag", 5, 20)) is None
    assert crossing(priced("prompt", 0, 10), priced("icl", 0, 20)) is None
    assert crossing(priced("prompt", 5, 10), priced("icl", 0, 10)) is None


@given(money, money, money, money)
def test_at_a_crossing_both_have_cost_the_same(
    once: float, month: float, other_once: float, other_month: float
) -> None:
    a, b = priced("a", once, month), priced("b", other_once, other_month)
    point = crossing(a, b)
    assume(point is not None)
    assert point is not None
    assert a.total(point.months).p50 == pytest.approx(b.total(point.months).p50, rel=1e-6)
    later = {price.method: price.total(point.months * 2).p50 for price in (a, b)}
    assert later[point.then] <= later[point.first]


def test_crossings_of_many_methods_come_in_order_and_within_the_horizon() -> None:
    prices = [priced("prompt", 0, 100), priced("peft", 300, 50), priced("own", 3000, 10)]
    found = crossings(prices, 48)
    assert [(point.first, point.then) for point in found] == [
        ("prompt", "peft"), ("prompt", "own"),
    ]  # fmt: skip
    assert [round(point.months, 2) for point in found] == [6, 33.33]
    assert len(crossings(prices, 100)) == 3


def test_money_spent_once_is_repaid_by_what_each_query_saves() -> None:
    assert repaid_after(1000, 0.003, 0.001) == pytest.approx(500_000)
    assert repaid_after(1000, 0.001, 0.001) is None


def test_a_hosted_fine_tuned_model_pays_above_the_prompt_of_the_closed_form() -> None:
    """Twice the price, output four times the input, 300 tokens in, 200 out: 1,100 tokens."""
    assert tuned_pays_above(300, 200) == pytest.approx(1100)
    assert tuned_pays_above(300, 200, kept=0.25) == pytest.approx(4400)


@given(st.floats(1, 1e5), st.floats(1, 1e5), st.floats(1, 5), st.floats(0.1, 8), st.floats(0.05, 1))
def test_above_that_prompt_the_fine_tuned_query_is_the_cheaper_one(
    input: float, output: float, dearer: float, ratio: float, kept: float
) -> None:
    needed = tuned_pays_above(input, output, dearer=dearer, output_ratio=ratio, kept=kept)
    for saved, cheaper in ((needed * 1.01 + 1, True), (needed * 0.99 - 1, False)):
        base = input + kept * saved + ratio * output
        assert (dearer * (input + ratio * output) < base) == cheaper


def test_own_gpus_pay_from_the_tokens_that_cost_as_much() -> None:
    price = TokenPrice("host:model", 1, 1, 3, "a list", "2026-11-01")
    assert own_from_tokens(3000, price, 0.5) == pytest.approx(1.5e9)
    with pytest.raises(InputError, match="free"):
        own_from_tokens(3000, TokenPrice("x:y", 0, 0, 0, "a list", "2026-11-01"), 0.5)


def test_numbers_out_of_range_are_refused() -> None:
    for call in (
        lambda: repaid_after(-1, 1, 0),
        lambda: tuned_pays_above(1, 1, dearer=0.5),
        lambda: tuned_pays_above(1, 1, kept=0),
        lambda: own_from_tokens(1, TokenPrice("x:y", 1, 1, 1, "a list", ""), 2),
    ):
        with pytest.raises(InputError):
            call()
