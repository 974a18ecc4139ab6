"""When to say nothing: how sure it is that the passages found answer a question.

Four figures of what was found go into a logistic model: the cosine of the best passage, how far
it stands above the tenth, the share of the question's rare words that the first passage has, and
how well the best sentence answers. It is fitted on questions that the documents answer and on
questions that they do not; the second kind comes free, by leaving the document that answers a
question out of the search. Not fitted, the cosine alone decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ladder.answering import AbstentionRule, RetrievalSettings
from ladder.errors import InputError
from rag.words import content_words, language_here, rarity, share

if TYPE_CHECKING:
    from rag.retrieval import Passage, Retriever

__all__ = [
    "LOOKED_AT",
    "Features",
    "auroc",
    "confidence",
    "features_of",
    "features_with_and_without",
    "fit",
    "risk_coverage",
    "sure_words",
    "unsure_words",
]

LOOKED_AT = 10
"""Passages that the figures are taken from."""
_LEAST = 10
"""Questions of each kind that a rule is fitted on, at least (our assumption)."""
_C = 1.0
"""Inverse regularisation of the standardised figures."""


@dataclass(frozen=True)
class Features:
    """What was found for a question, in four figures; see `AbstentionRule`."""

    cosine: float
    gap: float
    coverage: float
    support: float


def features_of(
    question: str, passages: Sequence[Passage], embedder: str, k: int = RetrievalSettings.k
) -> Features:
    """Return the figures of the passages found for a question, best first.

    Args:
        question: what was asked.
        passages: at least `LOOKED_AT` of them where there are so many.
        embedder: reference of the embedding model.
        k: how many of them are shown, and may hold the answer.
    """
    from rag.extract import quotes

    looked = list(passages[: max(LOOKED_AT, k)])
    if not looked:
        return Features(0.0, 0.0, 0.0, 0.0)
    cosines = sorted((p.similarity or 0.0 for p in looked), reverse=True)
    language = language_here([question, *(p.text for p in looked)])
    words = [content_words(p.shown, language) for p in looked]
    weights = rarity(content_words(question, language), words)
    best = quotes(question, looked[:k], embedder)
    return Features(
        cosine=cosines[0],
        gap=cosines[0] - cosines[min(LOOKED_AT, len(cosines)) - 1],
        coverage=share(weights, words[0]),
        support=best[0].value if best else 0.0,
    )


def confidence(rule: AbstentionRule, have: Features) -> float:
    """Return how sure it is that what was found answers: a probability once fitted."""
    sum_ = (
        rule.cosine * have.cosine
        + rule.gap * have.gap
        + rule.coverage * have.coverage
        + rule.support * have.support
        + rule.intercept
    )
    if not rule.fitted:
        return sum_
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, sum_))))


def features_with_and_without(
    retriever: Retriever, asked: Iterable[tuple[str, str]], embedder: str, k: int
) -> tuple[list[Features], list[Features]]:
    """Return the figures of questions as they are, and with their own document left out.

    Args:
        retriever: finds passages.
        asked: questions, each with the document that answers it.
        embedder: reference of the embedding model.
        k: how many passages are shown.
    """
    able, unable = [], []
    for question, doc in asked:
        wide = 4 * LOOKED_AT
        found = retriever.search(question, wide)
        able.append(features_of(question, found[: max(k, LOOKED_AT)], embedder, k))
        others = [passage for passage in found if passage.doc != doc]
        if len(others) < LOOKED_AT and len(found) == wide:  # a long document took all places
            found = retriever.search(question, 20 * wide)
            others = [passage for passage in found if passage.doc != doc]
        unable.append(features_of(question, others[: max(k, LOOKED_AT)], embedder, k))
    return able, unable


def fit(
    answerable: Sequence[Features], unanswerable: Sequence[Features]
) -> tuple[AbstentionRule, float]:
    """Return the rule that tells the two kinds of question apart, and its threshold.

    The threshold is where as many of the answerable questions are answered as of the others are
    not (the highest mean of the two shares).

    Raises:
        InputError: there are fewer than ten questions of a kind.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fewest = min(len(answerable), len(unanswerable))
    if fewest < _LEAST:
        raise InputError(
            f"A rule for saying nothing is fitted on at least {_LEAST} questions that the "
            f"documents answer and {_LEAST} that they do not; there are {len(answerable)} and "
            f"{len(unanswerable)}. Label more, or keep the similarity alone."
        )
    rows = [astuple(each) for each in (*answerable, *unanswerable)]
    kinds = [1] * len(answerable) + [0] * len(unanswerable)
    model: Any = make_pipeline(
        StandardScaler(), LogisticRegression(C=_C, class_weight="balanced", max_iter=1000)
    ).fit(rows, kinds)
    scaler, logistic = model.steps[0][1], model.steps[1][1]
    weights = (logistic.coef_[0] / scaler.scale_).tolist()
    intercept = float(logistic.intercept_[0]) - sum(
        weight * mean for weight, mean in zip(weights, scaler.mean_.tolist(), strict=True)
    )
    names = ("cosine", "gap", "coverage", "support")
    rule = AbstentionRule(
        **dict(zip(names, weights, strict=True)), intercept=intercept, fitted=True
    )
    return rule, _threshold(
        [confidence(rule, each) for each in answerable],
        [confidence(rule, each) for each in unanswerable],
    )


