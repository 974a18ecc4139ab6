"""What all methods cost over one horizon: curves, pictures, words, and how each figure came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from advisor.advice import Advice, State, title_of
from advisor.break_even import BreakEven, lead_of
from advisor.home_chart import BLUE, GREY, RUST
from advisor.pricing import DAY_PRICE
from advisor.words import days_words, money_words, number_words
from ladder.costs import Band, FirstPrice, Line

__all__ = [
    "CostCurve",
    "Explanation",
    "cost_curves",
    "curve_chart",
    "explain",
    "explain_price",
    "in_words",
    "point_rows",
    "total_chart",
]

_INK, _PALE = "#171717", "#a1a1aa"
_HEIGHT = 340
_LABEL_GAP = 15
_LOG_FROM = 30
"""Ratio of the largest to the smallest figure from which the axis is logarithmic."""
_MARKS = {"recommended": "★ ", "runner-up": "☆ "}


@dataclass(frozen=True)
class CostCurve:
    """A method's total after each month."""

    method: str
    title: str
    state: State
    why_not: str
    """What rules it out; empty if nothing does."""
    lead: bool
    """Whether the others are compared with it."""
    totals: tuple[Band, ...]
    """$ after 0, 1, 2 .. months."""

    @property
    def name(self) -> str:
        """Return the title with the mark of its state, which colour repeats."""
        if self.state == "ruled out":
            return f"{self.title} (ruled out)"
        return _MARKS.get(self.state, "") + self.title

    @property
    def end(self) -> Band:
        """Return the $ over the whole horizon."""
        return self.totals[-1]


@dataclass(frozen=True)
class Explanation:
    """How one figure came about, in words."""

    name: str
    value: str
    formula: str
    inputs: Mapping[str, str]
    source: str


def cost_curves(advice: Advice, months: int, day_price: float = DAY_PRICE) -> tuple[CostCurve, ...]:
    """Return all sixteen methods in the order of the ranking.

    Args:
        advice: the methods ranked, with their prices.
        months: the horizon, 1 or more.
        day_price: $ of a person's working day; 0 leaves people's work out.
    """
    lead = lead_of(advice)
    return tuple(
        CostCurve(
            row.method, title_of(row.method), row.state, row.why_not, row.method == lead,
            tuple(row.price.total(month, day_price) for month in range(months + 1)),
        )
        for row in advice.ranked
    )  # fmt: skip


def explain(line: Line) -> Explanation:
    """Return how one part of a price came about."""
    when = "once" if line.when == "one-off" else "a month"
    inputs = {
        name: value if isinstance(value, str) else number_words(value)
        for name, value in line.figure.inputs.items()
    }
    return Explanation(
        line.name, f"{money_words(line.money)} {when}", line.figure.formula, inputs, line.source
    )


def explain_price(
    price: FirstPrice, months: int, day_price: float = DAY_PRICE
) -> tuple[Explanation, ...]:
    """Return how a method's total over a horizon came about: its sum first, then every part."""
    parts = {
        "once": money_words(price.one_off),
        "a month": money_words(price.monthly),
        "months": str(months),
        "working days": days_words(price.people_days),
        "$ a working day": number_words(day_price),
    }
    whole = Explanation(
        f"total over {_months(months)}",
        money_words(price.total(months, day_price)),
        "once + a month x months + working days x $ a working day; the low ends together and the "
        "high ends together, which can only widen the band",
        parts,
        f"sum of the parts; ${number_words(day_price)} a working day: our assumption",
    )
    people = Explanation(
        "people's work to build it", days_words(price.people_days), "working days", {},
        "our assumption",
    )  # fmt: skip
    return (whole, *(explain(line) for line in price.lines), people)


def point_rows(points: Sequence[BreakEven]) -> list[dict[str, Any]]:
    """Return the break-even points in time as the picture draws them, numbered as in `in_words`."""
    return [
        {"month": point.at, "money": point.money, "mark": str(number), "sentence": point.sentence}
        for number, point in enumerate(points, 1)
        if point.kind == "months"
    ]


