"""The frame around every page: which project, which task, which model, what is running.

A page begins with `current = frame("The question it answers")` and puts its one primary button
inside `with primary_bar():`. Project and task live in the address (`?project=..&task=..`), so
that a reload or a shared link comes back to them; only names that exist in the workspace are
accepted, never a path. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import streamlit as st

from ladder.errors import LadderError
from ladder.methods import DEFAULT_MODEL

if TYPE_CHECKING:
    from ladder.answering import Setup
    from ladder.plan import Plan
    from ladder.project import Project, TaskFolder

__all__ = [
    "PAGES",
    "Current",
    "asked_plan",
    "frame",
    "go",
    "model_title",
    "primary_bar",
    "say_errors",
    "who_answers",
]

PAGES = {
    "home": "advisor/home_page.py",
    "start": "ladder/project/start_page.py",
    "decide": "advisor/decide_page.py",
    "train": "training/train_page.py",
    "chat": "rag/chat_page.py",
    "scoreboard": "ladder/evaluation/scoreboard_page.py",
    "jobs": "ladder/jobs/jobs_page.py",
    "few-shot": "rag/few_shot/few_shot_page.py",
    "models": "ladder/models/models_page.py",
}
"""The page files, as Streamlit names them: relative to app.py."""

_FEW = 4
"""Up to here the names are all shown: quicker to pick, and the browser loads no drop-down list
before it can draw the page, which takes it half a second."""

_STYLE = """<style>
.stMainBlockContainer { max-width: 1100px; padding: 4rem 1.5rem 1rem; }
.stMainBlockContainer h1 { font-size: 1.75rem; padding: 0 0 0.25rem; }
.stMainBlockContainer h2 { font-size: 1.25rem; }
.stMainBlockContainer h3 { font-size: 1.05rem; }
.st-key-frame { border-bottom: 1px solid #d4d4d8; padding-bottom: 0.5rem; }
.st-key-primary_bar { background: #fff; border-top: 1px solid #d4d4d8; padding: 0.6rem 0; }
div:has(> .st-key-primary_bar) { position: sticky; bottom: 0; z-index: 50; }
.stMainBlockContainer [data-testid="stMetricValue"] { font-size: 1.5rem; }
@media (min-width: 1000px) { .st-key-ladder_narrow { display: none; } }
@media (max-width: 999.9px) { .st-key-ladder_wide { display: none; } }
</style>"""


@dataclass(frozen=True)
class Current:
    """What the pickers stand on; None when the workspace, or the project, is still empty."""

    project: Project | None
    folder: TaskFolder | None


def frame(question: str = "") -> Current:
    """Draw the frame and return what is picked; `question` is the page's heading."""
    st.html(_STYLE)
    with say_errors():
        with st.container(key="frame", horizontal=True, vertical_alignment="bottom"):
            current = _pickers()
            _status(current)
        if question:
            st.title(question, anchor=False)
        return current
    st.stop()


@contextmanager
def primary_bar() -> Iterator[None]:
    """Hold a page's one primary button where it is seen without scrolling."""
    with st.container(key="primary_bar", horizontal=True, vertical_alignment="center", gap="small"):
        yield


@contextmanager
def say_errors() -> Iterator[None]:
    """Show a `LadderError` as its sentence; the page goes on after the block."""
    try:
        yield
    except LadderError as error:
        st.error(str(error), icon=":material/error:")


def go(
    page: str, project: str | None = None, task: str | None = None, plan: str | None = None
) -> NoReturn:
    """Open another page, on another project or task if named, or filled in by a plan."""
    if project is not None:
        st.session_state["project"] = project
        st.session_state["task"] = task
    query = {
        key: str(value)
        for key in ("project", "task")
        if (value := st.session_state.get(key)) is not None
    }
    if plan is not None:
        query["plan"] = plan
    st.switch_page(PAGES[page], query_params=query)


def asked_plan(current: Current) -> Plan | None:
    """Return the plan that the address names (`?plan=ID`), if it is one of the task picked.

    One that is not there, or cannot be read, is said in a sentence and the page goes on without.
    """
    from ladder.plan import find_plan

    id = st.query_params.get("plan")
    if id is None or current.project is None or current.folder is None:
        return None
    try:
        plan = find_plan(current.project, id)
    except LadderError as error:
        st.error(str(error), icon=":material/error:")
        return None
    return plan if plan.task == current.folder.task.name else None


def model_title(reference: str) -> str:
    """Return what a person calls a model: the bundled ones by what they are for."""
    from ladder.models.places import TITLES
    from ladder.models.references import parse_reference

    if title := TITLES.get(reference):
        return title
    try:
        parsed = parse_reference(reference)
    except LadderError:
        return reference
    if parsed.kind in ("gguf", "path"):
        return parsed.name.rstrip("/").rsplit("/", 1)[-1]
    if parsed.kind == "server":
        return f"{parsed.name} at {urlsplit(parsed.url).netloc}"
    return str(parsed)


def who_answers(setup: Setup | None) -> tuple[str, str]:
    """Return who answers under a Setup, and how to call that.

    Where no Setup was chosen, each page says for itself who answers there: a model is at hand.
    """
    if setup is None:
        return "Model at hand", model_title(DEFAULT_MODEL)
    if setup.model is None:
        return "Answers", f"no LLM ({setup.answerer})"
    return "Answers", model_title(setup.model)


def _pickers() -> Current:
    from ladder.project import open_project, projects

    name = _picker("Project", projects())
    if name is None:
        st.markdown("No project yet: begin on Start.", width="content")
        return Current(None, None)
    project = open_project(name)
    task = _picker("Task", project.tasks())
    return Current(project, project.task(task) if task else None)


def _picker(label: str, names: list[str]) -> str | None:
    """Return the name picked: of the address, else of this visit, else the first."""
    key = label.lower()
    asked = st.query_params.get(key) or st.session_state.get(key)
    picked = asked if asked in names else next(iter(names), None)
    st.session_state[key] = picked
    if picked is None:
        st.query_params.pop(key, None)
        return None
    st.query_params[key] = picked
    st.session_state[f"pick_{key}"] = picked
    follow: dict[str, Any] = {"key": f"pick_{key}", "on_change": _picked, "args": (key,)}
    if len(names) <= _FEW:
        st.segmented_control(label, names, required=True, **follow)
    else:
        st.selectbox(label, names, width=220, **follow)
    return picked


def _picked(key: str) -> None:
    """Follow the picker: the address is where the choice is kept."""
    value = st.session_state[f"pick_{key}"]
    st.session_state[key] = value
    st.query_params[key] = value
    st.query_params.pop("plan", None)
    if key == "project":
        st.session_state["task"] = None
        st.query_params.pop("task", None)


def _status(current: Current) -> None:
    from ladder.jobs import active_jobs

    setup = current.folder.setup() if current.folder else None
    what, who = who_answers(setup)
    with st.container(horizontal_alignment="right", gap="xsmall"):
        st.markdown(f":material/smart_toy: {what}: **{who}**", width="content")
        busy = bool(active_jobs())
        st.fragment(_running, run_every="2s" if busy else None)(busy)


def _running(was_busy: bool) -> None:
    """Show the running job with its time left; redraw the page once when the last one ends."""
    from ladder.jobs import active_jobs, job_view

    busy = active_jobs()
    if was_busy and not busy:
        st.rerun()
    if not busy:
        return
    job = next((job for job in busy if job.state != "queued"), busy[0])
    words = job_view.STATES[job.state][0]
    left = job.progress.seconds_left
    words += f", {job_view.duration(left)} left" if left is not None else ""
    words += f", {len(busy) - 1} more waiting" if len(busy) > 1 else ""
    label = f"{job_view.title(job)}: {words}"
    with st.container(horizontal_alignment="right"):
        st.page_link(PAGES["jobs"], label=label, icon=":material/hourglass_top:")
