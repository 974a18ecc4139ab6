"""The ladder picture: one row per rung, words on the left, scores on one common axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from advisor.ladder_view import Rung
from advisor.words import days_words, money_words

__all__ = [
    "BLUE",
    "GREY",
    "RUST",
    "STATE_WORDS",
    "chart_rows",
    "in_words",
    "ladder_chart",
    "table_rows",
]

_STEP = 33
_INK, GREY, BLUE, RUST = "#171717", "#52525b", "#0f5c73", "#8a3b00"
STATE_WORDS = {
    "measured": "● measured", "running": "◐ running", "not tried": "○ not tried",
    "not runnable yet": "not runnable yet",
}  # fmt: skip
"""How each state is drawn: a shape and a word."""


def chart_rows(ladder: Sequence[Rung]) -> list[dict[str, Any]]:
    """Return what the picture draws, the cheapest rung last, so at the bottom."""
    return [
        {
            "title": ("▶ " if rung.current else "") + rung.title,
            "meaning": f"{rung.meaning}; answers now" if rung.current else rung.meaning,
            "monthly": f"{money_words(rung.price.monthly)} a month",
            "once": f"{money_words(rung.price.one_off)} once, {days_words(rung.price.people_days)}",
            "state": STATE_WORDS[rung.state],
            "missing": rung.missing or rung.by,
            "row": rung.method,
            "score": rung.score.value if rung.score else None,
            "low": rung.score.low if rung.score else None,
            "high": rung.score.high if rung.score else None,
            "said": f"{rung.score.value:.2f} (n = {rung.score.n})" if rung.score else "",
        }
        for rung in reversed(ladder)
    ]


def table_rows(ladder: Sequence[Rung]) -> list[dict[str, str]]:
    """Return the same as a plain table."""
    return [
        {
            "Rung": rung.title + (" (answers now)" if rung.current else ""),
            "Meaning": rung.meaning,
            "Once": money_words(rung.price.one_off),
            "A month": money_words(rung.price.monthly),
            "People's work": days_words(rung.price.people_days),
            "State": rung.state + (f": {rung.missing}" if rung.missing else ""),
            "Score": _score_words(rung),
        }
        for rung in reversed(ladder)
    ]


def in_words(ladder: Sequence[Rung], target: float) -> str:
    """Return the picture in words, the cheapest rung first."""
    parts = [
        f"{rung.title}: {rung.state}" + (f", {_score_words(rung)}" if rung.score else "")
        for rung in ladder
    ]
    return f"The ladder, target {target:.2f}. " + "; ".join(parts) + "."


def ladder_chart(ladder: Sequence[Rung], target: float) -> Any:
    """Return the Altair chart, for a screen wide enough for its words (see `home_list`)."""
    import altair as alt

    rows = chart_rows(ladder)
    lane = alt.Y("row:N", sort=[row["row"] for row in rows], axis=None)
    base: Any = alt.Chart({"values": rows}).encode(y=lane)
    left = {"expr": "width * 0.69"}
    axis = alt.X(
        "score:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1], range=[left, {"expr": "width - 8"}]),
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2f", grid=True, gridColor="#e4e4e7"),
    )

    def words(field: str, at: float, dy: int, **more: Any) -> Any:
        style: dict[str, Any] = {"align": "left", "fontSize": 12, "color": _INK} | more
        return base.mark_text(dy=dy, **style).encode(
            text=f"{field}:N", x=alt.value({"expr": f"width * {at}"})
        )

    grey: dict[str, Any] = {"color": GREY, "fontSize": 11}
    seen = base.transform_filter("isValid(datum.score)")
    goal: Any = alt.Chart({"values": [{"score": target, "said": f"target {target:.2f}"}]})
    rule = goal.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=RUST)
    name = goal.mark_text(dy=-8, fontSize=12, fontWeight="bold", color=RUST)
    layers = [
        words("title", 0, -7, fontWeight="bold"),
        words("meaning", 0, 8, **grey),
        words("monthly", 0.27, -7),
        words("once", 0.27, 8, **grey),
        words("state", 0.49, -7),
        words("missing", 0.49, 8, **grey),
        rule.encode(x=axis),
        name.encode(x=axis, y=alt.value(0), text="said:N"),
    ]
    said = seen.encode(x=axis, text="said:N")
    over: dict[str, Any] = {"dy": -11, "fontSize": 11, "fontWeight": "bold"}
    if any(rung.score for rung in ladder):  # an empty layer is a picture without words to axe
        layers += [
            seen.mark_rule(strokeWidth=3, color=BLUE).encode(x=alt.X("low:Q"), x2="high:Q"),
            seen.mark_point(filled=True, size=120, opacity=1, color=BLUE).encode(x=axis),
            said.mark_text(stroke="white", strokeWidth=4, **over),  # the target may run behind
            said.mark_text(color=_INK, **over),
        ]
    return alt.layer(*layers).properties(height=alt.Step(_STEP)).configure_view(stroke=None)


def _score_words(rung: Rung) -> str:
    if rung.score is None:
        return ""
    s = rung.score
    return f"{s.value:.2f} ({s.low:.2f} to {s.high:.2f}, n = {s.n}) by {s.method}"
