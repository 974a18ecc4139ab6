from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from ladder.evaluation.intervals import interval, wilson
from ladder.evaluation.metrics import aggregate
from ladder.evaluation.rows import Row

words = st.lists(st.sampled_from(["red", "green", "blue"]), min_size=0, max_size=3)
rows = st.lists(
    st.builds(
        lambda expected, given: Row("", expected[0], True, " ".join(given), label=" ".join(given)),
        words.filter(bool),
        words,
    ),
    min_size=1,
    max_size=25,
).map(lambda found: [Row(str(i), r.expected, True, r.text, r.label) for i, r in enumerate(found)])
metrics = st.sampled_from(["accuracy", "exact-match", "macro-f1", "token-f1"])


@given(metrics, rows)
@settings(max_examples=60, deadline=None)
def test_an_interval_holds_the_estimate_and_stays_between_0_and_1(
    metric: str, found: list[Row]
) -> None:
    bounds = interval(metric, found)
    assert 0 <= bounds.low <= aggregate(metric, found) <= bounds.high <= 1
    assert bounds.low < bounds.high


@given(metrics, rows, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_items_does_not_matter(
    metric: str, found: list[Row], random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert interval(metric, shuffled) == interval(metric, found)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(counts: tuple[int, int]) -> None:
    right, n = counts
    bounds = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right / n, n) == pytest.approx((bounds.low, bounds.high), abs=1e-9)


def test_a_mean_has_the_bootstrap_of_scipy() -> None:
    found = [
        Row(str(i), "one two", True, text)
        for i, text in enumerate(["one two", "one", "none", "two three four"] * 10)
    ]
    bounds = interval("token-f1", found)
    value = aggregate("token-f1", found)
    assert bounds.method == "bca"
    assert not bounds.note
    assert 0.05 < bounds.high - bounds.low < 0.35
    assert bounds.low < value < bounds.high


def test_items_that_all_score_the_same_fall_back_and_say_so() -> None:
    found = [Row(str(i), "yes", True, "yes", "yes") for i in range(30)]
    for metric in ("token-f1", "macro-f1"):
        bounds = interval(metric, found)
        assert (bounds.method, bounds.high) == ("wilson", 1.0)
        assert bounds.low == pytest.approx(0.886, abs=0.01)
        assert "no spread" in bounds.note


def test_more_items_make_a_narrower_interval() -> None:
    few = [Row(str(i), "a", True, "a", "ab"[i % 2]) for i in range(20)]
    many = [Row(str(i), "a", True, "a", "ab"[i % 2]) for i in range(400)]
    for metric in ("accuracy", "macro-f1"):
        width = [interval(metric, rows).high - interval(metric, rows).low for rows in (few, many)]
        assert width[1] < width[0] / 3