def in_words(curves: Sequence[CostCurve], points: Sequence[BreakEven]) -> str:
    """Return the pictures in words: the totals, the cheapest first, and the break-even points."""
    totals = "; ".join(f"{c.name}: {money_words(c.end)}" for c in _cheapest_first(curves))
    found = " ".join(f"{n}. {point.sentence}" for n, point in enumerate(points, 1))
    lead = next((curve.title for curve in curves if curve.lead), "")
    none = f"Nothing that is left beside {lead} crosses it, in time or in traffic."
    return f"Totals over {_months(len(curves[0].totals) - 1)}. {totals}. {found or none}"


def total_chart(curves: Sequence[CostCurve]) -> Any:
    """Return the totals of all methods over the horizon as bands on one axis, cheapest on top."""
    import altair as alt

    ordered = _cheapest_first(curves)
    scale, floor = _scale([curve.end for curve in ordered])
    rows = [
        {
            "name": curve.name, "said": money_words(curve.end), **_drawn(curve.end, floor),
            "why": curve.why_not, "out": curve.state == "ruled out",
        }
        for curve in ordered
    ]  # fmt: skip
    colour = alt.condition("datum.out", alt.value(_PALE), alt.value(BLUE))
    words = alt.condition("datum.out", alt.value(GREY), alt.value(_INK))
    lane = alt.Y(
        "name:N",
        sort=[curve.name for curve in ordered],
        title=None,
        axis=alt.Axis(labelLimit=240, domain=False, ticks=False, labelFontSize=12),
    )
    tips = [
        alt.Tooltip("name:N", title="Method"),
        alt.Tooltip("said:N", title="Total"),
        alt.Tooltip("why:N", title="Ruled out"),
    ]
    base: Any = alt.Chart({"values": rows}).encode(y=lane, tooltip=tips)
    room = {"expr": "width - 90"}  # for the words beside the last band
    bounds = alt.Scale(**scale, range=[0, room])
    axis = alt.X("low:Q", title="$ in all", scale=bounds, axis=_money_axis(alt))
    layers = [
        base.mark_rule(strokeWidth=5, opacity=0.55).encode(x=axis, x2="high:Q", color=colour),
        base.mark_point(filled=True, size=90, opacity=1).encode(x="likely:Q", color=colour),
        base.mark_text(align="left", dx=8, dy=-9, fontSize=11).encode(
            x="likely:Q", text="said:N", color=words
        ),
    ]
    return alt.layer(*layers).properties(height=alt.Step(30)).configure_view(stroke=None)


def curve_chart(curves: Sequence[CostCurve], points: Sequence[BreakEven]) -> Any:
    """Return the totals month by month of what nothing rules out, break-even points numbered.

    The bands are those of the leading method and the runner-up; the others are lines.
    """
    import altair as alt

    left = [curve for curve in curves if curve.state != "ruled out" or curve.lead]
    months = len(left[0].totals) - 1
    wide = [curve for curve in left if curve.lead or curve.state == "runner-up"]
    scale, floor = _scale([*(t for c in wide for t in c.totals), *(c.end for c in left)],
                          [c.totals[0].p50 for c in left])  # fmt: skip
    plot = {"expr": "max(width * 0.45, width - 210)"}
    x_scale = alt.Scale(domain=[0, months], nice=False, range=[0, plot])
    x = alt.X("month:Q", title="Months", scale=x_scale, axis=alt.Axis(tickMinStep=1, grid=False))
    y = alt.Y("likely:Q", title="$ in all", scale=alt.Scale(**scale), axis=_money_axis(alt))
    colour = alt.Color("colour:N", scale=None, legend=None)
    tips = [
        alt.Tooltip("name:N", title="Method"),
        alt.Tooltip("month:Q", title="Month"),
        alt.Tooltip("said:N", title="Total"),
    ]
    base: Any = alt.Chart({"values": _curve_rows(left, floor)})
    layers = [
        base.transform_filter("datum.wide")
        .mark_area(opacity=0.16)
        .encode(x=x, y=alt.Y("low:Q", scale=alt.Scale(**scale)), y2="high:Q", color=colour,
                detail="name:N"),
        base.mark_line(strokeWidth=2.5)
        .encode(x=x, y=y, color=colour, detail="name:N", tooltip=tips),
        alt.Chart({"values": _labels(left, scale["domain"], scale["type"])})
        .mark_text(align="left", dx=8, fontSize=12, limit=200)
        .encode(x=x, y="likely:Q", text="name:N", color=colour),
    ]  # fmt: skip
    marks = point_rows(points)
    if marks:
        spots: Any = alt.Chart({"values": marks})
        where = {"x": alt.X("month:Q"), "y": alt.Y("money:Q"), "tooltip": "sentence:N"}
        layers += [
            spots.mark_point(filled=True, size=320, opacity=1, color="white", stroke=_INK)
            .encode(**where),
            spots.mark_text(fontSize=11, fontWeight="bold", color=_INK)
            .encode(text="mark:N", **where),
        ]  # fmt: skip
    return alt.layer(*layers).properties(height=_HEIGHT).configure_view(stroke=None)


