from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from advisor.advice import Advice
from advisor.advise import advise
from advisor.answers import Answers
from advisor.break_even import BreakEven, break_evens
from advisor.cost_view import (
    cost_curves,
    curve_chart,
    explain,
    explain_price,
    in_words,
    point_rows,
    total_chart,
)
from advisor.methods import METHODS
from advisor.words import money_words

BUSY = advise(Answers(missing=("style",), labelled=2000, queries_per_day=10_000))
UNMEASURED = advise(Answers(baseline=None))
OWN = advise(Answers(data_may_leave=False, gpus="8xA100-80", missing=("style",), labelled=2000))


@pytest.mark.parametrize("advice", [BUSY, UNMEASURED, OWN])
def test_all_sixteen_stand_on_one_horizon_with_the_figures_of_their_prices(advice: Advice) -> None:
    curves = cost_curves(advice, 7)
    assert [curve.method for curve in curves] == [row.method for row in advice.ranked]
    assert len(curves) == len(METHODS)
    assert sum(curve.lead for curve in curves) == 1
    for curve, row in zip(curves, advice.ranked, strict=True):
        assert curve.totals == tuple(row.price.total(month, 500) for month in range(8))
        assert (curve.state == "ruled out") == curve.name.endswith("(ruled out)")


@pytest.mark.parametrize("advice", [BUSY, UNMEASURED, OWN])
@pytest.mark.parametrize("day_price", [0.0, 500.0])
def test_the_pictures_draw_every_figure_inside_their_axes(advice: Advice, day_price: float) -> None:
    curves, points = cost_curves(advice, 12, day_price), break_evens(advice, 12, day_price)
    for chart in (total_chart(curves), curve_chart(curves, points)):
        picture = chart.to_dict()
        scales = [scale for layer in picture["layer"] for scale in money_scales(layer)]
        assert scales
        low, high = scales[0]["domain"]
        assert all(scale == scales[0] for scale in scales)
        for row in (row for rows in picture["datasets"].values() for row in rows):
            figures = [row[key] for key in ("low", "likely", "money") if key in row]
            assert all(low * 0.999 <= figure <= high * 1.001 for figure in figures)
    bars = next(iter(total_chart(curves).to_dict()["datasets"].values()))
    cheapest_first = sorted(curves, key=lambda curve: curve.end.p50)
    assert [row["out"] for row in bars] == [c.state == "ruled out" for c in cheapest_first]


def money_scales(layer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the scales of $ that a layer names."""
    found = [given.get("scale") for given in layer["encoding"].values() if isinstance(given, dict)]
    return [scale for scale in found if scale and "type" in scale]


def test_the_break_even_points_are_numbered_alike_in_picture_and_words() -> None:
    points = break_evens(BUSY, 12)
    assert {point.kind for point in points} == {"months"} | {p.kind for p in points}
    words = in_words(cost_curves(BUSY, 12), points)
    for number, point in enumerate(points, 1):
        assert f"{number}. {point.sentence}" in words
    for row in point_rows(points):
        assert f"{row['mark']}. {row['sentence']}" in words
        assert row["money"] == pytest.approx(BUSY.row("peft").price.total(row["month"], 500).p50)


def test_where_nothing_crosses_the_words_say_so() -> None:
    assert "crosses it" in in_words(cost_curves(BUSY, 12), ())


def test_names_at_the_ends_of_curves_do_not_touch() -> None:
    for advice in (BUSY, UNMEASURED, OWN):
        curves = cost_curves(advice, 12)
        chart = curve_chart(curves, ()).to_dict()
        names = {"name", "colour", "month", "likely"}
        labels = [row for rows in chart["datasets"].values() for row in rows if set(row) == names]
        scale = chart["layer"][0]["encoding"]["y"]["scale"]
        form = math.log10 if scale["type"] == "log" else float
        low, high = (form(value) for value in scale["domain"])
        heights = sorted(340 * (form(row["likely"]) - low) / (high - low) for row in labels)
        assert len(heights) == sum(c.state != "ruled out" or c.lead for c in curves)
        assert all(b - a > 14.9 for a, b in pairwise(heights))


@pytest.mark.parametrize("advice", [BUSY, OWN])
def test_every_figure_says_formula_inputs_and_source(advice: Advice) -> None:
    for row in advice.ranked:
        whole, *parts, people = explain_price(row.price, 12)
        assert whole.value == money_words(row.price.total(12, 500))
        assert people.source == "our assumption"
        assert [part.name for part in parts] == [line.name for line in row.price.lines]
        for part, line in zip(parts, row.price.lines, strict=True):
            assert part == explain(line)
            assert part.formula
            assert part.inputs
            assert part.source
            assert set(part.inputs) == set(line.figure.inputs)
            assert part.value.startswith(money_words(line.money))


def test_without_people_the_totals_are_money_alone() -> None:
    prompt = next(curve for curve in cost_curves(BUSY, 3, 0) if curve.method == "prompt")
    assert prompt.totals[0].p90 == 0
    whole = explain_price(BUSY.row("prompt").price, 3, 0)[0]
    assert whole.inputs["$ a working day"] == "0"


def test_a_break_even_says_the_month_from_which_it_is_cheaper() -> None:
    point = BreakEven("icl", "peft", "months", 3.4, 1234.5, 12)
    assert point.sentence.endswith("from month 4 on: by then each has cost about $1,230.")
    assert "from month 4 on" in replace(point, at=3.0).sentence