def unsure_words(rule: AbstentionRule, sure: float, threshold: float) -> str:
    """Return why nothing was answered, where the confidence is below the threshold."""
    if rule.fitted:
        return (
            f"The documents probably do not answer this question: the chance that they do is "
            f"{sure:.0%} by the fitted rule, and an answer needs {threshold:.0%}."
        )
    if rule == AbstentionRule():
        return (
            f"The documents say nothing close enough to this question: the nearest passage has a "
            f"similarity of {sure:.2f}, and an answer needs {threshold:.2f}."
        )
    return (
        f"No sentence of the documents answers this question well enough: the best one reaches "
        f"{sure:.2f}, and an answer needs {threshold:.2f}."
    )


def sure_words(rule: AbstentionRule, sure: float, threshold: float) -> str:
    """Return how sure it is that the documents answer a question that was answered."""
    if rule.fitted:
        return (
            f"The chance that the documents answer this is {sure:.0%} by the fitted rule; from "
            f"{threshold:.0%} on it is answered."
        )
    if rule == AbstentionRule():
        return (
            f"The nearest passage has a similarity of {sure:.2f} with the question; from "
            f"{threshold:.2f} on it is answered."
        )
    return (
        f"The sentence quoted answers the question with {sure:.2f}; from {threshold:.2f} on it is "
        "quoted."
    )


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[dict[str, float]]:
    """Return what would be wrong among the answers if only the surest were given.

    One point for each threshold that makes a difference, the surest first: {"threshold",
    "coverage" (share of questions answered), "risk" (share of those answered that are wrong),
    "answered" (how many)}. A question that the documents do not answer is never right.

    Raises:
        InputError: there are no questions, or not one `right` for each.
    """
    if not confidences or len(confidences) != len(right):
        raise InputError(
            f"There are {len(confidences)} confidences and {len(right)} verdicts; give one "
            "verdict for each confidence, and at least one."
        )
    ranked = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points, wrong = [], 0
    for number, (sure, good) in enumerate(ranked, 1):
        wrong += not good
        if number < len(ranked) and ranked[number][0] == sure:
            continue  # a threshold lets in all of equal confidence
        points.append(
            {
                "threshold": sure,
                "coverage": number / len(ranked),
                "risk": wrong / number,
                "answered": float(number),
            }
        )
    return points


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return how often an answerable question has the higher confidence of two; ties are half.

    The area under the ROC curve, as the Mann-Whitney statistic.
    """
    from scipy.stats import rankdata

    ranks = rankdata([*answerable, *unanswerable])
    n, m = len(answerable), len(unanswerable)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def _threshold(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return the confidence from which on to answer: halfway between two that were seen."""
    seen = sorted({*answerable, *unanswerable})
    between = [0.0, *((a + b) / 2 for a, b in pairwise(seen))]

    def worth(threshold: float) -> float:
        kept = sum(each >= threshold for each in answerable) / len(answerable)
        stopped = sum(each < threshold for each in unanswerable) / len(unanswerable)
        return kept + stopped

    return max(between, key=worth)
