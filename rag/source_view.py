"""Where an answer comes from, as plain data and escaped text: quotes, sections, scores.

What a document says is never given to the browser as Markdown or HTML: it is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.answering import Citation
from ladder.errors import InputError
from ladder.project import Project, document_text

if TYPE_CHECKING:
    from rag.retrieval import Passage
    from rag.turn import Turn

__all__ = [
    "Opened",
    "Source",
    "marked_html",
    "opened",
    "quote_html",
    "sources",
    "under",
    "why_rows",
    "why_words",
]

_AROUND = 600
"""Characters shown before and after a quote."""
_SECTION = 20_000
"""The longest section that is shown whole; of a longer one, what is around the quote."""
_MANY_CHARACTERS = 60
_STYLE = "white-space: pre-wrap; overflow-wrap: anywhere; margin: 0"
_WAYS = {
    "dense": "by meaning: the cosine of the embeddings of question and passage",
    "bm25": "by words: BM25, the rare words of the question that a passage has",
    "hybrid": "by meaning and by words together: cosine of the embeddings and BM25",
}
_COLUMNS = {"dense": "Meaning", "bm25": "Words (BM25)", "rerank": "Reranked"}


@dataclass(frozen=True)
class Source:
    """A citation with the passage around it."""

    number: int
    citation: Citation
    passage: Passage | None


@dataclass(frozen=True)
class Opened:
    """A document opened at a quote: the section around it."""

    above: str
    """What stands in the section above what is shown first."""
    near: str
    """From a little above the quote to the section's end."""
    start: int
    end: int
    """Where the quote stands in `near`; both are 0 where it is not found."""
    note: str = ""
    """What is to be said about it, in a sentence."""
    path: Path | None = None
    """The document's file, if it is still there."""


def sources(turn: Turn) -> list[Source]:
    """Return what an answer cites, numbered as its sentences come."""
    cited = dict.fromkeys(s.citation for s in turn.supports if s.citation is not None)
    return [
        Source(number, citation, next((p for p in turn.passages if _holds(p, citation)), None))
        for number, citation in enumerate(cited, 1)
    ]


def under(passage: Passage | None, doc: str) -> str:
    """Return what a passage is headed by: its document, its place, its headings."""
    if passage is None:
        return doc
    last = passage.heading.rpartition(" > ")[2]
    said = last and passage.place == f'under "{last}"'  # by the headings, which come below
    first = f"{doc}, {passage.place}" if passage.place and not said else doc
    return f"{first}\n{passage.heading}".rstrip()


def quote_html(passage: Passage | None, citation: Citation) -> str:
    """Return the passage with the quoted sentence marked; of a whole document, what is near."""
    if passage is None:
        return marked_html(citation.quote, 0, len(citation.quote))
    start, end = citation.start - passage.start, citation.end - passage.start
    first = max(0, start - _AROUND)
    last = min(len(passage.text), end + _AROUND)
    return marked_html(passage.text[first:last], start - first, end - first)


def marked_html(text: str, start: int, end: int) -> str:
    """Return text as HTML that shows exactly it, with a part of it marked."""
    before, quote, after = (html.escape(t) for t in (text[:start], text[start:end], text[end:]))
    mark = f"<mark>{quote}</mark>" if quote else ""
    return f'<blockquote style="{_STYLE}">{before}{mark}{after}</blockquote>'


def opened(project: Project, passage: Passage | None, citation: Citation) -> Opened:
    """Return a document opened at a citation: the whole section, the quote marked in it.

    A document may have changed since the answer was given: then the quote is looked for again,
    and where it is gone, what was kept of it is shown.
    """
    kept = _kept(passage, citation)
    path = next((path for path in project.documents() if path.name == citation.doc), None)
    if path is None:
        return Opened(*kept, f"{citation.doc} is no longer among the documents.")
    try:
        stat = path.stat()
        text = _read(path, stat.st_size, stat.st_mtime_ns)
    except (InputError, OSError) as error:
        return Opened(*kept, f"{citation.doc} cannot be read now: {error}", path)
    start, note = citation.start, ""
    if text[start : citation.end] != citation.quote:
        start = text.find(citation.quote)
        if start < 0:
            gone = f"{citation.doc} has changed since: the quote no longer stands in it."
            return Opened(*kept, gone, path)
        note = f"{citation.doc} has changed since; the quote stands at another place now."
    first, last = _section(text, passage, start, len(citation.quote), bool(note))
    return Opened(*_split(text[first:last], start - first, len(citation.quote)), note, path)


def why_words(turn: Turn) -> str:
    """Return how the passages of a turn were found, in a sentence."""
    ways = {name for passage in turn.passages for name in passage.scores}
    way = turn.retriever or ("dense" if turn.closest is not None else "")
    if {"dense", "bm25"} <= ways:
        way = "hybrid"
    if way not in _WAYS:
        return "They were not searched for: the model was shown every document."
    words = f"They were searched for {_WAYS[way]}."
    if "rerank" in ways:
        words += " The best were then sorted anew by a model that reads both together."
    return words


def why_rows(passages: Sequence[Passage]) -> list[dict[str, object]]:
    """Return passages as rows of a table, the best first: where they stand, each score."""
    ways = [name for name in _COLUMNS if any(name in p.scores for p in passages)]
    rows = []
    for rank, passage in enumerate(passages, 1):
        row: dict[str, object] = {"Rank": rank, "Document": passage.doc}
        if any(p.place for p in passages):
            row["Place"] = passage.place
        row["Similarity"] = _rounded(passage.similarity)
        for name in ways:
            if name != "dense" or passage.scores.get(name) != passage.similarity:
                row[_COLUMNS[name]] = _rounded(passage.scores.get(name))
        if len(ways) > 1:
            row["Ranked by"] = _rounded(passage.score)
        row["Under"] = passage.heading
        row["Begins"] = " ".join(passage.text.split())[:_MANY_CHARACTERS]
        rows.append(row)
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _holds(passage: Passage, citation: Citation) -> bool:
    inside = passage.start <= citation.start and citation.end <= passage.end
    return passage.doc == citation.doc and inside


def _kept(passage: Passage | None, citation: Citation) -> tuple[str, str, int, int]:
    """Return what was kept of the place of a citation, as `Opened` has it."""
    if passage is None:
        return "", citation.quote, 0, len(citation.quote)
    start = citation.start - passage.start
    return _split(passage.text, start, len(citation.quote))


def _section(
    text: str, passage: Passage | None, start: int, length: int, moved: bool
) -> tuple[int, int]:
    """Return where the section around a quote begins and ends."""
    around = max(0, start - _SECTION // 2), min(len(text), start + length + _SECTION // 2)
    if moved or passage is None or passage.section is None:
        return around
    first, last = passage.section
    inside = first <= start and start + length <= last <= len(text)
    return (first, last) if inside and last - first <= _SECTION else around


def _split(text: str, start: int, length: int) -> tuple[str, str, int, int]:
    """Return a section as what is above, what is near a quote, and its place in that.

    What is near begins with a line, so that the quote is seen at once.
    """
    if start <= 2 * _AROUND:
        return "", text, start, start + length
    first = text.rfind("\n", 0, start - _AROUND // 2) + 1
    first = first if first > start - 2 * _AROUND else start - _AROUND
    return text[:first], text[first:], start - first, start - first + length


@lru_cache(maxsize=8)
def _read(path: Path, size: int, modified: int) -> str:
    """Return a document's text; a file of the same size and time is not read again."""
    return document_text(path)
