"""Scoreboard: what is proven? Dots with intervals, one table, and any two methods in pairs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.errors import LadderError
from ladder.evaluation import Score, board_view, looks, rows_of, scoreboard, verdicts
from ladder.evaluation.estimate import measure_words
from ladder.evaluation.score import Split
from ladder.frame import frame, go, model_title, primary_bar, say_errors
from ladder.jobs import active_jobs, submit
from ladder.project import TaskFolder

SPLITS: dict[Split, str] = {
    "validation": "For choosing (validation)",
    "test": "For confirming (test)",
}


def chart(scores: list[Score], target: float) -> Any:
    """Return the chart: one row a method, a dot, its interval, and the target through all."""
    import altair as alt

    rows = board_view.chart_rows(scores)
    data = alt.Data(values=rows)
    order = [row["Method"] for row in rows]
    axis = alt.X("Score:Q", scale=alt.Scale(domain=[0, 1]), title=scores[0].metric)
    lane = alt.Y("Method:N", sort=order, title=None, axis=alt.Axis(labelLimit=220))
    base = alt.Chart(data)
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("Low:Q", title=scores[0].metric), x2="High:Q", y=lane, color=_colour(alt)
    )
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=axis,
        y=lane,
        color=_colour(alt),
        shape=alt.Shape("Who:N", legend=None),
        tooltip=["Method:N", "Score:Q", "Low:Q", "High:Q", "n:Q"],
    )
    goal = alt.Data(values=[{"Score": target, "Label": f"target {target:.2f}"}])
    rule = alt.Chart(goal).mark_rule(strokeDash=[6, 4], color="#171717").encode(x="Score:Q")
    label = (
        alt.Chart(goal)
        .mark_text(align="left", dx=4, baseline="top", color="#171717")
        .encode(x="Score:Q", y=alt.value(2), text="Label:N")
    )
    return (lines + dots + rule + label).properties(height=50 + 34 * len(rows))


def _colour(alt: Any) -> Any:
    return alt.Color(
        "Who:N",
        scale=alt.Scale(domain=["no LLM", "with an LLM"], range=["#6b4a00", "#0f5c73"]),
        legend=alt.Legend(orient="bottom", title=None),
    )


def measure(folder: TaskFolder, label: str) -> None:
    """Offer to measure every method that makes sense, as one job."""
    if active_jobs():
        if st.button("See the running job", type="primary", key="to_jobs"):
            go("jobs")
        return
    try:
        words = measure_words(folder)
    except LadderError as error:
        if st.button("Label some examples", type="primary", key="to_start"):
            go("start")
        st.write(str(error))
        return
    if st.button(f"{label}, {words}", type="primary", key="measure"):
        submit(folder.project, "measure", {"task": folder.task.name, "split": "validation"})
        go("jobs")


def pair(folder: TaskFolder, split: Split, scores: list[Score]) -> None:
    """Compare two methods on the items that both answered."""
    st.subheader("Two in pairs", anchor=False)
    names = {board_view.name_of(score, scores): score for score in scores}
    first, second = board_view.first_pair(scores)
    left, right = st.columns(2)
    order = list(names)
    a = left.selectbox("Compare", order, order.index(first), key=f"a_{split}", required=True)
    b = right.selectbox("with", order, order.index(second), key=f"b_{split}", required=True)
    if a == b:
        st.write("Pick two different ones.")
        return
    verdict = next((v for v in verdicts(folder, split) if {v.a, v.b} == {a, b}), None)
    if verdict is None:
        st.write("They answered no example in common; measure both again.")
        return
    st.info(verdict.sentence, icon=":material/balance:")
    rows_a, rows_b = rows_of(folder, names[a]), rows_of(folder, names[b])
    items = board_view.differing(rows_a, rows_b, folder.task.metric, folder.examples(), (a, b))
    st.write(f"They differ on {len(items)} of {verdict.n} items.")
    if items:
        st.dataframe(items, hide_index=True, height=260, alt=f"Items on which {a} and {b} differ")


def table(scores: list[Score]) -> None:
    """Draw the one table."""
    titles = {score.model: model_title(score.model) for score in scores if score.model}
    st.dataframe(
        board_view.table_rows(scores, titles),
        hide_index=True,
        alt="Every method with its model, score, interval, errors, tokens, cost and time",
    )


def board(folder: TaskFolder, scores: list[Score]) -> None:
    """Lay the page out."""
    splits = [split for split in SPLITS if any(score.split == split for score in scores)]
    split = splits[0]
    if len(splits) > 1:
        split = st.segmented_control(
            "Measured on", splits, default=split, key="split", required=True,
            format_func=lambda name: SPLITS[name],
        )  # fmt: skip
    shown = [score for score in scores if score.split == split]
    for sentence in board_view.standing(shown, folder.task.target):
        st.markdown(sentence)
    left_out = [s.method for s in shown if s.metric != folder.task.metric]
    if left_out:
        st.write(f"Measured with another metric, measure again: {', '.join(left_out)}.")
    shown = [score for score in shown if score.metric == folder.task.metric]
    if shown:
        st.altair_chart(
            chart(shown, folder.task.target),
            alt="Scores with intervals: "
            + "; ".join(f"{s.method} {s.value:.2f} ({s.low:.2f} to {s.high:.2f})" for s in shown),
        )
        table(shown)
    seen = len(looks(folder))
    st.write(f"The test split was looked at {seen} time{'' if seen == 1 else 's'}.")
    if len(shown) > 1:
        pair(folder, split, shown)


current = frame("What is proven?")
with say_errors():
    if current.folder is None:
        st.write("Nothing measured yet: there is no task with examples.")
        with primary_bar():
            if st.button("Start with your data", type="primary", key="to_start"):
                go("start")
    elif not (found := scoreboard(current.folder)):
        st.write("Nothing measured yet.")
        with primary_bar():
            measure(current.folder, "Measure now")
    else:
        board(current.folder, found)
        with primary_bar():
            measure(current.folder, "Measure again")
