"""One run of indexing: read what changed, embed what is new in it, write a new generation."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError, ProjectError
from ladder.files import content_hash
from ladder.models.embedder import CountsTokens, vectors_of
from ladder.project import Project, read_document
from ladder.project.index_state import (
    document_hashes,
    index_folder,
    made_indexes,
    noted_documents,
    unseen_tokens,
)
from rag.chunks import Chunk, chunks_of
from rag.lint import findings, findings_of
from rag.visibility import PASSAGES, unseen_by_length

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    from rag.store import FaissStore

__all__ = ["Flagged", "IndexReport", "IndexWork", "Progress", "Unreadable"]

Progress = Callable[[int, int, str], None]


_MARGIN = 16
"""Tokens below its limit from which on a passage is counted once more, headings and text joined."""


@dataclass(frozen=True)
class Unreadable:
    """A document that is not in the index, or only in part, and why."""

    doc: str
    reason: str


@dataclass(frozen=True)
class Flagged:
    """Something suspicious in a document that is in the index."""

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
    """Passages embedded this time; the vectors of the others were there."""
    read: int
    """Documents read this time: the new and the changed ones."""
    removed: int
    """Documents that are gone since the last time."""
    unreadable: tuple[Unreadable, ...]
    tokens: int
    """Tokens of the embedder in all documents."""
    reads: int
    """Tokens that the embedder reads at once."""
    unseen: dict[str, int]
    """Tokens that the embedder never reads, by how the text is cut; see `rag.visibility`."""
    left_out: tuple[Unreadable, ...]
    """Parts of documents that could not be read, such as a page; the rest is in the index."""
    flagged: tuple[Flagged, ...]
    seconds: float


class IndexWork:
    """What a run has read so far.

    Args:
        project: whose documents.
        model: makes the vectors.
        counts: the same embedder, as what counts tokens.
        cut: `chunk_tokens` and `overlap_tokens`.
        tell: told after every document read and every block embedded.
    """

    BLOCK = 256
    """Passages embedded between two words of progress."""

    def __init__(
        self,
        project: Project,
        model: Embeddings,
        counts: CountsTokens,
        cut: tuple[int, int],
        tell: Progress,
    ) -> None:
        self.project, self.model, self.counts = project, model, counts
        self.chunk_tokens, self.overlap_tokens = cut
        self.tell = tell
        self.documents: dict[str, dict[str, Any]] = {}
        self.same: frozenset[str] = frozenset()
        self.new: list[Chunk] = []
        self.hidden: dict[str, Sequence[str]] = {}

    def carry_out(self, folder: Path, embedder: str, began: float) -> IndexReport:
        """Bring the index in `folder` up to date, in a new generation if anything changed."""
        from rag.store import FaissStore

        try:
            store = FaissStore.load(folder, self.model, self.counts.fingerprint)
        except ProjectError:  # none yet, damaged, or of another embedder: it is made anew
            store = FaissStore(self.model, self.counts.fingerprint)
        now, places = document_hashes(self.project), self.project.collections()
        then: dict[str, dict[str, Any]] = noted_documents(store.about)
        same = {
            name: each
            for name, each in then.items()
            if each["hash"] == now.get(name)
            and (each.get("collection") or "") == places.get(name, "")
        }
        self.documents, self.same = dict(same), frozenset(same)
        todo = sorted(now.keys() - same.keys())
        for place, name in enumerate(todo):
            self.tell(place, len(todo), f"reading {name}")
            self._read(name, now[name], places.get(name, ""))
        self._flag()
        embedded = 0
        if todo or then.keys() - now.keys() or not len(store):
            embedded = self._bring(store)
            if not len(store):
                raise ProjectError(self._nothing())
            self._save(store, folder, embedder)
        problems = {n: d["problem"] for n, d in sorted(self.documents.items()) if d["problem"]}
        return IndexReport(
            documents=len(self.documents) - len(problems),
            chunks=len(store),
            embedded=embedded,
            read=len(todo),
            removed=len(then.keys() - now.keys()),
            unreadable=tuple(Unreadable(*each) for each in problems.items()),
            tokens=sum(each["tokens"] for each in self.documents.values()),
            reads=self.counts.max_tokens,
            unseen=unseen_tokens(self.documents),
            left_out=tuple(Unreadable(*each) for each in self._notes("left_out")),
            flagged=tuple(Flagged(*each) for each in self._notes("flags")),
            seconds=round(time.perf_counter() - began, 3),
        )

    def _read(self, name: str, sha: str, collection: str) -> None:
        """Read one document into passages, or note why it cannot be read."""
        entry: dict[str, Any] = {
            "hash": sha, "collection": collection, "chunks": 0, "tokens": 0, "problem": None,
        }  # fmt: skip
        try:
            document = read_document(self.project.path / "documents" / name)
            spans = self.counts.token_spans(document.text)
            found = chunks_of(
                name, document.text, self.counts.token_spans, self.chunk_tokens,
                self.overlap_tokens, document.places, collection, spans,
            )  # fmt: skip
            if not found:
                raise InputError(f"{name} holds headings but no text under them.")
            starts = [start for start, _ in spans]
            reads = self.counts.max_tokens
            entry |= {
                "chunks": len(found),
                "tokens": len(spans),
                "unseen": {PASSAGES: self._beyond(found)}
                | unseen_by_length(document.text, starts, reads),
                "left_out": list(document.left_out),
            }
            self.new += found
            self.hidden[name] = document.hidden
        except InputError as error:
            entry["problem"] = str(error)
        self.documents[name] = entry

    def _flag(self) -> None:
        """Note what is suspicious about the new passages, and about what their files hide.

        Headings and first rows of tables are shown with many passages, and looked at once.
        """
        above = list(dict.fromkeys(part for chunk in self.new for part in _above(chunk)))
        texts, found = [*above, *(chunk.text for chunk in self.new)], list[tuple[str, ...]]()
        for start in range(0, len(texts), self.BLOCK):
            self.tell(start, len(texts), "looking for instructions to a model")
            found += findings_of(texts[start : start + self.BLOCK])
        about, own = dict(zip(above, found, strict=False)), found[len(above) :]
        for place, (chunk, flagged) in enumerate(zip(self.new, own, strict=True)):
            said = [each for part in _above(chunk) for each in about[part]]
            self.new[place] = replace(chunk, flags=tuple(dict.fromkeys((*said, *flagged))))
        flags = {name: list(findings("", hidden)) for name, hidden in self.hidden.items()}
        for chunk in self.new:
            flags[chunk.doc] += chunk.flags
        for name, each in flags.items():
            self.documents[name]["flags"] = list(dict.fromkeys(each))

    def _beyond(self, chunks: Sequence[Chunk]) -> int:
        """Return how many tokens of passages the embedder would pass over."""
        reads = self.counts.max_tokens
        if self.chunk_tokens + _MARGIN <= reads:
            return 0
        return sum(max(0, len(self.counts.token_spans(each.shown)) - reads) for each in chunks)

    def _bring(self, store: FaissStore) -> int:
        """Bring the store's passages up to date; return how many were embedded.

        A passage is told by its document and its content, so one that only moved is not embedded
        again, nor one that came from another document.
        """
        seen: Counter[tuple[str, str]] = Counter()
        ids = []
        for chunk in self.new:
            seen[chunk.doc, chunk.shown] += 1
            ids.append(content_hash([chunk.doc, chunk.shown, seen[chunk.doc, chunk.shown]]))
        embedded = store.upsert(
            [chunk.shown for chunk in self.new],
            [asdict(chunk) for chunk in self.new],
            ids,
            embed=self._embed,
        )
        fresh = set(ids)
        stale = [
            found.id
            for found in store.get_by_ids(store.ids())
            if found.metadata["doc"] not in self.same and found.id not in fresh
        ]
        store.delete([id for id in stale if id is not None])
        return embedded

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Return the vectors of texts, the longest ones computed first.

        Texts of about one length go through the model together, so that little of its work is
        spent on filling up the shorter ones.
        """
        import numpy as np

        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        vectors: NDArray[np.float32] | None = None
        for start in range(0, len(order), self.BLOCK):
            self.tell(start, len(texts), "embedding the passages, long ones first")
            block = order[start : start + self.BLOCK]
            made = vectors_of(self.model, [texts[place] for place in block])
            if vectors is None:
                vectors = np.empty((len(texts), made.shape[1]), dtype=np.float32)
            vectors[block] = made
        return np.zeros((0, 0), dtype=np.float32) if vectors is None else vectors

    def _save(self, store: FaissStore, folder: Path, embedder: str) -> None:
        """Write the new generation, with the words of its passages for BM25 beside it."""
        from rag.search import Bm25

        total = max(1, len(self.new))
        self.tell(total, total, "writing the index")
        before: Bm25 | None = None
        if store.generation is not None:
            with suppress(ProjectError):
                before = Bm25.load(store.generation)
        words = Bm25.build(store.texts(), before=before)
        about = {
            "embedder": embedder,
            "chunk_tokens": self.chunk_tokens,
            "overlap_tokens": self.overlap_tokens,
            "reads": self.counts.max_tokens,
            "documents": dict(sorted(self.documents.items())),
        }
        store.save(folder, about, beside=words.save)
        self._clear(folder)

    def _clear(self, folder: Path) -> None:
        """Remove indexes that this version of the program cannot search."""
        used = {
            index_folder(self.project, each.embedder, each.chunk_tokens, each.overlap_tokens)
            for each in made_indexes(self.project)
        }
        for other in folder.parent.glob("store-*"):
            if other != folder and other not in used and (other / "current").exists():
                shutil.rmtree(other, ignore_errors=True)

    def _notes(self, kind: str) -> list[tuple[str, str]]:
        """Return the sentences of a kind about each document."""
        return [
            (name, sentence)
            for name, each in sorted(self.documents.items())
            for sentence in each.get(kind, ())
        ]

    def _nothing(self) -> str:
        reasons = " ".join(each["problem"] or "" for each in self.documents.values())
        return f"None of the documents can be read. {reasons}".strip()


def _above(chunk: Chunk) -> list[str]:
    """Return what is shown above a passage, part by part."""
    return [part for part in (*chunk.heading.split(" > "), chunk.columns) if part.strip()]
