"""Jobs: what is running, what went wrong, and what to do about it. It only reads files."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from ladder.errors import JobError
from ladder.frame import BUSY, PAGES, duration, frame, primary_bar, say_errors
from ladder.jobs import Job, cancel, jobs, retry
from ladder.jobs import job_view as view

BADGES = {
    "queued": ("Waiting", "gray"),
    "starting": ("Starting", "blue"),
    "running": ("Running", "blue"),
    "cancelling": ("Stopping", "orange"),
    "done": ("Done", "green"),
    "failed": ("Failed", "red"),
    "cancelled": ("Cancelled", "gray"),
    "lost": ("Lost", "red"),
}


def act(action: str, run_id: str) -> None:
    """Cancel a job or queue it again; a refusal is shown on the next drawing."""
    try:
        if action == "cancel":
            cancel(run_id)
        else:
            retry(run_id)
    except JobError as error:
        st.session_state["jobs_error"] = str(error)


def card(job: Job) -> None:
    """Draw one job."""
    word, colour = BADGES[job.state]
    with st.container(border=True):
        head, button = st.columns([5, 1], vertical_alignment="center")
        head.markdown(f"**{view.title(job.kind, job.spec)}** · {job.project}")
        head.badge(word, color=colour)
        if job.state in BUSY:
            if job.state != "cancelling":
                button.button(
                    "Cancel", key=f"cancel_{job.id}", on_click=act, args=("cancel", job.id)
                )
            progress(job)
        elif job.state in ("failed", "lost"):
            reason = job.error or "The worker ended without saying why."
            st.error(f"{reason}\n\n{view.remedy(reason)}")
        if job.finished:
            st.write(f"Ended {when(job.finished)}.")
        with st.expander("Log", key=f"log_{job.id}", expanded=job.state == "failed"):
            st.code(view.log_tail(job.folder) or "Nothing written yet.", language=None)


def progress(job: Job) -> None:
    """Draw how far a job is and how long it will still take."""
    now = job.progress
    share = min(1.0, now.done / now.total) if now.total else 0.0
    left = "" if now.seconds_left is None else f", about {duration(now.seconds_left)} left"
    words = now.message or (
        "waiting for the job before it" if job.state == "queued" else "starting"
    )
    count = f"{now.done:,} of {now.total:,}, " if now.total else ""
    st.progress(share, text=f"{count}{words}{left}")


def when(stamp: float) -> str:
    """Return a moment in local time."""
    return datetime.fromtimestamp(stamp).strftime("%d %b, %H:%M")


def board(was_busy: bool) -> None:
    """Draw the newest jobs; when the last running one ends, redraw the page so polling stops."""
    newest = jobs()[:20]
    if was_busy and not any(job.state in BUSY for job in newest):
        st.rerun()
    for job in newest:
        card(job)


frame("What is running, what went wrong?")
with say_errors():
    if refusal := st.session_state.pop("jobs_error", None):
        st.error(refusal)
    known = jobs()
    busy = any(job.state in BUSY for job in known)
    if not busy:
        st.write("Nothing is running.")
    st.fragment(board, run_every="1s" if busy else None)(busy)
    failed = next((job for job in known if job.state in ("failed", "lost", "cancelled")), None)
    with primary_bar():
        if failed and not busy and failed is known[0]:
            st.button(
                "Try again", type="primary", key="again", on_click=act, args=("retry", failed.id)
            )
        elif st.button("See the scoreboard", type="primary", key="to_scoreboard"):
            go("scoreboard")
