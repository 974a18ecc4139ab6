"""Check the search, on the Chat page: make an evaluation set, measure, look for better settings."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder import jobs as service
from ladder.answering import AbstentionRule, Setup
from ladder.errors import LadderError
from ladder.evaluation.space import with_fields
from ladder.frame import go, primary_bar
from ladder.jobs import Job, job_view
from ladder.project import TaskFolder
from rag.documents_card import index_spec
from rag.proof import proof_view as view
from rag.proof.jobs import kept, use_settings

__all__ = ["proof"]

_KINDS = ("prove", "sweep")
_MEASURES = (
    "How early the right passage comes: where it is first, MRR and nDCG are 1; where it is second, "
    "0.5 and 0.63; where it is not read, 0. In brackets stands the 95 % interval."
)


def proof(folder: TaskFolder, setup: Setup) -> None:
    """Draw whether the search can be trusted, and what would make it better.

    Args:
        folder: the task under which questions are asked.
        setup: what answers now.
    """
    st.header("Does the search find it?", anchor=False)
    project = folder.project
    measured, swept = kept(project, "proof"), kept(project, "sweep")
    busy = _running(folder)
    if note := st.session_state.pop(f"proof_used_{project.path}", None):
        st.success(note, icon=":material/check:")
    if measured is None:
        st.write(
            "Questions are made from your documents, each with the place that answers it; then it "
            "is measured how often the right passage is found. Your labelled examples and the "
            "thumbs of Chat join them. Nothing leaves this machine."
        )
    else:
        _measured(*measured)
    used = swept is not None and _in_use(setup, swept[0]["recommendation"])
    if swept is not None:
        _swept(*swept, used)
    if measured is not None:
        _risk(folder, measured[0])
    if busy is not None:
        st.fragment(_progress, run_every="1s")(folder)
    elif failed := _failed(folder):
        st.error(failed, icon=":material/error:")
    _buttons(folder, setup, measured, swept, busy)


def _measured(found: dict[str, Any], stale: bool) -> None:
    """Draw how good the search is, and whether it changed."""
    if stale:
        st.info("Documents or questions changed since; check again.", icon=":material/info:")
    st.markdown(f"**{view.question_words(found)}**", help=view.SETTINGS_HELP)
    st.dataframe(
        view.measure_rows(found),
        hide_index=True,
        column_config=_helps(),
        alt="How well each kind of question is searched for",
    )
    st.caption(_MEASURES)
    if before := found.get("before"):
        st.write(f"Since the last change: {before['sentence']}")


def _swept(found: dict[str, Any], stale: bool, used: bool) -> None:
    """Draw what the sweep found: the verdict, the front, and how far to trust the questions."""
    st.subheader("Settings", anchor=False)
    if stale:
        st.info("Documents or questions changed since this sweep.", icon=":material/info:")
    advice = found["recommendation"]
    sentence = advice["sentence"]
    if used:
        sentence = f"You use what was found: {advice['name']}. Check again to measure it."
    verdict, _, evidence = sentence.partition(". ")
    st.markdown(f"**{verdict.rstrip('.')}.** {evidence}")
    if advice["dearer"]:
        st.write(advice["dearer"])
    st.altair_chart(view.front_chart(found), width="stretch", alt=view.front_words(found))
    with st.expander(f"The settings that none beats, of {len(found['points'])} measured"):
        st.dataframe(
            view.point_rows(found),
            hide_index=True,
            column_config=_helps(),
            alt="Quality and cost of the settings that none beats",
        )
        st.write(
            f"Chosen by {found['n_chosen']} and confirmed on {found['n_confirmed']} others, of "
            f"{found['chosen_by']}. nDCG is 1 where the right passage comes first, 0.63 second, "
            "0.5 third, 0 where it is not read."
        )
    st.write(found["agreement"]["sentence"])
    for name, reason in found["failed"]:
        st.warning(f"{name} could not be measured. {reason}", icon=":material/warning:")
    if found["stopped"]:
        st.write(f"{found['stopped']} {found['untried']} settings were not tried.")


def _helps() -> dict[str, Any]:
    """Return what each heading of a table means, shown where one points at it."""
    return {name: st.column_config.Column(help=text) for name, text in view.HELP.items()}


def _risk(folder: TaskFolder, found: dict[str, Any]) -> None:
    """Draw how well it is told when to say nothing, and offer the rule."""
    risk = found.get("risk")
    if not risk:
        return
    with st.expander("When to say nothing"):
        words = view.risk_words(risk)
        st.write(words)
        st.altair_chart(view.risk_chart(risk), width="stretch", alt=words)
        if reason := view.why_no_rule(risk):
            st.write(reason)
        elif st.button("Use this rule", key="proof_rule"):
            rule = {
                "retrieval.abstention": AbstentionRule(**risk["rule"]),
                "retrieval.threshold": risk["threshold"],
            }
            _take(folder, rule, "From now on Chat says nothing by the fitted rule.")


def _buttons(
    folder: TaskFolder,
    setup: Setup,
    measured: tuple[dict[str, Any], bool] | None,
    swept: tuple[dict[str, Any], bool] | None,
    busy: Job | None,
) -> None:
    """Draw the one primary button, and what else can be done."""
    with primary_bar(), st.container(horizontal=True):
        if busy is not None:
            if st.button("See the running job", type="primary", key="proof_jobs"):
                go("jobs")
            return
        advice = swept[0]["recommendation"] if swept is not None and not swept[1] else None
        useful = bool(advice and advice["settings"] and not _in_use(setup, advice))
        fresh = measured is not None and not measured[1]
        first = "use" if useful else "sweep" if fresh and swept is None else "prove"
        if advice and useful and _button("Use these settings", "use", first):
            _use(folder, advice)
        label = "Check the search" if measured is None else "Check again"
        if _button(label + _took(folder, "prove"), "prove", first):
            _start(folder, setup, "prove")
        if measured is not None and _button(
            "Look for better settings" + _took(folder, "sweep"), "sweep", first
        ):
            _start(folder, setup, "sweep")


def _button(label: str, name: str, first: str) -> bool:
    kind: Any = "primary" if name == first else "secondary"
    return st.button(label, type=kind, key=f"proof_{name}")


def _start(folder: TaskFolder, setup: Setup, kind: str) -> None:
    """Submit a job under the Setup that is asked now."""
    spec: dict[str, Any] = {"setup": setup.to_dict()}
    if folder.task.name in folder.project.tasks():
        spec["task"] = folder.task.name
    service.submit(folder.project, kind, spec)
    st.rerun()


def _use(folder: TaskFolder, advice: dict[str, Any]) -> None:
    """Take the recommended settings over, and index for them."""
    sentence = f"From now on: {advice['name']}. The documents are indexed for it."
    _take(folder, advice["settings"], sentence, index=True)


def _in_use(setup: Setup, advice: dict[str, Any]) -> bool:
    """Return whether what is recommended is what is used now."""
    settings = advice["settings"]
    try:
        return bool(settings) and with_fields(setup, settings) == setup
    except LadderError:  # kept by a version with other fields: pressing the button says so
        return False


def _take(folder: TaskFolder, settings: dict[str, Any], sentence: str, index: bool = False) -> None:
    try:
        changed = use_settings(folder, settings)
    except LadderError as error:
        st.error(str(error), icon=":material/error:")
        return
    if index:
        service.submit(folder.project, "index", index_spec(changed))
    st.session_state[f"proof_used_{folder.project.path}"] = sentence
    st.rerun()


def _running(folder: TaskFolder) -> Job | None:
    path = folder.project.path.resolve()
    found = (j for j in service.active_jobs() if j.kind in _KINDS and j.project == path)
    return next(found, None)


def _failed(folder: TaskFolder) -> str | None:
    """Return why the newest of the two jobs failed, if it did."""
    newest = next((job for job in service.jobs(folder.project) if job.kind in _KINDS), None)
    return newest.error if newest is not None and newest.state == "failed" else None


def _progress(folder: TaskFolder) -> None:
    """Draw how far the job is; when it ends, draw the page again."""
    job = _running(folder)
    if job is None:
        st.rerun()
    st.progress(job.progress.share, text=f"{job_view.title(job)}: {job_view.progress_words(job)}")


def _took(folder: TaskFolder, kind: str) -> str:
    """Return how long the last such job took, as the end of a button's label."""
    from ladder.printing import duration

    for job in service.jobs(folder.project):
        if job.kind == kind and job.state == "done" and job.started and job.finished:
            return f", about {duration(job.finished - job.started)}"
    return ""
