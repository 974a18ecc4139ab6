"""The leaderboard on the Few-shot page: the verdict, its proof, and the job that makes it."""

from __future__ import annotations

import streamlit as st

from ladder import jobs as service
from ladder.answering import Setup
from ladder.errors import LadderError
from ladder.frame import go, model_title
from ladder.jobs import Job, job_view
from ladder.project import TaskFolder
from rag.chat_view import escaped
from rag.few_shot import leaderboard_view as view
from rag.few_shot.board import Board
from rag.few_shot.settings_card import fill

__all__ = [
    "failed",
    "how_much",
    "leaderboard",
    "limits",
    "no_board",
    "progress",
    "running",
    "verdict",
]

KIND = "icl"
"""The kind of job that makes the leaderboard."""
MINUTES = 30
"""What finding may take unless another limit is set: our choice."""
FEWEST = 10
"""Examples below which a leaderboard would tell nothing, as in `leaderboard`."""
_NEXT = {
    "rag": ("Give it documents on Chat", "chat"),
    "fine-tune": ("Look at training", "train"),
}
"""Where a verdict leads, where it leads away from this page."""


def verdict(board: Board, stale: bool, otherwise: bool) -> None:
    """Draw what the leaderboard says, in a sentence, and whether it still holds.

    Args:
        board: the leaderboard.
        stale: whether the examples or the task changed since.
        otherwise: whether its prompts ask in another way than what is on the page now.
    """
    head, rest = view.said_shortly(board.verdict.sentence)
    st.markdown(f"**{escaped(head)}** {escaped(rest)}")
    if stale:
        st.info(
            "The examples or the task changed since this was measured; find the best prompt again.",
            icon=":material/info:",
        )
    elif otherwise:
        st.info(
            "This was measured with another instruction, format, model or way of answering than "
            "now on the page; find the best prompt again, or try one of these on the page.",
            icon=":material/info:",
        )


def how_much() -> None:
    """Draw how long finding may take, and on how many examples; `limits` says what they hold."""
    with st.popover("How long"):
        st.number_input(
            "Minutes at most", 1, 600, None, key="shots_minutes", placeholder="no limit",
            help="It ends between two answers. All are kept, so finding again goes on from there.",
        )  # fmt: skip
        st.number_input(
            "Examples to measure on", FEWEST, 10_000, None, key="shots_sample", placeholder="all",
            help="A random sample with each label's share. Fewer take less time, and their "
            "intervals are wider.",
        )  # fmt: skip


def limits() -> tuple[int | None, float | None]:
    """Return the examples to measure on, and the minutes; None is no limit."""
    state = st.session_state
    for name, value in (("minutes", MINUTES), ("sample", None)):
        # Kept though they are not drawn.
        state[f"shots_{name}"] = state.get(f"shots_{name}", value)
    return state["shots_sample"], state["shots_minutes"]


def leaderboard(folder: TaskFolder, board: Board) -> None:
    """Draw the proof: dots with intervals beside the curve, then the table."""
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        st.html(view.legend_html(view.legend(board)))
        st.altair_chart(view.board_chart(board), width="stretch", alt=view.board_words(board))
    with right:
        if len(board.curve) > 1:
            st.altair_chart(view.curve_chart(board), width="stretch", alt=view.curve_words(board))
        if board.choice:
            st.write(escaped(board.choice))
        for reason in board.verdict.reasons:
            st.markdown(f"- {escaped(reason)}")
        if board.verdict.kind in _NEXT:
            label, page = _NEXT[board.verdict.kind]
            if st.button(label, key="shots_next"):
                go(page)
    st.dataframe(
        view.table_rows(board),
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.Column(help=text) for name, text in view.HELP.items()
        },
        alt="Every prompt that was tried, with its score, tokens, time and cost",
    )
    st.write(f"{view.how_words(board)} Asked: {model_title(board.model)}.")
    if board.stopped:
        st.write(escaped(board.stopped))
    _details(board)
    _take_over(folder, board)


def _details(board: Board) -> None:
    """List why a line has no full score, and the paired tests behind "cannot be told"."""
    said = [(e.name, e.why) for e in board.lines if e.why] + list(board.left_out)
    said += [(e.name, e.against_best) for e in board.lines if e.against_best]
    if not said:
        return
    with st.expander("Why some were dropped or left out, and how the others stand to the best"):
        for name, reason in said:
            st.markdown(f"- **{escaped(name)}**: {escaped(reason)}")


def _take_over(folder: TaskFolder, board: Board) -> None:
    """Offer to put one of the measured prompts into the settings."""
    lines = {line.name: line for line in view.prompts(board)}
    if not lines:
        return

    def take() -> None:
        try:
            fill(folder, Setup.from_dict(lines[st.session_state["shots_line"]].settings))
        except LadderError as error:  # kept by a version with other settings
            st.session_state["shots_note"] = str(error)
            return
        st.session_state["shots_goto"] = "prompt"

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Look at one of these prompts", list(lines), key="shots_line", width=420)
        st.button("Try it", key="shots_take", on_click=take)


def no_board(labelled: int, enough: int, busy: bool) -> None:
    """Say what the leaderboard will show.

    Args:
        labelled: how many labelled examples there are.
        enough: from how many on it is worth the time.
        busy: whether it is being made.
    """
    st.write(
        f"{'Being measured now' if busy else 'Nothing is measured yet'}. “Find the best prompt” "
        "asks the model about your held-out examples with no example shown, with examples chosen "
        "in each way, in both orders, and with 0 to 32 of them; beside it stand answers that need "
        "no language model at all. What cannot win any more is dropped early. You then see a score "
        "with its interval, tokens, time and cost for each, and one sentence: whether a prompt is "
        "enough."
    )
    if labelled < enough:
        st.write(
            f"{labelled} labelled examples say little: their intervals will be wide. From "
            f"{enough} on it is worth the time."
        )


def running(folder: TaskFolder) -> Job | None:
    """Return the job that makes this task's leaderboard, if there is one."""
    return next((job for job in service.active_jobs() if _is_ours(job, folder)), None)


def failed(folder: TaskFolder) -> str | None:
    """Return why the newest such job failed, if it did."""
    newest = next((job for job in service.jobs(folder.project) if _is_ours(job, folder)), None)
    return newest.error if newest is not None and newest.state == "failed" else None


def progress(folder: TaskFolder) -> None:
    """Draw how far the job is; when it ends, draw the page again with what it found."""
    job = running(folder)
    if job is None:
        st.session_state["shots_goto"] = "board"
        st.rerun()
    st.progress(job.progress.share, text=f"{job_view.title(job)}: {job_view.progress_words(job)}")


def _is_ours(job: Job, folder: TaskFolder) -> bool:
    here = job.project == folder.project.path.resolve()
    return here and job.kind == KIND and job.spec.get("task") in (None, folder.task.name)
