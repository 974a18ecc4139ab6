"""Chat: what does it answer, and is it true? The answer left, the sources with quotes right."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ladder.answering import Answerer, Setup
from ladder.errors import LadderError
from ladder.evaluation.runner import method_of
from ladder.files import content_hash
from ladder.frame import Current, asked_plan, frame, go, model_title, primary_bar, say_errors
from ladder.jobs import active_jobs, jobs, submit
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL, METHODS, preset
from ladder.model_choice import choose_model
from ladder.plan import Plan
from ladder.project import Project, TaskFolder
from ladder.project.example_door import example_door
from ladder.project.index_state import IndexState, document_hashes, index_state
from rag import chat_view as view
from rag.chat_log import forget, keep, kept_turns
from rag.conversation import Turn, answerer_of, chat_setup, chat_task, reply
from rag.default_answer import who_words
from rag.documents_card import index_spec, progress, running, shelf

_HEIGHT = 460
"""Pixels of the conversation and of its sources, which are read side by side."""
WAYS = ("extract", "rag", "few-shot+rag", "docs-in-prompt", "few-shot", "zero-shot")


def task_asked(current: Current, project: Project) -> TaskFolder:
    """Return the task that is picked if documents can answer it, else let one be chosen."""
    picked = current.folder
    if picked is not None and picked.task.kind in METHODS["rag"].kinds:
        return picked
    fitting = [project.task(name) for name in project.tasks()]
    fitting = [folder for folder in fitting if folder.task.kind in METHODS["rag"].kinds]
    fitting = fitting or [chat_task(project)]
    if picked is None:
        return fitting[0]
    folders = {folder.task.name: folder for folder in (*fitting, picked)}
    name = st.segmented_control(
        "Ask under the task",
        list(folders),
        default=fitting[0].task.name,
        required=True,
        key=f"under_{project.name}_{picked.task.name}",
        help=f"Documents do not answer {picked.task.name}: its model is asked without them.",
    )
    return folders[str(name)]


def setup_asked(folder: TaskFolder) -> Setup:
    """Let who answers be changed, for this visit, and return the Setup; say it plainly."""
    plan = asked_plan(Current(folder.project, folder))
    own = Setup.from_dict(plan.setup) if plan and plan.setup else chat_setup(folder)
    mine = method_of(own)
    key = f"{folder.project.name}_{folder.task.name}{plan.id if plan else ''}"
    with st.container(horizontal=True, vertical_alignment="center"):
        said = st.container(width="stretch")
        with st.popover("Change", icon=":material/tune:"):
            able = [name for name in WAYS if folder.task.kind in METHODS[name].kinds]
            ways = list(dict.fromkeys((mine, *able)))
            way = st.selectbox(
                "How", ways, key=f"way_{key}", format_func=lambda name: f"{name}: {_meaning(name)}"
            )
            setup = own if way == mine else preset(way, folder.task, own.model or DEFAULT_MODEL)
            if setup.model is not None:
                chosen = choose_model(setup.model, f"model_{key}")
                asked = replace(setup, model=chosen)
                # A run that was trained to answer this task is asked as it was trained to be.
                setup = asked if chosen == setup.model else chat_setup(folder, chosen, asked)
            st.write("For this visit. What is measured and chosen stands on the Scoreboard.")
    said.markdown(who_words(setup, folder))
    if plan is not None and plan.is_of(setup):
        planned(folder, plan, setup)
    return setup


def planned(folder: TaskFolder, plan: Plan, setup: Setup) -> None:
    """Say that a plan filled the page in, and offer to keep its Setup and measure it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/assignment: Filled in by the plan **{plan.id}**: {plan.title}.")
        state = index_state(
            folder.project, setup.embedder or DEFAULT_EMBEDDER, setup.retrieval.chunk_tokens
        )
        ready = state.ready or setup.retrieval.source != "index"
        if ready and st.button("Use and measure it", key="measure_plan", icon=":material/speed:"):
            folder.save_setup(setup)
            submit(folder.project, "evaluate", plan.spec("evaluate"))
            go("jobs")


def _meaning(name: str) -> str:
    return METHODS[name].meaning if name in METHODS else "the task's own"


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


def draw(turn: Turn, place: int) -> None:
    """Draw one question and its answer."""
    with st.chat_message("user"):
        st.html(view.plain_html(turn.question))
    with st.chat_message("assistant"):
        if turn.error:
            st.error(turn.error, icon=":material/error:")
            return
        if sentence := view.unanswered(turn):
            st.write(sentence)
        elif turn.text:
            st.html(view.answer_html(turn))
        elif turn.state == "stopped":
            st.write("Stopped before the first word.")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(view.time_words(turn), width="content")
            if turn.passages and st.button("Sources", key=f"sources_{place}", type="tertiary"):
                st.session_state["chat_shown"] = place


