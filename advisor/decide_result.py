"""Decide's result: the advice, its map, what would change it, and every method explained."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from advisor.advice import Advice, RankedMethod, title_of
from advisor.break_even import break_evens
from advisor.cost_view import (
    Explanation,
    cost_curves,
    curve_chart,
    explain_price,
    in_words,
    total_chart,
)
from advisor.decide_view import (
    bullets,
    method_label,
    neighbour_line,
    neighbours,
    plain,
    reason_line,
    rule_lines,
    score_words,
)
from advisor.map_view import map_spec, map_words
from advisor.methods import MEASURE_FIRST
from advisor.pricing import DAY_PRICE
from advisor.sensitivity import sensitivity
from advisor.words import money_words

__all__ = ["beside", "costs", "ranked", "recommendation", "where_on_the_map"]

_SHOWN = 6  # changes that are shown at once


def recommendation(advice: Advice, months: int, measured: str, missing: str) -> None:
    """Say what to do, why and for how much.

    Args:
        advice: what is recommended.
        months: the horizon.
        measured: what was measured without a language model and of few-shot prompts, in words.
        missing: what the recommended method lacks before it can run here.
    """
    with st.container(border=True, key="advice"):
        st.header(title_of(advice.recommended), anchor=False)
        st.markdown(f"**{plain(advice.sentence)}**")
        if advice.recommended != MEASURE_FIRST:
            figures(advice.row(advice.recommended), months)
        st.markdown(
            "\n".join(f"{n}. {reason_line(reason)}" for n, reason in enumerate(advice.reasons, 1))
        )
        for icon, words in (("call_split", advice.chart_note), ("straighten", measured)):
            if words:
                st.markdown(f":material/{icon}: {plain(words)}")
        if missing:
            title = title_of(advice.recommended)
            st.markdown(f":material/lock: **{title} cannot run here now.** {plain(missing)}")


def figures(row: RankedMethod, months: int) -> None:
    """Draw a method's figures; each opens to its formula, inputs and source."""
    whole, *parts, people = explain_price(row.price, months)
    shown = {
        f"{whole.value} in {months} months": [whole],
        f"{money_words(row.price.one_off)} once": _paid(parts, "once"),
        f"{money_words(row.price.monthly)} a month": _paid(parts, "a month"),
        f"{people.value} of work": [people],
    }
    with st.container(horizontal=True, gap="xsmall", key="figures"):
        for number, (label, found) in enumerate(shown.items()):
            with st.popover(plain(label), key=f"figure_{number}"):
                st.markdown(bullets(map(explained, found)) or "Nothing of it is paid for.")


def explained(figure: Explanation) -> str:
    """Return how a figure came about, as Markdown."""
    given = "; ".join(f"{name} {value}" for name, value in figure.inputs.items())
    went_in = f" What went in: {given}." if given else ""
    return plain(
        f"**{figure.name}: {figure.value}.** Formula: {figure.formula}.{went_in} "
        f"*Source: {figure.source}.*"
    )


def where_on_the_map(advice: Advice) -> None:
    """Draw the methods on two axes, the recommended one lit."""
    out = frozenset(row.method for row in advice.ranked if row.state == "ruled out")
    given = (advice.recommended, advice.runner_up, out)
    st.header("Where that is", anchor=False)
    st.vega_lite_chart(map_spec(*given), width="stretch", alt=map_words(*given))
    st.markdown(
        ":small[★ recommended, ☆ runner-up, hollow: ruled out. Axes of a figure in "
        "[Gao et al. 2312.10997](https://arxiv.org/abs/2312.10997); the places are our assumption.]"
    )


def beside(advice: Advice, months: int) -> None:
    """Say what stands next to the recommended method, and what would change the answer."""
    st.header("What stands next to it", anchor=False)
    st.markdown(bullets(map(neighbour_line, neighbours(advice, months))))
    st.header("What would change this", anchor=False)
    if advice.recommended == MEASURE_FIRST:
        st.markdown("A measurement: until then every answer below is a guess.")
        return
    found = sensitivity(advice)
    if not found:
        st.markdown("Nothing that was tried: each answer was varied by itself.")
    st.markdown(bullets(plain(change.sentence) for change in found[:_SHOWN]))
    if len(found) > _SHOWN:
        with st.expander(f"{len(found) - _SHOWN} more, farther away"):
            st.markdown(bullets(plain(change.sentence) for change in found[_SHOWN:]))


def ranked(advice: Advice, months: int) -> None:
    """List all methods; each opens to the rules that fired and how its price was reckoned."""
    st.caption(
        "Open one for every rule that fired, and for how its price was reckoned. Prices are first "
        "prices: wide bands, not quotes, people's time included."
    )
    with st.container(gap="xsmall"):
        for row in advice.ranked:
            label, key = method_label(row, months), f"why_{row.method}"
            opened = st.expander(label, key=key, on_change="rerun")
            if opened.open:
                with opened:
                    one_method(row, months)


def one_method(row: RankedMethod, months: int) -> None:
    """Draw the rules that spoke for or against a method, and its price in parts."""
    rules = rule_lines(row)
    words = (
        f"Score {score_words(row.score)}: the sum of the effects." if rules else "No rule fired: 0."
    )
    st.markdown(f"**{words}**\n\n{bullets(rules)}")
    st.markdown(bullets(map(explained, explain_price(row.price, months))))


def costs(advice: Advice, months: int) -> None:
    """Offer a picture of what all methods cost over the horizon, and where they cross."""
    opened = st.expander("All prices in one picture, and where they cross", on_change="rerun")
    if not opened.open:
        return
    curves, points = cost_curves(advice, months), break_evens(advice, months)
    with opened:
        st.altair_chart(total_chart(curves), width="stretch", alt=in_words(curves, points))
        if months > 1:  # one month has no curve
            words = "What is not ruled out, month by month, and where it crosses; numbers as below."
            st.altair_chart(curve_chart(curves, points), width="stretch", alt=words)
        crossings = (f"{n}. {plain(point.sentence)}" for n, point in enumerate(points, 1))
        st.markdown("\n".join(crossings))  # the picture has the numbers
        st.caption(
            "First prices: wide bands, not quotes; a working day counts "
            f"\\${DAY_PRICE:,.0f} (our assumption)."
        )


def _paid(parts: Sequence[Explanation], when: str) -> list[Explanation]:
    return [part for part in parts if part.value.endswith(f" {when}")]
