"""Decide's buttons: carry the advice out, measure, or go where what is missing can be had."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from advisor.advice import Advice, title_of
from advisor.coverage import coverage
from advisor.decide_view import others, page_of, run_label
from advisor.ladder_view import NextStep, next_step
from advisor.measured import validation_scores
from advisor.methods import MEASURE_FIRST
from advisor.plans import RUNS_AS, Choice, choose, draft
from advisor.record import Format, record
from advisor.situation import no_llm_is_enough
from ladder import jobs
from ladder.frame import PAGES, go
from ladder.plan import Plan, save_plan
from ladder.project import TaskFolder

__all__ = ["act", "offer_record", "run_other", "while_measuring"]

_FORMATS: dict[Format, tuple[str, str]] = {
    "html": ("A page to print or send (HTML)", "text/html"),
    "md": ("A text to paste (Markdown)", "text/markdown"),
    "json": ("Data (JSON)", "application/json"),
}


def act(folder: TaskFolder | None, advice: Advice) -> None:
    """Draw the primary button under an advice: carry it out, or the next best that can run."""
    if folder is None:
        lead("start", "Start with your data")
        return
    step = next_step(folder, jobs.active_jobs())
    choice = choose(folder, advice)
    waits = choice.method in (MEASURE_FIRST, "no-llm") and step.kind in ("start", "jobs")
    waits = waits or (choice.method == "no-llm" and _is_known(folder, advice))
    if advice.recommended == "larger-model":
        lead("models", "Add a larger model")
    elif choice.method and page_of(choice.method) in PAGES and not waits:
        run_this(folder, advice, choice, step)
    elif step.kind in ("start", "jobs"):
        lead(step.kind, step.label)
    elif step.kind == "measure":
        if st.button(step.label, type="primary", key="measure"):
            measure(folder, step.spec(folder))
    else:
        lead("scoreboard", "See what is measured")


def measure(folder: TaskFolder, spec: dict[str, Any]) -> None:
    """Queue a measurement; how well the models' tokenizers know the texts takes no job."""
    coverage(folder)
    jobs.submit(folder.project, "measure", spec)
    st.rerun()


def lead(page: str, label: str) -> None:
    """Draw a primary button that opens another page."""
    if st.button(label, type="primary", key=f"to_{page}"):
        go(page)


def run_this(folder: TaskFolder, advice: Advice, choice: Choice, step: NextStep) -> None:
    """Draw the button that saves a plan and opens its page filled in."""
    plan = draft(folder, advice, choice.method, step.methods)
    if choice.method == MEASURE_FIRST:
        label = step.label if step.kind == "measure" else "Measure again"
        if st.button(label, type="primary", key="measure"):
            saved = save_plan(folder.project, plan)
            measure(folder, saved.spec("measure"))
    elif st.button(run_label(plan, choice), type="primary", key="run_this"):
        carry_out(folder, plan, choice.method)


def run_other(folder: TaskFolder, advice: Advice) -> None:
    """Offer to carry out another of the ranked methods than the button below does."""
    able = others(folder, advice)
    if not able:
        return
    with st.container(key="another", horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox(
            "Or carry out another of them", able, format_func=title_of, key="other", width=320
        )
        method = picked or able[0]
        plan = draft(folder, advice, method)
        if st.button(run_label(plan, Choice(method, "")), key="run_other"):
            carry_out(folder, plan, method)


def carry_out(folder: TaskFolder, plan: Plan, method: str) -> None:
    """Save a plan and open its page filled in; what leaves nothing to set there is begun."""
    saved = save_plan(folder.project, plan)
    page = page_of(method)
    if page == "jobs":
        jobs.submit(folder.project, "evaluate", saved.spec("evaluate"))
    go(page, plan=saved.id)


def offer_record(folder: TaskFolder | None, advice: Advice) -> None:
    """Offer the decision record to hand on; it is written when it is asked for."""
    name = f"decision-{folder.project.name}-{folder.task.name}" if folder else "decision"
    with st.popover("Decision record", icon=":material/download:"):
        for format, (label, mime) in _FORMATS.items():
            st.download_button(
                label, partial(record, advice, format, folder), f"{name}.{format}", mime,
                key=f"record_{format}", on_click="ignore",
            )  # fmt: skip


def _is_known(folder: TaskFolder, advice: Advice) -> bool:
    """Return whether it was measured already how well it goes without a language model."""
    done = {score.method for score in validation_scores(folder)}
    return no_llm_is_enough(advice.answers) or RUNS_AS["no-llm"] in done


def while_measuring(folder: TaskFolder | None) -> None:
    """Say how far a measurement of this task is; the page is drawn anew when it ends."""
    if folder is not None and _measuring(folder):
        st.fragment(_progress, run_every="1s")(folder)


def _progress(folder: TaskFolder) -> None:
    if job := _measuring(folder):
        with st.container(border=True, key="measuring"):
            st.markdown("**Measuring.** Stay here: the figures are filled in when it ends.")
            st.progress(job.progress.share, text=jobs.job_view.progress_words(job))


def _measuring(folder: TaskFolder) -> jobs.Job | None:
    """Return the job that measures this task now; None if there is none."""
    task = folder.task.name
    mine = [job for job in jobs.active_jobs() if job.project == folder.project.path]
    asked = [job for job in mine if job.spec.get("task", task) == task]
    return next((job for job in asked if job.kind in ("measure", "evaluate")), None)
