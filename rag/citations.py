"""Find the sentence of the documents that supports a sentence of an answer.

The app looks for it, not the model: a small model that is asked to cite seldom does, and what
it cites need not be there. A sentence of the passages supports a claim by

    support = 0.5 * cosine of the two embeddings + 0.5 * share of the claim's words in it

and by nothing at all if a number, date or name of the claim is not in it (`rag.facts`). A claim
is a sentence of the answer; one of fewer than six words ("14 days") is compared together with
the question. Below `THRESHOLD` there is no citation. A table's row is cited only where question
or claim name it better than the other rows by its first cell ("Islands"); where they name none
of them, it must share both ends of a range with the claim, or none. The formula and its
threshold are our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ladder.answering import Citation
from ladder.models import embed_texts
from rag.chunks import Span, sentences
from rag.facts import missing
from rag.quantities import quantities
from rag.quotable import quotable
from rag.retrieval import Passage
from rag.tables import Row, row_at, rows_of
from rag.words import content_words, language_here

__all__ = ["THRESHOLD", "Support", "citations_of", "supports"]

THRESHOLD = 0.5
"""The support below which a sentence is not cited; measured in docs/answers.md."""

_SHORT = 6
"""A claim of fewer words is compared together with the question."""
_EMBEDDED = 40
"""Sentences compared by embedding for one claim: those that share most words with it."""
_WORD = re.compile(r"[^\W_]+(?:[.,']\d+)*")
_REFERS = re.compile(r"\W*(?:it|its|he|his|she|her|they|their|this|these|those|both|such)\b", re.I)
"""A sentence that begins so speaks of what the one before it names."""
_CAPITAL_NOUNS = frozenset(("de",))
"""Languages in which every noun has a capital, so that capitals tell no names."""


@dataclass(frozen=True)
class Support:
    """A sentence of an answer and what supports it."""

    start: int
    end: int
    """Characters of the answer."""
    citation: Citation | None
    """The sentence of a document; None where nothing supports it enough."""
    value: float
    """How well the best sentence supports it, from 0 to 1."""
    missing: tuple[str, ...] = ()
    """Without a citation: its numbers, dates and names that the nearest sentence does not have."""


@dataclass(frozen=True)
class _Candidate:
    """A sentence that may support a claim, and what belongs to it."""

    citation: Citation
    beside: str
    """Headings and columns; the sentence before one that begins with "it"."""
    around: str
    row: Row | None


def supports(
    answer: str, question: str, passages: Sequence[Passage], embedder: str
) -> list[Support]:
    """Return each sentence of an answer with the sentence of the passages that supports it.

    Args:
        answer: the model's text.
        question: what was asked.
        passages: what the model was shown.
        embedder: reference of the embedding model.
    """
    spans = sentences(answer)
    # A table of names and figures tells no language; what is said of it does.
    language = language_here([*(passage.text for passage in passages), question, answer])
    rows = rows_of(passages)
    candidates = _candidates(passages, rows, language)
    if not candidates:
        return [Support(start, end, None, 0.0) for start, end in spans]
    found = []
    for span in spans:
        claim = answer[slice(*span)]
        able = [each for each in candidates if _in_place(each, claim, question, rows, language)]
        found.append(_supported(span, claim, question, able, embedder, language))
    return found


def citations_of(found: Sequence[Support]) -> tuple[Citation, ...]:
    """Return the citations of an answer, each once, in the order of its sentences."""
    return tuple(dict.fromkeys(s.citation for s in found if s.citation is not None))


def _supported(
    span: Span,
    claim: str,
    question: str,
    candidates: Sequence[_Candidate],
    embedder: str,
    language: str,
) -> Support:
    """Return a claim with its best candidate."""
    words = content_words(claim, language)
    compared = f"{question} {claim}" if len(_WORD.findall(claim)) < _SHORT else claim
    ranked = sorted(candidates, key=lambda each: -_share(words, each, language))
    likely: list[_Candidate] = []
    lacking: tuple[str, ...] = ()
    for each in ranked:
        lacks = missing(
            claim, each.citation.quote, each.beside, each.around,
            check_names=language not in _CAPITAL_NOUNS,
        )  # fmt: skip
        lacking = lacking or lacks
        if not lacks:
            likely.append(each)
        if len(likely) == _EMBEDDED:
            break
    if not likely:
        return Support(*span, None, 0.0, lacking)
    vectors = embed_texts(embedder, [compared, *(each.citation.quote for each in likely)])
    cosines = (vectors[1:] @ vectors[0]).tolist()
    values = [
        (cosine + _share(words, each, language)) / 2
        for cosine, each in zip(cosines, likely, strict=True)
    ]
    value = max(values)
    if value < THRESHOLD:
        return Support(*span, None, max(0.0, value), lacking)
    return Support(*span, likely[values.index(value)].citation, value)


def _in_place(
    candidate: _Candidate, claim: str, question: str, rows: Sequence[Row], language: str
) -> bool:
    """Return whether a candidate is no row of a table, or the row that is spoken of."""
    row = candidate.row
    if row is None or row.titles:
        return True
    said = content_words(question, language) | content_words(claim, language)
    others = [each for each in rows if each.table == row.table and not each.titles]
    named = max(len(other.key(language) & said) for other in others)
    if named:
        return len(row.key(language) & said) == named
    numbers = [value for each in quantities(claim) for value in each.values]
    return all(
        all(end.values & set(numbers) for end in pair)
        or not any(end.values & set(numbers) for end in pair)
        for cell in row.cells
        if len(pair := quantities(cell)) == 2
    )


def _candidates(
    passages: Sequence[Passage], rows: Sequence[Row], language: str
) -> list[_Candidate]:
    """Return the sentences of passages, each once, at their place in the document."""
    found: dict[tuple[str, int, int], _Candidate] = {}
    for passage in passages:
        before = ""
        for start, end in quotable(passage):
            place = (passage.doc, passage.start + start, passage.start + end)
            quote = passage.text[start:end]
            beside = f"{passage.heading} {passage.columns}"
            row = row_at(rows, *place)
            if row is not None:
                beside += f" {' '.join(row.columns)}"
            elif _REFERS.match(quote):
                beside += f" {before}"
            before = quote
            if content_words(quote, language):
                found[place] = _Candidate(Citation(*place, quote), beside, passage.text, row)
    return list(found.values())


def _share(claim: frozenset[str], candidate: _Candidate, language: str) -> float:
    """Return the share of a claim's words that a sentence has."""
    words = content_words(candidate.citation.quote, language)
    return len(claim & words) / len(claim) if claim else 0.0
