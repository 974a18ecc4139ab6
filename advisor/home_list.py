"""The ladder for a narrow screen: one block a rung, the cheapest first, without a chart."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from advisor.home_chart import BLUE, GREY, RUST, STATE_WORDS
from advisor.ladder_view import Rung
from advisor.words import price_words

__all__ = ["ladder_list"]

_BLOCK = "padding:.55rem 0;border-bottom:1px solid #e4e4e7;line-height:1.4"
_SMALL = f"font-size:.875rem;color:{GREY}"


def ladder_list(ladder: Sequence[Rung], target: float) -> str:
    """Return the rungs as HTML: name, meaning, state, score on an axis with the target, price."""
    blocks = "".join(_block(rung, target) for rung in ladder)
    legend = f"The ladder, the cheapest rung first; the dashed line is the target {target:.2f}."
    return f'<div style="{_SMALL}">{legend}</div>{blocks}'


def _block(rung: Rung, target: float) -> str:
    title = ("▶ " if rung.current else "") + rung.title
    meaning = f"{rung.meaning}; answers now" if rung.current else rung.meaning
    state = escape(STATE_WORDS[rung.state] + (f": {rung.missing}" if rung.missing else ""))
    axis = ""
    if (s := rung.score) is not None:
        state += f" <b>{s.value:.2f}</b> ({s.low:.2f} to {s.high:.2f}, n = {s.n})"
        state += f" by {escape(s.method)}"
        axis = _axis(s.low, s.value, s.high, target)
    return (
        f'<div style="{_BLOCK}"><b>{escape(title)}</b>'
        f'<div style="{_SMALL}">{escape(meaning)}</div>'
        f"<div>{state}</div>{axis}"
        f'<div style="{_SMALL}">{escape(price_words(rung.price))}</div></div>'
    )


def _axis(low: float, value: float, high: float, target: float) -> str:
    """Return a line from 0 to 1 with the interval, the dot and the target on it."""
    mark = "position:absolute;top:"
    return (
        '<div aria-hidden="true" style="position:relative;height:16px;margin:2px 6px">'
        f'<div style="{mark}7px;left:0;right:0;height:1px;background:#d4d4d8"></div>'
        f'<div style="{mark}6px;left:{low:.1%};width:{high - low:.1%};height:3px;'
        f'background:{BLUE}"></div>'
        f'<div style="{mark}2px;left:calc({value:.1%} - 5px);width:11px;height:11px;'
        f'border-radius:50%;background:{BLUE}"></div>'
        f'<div style="{mark}0;left:{target:.1%};height:16px;border-left:2px dashed {RUST}"></div>'
        "</div>"
    )
