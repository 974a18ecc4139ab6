"""Make a project's documents searchable: only what changed is read and embedded again.

What a document is now is told by the hash of its content. A document that cannot be read is
listed with the reason, and the others go on. The new index is taken into use whole at the end,
so a search meanwhile, or after a stop, is answered from the old one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ladder.answering import RetrievalSettings
from ladder.errors import InputError, ModelError, ProjectError
from ladder.files import content_hash, locked
from ladder.methods import DEFAULT_EMBEDDER
from ladder.models import load_embedder
from ladder.models.embedder import CountsTokens
from ladder.project import Project, document_text
from ladder.project.index_state import document_hashes, index_folder, index_state
from rag.chunks import Chunk, chunks_of

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.embeddings import Embeddings

    from ladder.jobs import RunContext
    from rag.store import FaissStore

__all__ = [
    "IndexReport",
    "Unreadable",
    "index_documents",
    "open_store",
    "run_index",
]

Progress = Callable[[int, int, str], None]
_BATCH = 32
"""Passages embedded between two words of progress."""


@dataclass(frozen=True)
class Unreadable:
    """A document that is not in the index, and why."""

    doc: str
    reason: str


@dataclass(frozen=True)
class IndexReport:
    """What indexing did."""

    documents: int
    """Documents in the index now."""
    chunks: int
    """Passages in the index now."""
    embedded: int
    """Passages embedded this time; the others were there."""
    read: int
    """Documents read this time: the new and the changed ones."""
    removed: int
    """Documents that are gone since the last time."""
    unreadable: tuple[Unreadable, ...]
    tokens: int
    """Tokens of the embedder in all documents."""
    seconds: float


def index_documents(
    project: Project,
    embedder: str = DEFAULT_EMBEDDER,
    chunk_tokens: int = RetrievalSettings.chunk_tokens,
    progress: Progress | None = None,
) -> IndexReport:
    """Bring the index of a project's documents up to date.

    Args:
        project: whose documents.
        embedder: reference of the embedding model.
        chunk_tokens: the longest passage, in its tokens.
        progress: told after every document read and every batch embedded.

    Raises:
        ProjectError: there are no documents, or none of them can be read.
        ModelError: the embedder cannot be had, or reads less than a passage.
        StorageError: the index cannot be written; the old one stays.
    """
    began = time.perf_counter()
    if not project.documents():
        raise ProjectError(
            f'The project "{project.name}" has no documents yet; add some on the Chat page, or '
            f"with: ladder index {project.name} --documents FOLDER"
        )
    model, counts = _embedder(embedder, chunk_tokens)
    folder = index_folder(project, embedder, chunk_tokens)
    with locked(folder):
        work = _Indexing(project, model, counts, chunk_tokens, progress or (lambda *_: None))
        return work.carry_out(folder, embedder, began)


def open_store(project: Project, embedder: str, chunk_tokens: int) -> FaissStore:
    """Return the index of a project's documents as they are now, bringing it up to date first.

    Raises:
        ProjectError: there are no documents, none can be read, or the index is damaged.
        ModelError: the embedder cannot be had.
    """
    from rag.store import FaissStore

    model, counts = _embedder(embedder, chunk_tokens)
    folder = index_folder(project, embedder, chunk_tokens)
    if index_state(project, embedder, chunk_tokens).ready:
        try:
            return FaissStore.load(folder, model, counts.fingerprint)
        except ProjectError:  # damaged, or made by another embedder: it can be made again
            pass
    index_documents(project, embedder, chunk_tokens)
    return FaissStore.load(folder, model, counts.fingerprint)


def run_index(context: RunContext) -> dict[str, Any]:
    """Index a project's documents as a job; the spec may name `embedder` and `chunk_tokens`."""
    spec = context.spec
    report = index_documents(
        context.project,
        spec.get("embedder") or DEFAULT_EMBEDDER,
        spec.get("chunk_tokens") or RetrievalSettings.chunk_tokens,
        context.progress,
    )
    return asdict(report)


