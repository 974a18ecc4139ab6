"""Which index answers on the Chat page, and what is said while a new one is being made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from ladder.answering import Setup
from ladder.jobs import submit
from ladder.methods import DEFAULT_EMBEDDER
from ladder.project import Project
from ladder.project.index_state import current_generation, index_folder, index_state
from rag import chat_view as view
from rag.documents_card import index_spec, progress, running
from rag.serving import Serving, serving

__all__ = ["Asked", "answering_now", "say_what_answers"]


@dataclass(frozen=True)
class Asked:
    """The Setup that answers now, over the index that there is."""

    setup: Setup
    note: str = ""
    """Why another index answers than was asked for; empty where none does."""
    meanwhile: bool = False
    """Whether the index is searched as it is, though the documents have changed since."""
    generation: str = ""
    """Names the content of the index, so that a new one is noticed."""


def answering_now(project: Project, setup: Setup) -> Asked | None:
    """Return what answers a Setup's questions now; None where it must be made first.

    An index that holds a document which was taken out since does not answer: what it says could
    not be looked up.
    """
    if setup.retrieval.source == "all-documents":
        return Asked(setup) if project.documents() else None
    if setup.retrieval.source == "none":
        return Asked(setup)
    found = serving(project, setup.retrieval, setup.embedder or DEFAULT_EMBEDDER)
    if not found.exists or (not found.fresh and _holds_what_is_gone(project, found)):
        return None
    cut = (found.settings.chunk_tokens, found.settings.overlap_tokens)
    generation = current_generation(index_folder(project, found.embedder, *cut))
    return Asked(
        replace(setup, embedder=found.embedder, retrieval=found.settings),
        found.note,
        not found.fresh,
        generation.name if generation is not None else "",
    )


def say_what_answers(project: Project, setup: Setup, asked: Asked) -> None:
    """Say that another index answers meanwhile, how far the new one is, or how to make it."""
    if not asked.note:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":material/history: {view.escaped(asked.note)}")
        if running(project) is not None:
            st.fragment(progress, run_every="1s")(project)
            return
        label = f"Index the documents, {view.spoken(view.index_seconds(project))}"
        if st.button(label, type="primary", key="index"):
            submit(project, "index", index_spec(setup))
            st.rerun()


def _holds_what_is_gone(project: Project, found: Serving) -> bool:
    cut = (found.settings.chunk_tokens, found.settings.overlap_tokens)
    changed = index_state(project, found.embedder, *cut).changed
    return not set(changed) <= {path.name for path in project.documents()}
