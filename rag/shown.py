"""Which passages a Setup shows with a query: all documents, those found, or none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ladder.answering import Query, Setup
from ladder.errors import InputError
from ladder.project import Project
from rag.retrieval import Passage, Retriever, all_documents, find, open_retriever

__all__ = ["Shown", "open_shown"]

Shown = Callable[[Query], list[Passage]]
"""Returns the passages for a query."""


def open_shown(setup: Setup, project: Project) -> Shown | None:
    """Return what finds a Setup's passages; None where it shows none.

    Raises:
        InputError: passages are to be found, and the Setup names no embedder.
        ProjectError: the project has no documents that can be read.
    """
    settings = setup.retrieval
    if settings.source == "none":
        return None
    if settings.source == "all-documents":
        everything = all_documents(project)
        return lambda query: everything
    if setup.embedder is None:
        raise InputError("Passages are found by embeddings; name an embedder in the Setup.")
    return partial(_found, open_retriever(project, settings, setup.embedder), settings.k)


def _found(retriever: Retriever, k: int, query: Query) -> list[Passage]:
    return find(retriever, query, k)
