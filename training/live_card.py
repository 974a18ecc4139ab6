"""A run's curves on the Train page: loss, the task's metric, and the same few answers over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from ladder.files import read_json_lines
from training import live_view, measurements, train_view
from training.checkpoints import METRICS
from training.measurements import Measurement

__all__ = ["curves", "kept", "now", "samples"]

_INK, _LINE, _DOTS, _VALIDATION = "#171717", "#0f5c73", "#6b7280", "#b45309"
_WORDS: dict[str, Any] = {"labelColor": _INK, "titleColor": _INK, "labelFontSize": 13}
_HEIGHT = 240


def now(run: Path) -> None:
    """Show how a run stands: score, loss, speed, memory, time left."""
    lines = read_json_lines(run / METRICS)
    tiles = live_view.now_tiles(lines[-1] if lines else None, measurements.read(run))
    for place, (title, value, words) in zip(st.columns(max(1, len(tiles))), tiles, strict=False):
        place.metric(title, value, help=words)


def curves(run: Path) -> None:
    """Draw the loss of a run and the task's metric, as far as it is."""
    lines, found = read_json_lines(run / METRICS), measurements.read(run)
    rows = train_view.chart_rows(lines)
    if not rows:
        st.write("No step is done yet: the examples are read and the model is loaded first.")
        return
    last = rows[-1]
    steps = int(lines[-1].get("steps") or last["Step"])
    left, right = st.columns(2) if found else (st.container(), st.container())
    words = f"Loss on the training examples by step; {last['Mean']:.2f} at step {last['Step']}"
    with left:
        st.altair_chart(_losses(rows, live_view.loss_points(found), steps), alt=words)
        beside = " Orange: the loss on validation." if found else ""
        st.caption(f"Dots: the loss of each step. Line: their running mean.{beside}")
    if found:
        with right:
            words = f"The task's metric on validation by step; {found[-1].words}"
            st.altair_chart(_metric(found, steps), alt=words)
            st.caption(
                f"The task's metric on {found[-1].n} validation examples, the same ones each "
                "time, with its 95 % interval; the filled dot is the best."
            )


def samples(run: Path) -> None:
    """Show the same few validation examples as they were answered over time."""
    rows = live_view.sample_rows(measurements.read(run))
    if rows:
        st.dataframe(
            rows,
            hide_index=True,
            alt="Validation examples, their right answers, and what the model answered at each "
            "of the newest measurements",
        )


def kept(run: Path, result: dict[str, Any]) -> None:
    """Say which weights were kept and why the run ended; show the samples it answered."""
    for warning, words in live_view.ended_words(result):
        if warning:
            st.warning(words.replace("$", "\\$"), icon=":material/warning:")
        else:
            st.write(words)
    if measurements.read(run):
        with st.expander("The same examples, answered as it learned", key=f"samples_{run.name}"):
            samples(run)


def _axis(steps: int) -> Any:
    import altair as alt

    return alt.X(
        "Step:Q",
        scale=alt.Scale(domain=[0, steps], nice=False),
        axis=alt.Axis(tickMinStep=1, format="d", **_WORDS),
    )


def _losses(rows: list[dict[str, float]], validation: list[dict[str, float]], steps: int) -> Any:
    """Return the loss by step, as far as it is of all `steps`: dots, their mean, validation."""
    import altair as alt

    base, step = alt.Chart(alt.InlineData(values=rows)), _axis(steps)
    scale = alt.Scale(zero=False)
    dots = base.mark_point(filled=True, size=14, color=_DOTS).encode(
        x=step, y=alt.Y("Loss:Q", title="loss", scale=scale, axis=alt.Axis(**_WORDS))
    )
    drawn = dots + base.mark_line(color=_LINE, strokeWidth=2).encode(x=step, y="Mean:Q")
    if validation:
        points = alt.Chart(alt.InlineData(values=validation))
        line = points.mark_line(
            color=_VALIDATION, strokeWidth=2, strokeDash=[4, 3], point={"color": _VALIDATION}
        )
        drawn += line.encode(x=step, y="Loss:Q")
    return drawn.properties(height=_HEIGHT)


def _metric(found: list[Measurement], steps: int) -> Any:
    """Return the task's metric by step with its interval."""
    import altair as alt

    rows, step = live_view.metric_points(found), _axis(steps)
    base = alt.Chart(alt.InlineData(values=rows))
    y = alt.Y(
        "Score:Q",
        title=found[-1].metric,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(**_WORDS),
    )
    band = base.mark_area(opacity=0.15, color=_LINE).encode(x=step, y="Low:Q", y2="High:Q")
    line = base.mark_line(color=_LINE, strokeWidth=2).encode(x=step, y=y)
    dots = base.mark_point(size=60, color=_LINE).encode(
        x=step,
        y=y,
        fill=alt.condition("datum.Best", alt.value(_LINE), alt.value("white")),
        tooltip=["Step:Q", "Score:Q", "Low:Q", "High:Q"],
    )
    return (band + line + dots).properties(height=_HEIGHT)
