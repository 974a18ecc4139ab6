"""Make a project's documents searchable: only what changed is read and embedded again.

What a document is now is told by the hash of its content, and so is what a passage is: of a
changed document only the changed passages are embedded. A document that cannot be read is listed
with the reason, and the others go on. The new index is taken into use whole at the end, so a
search meanwhile, or after a stop, is answered from the old one.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ladder.answering import RetrievalSettings
from ladder.errors import ModelError, ProjectError
from ladder.files import locked
from ladder.methods import DEFAULT_EMBEDDER
from ladder.models import load_embedder
from ladder.models.embedder import CountsTokens
from ladder.project import Project
from ladder.project.index_state import index_folder, index_state
from rag.index_work import Flagged, IndexReport, IndexWork, Progress, Unreadable
from rag.serving import Serving, serving

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from ladder.jobs import RunContext
    from rag.store import FaissStore

__all__ = [
    "Flagged",
    "IndexReport",
    "Serving",
    "Unreadable",
    "counting_embedder",
    "index_documents",
    "open_store",
    "run_index",
    "serving",
]

_log = logging.getLogger("ladder.index")


def index_documents(
    project: Project,
    embedder: str = DEFAULT_EMBEDDER,
    chunk_tokens: int = RetrievalSettings.chunk_tokens,
    progress: Progress | None = None,
    overlap_tokens: int = RetrievalSettings.overlap_tokens,
) -> IndexReport:
    """Bring the index of a project's documents up to date.

    Args:
        project: whose documents.
        embedder: reference of the embedding model.
        chunk_tokens: the longest passage, in its tokens.
        progress: told after every document read and every block embedded.
        overlap_tokens: how many tokens of the passage before a passage may begin with.

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
    model, counts = counting_embedder(embedder, chunk_tokens)
    folder = index_folder(project, embedder, chunk_tokens, overlap_tokens)
    cut = chunk_tokens, overlap_tokens
    with locked(folder):
        work = IndexWork(project, model, counts, cut, progress or (lambda *_: None))
        return work.carry_out(folder, embedder, began)


def open_store(
    project: Project,
    embedder: str,
    chunk_tokens: int,
    overlap_tokens: int = RetrievalSettings.overlap_tokens,
    *,
    meanwhile: bool = False,
) -> FaissStore:
    """Return the index of a project's documents as they are now, bringing it up to date first.

    Args:
        project: whose documents.
        embedder: reference of the embedding model.
        chunk_tokens: the longest passage.
        overlap_tokens: how many tokens passages repeat.
        meanwhile: take an index that is there as it is, while another process renews it.

    Raises:
        ProjectError: there are no documents, none can be read, or the index is damaged.
        ModelError: the embedder cannot be had.
    """
    from rag.store import FaissStore

    model, counts = counting_embedder(embedder, chunk_tokens)
    folder = index_folder(project, embedder, chunk_tokens, overlap_tokens)
    state = index_state(project, embedder, chunk_tokens, overlap_tokens)
    if state.ready or (meanwhile and state.exists and state.chunks):
        try:
            return FaissStore.load(folder, model, counts.fingerprint)
        except ProjectError as error:  # damaged, or of another embedder: it can be made again
            _log.warning("%s It is made again now.", error)
    index_documents(project, embedder, chunk_tokens, overlap_tokens=overlap_tokens)
    return FaissStore.load(folder, model, counts.fingerprint)


def run_index(context: RunContext) -> dict[str, Any]:
    """Index a project's documents as a job.

    The spec may name `embedder`, `chunk_tokens` and `overlap_tokens`. The index of another
    embedder stays beside the new one and answers until that is whole (`rag.serving`).
    """
    spec = context.spec
    report = index_documents(
        context.project,
        spec.get("embedder") or DEFAULT_EMBEDDER,
        spec.get("chunk_tokens") or RetrievalSettings.chunk_tokens,
        context.progress,
        spec.get("overlap_tokens") or RetrievalSettings.overlap_tokens,
    )
    return asdict(report)


def counting_embedder(reference: str, chunk_tokens: int = 0) -> tuple[Embeddings, CountsTokens]:
    """Return an embedder, twice: as what makes vectors and as what counts tokens.

    Raises:
        ModelError: it cannot be had, does not count its tokens, or reads less than a passage.
    """
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
