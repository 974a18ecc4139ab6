"""Who is asked on the Chat page, and which documents: task, way, model, collections."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ladder.answering import Setup
from ladder.evaluation.runner import method_of
from ladder.frame import Current, asked_plan, go, model_title
from ladder.jobs import submit
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL, METHODS, preset
from ladder.model_choice import choose_model, embedders
from ladder.plan import Plan
from ladder.project import Project, TaskFolder
from ladder.project.index_state import index_state, made_indexes
from rag import chat_view as view
from rag.conversation import chat_setup, chat_task
from rag.default_answer import who_words

__all__ = ["checks_search", "setup_asked", "task_asked"]

HALVES = ("Ask", "Check the search")
_HALF = "chat_half"
_KEPT_HALF = "chat_half_kept"
"""Where the half stays while another page is looked at: what is not drawn is forgotten."""
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
    said, beside = st.columns([5, 3], vertical_alignment="center")  # below it where it is narrow
    with beside.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center"
    ):
        switch(folder)
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
            setup = searched_by(folder.project, setup, key)
            st.write("For this visit. What is measured and chosen stands on the Scoreboard.")
    said.markdown(who_words(setup, folder))
    if plan is not None and plan.is_of(setup):
        planned(folder, plan, setup)
    return asked_in(folder.project, setup)


def searched_by(project: Project, setup: Setup, key: str) -> Setup:
    """Let the embedder be changed where several can be had, and return the Setup."""
    if setup.retrieval.source != "index" or setup.embedder is None:
        return setup
    held = st.session_state.get(f"embedder_{key}")
    made = [index.embedder for index in made_indexes(project)]
    known = dict.fromkeys(filter(None, (setup.embedder, held, *made, *embedders())))
    if len(known) == 1:
        return setup
    chosen = st.selectbox(
        "Documents are searched with",
        list(known),
        key=f"embedder_{key}",
        format_func=model_title,
        help="Each has an index of its own; until that is made, the one that is there answers.",
    )
    return replace(setup, embedder=str(chosen))


def switch(folder: TaskFolder) -> None:
    """Draw the switch between asking and checking the search, where there is one to check."""
    if _has_search(folder):
        chosen = st.segmented_control(
            "What to do here",
            HALVES,
            default=st.session_state.get(_KEPT_HALF, HALVES[0]),
            required=True,
            key=_HALF,
            label_visibility="collapsed",
        )
        st.session_state[_KEPT_HALF] = chosen


def checks_search(folder: TaskFolder) -> bool:
    """Return whether the search is to be checked, not asked."""
    return _has_search(folder) and st.session_state.get(_HALF) == HALVES[1]


def _has_search(folder: TaskFolder) -> bool:
    return folder.task.kind in METHODS["rag"].kinds and bool(folder.project.documents())


def asked_in(project: Project, setup: Setup) -> Setup:
    """Let the collections to ask be chosen, where there are several, and return the Setup."""
    names = sorted({name for name in project.collections().values() if name})
    if setup.retrieval.source != "index" or not names:
        return setup
    own = [name for name in setup.retrieval.collections if name in names]
    chosen = st.pills(
        "Ask only in",
        names,
        selection_mode="multi",
        default=own,
        key=f"collections_{project.name}",
        format_func=view.label,
        help="Collections of documents; with none chosen all documents are asked.",
    )
    return replace(setup, retrieval=replace(setup.retrieval, collections=tuple(chosen)))


def planned(folder: TaskFolder, plan: Plan, setup: Setup) -> None:
    """Say that a plan filled the page in, and offer to keep its Setup and measure it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/assignment: Filled in by the plan **{plan.id}**: {plan.title}.")
        embedder, settings = setup.embedder or DEFAULT_EMBEDDER, setup.retrieval
        cut = (settings.chunk_tokens, settings.overlap_tokens)
        state = index_state(folder.project, embedder, *cut)
        ready = state.ready or setup.retrieval.source != "index"
        if ready and st.button("Use and measure it", key="measure_plan", icon=":material/speed:"):
            folder.save_setup(setup)
            submit(folder.project, "evaluate", plan.spec("evaluate"))
            go("jobs")


def _meaning(name: str) -> str:
    return METHODS[name].meaning if name in METHODS else "the task's own"