def panel(turn: Turn) -> None:
    """Draw the sources of an answer: the quotes in their passages, then why these passages."""
    st.header("Sources", anchor=False)
    cited = view.sources(turn)
    if cited:
        st.write(view.NOT_AN_ANSWER)
    for source in cited:
        with st.container(border=True, gap="xsmall"):
            under = source.passage.heading if source.passage else ""
            st.html(view.plain_html(f"[{source.number}] {source.citation.doc}\n{under}".rstrip()))
            st.html(view.quote_html(source.passage, source.citation))
    if not cited:
        if turn.abstained:
            st.write("The passages nearest to the question:")
        else:
            st.write("Nothing in the passages supports the answer enough to be quoted.")
        for passage in turn.passages[:3]:
            with st.container(border=True, gap="xsmall"):
                st.html(view.plain_html(f"{passage.doc}\n{passage.heading}".rstrip()))
                st.html(view.plain_html(passage.text[:1500]))
    with st.expander("Why these passages"):
        st.write("They are nearest to the question, by the cosine of the embeddings.")
        st.dataframe(
            view.nearest_rows(turn.passages),
            hide_index=True,
            alt="The passages that were found, with their similarity to the question",
        )


@st.cache_resource(max_entries=2, show_spinner=False)
def loaded(key: str, _folder: TaskFolder, _setup: Setup) -> Answerer:
    """Return the Answerer, kept as long as its Setup, documents and examples stay the same."""
    return answerer_of(_folder, _setup)


def stopped(turn: Turn) -> None:
    """Draw the page again once Stop has cut the answer short: nothing else would show it.

    It is called each second, but waits for a script that runs: if the answer is not at its end
    then, what drew it was stopped.
    """
    if turn.state == "answering":
        st.rerun()


def answer(turn: Turn, earlier: list[Turn], folder: TaskFolder, setup: Setup) -> None:
    """Draw an answer as it comes; the turn keeps what there is, whatever interrupts."""
    with st.chat_message("user"):
        st.html(view.plain_html(turn.question))
    with st.chat_message("assistant"):
        place = st.empty()
        st.fragment(stopped, run_every="1s")(turn)
        turn.state = "answering"
        place.write("Finding passages; the first time, the models are loaded too.")
        try:
            asked = [setup.to_dict(), document_hashes(folder.project), str(folder.path)]
            rows = [example.to_dict() for example in folder.examples()]
            answerer = loaded(content_hash([asked, rows]), folder, setup)
            for text in reply(answerer, turn, earlier):
                place.html(view.plain_html(text or " "))
        except LadderError as error:
            turn.error, turn.state = str(error), "done"
        finally:  # also when Stop or another page interrupts: the model is told at once
            turn.stop.set()
            try:
                keep(folder, turn)
            except (LadderError, OSError) as error:
                st.session_state["chat_unkept"] = f"This answer could not be kept. {error}"


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


def conversation(folder: TaskFolder, setup: Setup, state: IndexState) -> None:
    """Draw the conversation, its sources, and the place to ask."""
    chats: dict[str, list[Turn]] = st.session_state["chats"]
    if str(folder.path) not in chats:
        chats[str(folder.path)] = kept_turns(folder)
    turns = chats[str(folder.path)]
    for turn in turns:
        if turn.state in ("asked", "answering"):  # interrupted: by Stop, or another page
            turn.stop.set()
            turn.state = "stopped"
    left, right = st.columns([3, 2], gap="large")
    with left.container(height=_HEIGHT, border=False):
        for place, turn in enumerate(turns):
            draw(turn, place)
        chip = None
        if not turns:
            st.write(view.BEGIN if setup.retrieval.source != "none" else view.BEGIN_WITHOUT)
            chip = offered(view.examples(folder))
        if active_jobs():
            st.write("A job is running; answers take longer meanwhile.")
        coming = st.container()
    with right.container(height=_HEIGHT, border=False):
        shown = st.session_state.get("chat_shown", len(turns) - 1)
        if turns and turns[min(shown, len(turns) - 1)].passages:
            panel(turns[min(shown, len(turns) - 1)])
        st.header("Documents", anchor=False)
        shelf(folder.project, setup, state)
        if turns and st.button("New conversation", key="new", icon=":material/restart_alt:"):
            forget(folder)
            turns.clear()
            st.session_state.pop("chat_shown", None)
            st.rerun()
        st.write(view.KEPT)
        if unkept := st.session_state.get("chat_unkept"):
            st.warning(unkept, icon=":material/save:")
    asked = "Ask the documents" if setup.retrieval.source != "none" else "Ask the model"
    question = st.chat_input(asked, key="ask", submit_mode="stop") or chip
    if not question or not question.strip():
        return
    turn = Turn(
        question.strip(),
        method=method_of(setup),
        model=model_title(setup.model) if setup.model else "",
        threshold=setup.retrieval.threshold,
    )
    earlier = list(turns)
    turns.append(turn)
    st.session_state.pop("chat_shown", None)
    st.session_state.pop("chat_unkept", None)
    with coming:
        answer(turn, earlier, folder, setup)
    st.rerun()


def main(current: Current) -> None:
    """Lay the page out by what is there."""
    st.session_state.setdefault("chats", {})
    if current.project is None:
        st.write("Nothing to ask yet: a project holds the documents that answers are found in.")
        st.markdown(
            "1. Drop a handbook, terms or notes: Markdown, text, HTML, PDF or DOCX.\n"
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
    state = index_state(
        current.project, setup.embedder or DEFAULT_EMBEDDER, setup.retrieval.chunk_tokens
    )
    needs = {"index": state.ready, "all-documents": state.documents > 0}
    if needs.get(setup.retrieval.source, True) and running(current.project) is None:
        conversation(folder, setup, state)
    else:
        prepare(current.project, setup, state)


with say_errors():
    main(frame("What does it answer, and is it true?"))
