"""One question and its answer on the Chat page: as it comes, as it stands, and thumbs on it."""

from __future__ import annotations

import streamlit as st

from ladder.answering import Answerer
from ladder.errors import LadderError
from ladder.files import content_hash
from ladder.project import Example, TaskFolder
from ladder.project.index_state import document_hashes
from rag import chat_view as view
from rag.chat_log import keep
from rag.conversation import answerer_of, reply
from rag.feedback import give_feedback
from rag.serving_card import Asked
from rag.turn import Turn

__all__ = ["answer", "draw"]

_UP = {True: 1, False: 0}
"""What Streamlit's thumbs call up and down."""


def draw(turn: Turn, place: int, folder: TaskFolder, up: bool | None) -> None:
    """Draw one question and its answer, with what it took and what one thinks of it."""
    with st.chat_message("user"):
        st.html(view.plain_html(turn.question))
    with st.chat_message("assistant"):
        if turn.error:
            st.error(view.escaped(turn.error), icon=":material/error:")
            return
        if sentence := view.unanswered(turn):
            st.write(sentence)
        elif turn.text:
            st.html(view.answer_html(turn))
        elif turn.state == "stopped":
            st.write("Stopped before the first word.")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            words = f"{view.time_words(turn)}, {view.cost_words(turn, folder.task)}"
            st.caption(view.escaped(words), width="content", help=view.cost_help(turn, folder.task))
            if turn.passages and st.button("Sources", key=f"sources_{place}", type="tertiary"):
                st.session_state["chat_shown"] = place
                st.session_state["chat_looks"] = st.session_state.get("chat_looks", 0) + 1
            if turn.state == "done":
                thumbs(turn, folder, up)


def thumbs(turn: Turn, folder: TaskFolder, up: bool | None) -> None:
    """Draw the thumbs on an answer and keep the one that is given."""
    key = f"thumb_{turn.id}"
    was = None if up is None else _UP[up]
    st.session_state.setdefault(key, was)
    given = st.feedback("thumbs", key=key)
    if given != was:
        try:
            give_feedback(folder, turn, None if given is None else bool(given))
        except (LadderError, OSError) as error:
            st.session_state["chat_unkept"] = f"What you think of it could not be kept. {error}"
            return
    if given == _UP[False]:
        right_answer(turn, folder)


def right_answer(turn: Turn, folder: TaskFolder) -> None:
    """Ask for the right answer to a question that was answered badly; it becomes an example."""
    if folder.task.name not in folder.project.tasks():
        st.caption("Kept as a question that needs its right answer.", width="content")
        return
    name = f"chat-{turn.id}"
    if any(example.id == name for example in folder.examples()):
        st.caption("Its right answer is among the examples.", width="content")
        return
    with st.popover("Give the right answer", icon=":material/edit:"):
        question = st.text_area("Question", turn.searched or turn.question, key=f"asked_{name}")
        right = st.text_area("Right answer", key=f"right_{name}")
        known, may_be_empty = bool(right.strip()), folder.task.kind == "qa"
        if may_be_empty:
            st.caption("Left empty it says: the documents do not hold the answer.")
        able = bool(question.strip()) and (known or may_be_empty)
        if st.button("Add to the examples", key=f"add_{name}", disabled=not able):
            example = Example(name, question.strip(), right.strip(), answerable=known)
            folder.add_examples([example])
            st.rerun()


@st.cache_resource(max_entries=8, show_spinner=False)
def loaded(key: str, _folder: TaskFolder, _now: Asked) -> Answerer:
    """Return the Answerer, kept as long as its Setup, index and examples stay the same."""
    return answerer_of(_folder, _now.setup, meanwhile=_now.meanwhile)


def stopped(turn: Turn) -> None:
    """Draw the page again once Stop has cut the answer short: nothing else would show it.

    It is called each second, but waits for a script that runs: if the answer is not at its end
    then, what drew it was stopped.
    """
    if turn.state == "answering":
        st.rerun()


def answer(
    turn: Turn, earlier: list[Turn], folder: TaskFolder, now: Asked, conversation: str
) -> None:
    """Draw an answer as it comes; the turn keeps what there is, whatever interrupts."""
    with st.chat_message("user"):
        st.html(view.plain_html(turn.question))
    with st.chat_message("assistant"):
        place = st.empty()
        st.fragment(stopped, run_every="1s")(turn)
        turn.state = "answering"
        place.write("Finding passages; the first time, the models are loaded too.")
        try:
            of = [now.setup.to_dict(), now.generation, now.meanwhile, str(folder.path)]
            asked = [*of, document_hashes(folder.project)]
            rows = [example.to_dict() for example in folder.examples()]
            answerer = loaded(content_hash([asked, rows]), folder, now)
            for text in reply(answerer, turn, earlier):
                if text:  # until the first word it says what is being done
                    place.html(view.plain_html(text))
        except LadderError as error:
            turn.error, turn.state = str(error), "done"
        finally:  # also when Stop or another page interrupts: the model is told at once
            turn.stop.set()
            try:
                keep(folder, conversation, turn)
            except (LadderError, OSError) as error:
                st.session_state["chat_unkept"] = f"This answer could not be kept. {error}"
