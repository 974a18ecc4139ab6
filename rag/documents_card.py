"""The documents on the Chat page: drop them, see what became of them, take one out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder import jobs as service
from ladder.answering import Setup
from ladder.errors import LadderError
from ladder.jobs import Job, job_view
from ladder.methods import DEFAULT_EMBEDDER
from ladder.project import Project
from ladder.project.documents import safe_name
from ladder.project.index_state import IndexState
from ladder.project.reading import KINDS_IN_WORDS
from rag import chat_view as view
from rag.visibility import share_words

__all__ = ["index_spec", "progress", "running", "shelf"]


def drop(project: Project, setup: Setup) -> None:
    """Draw the place to drop documents; what is dropped is kept and indexed at once."""
    generation = st.session_state.setdefault("chat_drops", 0)
    known = sorted({name for name in project.collections().values() if name})
    # Every ending is let in: a list of all that can be read would fill the page, and what cannot
    # be read is refused with the reason.
    files: list[Any] = st.file_uploader(
        "Drop documents here",
        accept_multiple_files=True,
        key=f"documents_{generation}",
        help=f"{KINDS_IN_WORDS}. At most 100 MB each; they stay on this machine.",
    )
    collection = st.selectbox(
        "Into the collection",
        known,
        None,
        placeholder="None, or type a new one",
        accept_new_options=True,
        key="drop_into",
        help="A collection is a part of the documents that can be asked by itself.",
    )
    if not files:
        return
    refused, beside = stored(project, files, collection)
    st.session_state["chat_drops"] = generation + 1
    st.session_state[f"refused_{project.path}"] = refused
    st.session_state[f"beside_{project.path}"] = beside
    index_again(project, setup, changed=len(refused) < len(files))


def stored(
    project: Project, files: list[Any], collection: str | None
) -> tuple[list[str], list[str]]:
    """Keep the files that were dropped, saying how far it is.

    Returns:
        What was refused, and what stands beside a document of its name, in sentences.
    """
    refused, beside = [], []
    bar = st.progress(0.0)
    for done, file in enumerate(files):
        bar.progress(
            done / len(files), f"Keeping {done + 1} of {len(files)}: {view.label(file.name)}"
        )
        try:
            path = project.add_document(file.name, file.getvalue())
            if collection:
                project.set_collection(path.name, collection)
        except LadderError as error:
            refused.append(str(error))
            continue
        if path.name != safe_name(file.name):
            beside.append(view.beside(file.name, path.name))
    bar.empty()
    return refused, beside


def index_again(project: Project, setup: Setup, changed: bool = True) -> None:
    """Index the documents if they changed and no job does it already, and draw the page anew."""
    if changed and project.documents() and running(project) is None:
        service.submit(project, "index", index_spec(setup))
    st.rerun()


def take_out(project: Project, setup: Setup) -> None:
    """Offer to take a document out of the project; the others are indexed again at once."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = [path.name for path in project.documents()]
        name = st.selectbox("Take one out", names, None, placeholder="Which?", key="take_out")
        if st.button("Take it out", key="remove_document", disabled=name is None):
            path = next(path for path in project.documents() if path.name == name)
            st.session_state[f"taken_{project.path}"] = (path.name, path.read_bytes())
            project.remove_document(path.name)
            index_again(project, setup)


def put_into(project: Project, setup: Setup) -> None:
    """Offer to put a document into a collection; the documents are indexed again at once."""
    known = sorted({name for name in project.collections().values() if name})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = [path.name for path in project.documents()]
        name = st.selectbox("Put one", names, None, placeholder="Which?", key="put_one")
        into = st.selectbox(
            "into the collection",
            known,
            None,
            placeholder="None, or a new one",
            accept_new_options=True,
            key="put_into",
        )
        if st.button("Put it there", key="set_collection", disabled=name is None) and name:
            project.set_collection(name, into or "")
            index_again(project, setup)


def put_back(project: Project, setup: Setup) -> None:
    """Offer to put back the document that was taken out last, for this visit."""
    key = f"taken_{project.path}"
    if key not in st.session_state:
        return
    name, data = st.session_state[key]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/delete: {view.label(name)} was taken out.", width="content")
        if st.button("Put it back", key="put_back"):
            project.add_document(name, data)
            del st.session_state[key]
            index_again(project, setup)


def index_spec(setup: Setup) -> dict[str, Any]:
    """Return what the job that indexes for a Setup is asked for."""
    embedder, settings = setup.embedder or DEFAULT_EMBEDDER, setup.retrieval
    overlap = {"overlap_tokens": settings.overlap_tokens} if settings.overlap_tokens else {}
    return {"embedder": embedder, "chunk_tokens": settings.chunk_tokens} | overlap


def running(project: Project) -> Job | None:
    """Return the job that indexes this project now, if one does."""
    path = project.path.resolve()
    found = (job for job in service.active_jobs() if job.kind == "index" and job.project == path)
    return next(found, None)


def progress(project: Project) -> None:
    """Draw how far the indexing is; when it ends, draw the page again."""
    job = running(project)
    if job is None:
        st.rerun()
    st.progress(job.progress.share, text=f"Indexing: {job_view.progress_words(job)}")


def shelf(project: Project, setup: Setup, state: IndexState) -> None:
    """Draw what is known of the documents, and what went wrong with them."""
    for refusal in st.session_state.get(f"refused_{project.path}", []):
        st.error(view.escaped(refusal), icon=":material/error:")
    for sentence in st.session_state.get(f"beside_{project.path}", []):
        st.info(view.escaped(sentence), icon=":material/file_copy:")
    for name, reason in state.unreadable.items():
        words = f"{name} is left out. {reason}"
        st.warning(view.escaped(words), icon=":material/description:")
    put_back(project, setup)
    drop(project, setup)
    if state.documents:
        words = f"{state.documents} document{'' if state.documents == 1 else 's'}"
        if state.exists:
            passages = "passage" if state.chunks == 1 else "passages"
            words += f", {state.chunks:,} {passages}, {state.tokens:,} tokens"
        with st.expander(words):
            listed(project, state)
            take_out(project, setup)
            put_into(project, setup)
            if read := share_words(state.tokens, state.reads, state.unseen):
                st.write(read)


def listed(project: Project, state: IndexState) -> None:
    """List the documents, each with what was noted when it was read."""
    collections = project.collections()
    for path in project.documents():
        mark = " (new or changed)" if path.name in state.changed else ""
        part = collections.get(path.name)
        where = f", in {view.label(part)}" if part else ""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            name = f":material/description: {view.label(path.name)}{where}{mark}"
            st.markdown(name, width="content")
            if flags := state.flags.get(path.name):
                said = view.escaped("\n\n".join(flags))
                st.badge("Suspicious text", icon=":material/warning:", color="orange", help=said)
        for sentence in state.left_out.get(path.name, ()):
            st.caption(view.escaped(sentence))
