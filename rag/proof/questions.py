"""Questions made from the documents alone, each with the sentence that answers it.

A *cloze* question is a part of a sentence with a word or a number of it asked for: "Delivery:
standard takes how many days". A *keywords* question is what somebody types who knows what they
look for: some of a sentence's words. A question in the document's own words is too easy (BM25
finds nearly all) and puts ways of searching into another order than people's questions do. So
both are made as people ask, in two respects. They name the matter with one or two words that
stand around the sentence. And most words that are no names or numbers are changed into the
nearest other word of the documents by the embedder, for people seldom use the same ones. Neither
has a word of the heading that the sentence stands under: headings are embedded with the passage
and would give it away.

All choices are drawn from a hash of the sentence: the same documents give the same questions.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ladder.files import content_hash
from rag.chunks import chunks_of, sentences
from rag.search.language import languages_of, words_of

__all__ = ["Made", "Sentence", "made_questions", "sentences_of"]

_SECTION_WORDS = 4000
"""Words of a section that is looked at as one; only its heading is of interest here."""
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.,:/][^\W_]+)*")
_NUMBER = re.compile(r"\d")
_FEWEST, _MOST = 6, 60
"""Words of a sentence that a question can be made of."""
_OWN = 4
"""Telling words of the sentence in a question; a cloze has those around what is asked for."""
_AROUND = 2
"""Words of the sentences around it, at most."""
_CHANGED = 0.7
"""Share of the words (no names, no numbers) that are changed. This and the two before were chosen
on XQuAD English (docs/proof.md)."""
_ASKED = {
    "en": ("what", "how many"),
    "de": ("was", "wie viele"),
    "fr": ("quoi", "combien"),
    "es": ("qu\u00e9", "cu\u00e1ntos"),
    "it": ("cosa", "quanti"),
    "nl": ("wat", "hoeveel"),
    "pt": ("o que", "quantos"),
}
"""By language: what asks for a word, and for a number; elsewhere a gap stands there."""
_GAP = "\u2026"


@dataclass(frozen=True)
class Sentence:
    """A sentence of a document that a question may be made of."""

    doc: str
    start: int
    end: int
    text: str
    heading: str
    language: str


@dataclass(frozen=True)
class Made:
    """A question and the sentence that answers it."""

    question: str
    sentence: Sentence
    origin: str
    """ "cloze" or "keywords"."""


def sentences_of(texts: Mapping[str, str]) -> list[Sentence]:
    """Return the sentences of documents that are long enough to ask for something.

    A text that stands in several places is left out: no place would be the right one.
    """
    found = []
    for (doc, text), language in zip(
        texts.items(), languages_of(list(texts.values())), strict=True
    ):
        for part in chunks_of(doc, text, _words, _SECTION_WORDS):
            for start, end in sentences(text, part.start, part.end):
                said = text[start:end]
                if said.lstrip().startswith(("|", "#", "```")) or said.count("|") > 2:
                    continue
                if _FEWEST <= len(_WORD.findall(said)) <= _MOST:
                    found.append(Sentence(doc, start, end, said, part.heading, language))
    times = Counter(_folded(sentence.text) for sentence in found)
    return [sentence for sentence in found if times[_folded(sentence.text)] == 1]


def made_questions(
    pool: Sequence[Sentence],
    most: int,
    changed: Callable[[str], str | None] = lambda word: None,
    kinds: Sequence[str] = ("cloze", "keywords"),
    before: Mapping[tuple[str, int], str] | None = None,
) -> list[Made]:
    """Return at most `most` questions, about half of each kind, spread over the documents.

    No sentence is asked about twice, and each document has its turn before one has its second.

    Args:
        pool: the sentences to ask about.
        most: how many questions.
        changed: gives another word for a word, or None (`rag.proof.own_words`).
        kinds: "cloze" and "keywords".
        before: questions that are there, by document and start of their sentence.
    """
    maker = _Maker(pool, changed)
    before = before or {}
    turns: dict[str, list[Sentence]] = {}
    for sentence in sorted(pool, key=_draw):
        if (sentence.doc, sentence.start) not in before:
            turns.setdefault(sentence.doc, []).append(sentence)
    docs = sorted(turns, key=lambda doc: content_hash(doc))
    found: list[Made] = []
    asked = {_folded(question) for question in before.values()}
    while docs and len(found) < most:
        for doc in list(docs):
            made = None
            while turns[doc] and made is None:
                sentence = turns[doc].pop()
                made = maker.made(kinds[int(_draw(sentence)[-4:], 16) % len(kinds)], sentence)
                if made is not None and _folded(made.question) in asked:
                    made = None  # it would have two answers
            if made is not None and len(found) < most:
                found.append(made)
                asked.add(_folded(made.question))
            if not turns[doc]:
                docs.remove(doc)
    return found


class _Maker:
    """Makes questions of sentences, knowing how rare words are and what stands around."""

    def __init__(self, pool: Sequence[Sentence], changed: Callable[[str], str | None]) -> None:
        self.changed = changed
        counts: Counter[str] = Counter()
        self.sections: dict[tuple[str, str], list[Sentence]] = {}
        for sentence in pool:
            counts.update(set(words_of(sentence.text, sentence.language)))
            self.sections.setdefault((sentence.doc, sentence.heading), []).append(sentence)
        self.rarity = {word: math.log(1 + len(pool) / n) for word, n in counts.items()}

    def made(self, kind: str, sentence: Sentence) -> Made | None:
        """Return a question, or None where the sentence says too little."""
        telling = _telling(sentence)
        words = [match[0] for match in _WORD.finditer(sentence.text)]
        places = [place for place, word in enumerate(words) if word in telling]
        if len({words[place] for place in places}) <= _OWN:
            return None
        chance = random.Random(content_hash([sentence.doc, sentence.text]))
        around = self._around(sentence)
        if kind == "cloze":
            own = self._cloze(sentence, words, places, chance)
            text = f"{' '.join(around)}: {own}" if around else own
        else:
            once = list(dict.fromkeys(words[place] for place in places))
            drawn = sorted(chance.sample(range(len(once)), _OWN))
            own = " ".join(self._said(once[n], sentence.language, chance) for n in drawn)
            text = " ".join((*around, own))
        return Made(text, sentence, kind)

    def _cloze(
        self, sentence: Sentence, words: Sequence[str], places: Sequence[int], chance: random.Random
    ) -> str:
        """Return a part of the sentence in which its number, name or rarest word is asked for."""
        language = sentence.language
        numbers = [place for place in places if _NUMBER.search(words[place])]
        names = [place for place in places if place and _is_name(words[place], language)]
        gap = max(numbers or names or places, key=lambda p: (self._rare(words[p], language), -p))
        near = sorted((p for p in places if p != gap), key=lambda p: (abs(p - gap), p))[:_OWN]
        word, number = _ASKED.get(language, (_GAP, _GAP))
        heading = set(words_of(sentence.heading, language))
        parts = []
        for place in range(min(gap, *near), max(gap, *near) + 1):
            if place == gap:
                parts.append(number if _NUMBER.search(words[place]) else word)
            elif place in places:
                parts.append(self._said(words[place], language, chance))
            elif not heading.intersection(words_of(words[place], language)):
                parts.append(words[place])
        return " ".join(parts)

    def _said(self, word: str, language: str, chance: random.Random) -> str:
        """Return a word as somebody else may put it."""
        fixed = chance.random() >= _CHANGED or _NUMBER.search(word) or _is_name(word, language)
        return word if fixed else self.changed(word) or word

    def _around(self, sentence: Sentence) -> list[str]:
        """Return what the section is about besides this sentence: names first, then the rare."""
        own = set(words_of(sentence.text, sentence.language))
        said = Counter(
            word
            for other in self.sections[sentence.doc, sentence.heading]
            if other is not sentence
            for word in sorted(_telling(other))
            if not _NUMBER.search(word) and own.isdisjoint(words_of(word, sentence.language))
        )

        def weight(word: str) -> tuple[float, float]:
            twice = 1 + _is_name(word, sentence.language)
            return -said[word] * twice, -self._rare(word, sentence.language)

        return sorted(said, key=weight)[:_AROUND]

    def _rare(self, word: str, language: str) -> float:
        return max((self.rarity.get(stem, 0.0) for stem in words_of(word, language)), default=0.0)


def _is_name(word: str, language: str) -> bool:
    """Return whether a word looks like a name; in German every noun does, so none is one."""
    return word[0].isupper() and language != "de"


def _telling(sentence: Sentence) -> set[str]:
    """Return the words that say something and are not of the heading."""
    heading = set(words_of(sentence.heading, sentence.language))
    return {
        word
        for word in _WORD.findall(sentence.text)
        if (stems := words_of(word, sentence.language)) and not heading.intersection(stems)
    }


def _draw(sentence: Sentence) -> str:
    return content_hash([sentence.doc, sentence.text])


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _WORD.finditer(text)]
