"""Metrics: what one answer is worth, and what all of them are worth together.

Every item's score is between 0 and 1. Errors and abstentions are worth 0, except that an item
without an answer (`answerable` false) is worth 1 exactly if nothing was answered, as in
SQuAD 2.0 (Rajpurkar et al. 2018, 1806.03822).
"""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ladder.answering import Answer
from ladder.errors import InputError
from ladder.project.task import Example

if TYPE_CHECKING:
    from ladder.evaluation.rows import Row

__all__ = ["SCORERS", "aggregate", "f1_by_label", "is_valid", "score_item", "squad_normalised"]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


def score_item(metric: str, answer: Answer, example: Example) -> float:
    """Return what one answer is worth, from 0 to 1.

    For macro-f1 this is whether the label is right; `aggregate` makes the F1 of all items.

    Raises:
        InputError: no such metric, or the example has no right answer yet.
    """
    if metric not in SCORERS:
        raise InputError(f'There is no metric "{metric}"; choose one of {", ".join(SCORERS)}.')
    if example.output is None:
        raise InputError(f"Example {example.id} is not labelled; label it before it is scored.")
    if answer.error is not None:
        return 0.0
    if not example.answerable:
        return float(answer.abstained or not answer.text.strip())
    if answer.abstained:
        return 0.0
    return SCORERS[metric](answer, example.output)


def aggregate(metric: str, rows: Sequence[Row]) -> float:
    """Return the score of all rows: their mean, or macro-F1.

    Raises:
        InputError: there are no rows.
    """
    if not rows:
        raise InputError("There is nothing to score: no example was answered.")
    if metric == "macro-f1":
        by_label = f1_by_label(rows)
        return sum(by_label.values()) / len(by_label)
    return sum(row.score(metric) for row in rows) / len(rows)


def f1_by_label(rows: Sequence[Row]) -> dict[str, float]:
    """Return each label's F1, over the labels that were expected or answered.

    An answer that is no label counts against the expected label alone.
    """
    expected = Counter(row.expected for row in rows)
    given = Counter(label for row in rows if (label := given_label(row)) is not None)
    right = Counter(row.expected for row in rows if given_label(row) == row.expected)
    labels = sorted(expected | given)
    return {k: 2 * right[k] / (expected[k] + given[k]) for k in labels}


def given_label(row: Row) -> str | None:
    """Return the label that was answered; None after an error or an abstention."""
    return None if row.error is not None or row.abstained else row.label


def is_valid(metric: str, answer: Answer) -> bool:
    """Return whether an answer has the form asked for: a label, or JSON; errors are not judged."""
    if answer.error is not None or answer.abstained:
        return True
    if metric in ("accuracy", "macro-f1"):
        return answer.label is not None
    return metric != "json-f1" or read_json_answer(answer.text) is not None


def squad_normalised(text: str) -> str:
    """Return text as SQuAD compares it: lower case, no punctuation, articles or extra spaces."""
    text = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", text).split())


def read_json_answer(text: str) -> Any | None:
    """Return the JSON object or list in an answer, with or without a code fence around it."""
    if fenced := _FENCE.fullmatch(text):
        text = fenced.group(1)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _accuracy(answer: Answer, expected: str) -> float:
    return float(answer.label == expected)


def _exact_match(answer: Answer, expected: str) -> float:
    """Compare as JSON where JSON is expected, else as SQuAD compares."""
    if (value := read_json_answer(expected)) is not None:
        return float(read_json_answer(answer.text) == value)
    return float(squad_normalised(answer.text) == squad_normalised(expected))


def _token_f1(answer: Answer, expected: str) -> float:
    given, wanted = squad_normalised(answer.text).split(), squad_normalised(expected).split()
    if not given or not wanted:
        return float(given == wanted)
    return _f1(Counter(given), Counter(wanted))


def _rouge_l(answer: Answer, expected: str) -> float:
    """ROUGE-L F-measure (Lin 2004), on words of every script and without stemming."""
    from rouge_score.rouge_scorer import RougeScorer

    score = RougeScorer(["rougeL"], tokenizer=_Words()).score(expected, answer.text)
    return float(score["rougeL"].fmeasure)


def _chrf(answer: Answer, expected: str) -> float:
    """Sentence chrF (Popovic 2015), divided by 100."""
    from sacrebleu.metrics.chrf import CHRF

    return min(float(CHRF().sentence_score(answer.text, [expected]).score) / 100, 1.0)


def _json_f1(answer: Answer, expected: str) -> float:
    """F1 over the fields (path and value) of the expected JSON; lists have no order."""
    given, wanted = read_json_answer(answer.text), read_json_answer(expected)
    if wanted is None:
        raise InputError(f"The right answer {expected!r} is no JSON object; correct the example.")
    if given is None:
        return 0.0
    given_fields, wanted_fields = Counter(_fields(given)), Counter(_fields(wanted))
    if not given_fields or not wanted_fields:
        return float(given_fields == wanted_fields)
    return _f1(given_fields, wanted_fields)


def _fields(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Return every leaf as (path, value); text is compared without case and extra spaces."""
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in _fields(v, f"{path}/{k}")]
    if isinstance(value, list):
        return [leaf for v in value for leaf in _fields(v, f"{path}[]")]
    text = " ".join(value.split()).casefold() if isinstance(value, str) else json.dumps(value)
    return [(path, text)]


def _f1(given: Counter[Any], wanted: Counter[Any]) -> float:
    return 2 * (given & wanted).total() / (given.total() + wanted.total())


class _Words:
    """A tokenizer for rouge-score, whose own one drops every letter beyond a to z."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"[^\W_]+", text.lower())


SCORERS: dict[str, Callable[[Answer, str], float]] = {
    "accuracy": _accuracy,
    "macro-f1": _accuracy,
    "exact-match": _exact_match,
    "token-f1": _token_f1,
    "rouge-l": _rouge_l,
    "chrf": _chrf,
    "json-f1": _json_f1,
}
"""What an answer is worth against the right one, by metric."""
