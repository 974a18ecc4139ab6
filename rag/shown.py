"""Which passages a Setup shows with a query: all documents, those found, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from ladder.answering import AbstentionRule, Query, Setup
from ladder.errors import InputError
from ladder.project import Project
from rag.abstention import LOOKED_AT, confidence, features_of
from rag.retrieval import Passage, Retriever, all_documents, find, open_retriever, questions

__all__ = ["Found", "Shown", "found_for", "open_shown"]

Shown = Callable[[Query], list[Passage]]
"""Returns the passages for a query."""


@dataclass(frozen=True)
class Found:
    """What was found for a query, and what it is worth."""

    passages: list[Passage] = field(default_factory=list)
    """Those to be shown, or those that were not likely enough to answer."""
    closest: float | None = None
    """The highest cosine of a passage with the question; None where none was searched for."""
    confidence: float | None = None
    """How sure it is that they answer, by the Setup's rule; None where none was searched for."""
    abstains: bool = False
    """Whether nothing is said, because the confidence is below the Setup's threshold."""


def found_for(setup: Setup, shown: Shown | None, query: Query) -> Found:
    """Return what a Setup finds for a query, and whether it is enough to answer."""
    passages = shown(query) if shown else []
    closest = max((p.similarity for p in passages if p.similarity is not None), default=None)
    if closest is None:
        return Found(passages)
    settings = setup.retrieval
    sure = closest
    if settings.abstention != AbstentionRule() and setup.embedder is not None:
        have = features_of(questions(query)[-1], passages, setup.embedder, settings.k)
        sure = confidence(settings.abstention, have)
    return Found(passages[: settings.k], closest, sure, sure < settings.threshold)


def open_shown(setup: Setup, project: Project, *, meanwhile: bool = False) -> Shown | None:
    """Return what finds a Setup's passages; None where it shows none.

    With a fitted rule of abstention it finds as many as that looks at, if `k` is less. With
    `meanwhile` an index that is there is searched as it is, while another process renews it.

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
    count = max(settings.k, LOOKED_AT) if settings.abstention.fitted else settings.k
    retriever = open_retriever(project, settings, setup.embedder, meanwhile=meanwhile)
    return partial(_found, retriever, count)


def _found(retriever: Retriever, k: int, query: Query) -> list[Passage]:
    return find(retriever, query, k)
