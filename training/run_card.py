"""A training run on the Train page: how it goes, what it came to, and what to do with it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Literal

import streamlit as st

from ladder import jobs as service
from ladder.errors import LadderError
from ladder.evaluation import Score, scoreboard
from ladder.frame import go, primary_bar
from ladder.jobs import job_view
from ladder.models.runs import trained_setup
from ladder.plan_outcome import outcome_of, outcome_words
from ladder.project import TaskFolder
from training import live_card, live_view, search_card, train_view
from training.after_card import after_card
from training.runs import Run, score_of
from training.search.records import now_training

__all__ = ["bar", "ended", "running"]


def going(run_id: str) -> None:
    """Show a run that is going on; redraw the whole page when it ends."""
    now = service.job(run_id)
    if now.over:
        st.rerun()
    st.progress(now.progress.share, text=job_view.progress_words(now))
    folder = now_training(now.folder) or now.folder
    search_card.so_far(now.folder)
    live_card.now(folder)
    live_card.curves(folder)
    live_card.samples(folder)


def stop(run_id: str) -> None:
    """Stop a run; what it learned is kept."""
    try:
        service.cancel(run_id)
    except LadderError as error:
        st.session_state["train_error"] = str(error)


def running(run: Run, waiting: str = "") -> None:
    """Lay the page out while a run goes on; `waiting` says what waits for its end."""
    if waiting:
        st.info(waiting, icon=":material/assignment:")
    st.subheader(job_view.title(run.job), anchor=False)
    st.fragment(going, run_every="1s")(run.job.id)
    st.write("You can close this page: it goes on, and is here when you come back.")
    with primary_bar():
        st.button(
            "Stop and keep what it learned",
            type="primary",
            key="stop",
            on_click=stop,
            args=(run.job.id,),
            disabled=run.job.state == "cancelling",
        )


def bar(primary: bool) -> AbstractContextManager[Any]:
    """Return where buttons stand: in the page's one bar, or in a row if that is another's."""
    return primary_bar() if primary else st.container(horizontal=True)


def ended(folder: TaskFolder, run: Run, primary: bool = True) -> bool:
    """Show the newest run that ended; return whether its button is the page's primary one.

    Without `primary` its buttons are all secondary: something else is to be done first.
    """
    now = run.job
    word, colour = job_view.STATES[now.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(word, color=colour)  # type: ignore[arg-type]
        st.subheader(train_view.ran_words(run), anchor=False, width="content")
    if now.error:
        st.error(now.error)
    if now.result:
        st.write(train_view.predicted_beside_actual(now.result))
        if outcome := outcome_of(now):
            st.markdown(f":material/assignment: {outcome_words(outcome)}".replace("$", "\\$"))
        search_card.found(now.result)
        live_card.curves(now.folder)
        live_card.kept(now.folder, now.result)
    if now.state in ("failed", "lost", "cancelled"):
        label = "Go on from where it stopped" if run.usable else "Try again"
        if st.button(label, key="again"):
            service.retry(now.id)
            st.rerun()
    if not run.usable:
        return False
    score = score_of(run, scoreboard(folder))
    if score is None:
        st.write(live_view.not_scored_words(now.result))
        with bar(primary):
            if st.button("Measure this model", type=_kind(primary), key="measure"):
                spec = {"task": folder.task.name, "method": now.spec["method"]}
                under = trained_setup(run.reference).to_dict()
                spec |= {"setup": under, "model": run.reference}
                if plan := now.spec.get("plan"):
                    spec["plan"] = plan
                service.submit(folder.project, "evaluate", spec)
                go("jobs")
        return primary
    taken = verdict(folder, run, score, primary)
    after_card(folder, run)
    return taken


def verdict(folder: TaskFolder, run: Run, score: Score, primary: bool) -> bool:
    """Say whether a measured run is better than its base and the best; offer to use it."""
    st.markdown(
        f"**{score.metric} {score.value:.2f}** ({score.low:.2f} to {score.high:.2f}, "
        f"n = {score.n}, held-out examples that it never saw)"
    )
    verdicts = train_view.run_verdicts(folder, score, run.job.result.get("model", ""))
    for _, sentence in verdicts:
        st.info(sentence, icon=":material/balance:")
    current = folder.setup()
    if current is not None and current.model == run.reference:
        st.write("The task uses this model.")
        return False
    if not verdicts:
        st.write(
            "Nothing else is measured on these examples, so nothing says whether it is better; "
            "measure the rest on the Scoreboard."
        )
    doubtful = not verdicts or any(wins is False for wins, _ in verdicts)
    with bar(primary):
        board = doubtful and st.button(
            "See the scoreboard", type=_kind(primary), key="to_scoreboard"
        )
        if board:
            go("scoreboard")
        label = "Use it all the same" if doubtful else "Use this model"
        if st.button(label, type=_kind(primary and not doubtful), key="use"):
            folder.save_setup(trained_setup(run.reference))
            st.rerun()
    return primary


def _kind(primary: bool) -> Literal["primary", "secondary"]:
    return "primary" if primary else "secondary"
