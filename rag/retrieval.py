"""Find the passages of the documents that a question is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ladder.answering import Query, RetrievalSettings
from ladder.errors import InputError, ProjectError
from ladder.project import Project, document_text
from ladder.project.index_state import index_folder
from rag.chunks import Span
from rag.search.follow_up import questions

if TYPE_CHECKING:
    from rag.search.retriever import StoreRetriever

__all__ = [
    "Passage",
    "Retriever",
    "all_documents",
    "find",
    "open_retriever",
    "questions",
]


@dataclass(frozen=True)
class Passage:
    """A part of a document that a question may be answered from."""

    doc: str
    start: int
    end: int
    text: str
    """Characters `start` to `end` of the document's text, exactly."""
    heading: str = ""
    columns: str = ""
    """The first row of the table in whose middle it begins."""
    chunk_id: str = ""
    """Names the passage in the index."""
    section: Span | None = None
    """The whole section of the document that it stands in."""
    place: str = ""
    """Where a person finds it: "page 3", "slide 2", "row 14", "lines 10 to 20"."""
    collection: str = ""
    flags: tuple[str, ...] = ()
    """What is suspicious about it, in sentences (`rag.lint`)."""
    similarity: float | None = None
    """Cosine with the question; None where it was not searched for."""
    score: float | None = None
    """What it was ranked by; None where it was not searched for."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Its score by each way of searching: "dense", "bm25", "rerank"."""

    @property
    def shown(self) -> str:
        """Return what the model reads: headings, columns, then the passage."""
        return "\n".join(part for part in (self.heading, self.columns, self.text) if part)


class Retriever(Protocol):
    """Finds passages; how (by meaning, by words, by both) is its own matter."""

    def search(
        self, question: str, k: int, filters: Mapping[str, str] | None = None
    ) -> list[Passage]:
        """Return at most `k` passages, the best first, among those that pass the filters."""
        ...


def open_retriever(
    project: Project, settings: RetrievalSettings, embedder: str, *, meanwhile: bool = False
) -> StoreRetriever:
    """Return the retriever of the settings over a project's documents as they are now.

    The words for BM25 are those kept with the index; where it has none (an older index, another
    language in the settings), they are made once and kept. With `meanwhile` an index that is there
    is searched as it is, while another process renews it.

    Raises:
        InputError: the language is unknown.
        ProjectError: there are no documents, or none can be read.
        ModelError: the embedder or the reranker cannot be had.
    """
    from rag.indexing import open_store
    from rag.search.kept_words import words_of_store
    from rag.search.rerank import load_reranker
    from rag.search.retriever import StoreRetriever

    cut = (settings.chunk_tokens, settings.overlap_tokens)
    store = open_store(project, embedder, *cut, meanwhile=meanwhile)
    folder = index_folder(project, embedder, *cut)
    words = None
    if settings.retriever != "dense":
        words = words_of_store(store, folder, settings.language)
    reranker = load_reranker(settings.rerank) if settings.rerank else None
    return StoreRetriever(store, settings, words, reranker)


def find(retriever: Retriever, query: Query, k: int) -> list[Passage]:
    """Return the `k` best passages for a query and the conversation before it, best first."""
    best: dict[tuple[str, int, int], Passage] = {}
    for question in questions(query):
        for passage in retriever.search(question, k, query.filters or None):
            place = (passage.doc, passage.start, passage.end)
            other = best.get(place)
            if other is None or _rank(passage) > _rank(other):
                best[place] = passage
    return sorted(best.values(), key=_rank, reverse=True)[:k]


def _rank(passage: Passage) -> float:
    """Return what a passage is ranked by."""
    return next((v for v in (passage.score, passage.similarity) if v is not None), 0.0)


def all_documents(project: Project) -> list[Passage]:
    """Return every document that can be read, whole, by name.

    Raises:
        ProjectError: there are none.
    """
    found, reasons = [], []
    for path in project.documents():
        try:
            text = document_text(path)
        except InputError as error:
            reasons.append(str(error))
            continue
        found.append(Passage(path.name, 0, len(text), text))
    if not found:
        raise ProjectError(
            f'The project "{project.name}" has no documents that can be read; add some on the '
            f"Chat page, or with: ladder index {project.name} --documents FOLDER"
            + "".join(f" {reason}" for reason in reasons)
        )
    return found
