"""Tell the language of texts by their commonest words, and cut texts into words of it.

A language has a list of words that say nothing by themselves (stop words) and, mostly, a stemmer
(Snowball). A text is in the language whose stop words it has most of. Scripts that set no blanks
between words (Chinese, Japanese, Thai) are cut into pairs of letters, as search engines do.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from ladder.errors import InputError

__all__ = ["LANGUAGES", "NO_BLANKS", "check_language", "language_of", "languages_of", "words_of"]

LANGUAGES: dict[str, tuple[str, str]] = {
    "ar": ("arabic", ""),
    "ca": ("catalan", ""),
    "cs": ("czech", ""),
    "da": ("danish", "DANISH"),
    "de": ("german", "GERMAN"),
    "el": ("greek", ""),
    "en": ("english", "EN_PLUS"),
    "es": ("spanish", "SPANISH"),
    "fi": ("finnish", ""),
    "fr": ("french", "FRENCH"),
    "hi": ("hindi", ""),
    "hu": ("hungarian", ""),
    "id": ("indonesian", ""),
    "it": ("italian", "ITALIAN"),
    "nl": ("dutch", "DUTCH"),
    "no": ("norwegian", "NORWEGIAN"),
    "pl": ("polish", ""),
    "pt": ("portuguese", "PORTUGUESE"),
    "ro": ("romanian", ""),
    "ru": ("russian", "RUSSIAN"),
    "sv": ("swedish", "SWEDISH"),
    "tr": ("turkish", "TURKISH"),
}
"""By code: the stemmer's name, and the name of the stop words; "" where there are none."""

NO_BLANKS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Japanese, Chinese
)
"""The letters of scripts that set no blanks between words, as the inside of a character class."""

_WORD = re.compile(rf"[{NO_BLANKS}]+|[^\W{NO_BLANKS}]+")
_BLANKLESS = re.compile(f"[{NO_BLANKS}]")
_LOOKED_AT = 2000
"""Characters of a text by which its language is told."""
_AT_LEAST = 0.05
"""A language of a collection is that of at least this share of its texts."""
_TELLING = 2
"""Stop words that a text must have before they tell its language."""


def words_of(text: str, language: str = "") -> list[str]:
    """Return the words of a text as they are searched by: folded, stemmed, without stop words.

    Args:
        text: any text.
        language: a code of `LANGUAGES`; "" only folds case and width.
    """
    stop, stem = _tools(language)
    found: list[str] = []
    for word in _folded_words(text):
        if _BLANKLESS.match(word):
            found += [word[i : i + 2] for i in range(len(word) - 1)] or [word]
        elif word not in stop:
            found.append(stem(word))
    return found


def languages_of(texts: Sequence[str]) -> list[str]:
    """Return the language of each text of a collection; "" for all where none can be told.

    A text of a few words is taken to be in one of the languages that the collection is in, the
    commonest first, for a few words alone tell little.
    """
    counts = [_counts(text) for text in texts]
    told = Counter(best for each in counts if (best := _best(each)))
    common = [code for code, n in told.most_common() if n >= _AT_LEAST * sum(told.values())]
    if not common:
        return ["" for _ in texts]
    return [max(common, key=lambda code: each[code]) for each in counts]  # ties: the commonest


def language_of(text: str) -> str:
    """Return the code of a text's language; "" where its words do not tell."""
    return _best(_counts(text))


def check_language(language: str) -> None:
    """Check the setting: a code of `LANGUAGES`, or "auto".

    Raises:
        InputError: it is neither.
    """
    if language != "auto" and language not in LANGUAGES:
        raise InputError(
            f'retrieval.language is "{language}"; give "auto" or one of {", ".join(LANGUAGES)}.'
        )


def _folded_words(text: str) -> Iterable[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _counts(text: str) -> Counter[str]:
    """Return how many stop words of each language the beginning of a text has."""
    telling = _telling()
    return Counter(
        code for word in _folded_words(text[:_LOOKED_AT]) for code in telling.get(word, ())
    )


def _best(counts: Counter[str]) -> str:
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < _TELLING:
        return ""
    return "" if len(ranked) > 1 and ranked[0][1] == ranked[1][1] else ranked[0][0]


@lru_cache(maxsize=1)
def _telling() -> dict[str, tuple[str, ...]]:
    """Return the languages of which each stop word is one."""
    found: dict[str, tuple[str, ...]] = {}
    for code, (_, name) in LANGUAGES.items():
        for word in _stop_words(name):
            found[word] = (*found.get(word, ()), code)
    return found


@cache
def _stop_words(name: str) -> frozenset[str]:
    """Return a language's stop words, folded as texts are and cut at apostrophes."""
    if not name:
        return frozenset()
    from bm25s import stopwords

    listed: Sequence[str] = getattr(stopwords, f"STOPWORDS_{name}")
    return frozenset(word for each in listed for word in _folded_words(each))


@cache
def _tools(language: str) -> tuple[frozenset[str], Callable[[str], str]]:
    """Return a language's stop words and its stemmer, which remembers what it stemmed."""
    if not language:
        return frozenset(), str
    import Stemmer

    stemmer, name = LANGUAGES[language]
    made: Any = Stemmer.Stemmer(stemmer)
    alone = Lock()  # a stemmer works on one word at a time

    @lru_cache(maxsize=100_000)
    def stem(word: str) -> str:
        with alone:
            return str(made.stemWord(word))

    return _stop_words(name), stem
