from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.answering import AbstentionRule, RetrievalSettings
from ladder.errors import InputError
from ladder.models.fakes import use_fakes
from ladder.project import Project
from rag.abstention import (
    Features,
    auroc,
    confidence,
    features_of,
    features_with_and_without,
    fit,
    risk_coverage,
    sure_words,
    unsure_words,
)
from rag.retrieval import open_retriever


def drawn(middle: float, count: int, seed: int) -> list[Features]:
    chance = random.Random(seed)
    return [Features(*(chance.gauss(middle, 0.15) for _ in range(4))) for _ in range(count)]


def test_without_a_fit_the_cosine_is_the_confidence() -> None:
    assert confidence(AbstentionRule(), Features(0.42, 0.3, 0.2, 0.9)) == pytest.approx(0.42)
    support = AbstentionRule(cosine=0.0, support=1.0)
    assert confidence(support, Features(0.42, 0.3, 0.2, 0.9)) == pytest.approx(0.9)


def test_a_fitted_rule_tells_the_two_kinds_apart_on_new_questions() -> None:
    rule, threshold = fit(drawn(0.7, 60, 1), drawn(0.4, 60, 2))
    assert rule.fitted
    able = [confidence(rule, each) for each in drawn(0.7, 200, 3)]
    unable = [confidence(rule, each) for each in drawn(0.4, 200, 4)]
    assert auroc(able, unable) > 0.97
    assert all(0 <= each <= 1 for each in able + unable)
    assert sum(each >= threshold for each in able) > 170
    assert sum(each < threshold for each in unable) > 170


def test_what_tells_nothing_gets_no_weight_to_speak_of() -> None:
    chance = random.Random(0)
    able = [Features(0.7, chance.random(), 0.5, 0.5) for _ in range(200)]
    unable = [Features(0.4, chance.random(), 0.5, 0.5) for _ in range(200)]
    rule, _ = fit(able, unable)
    assert rule.cosine > 10 * abs(rule.gap)
    assert rule.coverage == pytest.approx(0)


def test_too_few_questions_are_refused_with_the_number_needed() -> None:
    with pytest.raises(InputError, match="at least 10 questions"):
        fit(drawn(0.7, 60, 1), drawn(0.4, 9, 2))


def test_risk_and_coverage_of_a_small_case_by_hand() -> None:
    points = risk_coverage([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    assert [(p["threshold"], p["coverage"], p["risk"]) for p in points] == [
        (0.9, 0.25, 0.0), (0.8, 0.75, pytest.approx(1 / 3)), (0.1, 1.0, 0.5),
    ]  # fmt: skip
    with pytest.raises(InputError, match="one verdict"):
        risk_coverage([0.5], [])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_a_curve_ends_where_everything_is_answered(rows: list[tuple[float, bool]]) -> None:
    points = risk_coverage([sure for sure, _ in rows], [right for _, right in rows])
    coverage = [point["coverage"] for point in points]
    assert coverage == sorted(coverage)
    assert coverage[-1] == 1
    assert points[-1]["risk"] == pytest.approx(sum(not right for _, right in rows) / len(rows))


def test_auroc_counts_ties_as_half() -> None:
    assert auroc([1.0, 0.5], [0.5, 0.0]) == pytest.approx(0.875)


def test_figures_fall_when_the_document_that_answers_is_left_out(shop: Project) -> None:
    with use_fakes():
        retriever = open_retriever(shop, RetrievalSettings(source="index"), "all-minilm-l6-v2")
        asked = [("By when may a product be sent back?", "returns.md")]
        (able,), (unable,) = features_with_and_without(retriever, asked, "all-minilm-l6-v2", 4)
    assert able.support > unable.support
    assert able.coverage > unable.coverage
    with use_fakes():
        assert features_of("anything", [], "all-minilm-l6-v2") == Features(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (AbstentionRule(), "similarity of"),
        (AbstentionRule(cosine=0, support=1), "sentence"),
        (AbstentionRule(fitted=True), "chance"),
    ],
)
def test_it_is_said_by_what_it_was_decided(rule: AbstentionRule, words: str) -> None:
    assert words in unsure_words(rule, 0.2, 0.5)
    assert words in sure_words(rule, 0.7, 0.5)
