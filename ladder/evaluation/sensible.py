"""Which methods it makes sense to measure on a task now: by its kind and by its documents."""

from __future__ import annotations

from ladder.answering import Setup
from ladder.methods import METHODS, preset, why_not
from ladder.project import Project, TaskFolder
from ladder.project.index_state import IndexState, index_state

__all__ = ["MOST_DOCUMENT_TOKENS", "preset_index", "why_not_now"]

MOST_DOCUMENT_TOKENS = 5_000
"""With more tokens, all documents in the prompt are measured only when that is asked for."""


def why_not_now(name: str, folder: TaskFolder) -> str | None:
    """Return why a method is left out when everything is measured; None if it is not."""
    if reason := why_not(name, folder.task):
        return reason
    if METHODS[name].documents == "none":
        return None
    if not folder.project.documents():
        return f"{name} {METHODS[name].meaning}, and the project has no documents."
    index = preset_index(folder.project, preset(name, folder.task))
    if not index.ready:
        return (
            f"{name} needs the documents indexed: on the Chat page, or with "
            f"ladder index {folder.project.name}."
        )
    if METHODS[name].documents == "all-documents" and index.tokens > MOST_DOCUMENT_TOKENS:
        return (
            f"{name} would show all {index.tokens:,} tokens of the documents with each question, "
            f"and it is measured here up to {MOST_DOCUMENT_TOKENS:,}. To see how many do not fit: "
            f"ladder evaluate {folder.project.name} --task {folder.task.name} --method {name}"
        )
    return None


def preset_index(project: Project, setup: Setup) -> IndexState:
    """Return the state of the index that a Setup asks; only its manifest is read."""
    cut = setup.retrieval.chunk_tokens, setup.retrieval.overlap_tokens
    return index_state(project, setup.embedder or "", *cut)