class _Indexing:
    """One run: what it has read so far."""

    def __init__(
        self,
        project: Project,
        model: Embeddings,
        counts: CountsTokens,
        chunk_tokens: int,
        tell: Progress,
    ) -> None:
        self.project, self.model, self.counts = project, model, counts
        self.chunk_tokens, self.tell = chunk_tokens, tell
        self.documents: dict[str, dict[str, Any]] = {}
        self.new: list[Chunk] = []

    def carry_out(self, folder: Path, embedder: str, began: float) -> IndexReport:
        """Read what changed, embed it, save; nothing is written if nothing changed."""
        store = self._old(folder)
        then: dict[str, Any] = store.about.get("documents", {})
        hashes = document_hashes(self.project)
        kept = {name for name, sha in hashes.items() if then.get(name, {}).get("hash") == sha}
        todo = [name for name in hashes if name not in kept]
        for done, name in enumerate(todo):
            self.tell(done, len(todo), f"reading {name}")
            self._read(name, hashes[name])
        self.documents |= {name: then[name] for name in kept}
        gone = set(then) - set(hashes)
        if todo or gone or not store.about:
            leaving = {name for name in then if name not in kept}
            stale = [d.id for d in store.get_by_ids(store.ids()) if d.metadata["doc"] in leaving]
            store.delete([id for id in stale if id is not None])
            self._embed(store)
            if not len(store):
                raise ProjectError(self._nothing())
            about = {
                "embedder": embedder,
                "chunk_tokens": self.chunk_tokens,
                "documents": dict(sorted(self.documents.items())),
            }
            store.save(folder, about)
        problems = {n: d["problem"] for n, d in sorted(self.documents.items()) if d["problem"]}
        return IndexReport(
            documents=len(self.documents) - len(problems),
            chunks=len(store),
            embedded=len(self.new),
            read=len(todo),
            removed=len(gone),
            unreadable=tuple(Unreadable(*each) for each in problems.items()),
            tokens=sum(each["tokens"] for each in self.documents.values()),
            seconds=round(time.perf_counter() - began, 3),
        )

    def _old(self, folder: Path) -> FaissStore:
        """Return the store to start from: the one in use, or an empty one."""
        from rag.store import FaissStore

        try:
            return FaissStore.load(folder, self.model, self.counts.fingerprint)
        except ProjectError:
            return FaissStore(self.model, self.counts.fingerprint)

    def _read(self, name: str, sha: str) -> None:
        """Read one document into passages, or note why it cannot be read."""
        entry: dict[str, Any] = {"hash": sha, "chunks": 0, "tokens": 0, "problem": None}
        try:
            text = document_text(self.project.path / "documents" / name)
            found = chunks_of(name, text, self.counts.token_spans, self.chunk_tokens)
            if not found:
                raise InputError(f"{name} holds headings but no text under them.")
            entry |= {"chunks": len(found), "tokens": len(self.counts.token_spans(text))}
            self.new += found
        except InputError as error:
            entry["problem"] = str(error)
        self.documents[name] = entry

    def _embed(self, store: FaissStore) -> None:
        """Embed the new passages and add them to the store."""
        for start in range(0, len(self.new), _BATCH):
            batch = self.new[start : start + _BATCH]
            self.tell(start, len(self.new), f"embedding {batch[0].doc}")
            store.add_texts(
                [chunk.shown for chunk in batch],
                [asdict(chunk) for chunk in batch],
                ids=[content_hash([chunk.doc, chunk.start, chunk.end]) for chunk in batch],
            )
        self.tell(len(self.new), len(self.new), "writing the index")

    def _nothing(self) -> str:
        reasons = " ".join(each["problem"] or "" for each in self.documents.values())
        return f"None of the documents can be read. {reasons}".strip()


def _embedder(reference: str, chunk_tokens: int) -> tuple[Embeddings, CountsTokens]:
    """Return the embedder, twice: as what makes vectors and as what counts tokens."""
    model = load_embedder(reference)
    if not isinstance(model, CountsTokens):
        raise ModelError(
            f"{reference} does not say how it counts tokens, so documents cannot be cut to what "
            f"it reads; choose another embedder, such as {DEFAULT_EMBEDDER}."
        )
    if chunk_tokens > model.max_tokens:
        raise ModelError(
            f"Passages of {chunk_tokens} tokens are longer than the {model.max_tokens} that "
            f"{reference} reads; set retrieval.chunk_tokens to at most that."
        )
    return model, model
