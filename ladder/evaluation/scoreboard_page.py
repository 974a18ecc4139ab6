"""Scoreboard: what is proven? Dots with intervals, one table, and any two methods in pairs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.answering import Setup
from ladder.errors import LadderError
from ladder.evaluation import (
    Score,
    Verdict,
    against_no_llm,
    board_view,
    comparable,
    looks,
    rows_of,
    scoreboard,
    split_size,
    verdicts,
)
from ladder.evaluation.estimate import measure_source, measure_words
from ladder.evaluation.score import Split
from ladder.frame import frame, go, model_title, primary_bar, say_errors
from ladder.jobs import active_jobs, submit
from ladder.methods import DEFAULT_MODEL
from ladder.model_choice import choose_model, generators
from ladder.project import TaskFolder

SPLITS: dict[Split, str] = {
    "validation": "For choosing (validation)",
    "test": "For confirming (test)",
}


INK = "#171717"


def chart(scores: list[Score], target: float) -> Any:
    """Return the chart: one row a method, a dot, its interval, and the target through all."""
    import altair as alt

    rows = board_view.chart_rows(scores)
    data = alt.InlineData(values=rows)
    words: dict[str, Any] = {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 13,
        "titleFontSize": 13,
    }
    scale, grid = alt.Scale(domain=[0, 1]), [i / 10 for i in range(0, 11, 2)]
    axis = alt.X("Low:Q", scale=scale, title=scores[0].metric, axis=alt.Axis(values=grid, **words))
    lane = alt.Y(
        "Method:N",
        sort=[row["Method"] for row in rows],
        title=None,
        axis=alt.Axis(labelLimit=220, labelOverlap=False, **words),
    )
    colour = alt.Color(
        "Who:N",
        scale=alt.Scale(domain=["no LLM", "with an LLM"], range=["#8a5a00", "#0f5c73"]),
        legend=alt.Legend(orient="top", title=None, labelColor=INK, labelFontSize=13),
    )
    base = alt.Chart(data)
    lines = base.mark_rule(strokeWidth=2).encode(x=axis, x2="High:Q", y=lane, color=colour)
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        x="Score:Q",
        y=lane,
        color=colour,
        shape=alt.Shape("Who:N", legend=None),
        tooltip=["Method:N", "Score:Q", "Low:Q", "High:Q", "n:Q"],
    )
    goal = alt.Chart(alt.InlineData(values=[{"Score": target, "Label": f"target {target:.2f}"}]))
    rule = goal.mark_rule(strokeDash=[6, 4], color=INK).encode(x="Score:Q")
    label = goal.mark_text(align="right", dx=-4, dy=-8, fontSize=13, color=INK).encode(
        x="Score:Q", y=alt.value(0), text="Label:N"
    )
    return (lines + dots + rule + label).properties(height=alt.Step(32))


def measure(folder: TaskFolder, label: str, primary: bool = True) -> None:
    """Offer to measure every method that makes sense, as one job."""
    kind: Any = "primary" if primary else "secondary"
    mine = [job for job in active_jobs() if job.project == folder.project.path]
    if any(job.spec.get("task") in (None, folder.task.name) for job in mine):
        if st.button("See the running job", type=kind, key="to_jobs"):
            go("jobs")
        return
    try:
        words = measure_words(folder)
    except LadderError as error:
        if st.button("Label some examples", type=kind, key="to_start"):
            go("start")
        st.write(str(error))
        return
    if label == "Measure again":  # what is unchanged is not asked again
        words = words.replace("about", "at most")
    model = DEFAULT_MODEL
    if len(generators()) > 1:
        model = choose_model(
            DEFAULT_MODEL, "measured_model", label_visibility="collapsed", width=260
        )
    if model.startswith("server:"):
        words = "as fast as the server answers"
    if st.button(f"{label}, {words}", type=kind, key="measure", help=measure_source()):
        spec = {"task": folder.task.name, "split": "validation"}
        spec |= {"model": model} if model != DEFAULT_MODEL else {}
        submit(folder.project, "measure", spec)
        go("jobs")


def actions(folder: TaskFolder, split: Split) -> None:
    """Offer to use the best, unless it is used already; and to measure again.

    The best is chosen on validation alone, of what was measured on all of it: whoever chooses
    by the test split has nothing left to confirm the choice with.
    """
    scores = comparable(folder) if split == "validation" else []
    top = board_view.best(score for score in scores if not score.sampled)
    setup = folder.setup()
    if top is None or top.setup is None or (setup and setup.hash == top.setup_hash):
        measure(folder, "Measure again")
        return
    name = board_view.name_of(top, scores)
    if st.button(f"Use the best: {name}", type="primary", key="use"):
        folder.save_setup(Setup.from_dict(top.setup))
        st.rerun()
    measure(folder, "Measure again", primary=False)


def pair(folder: TaskFolder, split: Split, scores: list[Score], found: list[Verdict]) -> None:
    """Compare two methods on the items that both answered."""
    st.subheader("Two in pairs", anchor=False)
    names = {board_view.name_of(score, scores): score for score in scores}
    first, second = board_view.first_pair(scores)
    left, right = st.columns(2)
    order = list(names)
    a = left.selectbox("Compare", order, order.index(first), key=f"a_{split}")
    b = right.selectbox("with", order, order.index(second), key=f"b_{split}")
    if a == b:
        st.write("Pick two different ones.")
        return
    verdict = next((v for v in found if {v.a, v.b} == {a, b}), None)
    if verdict is None:
        st.write("They answered no example in common; measure both again.")
        return
    st.info(verdict.sentence, icon=":material/balance:")
    rows_a, rows_b = rows_of(folder, names[a]), rows_of(folder, names[b])
    items = board_view.differing(rows_a, rows_b, folder.task.metric, folder.examples(), (a, b))
    st.write(f"They differ on {len(items)} of {verdict.n} items.")
    if items:
        height = min(300, 38 + 35 * len(items))
        st.dataframe(
            items, hide_index=True, height=height, alt=f"Items on which {a} and {b} differ"
        )


def table(scores: list[Score]) -> None:
    """Draw the one table."""
    titles = {score.model: model_title(score.model) for score in scores if score.model}
    helps = {name: st.column_config.Column(help=text) for name, text in board_view.HELP.items()}
    st.dataframe(
        board_view.table_rows(scores, titles),
        hide_index=True,
        column_config=helps,
        alt="Every method with its model, score, interval, errors, tokens, cost and time",
    )
    if sentence := board_view.unpriced(scores):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(sentence, width="content")
            if st.button("Set a price", key="set_price", type="tertiary", icon=":material/sell:"):
                go("start")


def board(folder: TaskFolder, scores: list[Score]) -> None:
    """Lay the page out."""
    splits = [split for split in SPLITS if any(score.split == split for score in scores)]
    split = splits[0]
    if len(splits) > 1:
        chosen = st.segmented_control(
            "Measured on", splits, default=split, key="split", format_func=SPLITS.__getitem__
        )
        split = chosen or split
    on_split = [score for score in scores if score.split == split]
    shown = [s for s in on_split if s.metric == folder.task.metric and not s.stale]
    compared = verdicts(folder, split)
    if leader := board_view.standing(shown, folder.task.target):
        st.markdown(leader)
    for sentence in against_no_llm(shown, compared):
        st.markdown(f":material/trending_down: {sentence}")
    if how := board_view.scheme_words(shown, split_size(folder, split)):
        st.write(how)
    for sentence in board_view.left_out(on_split, folder.task.metric):
        st.write(sentence)
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
        pair(folder, split, shown, compared)
    with primary_bar():
        actions(folder, split)


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
