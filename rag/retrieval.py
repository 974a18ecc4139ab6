"""Find the passages of the documents that a question is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ladder.answering import Query, RetrievalSettings
from ladder.errors import InputError, ProjectError
from ladder.project import Project, document_text
from rag.chunks import Span

if TYPE_CHECKING:
    from rag.store import FaissStore

__all__ = [
    "DenseRetriever",
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


class DenseRetriever:
    """Finds passages by the cosine of their embedding with the question's."""

    def __init__(self, store: FaissStore) -> None:
        self._store = store

    def search(
        self, question: str, k: int, filters: Mapping[str, str] | None = None
    ) -> list[Passage]:
        """Return the `k` nearest passages, nearest first."""
        found = self._store.similarity_search_with_score(question, k, filter=filters)
        return [Passage(**each.metadata, similarity=score) for each, score in found]


def open_retriever(project: Project, settings: RetrievalSettings, embedder: str) -> Retriever:
    """Return the retriever over a project's documents as they are now.

    Raises:
        ProjectError: there are no documents, or none can be read.
        ModelError: the embedder cannot be had.
    """
    from rag.indexing import open_store

    return DenseRetriever(open_store(project, embedder, settings.chunk_tokens))


def questions(query: Query) -> list[str]:
    """Return the texts to search for: what is asked, and a follow-up also with what it follows.

    "And to the islands?" finds little by itself, so it is searched for a second time after the
    question before it; a passage counts by the better of the two. A question is taken for a
    follow-up if it has fewer than four words, begins like one, or points back ("it", "there");
    these are English words, and in another language only the number of words tells. Where words
    are not set apart by blanks (Chinese, Japanese, Thai), nothing tells, and what is asked is
    searched for by itself.
    """
    asked = [m["content"] for m in query.messages if m["role"] == "user"]
    if len(asked) < 2 or not _follows(query.text):
        return [query.text]
    return [query.text, f"{asked[-2]} {query.text}"]


def _follows(question: str) -> bool:
    if _NO_BLANKS.search(question):
        return False
    words = re.findall(r"\w+", question.casefold())
    return len(words) < _ALONE or words[0] in _CONNECTS or not _POINTS_BACK.isdisjoint(words)


_NO_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # Japanese, Chinese
)
"""A letter of a script that sets no blanks between words."""
_ALONE = 4
"""A question of this many words can stand by itself."""
_CONNECTS = frozenset(("and", "but", "or", "so", "then", "also", "otherwise"))
_POINTS_BACK = frozenset(
    ("it", "its", "that", "they", "them", "their", "there", "this", "those", "these", "he", "she")
)


def find(retriever: Retriever, query: Query, k: int) -> list[Passage]:
    """Return the `k` best passages for a query and the conversation before it, best first."""
    best: dict[tuple[str, int, int], Passage] = {}
    for question in questions(query):
        for passage in retriever.search(question, k, query.filters or None):
            place = (passage.doc, passage.start, passage.end)
            other = best.get(place)
            if other is None or (passage.similarity or 0) > (other.similarity or 0):
                best[place] = passage
    return sorted(best.values(), key=lambda passage: -(passage.similarity or 0))[:k]


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
