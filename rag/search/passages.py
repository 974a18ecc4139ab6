"""What `ladder search` gives: the passages for a question, or for a file of questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.answering import RetrievalSettings
from ladder.errors import InputError
from ladder.methods import DEFAULT_EMBEDDER
from ladder.project.index_state import index_state

if TYPE_CHECKING:
    from ladder.project import Project
    from rag.retrieval import Passage
    from rag.search.retriever import StoreRetriever

__all__ = ["read_queries", "search", "search_all", "settings_in_use"]

Tell = Callable[[str], None]


def search(
    project: Project,
    question: str,
    k: int = 10,
    settings: RetrievalSettings | None = None,
    embedder: str = DEFAULT_EMBEDDER,
    tell: Tell | None = None,
) -> list[dict[str, Any]]:
    """Return the `k` passages for a question as plain data, the best first.

    Args:
        project: whose documents.
        question: what is looked for.
        k: how many passages.
        settings: how passages are found; the defaults if none are given.
        embedder: reference of the embedding model.
        tell: told what takes its time before that.

    Raises:
        InputError: the question is empty.
        ProjectError: there are no documents, or none can be read.
    """
    if not question.strip():
        raise InputError("The question is empty; type what you look for.")
    retriever = _opened(project, settings or RetrievalSettings(), embedder, tell)
    return [_plain(passage) for passage in retriever.search(question, k)]


def search_all(
    project: Project,
    queries: Path,
    k: int = 10,
    settings: RetrievalSettings | None = None,
    embedder: str = DEFAULT_EMBEDDER,
    tell: Tell | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield `{"id", "hits"}` for each question of a file, in its order.

    Args:
        project: whose documents.
        queries: a file of one `{"id", "question"}` a line.
        k: how many passages a question.
        settings: how passages are found; the defaults if none are given.
        embedder: reference of the embedding model.
        tell: told what takes its time before that.

    Raises:
        InputError: the file cannot be read, or a line is not such a question.
        ProjectError: there are no documents, or none can be read.
    """
    asked = read_queries(queries)
    retriever = _opened(project, settings or RetrievalSettings(), embedder, tell)
    found = retriever.search_many([question for _, question in asked], k)
    for (id, _), passages in zip(asked, found, strict=True):
        yield {"id": id, "hits": [_plain(passage) for passage in passages]}


def settings_in_use(project: Project, task: str | None = None) -> tuple[RetrievalSettings, str]:
    """Return how Chat searches, and with which embedder: by the task's own Setup, if it has one.

    Without a name it is the Setup of the only task that has one which searches the documents.

    Raises:
        ProjectError: there is no such task.
    """
    names = [task] if task is not None else project.tasks()
    own = [setup for name in names if (setup := project.task(name).setup()) is not None]
    searching = [setup for setup in own if setup.retrieval.source == "index" and setup.embedder]
    if len(searching) == 1:
        return searching[0].retrieval, str(searching[0].embedder)
    return RetrievalSettings(), DEFAULT_EMBEDDER


def read_queries(path: Path) -> list[tuple[str | int, str]]:
    """Return the id and the question of each line of a file.

    Raises:
        InputError: it cannot be read, has no questions, or a line is not one.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise InputError(
            f"{path} cannot be opened ({error.strerror}); name another file."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read as text in UTF-8: {error}.") from error
    found: list[tuple[str | int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            id, question = row["id"], row["question"]
        except (ValueError, KeyError, TypeError, RecursionError):
            id, question = "", ""
        known = isinstance(id, str | int) and not isinstance(id, bool) and str(id)
        if not known or not isinstance(question, str) or not question.strip():
            raise InputError(
                f"{path}, line {number} is {line.strip()[:80]!r}; give one "
                '{"id": "1", "question": "How long?"} a line.'
            )
        found.append((id, question))
    if not found:
        raise InputError(f'{path} holds no questions; give one {{"id", "question"}} a line.')
    return found


def _opened(
    project: Project, settings: RetrievalSettings, embedder: str, tell: Tell | None
) -> StoreRetriever:
    from rag.retrieval import open_retriever

    _check_collections(project, settings.collections)
    cut = settings.chunk_tokens, settings.overlap_tokens
    stale = project.documents() and not index_state(project, embedder, *cut).ready
    if tell is not None and stale:
        tell("The documents are new or changed; they are indexed first.")
    return open_retriever(project, settings, embedder)


def _check_collections(project: Project, wanted: Sequence[str]) -> None:
    """Refuse a collection that no document is in: it would find nothing, and say nothing."""
    known = sorted(set(project.collections().values()))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        there = f"there is {', '.join(known)}" if known else "no document is in one yet"
        raise InputError(
            f'No document of "{project.name}" is in the collection "{unknown[0]}"; {there}.'
        )


def _plain(passage: Passage) -> dict[str, Any]:
    """Return a passage as it is written as JSON."""
    values = {each.name: getattr(passage, each.name) for each in fields(passage)}
    first = ("doc", "chunk_id", "start", "end", "text", "score")
    values = {name: values.pop(name) for name in first} | values
    for name in ("score", "similarity"):
        values[name] = None if values[name] is None else round(values[name], 6)
    values["scores"] = {name: round(value, 6) for name, value in passage.scores.items()}
    return values
