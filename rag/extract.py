"""Answer with the sentence of the documents that answers the question; no language model.

A sentence of the passages is worth, for a question,

    (cosine of the two embeddings + 0.7 * share of the question's words in it
     + 0.3 * their share in it and the sentence before) / 2
    + 0.15 * cosine of its passage
    + 0.05 where it has what is asked for, - 0.15 where it lacks it (`rag.asked`)
    - 0.1 * share of the question's names that its passage, with its headings, lacks

where words count by how few of the sentences have them. The weights are our own, compared on XQuAD
(docs/answers.md). A table's row is told with its columns. Where the question is for whatever is
said about something, that subject alone is compared, and the first sentence of a passage has the
words of the heading above it, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ladder.answering import Answer, Citation, Query, Setup
from ladder.errors import LadderError
from ladder.models import embed_texts
from ladder.project.task import Task
from rag.asked import subject, wanted
from rag.facts import unnamed
from rag.quotable import quotable
from rag.retrieval import Passage, questions
from rag.shown import Found, Shown, found_for
from rag.tables import Row, row_at, rows_of, told
from rag.words import content_words, language_here, rarity, share

__all__ = ["ExtractAnswerer", "Quote", "quotes"]

_OWN, _BEFORE, _PASSAGE, _HAS, _LACKS, _NAMES = 0.7, 0.3, 0.15, 0.05, 0.15, 0.1


@dataclass(frozen=True)
class Quote:
    """A sentence of the documents as an answer to a question."""

    text: str
    """As it is told: the sentence, or a table's row with its columns."""
    citation: Citation
    passage: Passage
    value: float
    """How well it answers, mostly from 0 to 1."""


@dataclass(frozen=True)
class _Sentence:
    citation: Citation
    passage: Passage
    before: str
    heading: str
    """The one above its passage, if it is the first sentence there."""
    row: Row | None
    told: str
    """What is compared with the question: a row with all its columns."""


def quotes(question: str, passages: Sequence[Passage], embedder: str, most: int = 1) -> list[Quote]:
    """Return the sentences of the passages that answer a question, the best first.

    Args:
        question: what is asked; a follow-up with the question before it.
        passages: what was found.
        embedder: reference of the embedding model.
        most: how many at most.
    """
    language = language_here([question, *(passage.text for passage in passages)])
    found = _sentences(passages, language)
    if not found:
        return []
    about = subject(question)
    asked = content_words(about or question, language)
    own = [content_words(f"{each.heading * bool(about)} {each.told}", language) for each in found]
    weights = rarity(asked, own)
    vectors = embed_texts(embedder, [about or question, *(each.told for each in found)])
    cosines = (vectors[1:] @ vectors[0]).tolist()
    has = wanted(question, language)
    ranked = []
    for each, words, cosine in zip(found, own, cosines, strict=True):
        both = words | content_words(each.before, language)
        value = (cosine + _OWN * share(weights, words) + _BEFORE * share(weights, both)) / 2
        value += _PASSAGE * (each.passage.similarity or 0.0)
        value += _HAS * max(0, has(each.told)) + _LACKS * min(0, has(each.told))
        if language != "de":  # where every noun has a capital, names are not told
            value -= _NAMES * unnamed(question, each.passage.shown)
        ranked.append((value, each))
    ranked.sort(key=lambda pair: -pair[0])
    return [
        Quote(_as_told(each, asked, language, has), each.citation, each.passage, value)
        for value, each in ranked[:most]
    ]


class ExtractAnswerer:
    """Quotes the documents, one question at a time."""

    one_at_a_time = True

    def __init__(self, setup: Setup, task: Task, shown: Shown) -> None:
        self.setup, self.task, self.shown = setup, task, shown

    def prompt(self, query: Query) -> Found:
        """Return the passages found for a query, and whether they are likely to answer it."""
        return found_for(self.setup, self.shown, query)

    def quote(self, query: Query, found: Found) -> Quote | None:
        """Return the sentence that answers; None where the passages hold no sentence."""
        if self.setup.embedder is None or found.abstains:
            return None
        best = quotes(questions(query)[-1], found.passages, self.setup.embedder)
        return best[0] if best else None

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        """Yield one Answer per query; what goes wrong with one is its `error`."""
        for query in queries:
            began = time.perf_counter()
            try:
                quote = self.quote(query, self.prompt(query))
            except LadderError as error:
                yield Answer(query.id, "", error=str(error))
                continue
            yield Answer(
                query.id,
                quote.text if quote else "",
                citations=(quote.citation,) if quote else (),
                abstained=quote is None,
                seconds=time.perf_counter() - began,
            )

    def stream(self, query: Query) -> Iterator[str]:
        """Yield the answer, whole; nothing where the passages are not likely to answer."""
        quote = self.quote(query, self.prompt(query))
        if quote is not None:
            yield quote.text


def _sentences(passages: Sequence[Passage], language: str) -> list[_Sentence]:
    """Return the sentences of passages, each once; rows that only name columns are left out."""
    rows = rows_of(passages)
    found: dict[tuple[str, int, int], _Sentence] = {}
    for passage in passages:
        before = ""
        heading = passage.heading.rpartition(" > ")[2]
        for start, end in quotable(passage):
            place = (passage.doc, passage.start + start, passage.start + end)
            quote = passage.text[start:end]
            row = row_at(rows, *place)
            if place not in found and not (row and row.titles) and content_words(quote, language):
                words = told(row, frozenset(), language) if row else quote
                citation = Citation(*place, quote)
                known = "" if row else before, "" if row else heading
                found[place] = _Sentence(citation, passage, *known, row, words)
            before, heading = quote, ""
    return list(found.values())


def _as_told(
    each: _Sentence, asked: frozenset[str], language: str, has: Callable[[str], float]
) -> str:
    """Return a sentence for the reader, its line breaks taken out.

    A row is told with the cells asked for, unless what is asked for would be lost with the others.
    """
    text = told(each.row, asked, language) if each.row else each.citation.quote
    if has(text) < has(each.told):
        text = each.told
    return " ".join(text.split())
