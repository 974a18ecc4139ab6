"""Jobs: what is running, what went wrong, and what to do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import streamlit as st

from ladder.errors import LadderError
from ladder.frame import Current, frame, go, primary_bar, say_errors
from ladder.jobs import Job, cancel, job_view, jobs, retry
from ladder.plan_outcome import outcome_of, outcome_words

SHOWN = 20


def act(action: str, run_id: str) -> None:
    """Cancel a job or queue it again; a refusal is shown when the page is drawn next."""
    try:
        if action == "cancel":
            cancel(run_id)
        else:
            retry(run_id)
    except LadderError as error:
        st.session_state["jobs_error"] = str(error)


def card(job: Job, primary: bool) -> None:
    """Draw one job; `primary` is the one whose button stands in the bar below."""
    word, colour = job_view.STATES[job.state]
    with st.container(border=True, gap="xsmall"):
        head, side = st.columns([5, 1], vertical_alignment="center")
        with head.container(horizontal=True, vertical_alignment="center"):
            st.badge(word, color=colour)  # type: ignore[arg-type]
            st.markdown(f"**{job_view.title(job)}**{job_view.whose(job)}", width="content")
            if job.finished:
                st.markdown(f"ended {when(job.finished)}", width="content")
        offer = None
        if not job.over and job.state != "cancelling":
            offer = ("Cancel", "cancel")
        elif job.state in ("failed", "lost", "cancelled") and not primary:
            offer = ("Try again", "retry")
        if offer:
            label, what = offer
            key = f"{what}_{job.id}"
            side.button(label, key=key, on_click=act, args=(what, job.id), width="stretch")
        if not job.over:
            st.progress(job.progress.share, text=job_view.progress_words(job))
        elif job.error:
            st.error(job.error)
        if found := job_view.found_words(job):
            st.markdown(f":material/check: {found}")
        if outcome := outcome_of(job):
            st.markdown(f":material/assignment: {outcome_words(outcome)}".replace("$", "\\$"))
        with st.expander("Log", expanded=job.state in ("failed", "lost"), key=f"log_{job.id}"):
            st.code(job.log_tail(12) or "Nothing written yet.", language=None, wrap_lines=True)


def when(stamp: float) -> str:
    """Return a moment in this machine's time."""
    return datetime.fromtimestamp(stamp).strftime("%d %b, %H:%M")


def board(was_busy: bool, primary: str | None) -> None:
    """Draw the newest jobs; when the last running one ends, redraw the page so polling stops."""
    newest = jobs()[:SHOWN]
    if was_busy and all(job.over for job in newest):
        st.rerun()
    for job in newest:
        card(job, job.id == primary)


def lead_on(newest: Job) -> None:
    """Draw the way on: back to the wizard after a measurement that it had asked for."""
    board: Literal["primary", "secondary"] = "primary"
    if newest.state == "done" and newest.kind == "measure" and "plan" in newest.spec:
        board = "secondary"
        if st.button("Back to Decide, with what was measured", type="primary", key="to_decide"):
            go("decide", newest.project.name, newest.spec.get("task"))
    if st.button("See the scoreboard", type=board, key="to_scoreboard"):
        go("scoreboard")


def empty(current: Current) -> None:
    """Say what will stand here, and lead to the page on which the first job is begun."""
    st.write("Nothing is running, and nothing has run yet.")
    st.markdown(
        "What takes longer than a moment runs as a job, one after the other, also when this page "
        "is closed:\n"
        "- **Index**: documents are made searchable, begun on Chat.\n"
        "- **Measure** and **Evaluate**: methods answer the held-out examples, begun on Home and "
        "the Scoreboard.\n"
        "- **Train**: a model learns from your examples, begun on Train.\n\n"
        "Each shows here how far it is, what it came to, and if it failed, why and how to go on."
    )
    with primary_bar():
        if current.project is None:
            if st.button("Start with your data", type="primary", key="to_start"):
                go("start")
        elif st.button("See what to do next", type="primary", key="to_home"):
            go("home")


current = frame("What is running, what went wrong?")
with say_errors():
    if refusal := st.session_state.pop("jobs_error", None):
        st.error(refusal)
    known = jobs()
    if not known:
        empty(current)
        st.stop()
    busy = any(not job.over for job in known)
    again = known[0].id if known and known[0].state in ("failed", "lost", "cancelled") else None
    if not busy:
        st.write("Nothing is running.")
    st.fragment(board, run_every="1s" if busy else None)(busy, again)
    with primary_bar():
        if again:
            st.button("Try again", type="primary", key="again", on_click=act, args=("retry", again))
        else:
            lead_on(known[0])
