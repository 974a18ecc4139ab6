"""What to search for when a question follows another.

"And to the islands?" finds little by itself, so it is searched for a second time after the
question before it; a passage counts by the better of the two. A question is taken for a follow-up
if it has fewer than four words, begins like one, or points back ("it", "there"), unless to what it
has said itself ("which day is the sale, and when does it begin?"). The words that tell are known in
seven languages; in others only the number of words tells. Where words are not set apart by blanks
(Chinese, Japanese, Thai), nothing tells, and what is asked is searched for by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ladder.answering import Message, Query, Setup
from ladder.models import Completion, Generator
from ladder.models.size import is_capable
from rag.search.language import NO_BLANKS, language_of

__all__ = ["follows", "questions", "rewriting", "rewritten"]

_NO_BLANKS = re.compile(f"[{NO_BLANKS}]")
_ALONE = 4
"""A question of this many words can stand by itself."""
_CONNECTS = {
    "de": "und aber oder also dann sonst auch au\u00dferdem",
    "en": "and but or so then also otherwise",
    "es": "y e pero o entonces tambi\u00e9n adem\u00e1s",
    "fr": "et mais ou donc alors aussi sinon",
    "it": "e ed ma o allora anche inoltre altrimenti",
    "nl": "en maar of dus dan ook anders",
    "pt": "e mas ou ent\u00e3o tamb\u00e9m sen\u00e3o",
}
"""Words with which a follow-up begins, by language."""
_POINTS_BACK = {
    "de": "er ihn ihm ihr ihre ihrer ihren dort dorthin dahin daf\u00fcr davon damit dabei daran "
    "darauf dar\u00fcber dazu dessen deren diese dieser dieses diesem diesen jene jener jenes",
    "en": "it its that they them their there this those these he she",
    "es": "ello ellos ellas lo eso esto esos esas estos estas ese esa este esta all\u00ed ah\u00ed "
    "suyo suya",
    "fr": "il ils elle elles lui leur leurs cela \u00e7a ceci ceux celles celui celle y en",
    "it": "esso essa essi esse lui lei loro ci ne ci\u00f2 quello quella quelli quelle questo "
    "questa questi queste l\u00ec l\u00e0",
    "nl": "hij hem zijn haar zij hun daar daarheen daarvoor daarvan daarmee deze dit dat die",
    "pt": "ele ela eles elas isso isto esse essa esses essas este esta l\u00e1 a\u00ed disso nisso",
}
"""Words that stand for something said before, by language.

Words that mostly mean something else are left out (German "sie", "es" and "das", Spanish "su").
"""
_JOINS = {
    "de": "und aber oder",
    "en": "and but or",
    "es": "y e pero o",
    "fr": "et mais ou",
    "it": "e ed ma o",
    "nl": "en maar of",
    "pt": "e mas ou",
}
"""Words that join a second question to the first, by language."""
_ASKS = {
    "de": "wann was wer wie wo warum welche welcher welches",
    "en": "when what who how where why which",
    "es": "cu\u00e1ndo qu\u00e9 qui\u00e9n c\u00f3mo d\u00f3nde cu\u00e1nto cu\u00e1nta cu\u00e1l",
    "fr": "quand que qui quel quelle comment o\u00f9 combien pourquoi",
    "it": "quando che chi come dove quanto quanta quale perch\u00e9",
    "nl": "wanneer wat wie hoe waar waarom welke",
    "pt": "quando que quem como onde quanto quanta qual",
}
"""Words with which that second question begins, by language."""
_LONGEST = 300
"""Characters from which on what a model gave is not taken for a question."""
_ASK = (
    "Rewrite the last question so that it can be understood without the conversation. Keep its "
    "language. Answer with the rewritten question alone."
)


def questions(query: Query) -> list[str]:
    """Return the texts to search for: what is asked, and a follow-up also with what it follows."""
    asked = [m["content"] for m in query.messages if m["role"] == "user"]
    if len(asked) < 2 or not follows(query.text, asked[:-1]):
        return [query.text]
    return [query.text, f"{asked[-2]} {query.text}"]


def follows(question: str, before: Sequence[str] = ()) -> bool:
    """Return whether a question cannot be understood by itself.

    Its language is told by its own words, or by those of the questions before it.
    """
    if _NO_BLANKS.search(question):
        return False
    words = re.findall(r"\w+", question.casefold())
    if len(words) < _ALONE:
        return True
    language = language_of(question) or language_of(" ".join([*before, question])) or "en"
    connects = _CONNECTS.get(language, "").split()
    points_back = set(_POINTS_BACK.get(language, "").split())
    return words[0] in connects or not points_back.isdisjoint(_first_of_two(words, language))


def _first_of_two(words: Sequence[str], language: str) -> Sequence[str]:
    """Return the words of the first of two questions in one, if it can stand by itself; else all.

    What the second points back to is then taken to be in the first.
    """
    joins, asks = set(_JOINS.get(language, "").split()), set(_ASKS.get(language, "").split())
    for place in range(_ALONE, len(words) - 1):
        if words[place] in joins and words[place + 1] in asks:
            return words[:place]
    return words


def written_out(
    query: Query, setup: Setup, generator: Generator
) -> tuple[Query, Completion | None]:
    """Return what a Setup searches for, and what its model gave if it was asked to rewrite.

    A model is asked where passages are searched for, the query is a follow-up, and the model is
    capable; its tokens are counted with those of the answer.
    """
    if setup.retrieval.source != "index" or not is_capable(setup.model or ""):
        return query, None
    given: list[Completion] = []

    def complete(messages: list[Message]) -> str:
        given.append(generator.complete(messages, max_new_tokens=_LONGEST // 4))
        return given[-1].text

    return rewritten(query, complete), given[0] if given else None


def rewriting(messages: Sequence[Message]) -> list[Message]:
    """Return what to ask a capable model for, so that it writes a follow-up out in full."""
    said = "\n".join(f"{each['role']}: {' '.join(each['content'].split())}" for each in messages)
    return [{"role": "system", "content": _ASK}, {"role": "user", "content": said}]


def rewritten(query: Query, complete: Callable[[list[Message]], str]) -> Query:
    """Return a query whose last question can be understood by itself.

    Only a follow-up is rewritten. Where the model gives nothing usable (nothing, several lines,
    a long text), the query stays as it is, and `questions` searches for it twice.

    Args:
        query: the conversation, ending with what is asked.
        complete: what a capable model says to messages.
    """
    asked = [m["content"] for m in query.messages if m["role"] == "user"]
    if len(asked) < 2 or not follows(query.text, asked[:-1]):
        return query
    text = complete(rewriting(query.messages)).strip().strip("\"'\u201c\u201d").strip()
    if not text or "\n" in text or len(text) > _LONGEST:
        return query
    return Query(query.id, ({"role": "user", "content": text},), query.context, query.filters)
