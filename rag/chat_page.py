"""Chat: what does it answer, and is it true? The answer left, the sources with quotes right."""

from __future__ import annotations

import streamlit as st

from ladder.answering import Setup
from ladder.evaluation.runner import method_of
from ladder.frame import Current, frame, go, model_title, primary_bar, say_errors
from ladder.jobs import active_jobs, jobs, submit
from ladder.methods import DEFAULT_EMBEDDER
from ladder.project import Project, TaskFolder
from ladder.project.example_door import example_door
from ladder.project.index_state import IndexState, index_state
from ladder.project.reading import KINDS_IN_WORDS
from rag import chat_view as view
from rag.asked_card import checks_search, setup_asked, task_asked
from rag.conversation_card import conversation_bar, conversation_here, turns_of
from rag.documents_card import index_spec, progress, running, shelf
from rag.feedback import kept_feedback
from rag.proof.proof_card import proof
from rag.serving_card import Asked, answering_now, say_what_answers
from rag.sources_card import panel
from rag.turn import Turn
from rag.turn_card import answer, draw

_HEIGHT = 460
"""Pixels of the conversation and of its sources, which are read side by side."""


def prepare(project: Project, setup: Setup, state: IndexState) -> None:
    """Draw what stands between the documents and the first question."""
    shelf(project, setup, state)
    busy = running(project)
    if busy is not None:
        st.fragment(progress, run_every="1s")(project)
    elif state.documents:
        newest = next((job for job in jobs(project) if job.kind == "index"), None)
        if newest is not None and newest.state == "failed" and newest.error:
            st.error(newest.error, icon=":material/error:")
        st.write("The documents are cut into passages that can be searched; then you can ask.")
    else:
        st.info(
            "Nothing to answer from yet. Drop a handbook, terms or notes above: each answer will "
            "show the sentence that says the same, or that there is none."
        )
        with primary_bar():  # dropping a file above is the other way on
            example_door("primary")
        return
    with primary_bar():
        if busy is not None:
            if st.button("See the running job", type="primary", key="to_jobs"):
                go("jobs")
            return
        label = f"Index the documents, {view.spoken(view.index_seconds(project))}"
        if st.button(label, type="primary", key="index"):
            plan = st.query_params.get("plan")
            submit(project, "index", index_spec(setup) | ({"plan": plan} if plan else {}))
            st.rerun()


def offered(questions: list[str]) -> str | None:
    """Draw questions to begin with, and return the one that was clicked."""
    if questions:
        st.write("Or begin with one of these:")
    clicked = [
        question
        for number, question in enumerate(questions)
        if st.button(view.label(question), key=f"chip_{number}", icon=":material/chat:")
    ]
    return clicked[0] if clicked else None


def conversation(folder: TaskFolder, setup: Setup, now: Asked, state: IndexState) -> None:
    """Draw the conversation, its sources, and the place to ask."""
    here = conversation_here()
    turns = turns_of(folder, here)
    for turn in turns:
        if turn.state in ("asked", "answering"):  # interrupted: by Stop, or another page
            turn.stop.set()
            turn.state = "stopped"
    thumbs = {each.id: each.up for each in kept_feedback(folder)}
    left, right = st.columns([3, 2], gap="large")
    with left.container(height=_HEIGHT, border=False):
        for place, turn in enumerate(turns):
            draw(turn, place, folder, thumbs.get(turn.id))
        chip = None
        if not turns:
            st.write(view.BEGIN if setup.retrieval.source != "none" else view.BEGIN_WITHOUT)
            chip = offered(view.examples(folder))
        if active_jobs():
            st.write("A job is running; answers take longer meanwhile.")
        coming = st.container()
    with right:
        if unkept := st.session_state.get("chat_unkept"):
            st.warning(view.escaped(unkept), icon=":material/save:")
        shown = min(st.session_state.get("chat_shown", len(turns) - 1), len(turns) - 1)
        sourced = bool(turns) and bool(turns[shown].passages)
        names = [*(["Sources"] if sourced else []), "Documents", "Conversations"]
        looks = st.session_state.get("chat_looks", 0)  # asking and looking open the first again
        tabs = iter(st.tabs(names, key=f"tabs_{len(turns)}_{looks}", height=_HEIGHT))
        if sourced:
            with next(tabs):
                if shown < len(turns) - 1:
                    st.caption(f"To the question: {view.label(turns[shown].question)}")
                panel(turns[shown], folder.project)
        with next(tabs):
            shelf(folder.project, setup, state)
        with next(tabs):
            conversation_bar(folder, here, turns, thumbs)
            st.write(view.KEPT)
    asked = "Ask the documents" if setup.retrieval.source != "none" else "Ask the model"
    question = st.chat_input(asked, key="ask", submit_mode="stop") or chip
    if not question or not question.strip():
        return
    turn = asked_turn(question.strip(), now.setup)
    earlier = list(turns)
    turns.append(turn)
    st.session_state.pop("chat_shown", None)
    st.session_state.pop("chat_unkept", None)
    with coming:
        answer(turn, earlier, folder, now, here)
    st.rerun()


def asked_turn(question: str, setup: Setup) -> Turn:
    """Return the turn of a question, with who is asked and how."""
    searches = setup.retrieval.source == "index"
    return Turn(
        question,
        method=method_of(setup),
        model=model_title(setup.model) if setup.model else "",
        threshold=setup.retrieval.threshold,
        collections=setup.retrieval.collections if searches else (),
        retriever=setup.retrieval.retriever if searches else "",
    )


def main(current: Current) -> None:
    """Lay the page out by what is there."""
    st.session_state.setdefault("chats", {})
    if current.project is None:
        st.write("Nothing to ask yet: a project holds the documents that answers are found in.")
        st.markdown(
            f"1. Drop a handbook, terms or notes: {KINDS_IN_WORDS}.\n"
            "2. They are cut into passages that can be searched; they stay on this machine.\n"
            "3. Ask. Each answer stands beside the sentence that says the same, or that none does."
        )
        example_door()
        with primary_bar():
            if st.button("Start with your data", type="primary", key="to_start"):
                go("start")
        return
    folder = task_asked(current, current.project)
    setup = setup_asked(folder)
    embedder, settings = setup.embedder or DEFAULT_EMBEDDER, setup.retrieval
    cut = (settings.chunk_tokens, settings.overlap_tokens)
    state = index_state(current.project, embedder, *cut)
    if checks_search(folder) and settings.source == "index":
        proof(folder, setup)
        return
    asked = answering_now(current.project, setup)
    if asked is None:
        prepare(current.project, setup, state)
        return
    say_what_answers(current.project, setup, asked)
    conversation(folder, setup, asked, state)


with say_errors():
    main(frame("What does it answer, and is it true?"))
