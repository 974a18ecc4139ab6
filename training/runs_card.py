"""All training runs of a task on the Train page: filtered, two or more compared, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ladder import jobs as service
from ladder.errors import LadderError
from ladder.evaluation import scoreboard
from ladder.project import TaskFolder
from training import runs_view
from training.runs import Run
from training.train_view import ran_words

__all__ = ["all_runs", "queue"]

INK = "#171717"
COLOURS = ["#0f5c73", "#b45309", "#4d7c0f", "#7c3aed", "#be123c", "#6b7280"]
HELP = {
    "Score": "On all held-out examples that it never saw, with the interval at 95 % confidence; "
    "measured after the run.",
    "While training": "The best score on the sample of validation examples that the run was "
    "steered by, so it is a little too good.",
    "Trained": "Share of the model's weights that were trained.",
}


def all_runs(folder: TaskFolder, runs: Sequence[Run]) -> None:
    """Show the runs of a task in a table; those that are ticked are compared below it."""
    if len(runs) < 2:
        return
    with st.expander(f"All {len(runs)} runs, side by side", key="all_runs"):
        left, middle, right = st.columns(3)
        methods = left.multiselect("Method", runs_view.methods_of(runs), key="runs_methods")
        states = middle.multiselect("State", runs_view.states_of(runs), key="runs_states")
        text = right.text_input(
            "Search", key="runs_text", placeholder="rank: 8", help="In ids, bases and settings."
        )
        shown = runs_view.chosen(runs, methods, states, text)
        if not shown:
            st.write("No run is like that; take a filter away.")
            return
        scores = scoreboard(folder)
        lines = runs_view.table(shown, scores)
        st.dataframe(
            lines,
            hide_index=True,
            column_config={
                name: st.column_config.TextColumn(name, help=words) for name, words in HELP.items()
            },
        )
        names = {run.job.id: ran_words(run) for run in shown}
        picked = st.multiselect(
            "Compare",
            list(names),
            default=list(names)[:2],
            format_func=names.__getitem__,
            max_selections=runs_view.COMPARED,
            key="runs_compared",
        )
        compared = [run for run in shown if run.job.id in picked]
        if len(compared) < 2:
            st.write("Name at least two runs to see them beside each other.")
            return
        compare(folder, compared)


def compare(folder: TaskFolder, runs: Sequence[Run]) -> None:
    """Show what paired tests say of runs, their curves, and where their settings differ."""
    scores = scoreboard(folder)
    sentences = runs_view.verdicts(folder, runs, scores)
    for sentence in sentences:
        st.info(sentence, icon=":material/balance:")
    if not sentences:
        st.write(
            "Fewer than two of them are measured on the held-out examples, so nothing says which "
            "is better; measure them with `ladder evaluate PROJECT --model run:ID`."
        )
    losses, found = runs_view.curves(runs)
    left, right = st.columns(2)
    with left:
        if losses:
            st.altair_chart(
                lines_chart(losses, "Loss", "loss, running mean"),
                alt="Loss on the training examples by step, a line for each run",
            )
    with right:
        if found:
            st.altair_chart(
                lines_chart(found, "Score", "score, sample"),
                alt="Score on a sample of validation examples by step, a line for each run",
            )
        else:
            st.write("None of them was measured while it trained.")
    rows = runs_view.differing(runs)
    if rows:
        st.write("Where their settings differ:")
        st.dataframe(rows, hide_index=True)
    else:
        st.write("They have the same settings.")


def lines_chart(rows: list[dict[str, Any]], value: str, title: str) -> Any:
    """Return a value by step, a line for each run, with bands where there are intervals."""
    import altair as alt

    words: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "labelFontSize": 13}
    base = alt.Chart(alt.InlineData(values=rows))
    colour = alt.Color(
        "Run:N",
        scale=alt.Scale(range=COLOURS),
        legend=alt.Legend(orient="bottom", labelColor=INK, title=None, columns=2),
    )
    step = alt.X("Step:Q", axis=alt.Axis(tickMinStep=1, format="d", **words))
    y = alt.Y(f"{value}:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(**words))
    drawn: Any = base.mark_line(strokeWidth=2, point=value == "Score").encode(
        x=step, y=y, color=colour, strokeDash=alt.StrokeDash("Run:N", legend=None)
    )
    if "Low" in rows[0]:
        pale = alt.Color("Run:N", scale=alt.Scale(range=COLOURS), legend=None)
        band = base.mark_area(opacity=0.12).encode(x=step, y="Low:Q", y2="High:Q", color=pale)
        drawn = alt.layer(band, drawn).resolve_legend(color="independent")
    return drawn.properties(height=260)


def queue(runs: Sequence[Run]) -> None:
    """Show the runs that wait for their turn, each with a way out of the queue."""
    waiting = [run for run in runs if run.job.state == "queued"][::-1]
    if not waiting:
        return
    st.write(
        f"{len(waiting)} more wait for their turn, in this order:"
        if len(waiting) > 1
        else "One more waits for its turn:"
    )
    for run in waiting:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(ran_words(run), width="content")
            st.button(
                "Take it out of the queue",
                key=f"unqueue_{run.job.id}",
                on_click=_unqueue,
                args=(run.job.id,),
            )


def _unqueue(run_id: str) -> None:
    try:
        service.cancel(run_id)
    except LadderError as error:
        st.session_state["train_error"] = str(error)
