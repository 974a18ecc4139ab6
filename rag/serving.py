"""Which index answers now, while a new one is being made.

An index is made for one embedder and one way of cutting. When another embedder is chosen, or the
documents change, the old index goes on answering until the new one is whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ladder.answering import RetrievalSettings
from ladder.project import Project
from ladder.project.index_state import MadeIndex, index_state, made_indexes

__all__ = ["Serving", "serving"]


@dataclass(frozen=True)
class Serving:
    """The index to search now.

    Open it with `rag.indexing.open_store(..., meanwhile=True)`, which takes it as it is; opened
    otherwise it is first brought up to date.
    """

    embedder: str
    settings: RetrievalSettings
    note: str
    """Why it is another than was asked for, in a sentence; empty where it is that one."""
    fresh: bool
    """Whether it covers the documents as they are now."""
    exists: bool
    """Whether there is anything to search yet."""


def serving(project: Project, settings: RetrievalSettings, embedder: str) -> Serving:
    """Return the index that can be searched now for these settings: theirs, or an older one.

    Its own index, if it has become old, comes before others: it differs in the changed documents
    alone. Then come those that cover the documents as they are, then the newest.
    """
    own = index_state(project, embedder, settings.chunk_tokens, settings.overlap_tokens)
    if own.ready:
        return Serving(embedder, settings, "", True, True)
    if own.exists and own.chunks:
        many = f"{len(own.changed)} documents are" if len(own.changed) != 1 else "1 document is"
        note = f"{many} new or changed since this index was made; it answers until the next is."
        return Serving(embedder, settings, note, False, True)
    others = [(index, _covers(project, index)) for index in made_indexes(project)]
    if not others:
        return Serving(embedder, settings, "", False, False)
    index, fresh = min(others, key=lambda other: not other[1])  # the first is the newest
    return Serving(
        index.embedder,
        replace(settings, chunk_tokens=index.chunk_tokens, overlap_tokens=index.overlap_tokens),
        _note(index, embedder),
        fresh,
        True,
    )


def _covers(project: Project, index: MadeIndex) -> bool:
    return index_state(project, index.embedder, index.chunk_tokens, index.overlap_tokens).ready


def _note(index: MadeIndex, embedder: str) -> str:
    if index.embedder != embedder:
        return f"The index of {embedder} is not made yet; that of {index.embedder} answers."
    return (
        "The index for these passages is not made yet; the one with passages of "
        f"{index.chunk_tokens} tokens answers."
    )
