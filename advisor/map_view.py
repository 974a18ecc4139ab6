"""The map of methods: outside knowledge to the right, changes to the model upwards.

The two axes are those of a figure in Gao et al. 2312.10997; where each method stands is our own
placing, from what the method does.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from advisor.home_chart import BLUE, GREY
from advisor.methods import MEASURE_FIRST, METHODS

__all__ = ["PLACES", "map_chart", "map_spec", "map_words"]

_INK, _LINE = "#171717", "#a1a1aa"
_HEIGHT = 360

PLACES: dict[str, tuple[float, float]] = {
    "prompt": (0.3, 0.3),
    "larger-model": (0.3, 1.2),
    "no-llm": (4.8, 1.2),
    "icl": (3.6, 0.3),
    "docs-in-prompt": (6.6, 0.3),
    "rag": (7.8, 1.2),
    "edit": (4.8, 3.2),
    "classifier": (0.3, 3.2),
    "peft": (0.3, 5.0),
    "rag+peft": (7.8, 5.0),
    "preference": (3.0, 5.9),
    "self-training": (0.3, 6.8),
    "distill": (3.0, 7.7),
    "full": (0.3, 8.6),
    "cpt": (6.0, 8.6),
    "pretrain": (6.0, 9.8),
}
"""Outside knowledge and changes to the model that each method works with, 0 to 10."""

_SHORT = {
    "icl": "Few-shot", "docs-in-prompt": "Documents in prompt", "rag": "RAG", "peft": "Adapters",
    "rag+peft": "RAG + adapters", "cpt": "Continued pretraining", "classifier": "Small classifier",
}  # fmt: skip


_LOOKS: dict[str, tuple[str, int, str, str]] = {
    "recommended": ("★ ", 260, BLUE, "bold"),
    "runner-up": ("☆ ", 110, _INK, "bold"),
    "possible": ("", 70, GREY, "normal"),
    "ruled out": ("", 50, _LINE, "normal"),
}
"""Mark, size, colour and weight of each verdict."""


@lru_cache(maxsize=64)
def map_spec(recommended: str, runner_up: str | None, ruled_out: frozenset[str]) -> dict[str, Any]:
    """Return the chart as Vega-Lite's plain data, remembered: reckoning it takes a while."""
    spec: dict[str, Any] = map_chart(recommended, runner_up, ruled_out).to_dict()
    return spec


def map_chart(recommended: str, runner_up: str | None, ruled_out: Collection[str]) -> Any:
    """Return the Altair chart, with the recommended method lit and those ruled out hollow."""
    import altair as alt

    rows = [_row(method, _state(method, recommended, runner_up, ruled_out)) for method in PLACES]
    x = alt.X(
        "x:Q",
        title="Outside knowledge needed →",
        scale=alt.Scale(domain=[0, 13], nice=False),
        axis=alt.Axis(labels=False, ticks=False, grid=False),
    )
    y = alt.Y(
        "y:Q",
        title="Change to the model needed →",
        scale=alt.Scale(domain=[-0.3, 10.4], nice=False),
        axis=alt.Axis(labels=False, ticks=False, grid=False),
    )
    base: Any = alt.Chart({"values": rows}).encode(x=x, y=y, tooltip=["title:N", "state:N"])
    points = base.mark_point(filled=True, opacity=1, strokeWidth=1.5).encode(
        size=alt.Size("size:Q", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("colour:N", scale=None),
    )
    names = [
        base.transform_filter(f"datum.weight == '{weight}'")
        .mark_text(align="left", dx=11, fontSize=12, fontWeight=weight)
        .encode(text="label:N", color=alt.Color("ink:N", scale=None))
        for weight in dict.fromkeys(row["weight"] for row in rows)
    ]
    return alt.layer(points, *names).properties(height=_HEIGHT).configure_view(stroke="#d4d4d8")


def map_words(recommended: str, runner_up: str | None, ruled_out: Collection[str]) -> str:
    """Return the map in words."""
    if recommended == MEASURE_FIRST:
        begin = "Nothing is lit yet: a prompt has to be measured first."
    else:
        begin = f"{METHODS[recommended].title} is recommended: {_where(recommended)}."
    second = f" {METHODS[runner_up].title} comes next: {_where(runner_up)}." if runner_up else ""
    out = ", ".join(METHODS[method].title for method in PLACES if method in ruled_out)
    return f"{begin}{second} Ruled out: {out or 'none'}."


def _row(method: str, state: str) -> dict[str, Any]:
    mark, size, colour, weight = _LOOKS[state]
    x, y = PLACES[method]
    title = METHODS[method].title
    out = state == "ruled out"
    return {
        "x": x, "y": y, "title": title, "state": state, "size": size, "colour": colour,
        "fill": "#ffffff" if out else colour, "ink": GREY if out else _INK, "weight": weight,
        "label": f"{mark}{_SHORT.get(method, title)}",
    }  # fmt: skip


def _state(method: str, recommended: str, runner_up: str | None, ruled_out: Collection[str]) -> str:
    if method == recommended:
        return "recommended"
    if method == runner_up:
        return "runner-up"
    return "ruled out" if method in ruled_out else "possible"


def _where(method: str) -> str:
    x, y = PLACES[method]
    return f"{_much(x)} outside knowledge, {_much(y)} change to the model"


def _much(value: float) -> str:
    return "little" if value < 3.5 else "some" if value < 6.5 else "much"
