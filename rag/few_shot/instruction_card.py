"""The instruction on the Few-shot page: its editor, its versions, what changed between them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from ladder.answering import Setup
from ladder.evaluation.board_view import name_of
from ladder.evaluation.score import Score
from ladder.evaluation.scoreboard import comparable
from ladder.frame import say_errors
from ladder.project import TaskFolder
from rag.few_shot.instructions import (
    Piece,
    Version,
    instruction_of,
    keep_instruction,
    versions,
    word_changes,
    worth,
)
from rag.few_shot.settings_card import instruction_box

__all__ = ["changes_html", "instruction"]

_STYLE = (
    "<style>.words del{color:#9f1239;text-decoration:line-through}"
    ".words ins{color:#166534;text-decoration:none;font-weight:600}"
    ".words{line-height:1.7;overflow-wrap:anywhere}</style>"
)


def instruction(folder: TaskFolder, setup: Setup) -> None:
    """Draw the editor, and the versions with their scores.

    Args:
        folder: the task.
        setup: what the page's widgets make; its instruction is the one that is edited.
    """
    known = versions(folder)
    edited = st.session_state["shots_instruction"].strip()
    instruction_box(4)
    used = folder.setup()
    if all(each.text != edited for each in known):
        _not_kept(folder, edited, known)
    st.header("Versions", anchor=False)
    st.write(
        "A wording is kept when you use it or press “Keep this wording”; none is ever lost. "
        "Its score is that of the best prompt that was measured with it."
    )
    scores = comparable(folder)
    found = worth(folder, scores)
    now = instruction_of(used, folder) if used else folder.task.instruction.strip()
    for version in reversed(known):
        _version(version, edited, now, _worth_words(found.get(version.text), scores))


def _not_kept(folder: TaskFolder, edited: str, known: Sequence[Version]) -> None:
    """Show what the edited wording changes, and offer to keep it."""
    if known and edited:
        st.write(f"Against version {known[-1].number}:")
        _changes(word_changes(known[-1].text, edited))
    if st.button("Keep this wording", key="shots_keep", disabled=not edited):
        with say_errors():
            keep_instruction(folder, edited)
            st.rerun()


def _version(version: Version, edited: str, now: str, worth: str) -> None:
    """Draw one version: what it says, what it was worth, and what the edited one changes."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Version {version.number}**", width="content")
            if version.text == now:
                st.badge("in use", icon=":material/check:", color="green")
            day = version.created[:10] or "the task's own, from Start"
            st.markdown(f"{day}; {worth}", width="content")
        st.text(version.text)
        if version.text == edited:
            return
        with st.expander("What your wording changes"):
            _changes(word_changes(version.text, edited))
        st.button(
            "Edit from this one",
            key=f"shots_restore_{version.number}",
            on_click=_restore,
            args=(version.text,),
        )


def _restore(text: str) -> None:
    st.session_state["shots_instruction"] = text


def _worth_words(score: Score | None, scores: Sequence[Score]) -> str:
    if score is None:
        return "not measured yet"
    sample = ", a sample" if score.sampled else ""
    return (
        f"{score.value:.2f} ({score.low:.2f} to {score.high:.2f}, n = {score.n}{sample}) "
        f"with {name_of(score, scores)}"
    )


def _changes(pieces: Sequence[Piece]) -> None:
    st.html(changes_html(pieces))


def changes_html(pieces: Sequence[Piece]) -> str:
    """Return a comparison as HTML: what came is marked with +, what went with -, and by colour."""
    said = {
        "same": "{}",
        "added": "<ins>[+ {}]</ins>",
        "removed": "<del>[- {}]</del>",
    }
    words, before = "", "same"
    for piece in pieces:
        bare = piece.text.strip(" ")
        marked = said[piece.change].format(escape(bare or " "))
        first = piece.text.startswith(" ") or "same" not in (before, piece.change)
        words += f"{' ' * first}{marked}{' ' * piece.text.endswith(' ')}" if bare else marked
        before = piece.change
    return f'{_STYLE}<p class="words">{words or "(nothing)"}</p>'
