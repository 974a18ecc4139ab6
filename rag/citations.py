"""Find the sentence of the documents that supports a sentence of an answer.

The app looks for it, not the model: a small model that is asked to cite seldom does, and what
it cites need not be there. A sentence of the passages supports a claim by

    support = 0.5 * cosine of the two embeddings + 0.5 * share of the claim's words in it

and by nothing at all if a number of the claim is not in it. A claim is a sentence of the
answer; one of fewer than six words ("14 days") is compared together with the question. Below
`THRESHOLD` there is no citation. A table's row is cited only where question or claim name it
better than the other rows by its first cell ("Islands"); where they name none of them, it must
share both ends of a range with the claim, or none. The formula and its threshold are our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ladder.answering import Citation
from ladder.models import embed_texts
from rag.chunks import Span, sentences
from rag.retrieval import Passage

__all__ = ["THRESHOLD", "Support", "citations_of", "supports"]

THRESHOLD = 0.5
"""The support below which a sentence is not cited; measured in docs/rag.md."""

_SHORT = 6
"""A claim of fewer words is compared together with the question."""
_EMBEDDED = 40
"""Sentences compared by embedding for one claim: those that share most words with it."""
_WORD = re.compile(r"[^\W_]+(?:[.,']\d+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_RANGE = re.compile(rf"({_NUMBER.pattern})\s*(?:to|and|-|\u2013)\s*({_NUMBER.pattern})")
_TABLE = re.compile(r"(?:^[ \t]*\|.*(?:\n|\Z))+", re.MULTILINE)
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
"""The line between a table's columns and its rows."""
_IN_WORDS = {
    word: str(number)
    for number, word in enumerate(
        re.findall(r"\w+", "two three four five six seven eight nine ten eleven twelve"), start=2
    )
}
"""Without "one", which is more often a pronoun."""
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been but by can do does for from had has have how if in into is it "
        "its may must no not of on or our shall should so than that the their them then there "
        "these they this those to up us was we were what when where which who whom whose why will "
        "with you your",
    )
)
"""Words that carry no meaning of their own."""


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


@dataclass(frozen=True)
class _Row:
    """A row of a table: its place in the document, and the words (no numbers) of its first cell."""

    doc: str
    start: int
    end: int
    key: frozenset[str]
    table: int

    def holds(self, candidate: Citation) -> bool:
        inside = self.start <= candidate.start and candidate.end <= self.end
        return inside and self.doc == candidate.doc


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
    candidates = _candidates(passages)
    if not candidates:
        return [Support(start, end, None, 0.0) for start, end in spans]
    rows = _rows(passages)
    found = []
    for span in spans:
        claim = answer[slice(*span)]
        able = [each for each in candidates if _in_place(each, claim, question, rows)]
        found.append(_supported(span, claim, question, able, embedder))
    return found


def citations_of(found: Sequence[Support]) -> tuple[Citation, ...]:
    """Return the citations of an answer, each once, in the order of its sentences."""
    return tuple(dict.fromkeys(s.citation for s in found if s.citation is not None))


def _supported(
    span: Span, claim: str, question: str, candidates: Sequence[Citation], embedder: str
) -> Support:
    """Return a claim with its best candidate."""
    words, numbers = _words(claim), _numbers(claim)
    compared = f"{question} {claim}" if len(_WORD.findall(claim)) < _SHORT else claim
    overlap = {
        candidate: _share(words, _words(candidate.quote))
        for candidate in candidates
        if numbers <= _numbers(candidate.quote)
    }
    likely = sorted(overlap, key=lambda candidate: -overlap[candidate])[:_EMBEDDED]
    if not likely:
        return Support(*span, None, 0.0)
    vectors = embed_texts(embedder, [compared, *(candidate.quote for candidate in likely)])
    cosines = (vectors[1:] @ vectors[0]).tolist()
    values = [(cosine + overlap[each]) / 2 for cosine, each in zip(cosines, likely, strict=True)]
    value = max(values)
    best = likely[values.index(value)]
    return Support(*span, best if value >= THRESHOLD else None, max(0.0, value))


def _in_place(candidate: Citation, claim: str, question: str, rows: Sequence[_Row]) -> bool:
    """Return whether a candidate is no row of a table, or the row that is spoken of."""
    row = next((row for row in rows if row.holds(candidate)), None)
    if row is None:
        return True
    said = _words(question) | _words(claim)
    named = max(len(other.key & said) for other in rows if other.table == row.table)
    if named:
        return len(row.key & said) == named
    numbers = _numbers(claim)
    ends = ({_plain(end) for end in match.groups()} for match in _RANGE.finditer(candidate.quote))
    return all(pair <= numbers or not pair & numbers for pair in ends)


def _rows(passages: Sequence[Passage]) -> list[_Row]:
    """Return the rows of the tables in passages, without those that name the columns."""
    found, table = [], 0
    for passage in passages:
        for block in _TABLE.finditer(passage.text):
            table += 1
            place, lines = passage.start + block.start(), block[0].splitlines(keepends=True)
            titled = len(lines) > 1 and _RULE.fullmatch(lines[1])
            for number, line in enumerate(lines):
                if not (_RULE.fullmatch(line) or (titled and number == 0)):
                    first = _words(line.strip().strip("|").partition("|")[0])
                    key = frozenset(word for word in first if not word.isdecimal())
                    found.append(_Row(passage.doc, place, place + len(line), key, table))
                place += len(line)
    return found


def _candidates(passages: Sequence[Passage]) -> list[Citation]:
    """Return the sentences of passages, each once, at their place in the document."""
    found = {}
    for passage in passages:
        for start, end in sentences(passage.text):
            place = (passage.doc, passage.start + start, passage.start + end)
            found[place] = Citation(*place, passage.text[start:end])
    return [each for each in found.values() if _words(each.quote)]


def _words(text: str) -> set[str]:
    """Return the words that carry meaning, folded; a plural counts as its singular."""
    found = set()
    for word in _WORD.findall(text.casefold()):
        word = _IN_WORDS.get(word, word)
        if word not in _EMPTY:
            found.add(word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return found


def _numbers(text: str) -> set[str]:
    """Return the numbers of a text, two to twelve also where they are spelled out."""
    spelled = {_IN_WORDS[w] for w in _WORD.findall(text.casefold()) if w in _IN_WORDS}
    digits = {_plain(number) for number in _NUMBER.findall(text)}
    return digits | spelled


def _plain(number: str) -> str:
    """Return a number without the comma between thousands and the zeros that add nothing."""
    number = re.sub(r",(?=\d{3}\b)", "", number)
    return number.rstrip("0").rstrip(".") if "." in number else number


def _share(claim: set[str], sentence: set[str]) -> float:
    """Return the share of a claim's words that a sentence has."""
    return len(claim & sentence) / len(claim) if claim else 0.0