def _curve_rows(curves: Sequence[CostCurve], floor: float) -> list[dict[str, Any]]:
    return [
        {
            "name": curve.name, "month": month, "colour": _colour(curve),
            "said": money_words(band), **_drawn(band, floor),
            "wide": curve.lead or curve.state == "runner-up",
        }
        for curve in curves
        for month, band in enumerate(curve.totals)
    ]  # fmt: skip


def _drawn(band: Band, floor: float) -> dict[str, float]:
    """Return a band as it is drawn: on a logarithmic axis nothing lies below its floor."""
    return {
        "low": max(band.p10, floor), "likely": max(band.p50, floor), "high": max(band.p90, floor),
    }  # fmt: skip


def _labels(
    curves: Sequence[CostCurve], domain: Sequence[float], kind: str
) -> list[dict[str, Any]]:
    """Return the curves' names beside their ends, pushed apart where they would touch."""
    log = kind == "log"
    bottom, top = (math.log10(value) if log else value for value in domain)
    gap = _LABEL_GAP / _HEIGHT * (top - bottom)
    ordered = sorted(curves, key=lambda curve: -curve.end.p50)
    heights: list[float] = []
    for curve in ordered:
        end = max(curve.end.p50, domain[0])
        wanted = math.log10(end) if log else end
        heights.append(min(wanted, heights[-1] - gap) if heights else wanted)
    lowest = bottom
    for place in reversed(range(len(heights))):  # pushed out at the bottom: back up again
        heights[place] = max(heights[place], lowest)
        lowest = heights[place] + gap
    return [
        {
            "name": curve.name, "colour": _colour(curve), "month": len(curve.totals) - 1,
            "likely": math.pow(10, height) if log else height,
        }
        for curve, height in zip(ordered, heights, strict=True)
    ]  # fmt: skip


def _scale(bands: Sequence[Band], more: Sequence[float] = ()) -> tuple[dict[str, Any], float]:
    """Return the scale that holds all figures, and the smallest figure that it can draw."""
    low = min([*(band.p10 for band in bands), *more])
    high = max(1.0, *(band.p90 for band in bands), *more)
    if low > 0 and high / low < _LOG_FROM:
        return {"type": "linear", "domain": [0, high], "nice": False}, 0
    floor = max(1.0, low)
    return {"type": "log", "domain": [floor, max(high, 10 * floor)], "nice": False}, floor


def _money_axis(alt: Any) -> Any:
    return alt.Axis(format="$,.2~s", gridColor="#e4e4e7", tickCount=6)


def _colour(curve: CostCurve) -> str:
    return BLUE if curve.lead else RUST if curve.state == "runner-up" else GREY


def _cheapest_first(curves: Sequence[CostCurve]) -> list[CostCurve]:
    return sorted(curves, key=lambda curve: curve.end.p50)


def _months(months: int) -> str:
    return f"{months} month{'s' if months != 1 else ''}"
