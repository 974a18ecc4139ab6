from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.evaluation.paired import compare, compare_all, compare_values, corrected, holm
from ladder.evaluation.rows import Row

METRICS = ["accuracy", "macro-f1", "token-f1"]


def rows(labels: str, expected: str | None = None) -> list[Row]:
    """One row a letter; "x" is expected unless said otherwise."""
    expected = expected or "x" * len(labels)
    return [
        Row(f"{i:03}", e, True, g, label=g)
        for i, (e, g) in enumerate(zip(expected, labels, strict=True))
    ]


pairs = st.lists(
    st.tuples(st.sampled_from("xy"), st.sampled_from("xyz"), st.sampled_from("xyz")),
    min_size=1,
    max_size=30,
).map(lambda found: ["".join(column) for column in zip(*found, strict=True)])


@given(st.sampled_from(METRICS), pairs)
@settings(max_examples=40, deadline=None)
def test_swapping_the_two_swaps_the_verdict(metric: str, found: list[str]) -> None:
    expected, a, b = found
    left, right = rows(a, expected), rows(b, expected)
    one, other = compare(left, right, metric), compare(right, left, metric)
    assert one.difference == pytest.approx(-other.difference)
    assert (one.low, one.high) == (pytest.approx(-other.high), pytest.approx(-other.low))
    assert one.p == other.p
    assert one.more_needed == other.more_needed
    assert other.sentence.count("better") == one.sentence.count("better")
    assert {one.better, other.better} in ({None}, {"a", "b"})
    assert one.low - 1e-9 <= one.difference <= one.high + 1e-9
    assert -1 <= one.low <= one.high <= 1
    assert 0 < one.p <= 1


@given(st.sampled_from(METRICS), pairs)
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_rows_does_not_matter(metric: str, found: list[str]) -> None:
    expected, a, b = found
    left, right = rows(a, expected), rows(b, expected)
    assert compare(left[::-1], right, metric) == compare(left, right[::-1], metric)


@given(st.integers(1, 12), st.sampled_from(METRICS))
@settings(max_examples=20, deadline=None)
def test_fewer_than_six_examples_never_decide(n: int, metric: str) -> None:
    verdict = compare(rows("y" * n), rows("x" * n), metric)
    assert (verdict.better == "b") == (n >= 6)
    if verdict.better is None:
        assert n + (verdict.more_needed or 0) == 6


def test_mcnemar_is_exact() -> None:
    left = rows("x" * 12 + "y" * 9 + "x" * 2 + "y" * 33)
    right = rows("x" * 12 + "x" * 9 + "y" * 2 + "y" * 33)
    verdict = compare(left, right, "accuracy")
    assert verdict.p == pytest.approx(2 * (1 + 11 + 55) / 2**11)
    assert verdict.difference == pytest.approx(7 / 56)
    assert verdict.better is None
    assert verdict.low <= 0.0  # an interval never says more than the test


def test_the_interval_of_a_paired_difference_covers_the_true_one() -> None:
    import random

    rng = random.Random(7)
    covered = 0
    for _ in range(400):
        truth = rng.choices(["xx", "xy", "yx", "yy"], [0.6, 0.06, 0.16, 0.18], k=80)
        left, right = (rows("".join(pair[i] for pair in truth)) for i in (0, 1))
        verdict = compare(left, right, "accuracy")
        covered += verdict.low <= 0.10 <= verdict.high
    assert 0.925 <= covered / 400 <= 0.99


def test_a_sure_difference_is_said_in_words() -> None:
    left, right = rows("x" * 71 + "y" * 29), rows("x" * 84 + "y" * 16)
    verdict = compare(left, right, "accuracy", a="zero-shot", b="few-shot")
    assert verdict.sentence == (
        "few-shot is better than zero-shot: 0.84 against 0.71 on the same 100 examples, "
        "difference +0.13 (0.06 to 0.20), p < 0.001."
    )
    turned = compare(right, left, "accuracy", a="few-shot", b="zero-shot")
    assert turned.sentence == verdict.sentence
    assert turned.more_needed is None


def test_an_unsure_difference_says_how_many_more_examples() -> None:
    left = rows("y" * 12 + "x" * 88)
    right = rows("x" * 12 + "y" * 8 + "x" * 80)
    verdict = compare(left, right, "accuracy", a="1-nn", b="knn")
    # (1.960 + 0.842)^2 * (0.20 - 0.04^2) / 0.04^2 = 974 examples in all
    assert verdict.more_needed == 974 - 100
    assert verdict.sentence == (
        "Cannot tell yet: knn 0.92, 1-nn 0.88 on the same 100 examples, difference +0.04 "
        "(-0.05 to 0.13), p = 0.5; about 880 more examples would settle it, if the two go on "
        "differing as they do here (80 % power)."
    )


def test_equal_answers_cannot_be_parted() -> None:
    verdict = compare(rows("xy"), rows("xy"), "accuracy")
    assert (verdict.p, verdict.better, verdict.more_needed) == (1.0, None, None)
    assert "equal so far" in verdict.sentence


def test_only_items_that_both_answered_count() -> None:
    left, right = rows("xxy"), rows("xxyx")
    assert compare(left, right, "accuracy").n == 3
    with pytest.raises(InputError, match="no example in common"):
        compare(left, rows("xxx", "yyy"), "accuracy")


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_several_pairs_are_corrected_together() -> None:
    found = compare_all(
        {"a": rows("y" * 7 + "x" * 20), "b": rows("x" * 27), "c": rows("x" * 27)}, "accuracy"
    )
    assert [(v.a, v.b, v.pairs) for v in found] == [("a", "b", 3), ("a", "c", 3), ("b", "c", 3)]
    assert found[0].p == pytest.approx(3 * 2 / 2**7)
    assert "corrected for 3 pairs (Holm)" in found[0].sentence


def test_where_the_correction_alone_makes_it_unsure_both_p_are_said() -> None:
    found = compare_all(
        {"a": rows("y" * 6 + "x" * 20), "b": rows("x" * 26), "c": rows("x" * 25 + "y")}, "accuracy"
    )
    verdict = found[0]
    assert verdict.p_alone == pytest.approx(2 / 2**6)
    assert verdict.better is None
    assert "p = 0.031 alone, p = 0.094 corrected for 3 pairs (Holm); about" in verdict.sentence
    # (2.394 + 0.842)^2 * (6/26 - (6/26)^2) / (6/26)^2 = 34.9
    assert verdict.more_needed == 35 - 26


def test_two_whose_common_items_were_all_corrected_in_between_are_no_pair() -> None:
    three = {"a": rows("xx"), "b": rows("yx"), "c": rows("yy", expected="yy")}
    (verdict,) = compare_all(three, "accuracy")
    assert (verdict.a, verdict.b, verdict.pairs) == ("a", "b", 1)


def test_plain_values_have_the_same_tests_as_rows() -> None:
    right = {f"q{i}": float(i % 2) for i in range(40)}
    better = {item: float(value or int(item[1:]) < 20) for item, value in right.items()}
    verdict = compare_values(right, better, a="now", b="new", noun="questions")
    assert (verdict.better, verdict.n, verdict.difference) == ("b", 40, 0.25)
    assert verdict.p == pytest.approx(2 * 0.5**10)
    assert "on the same 40 questions" in verdict.sentence
    halves = compare_values(right, {item: (value + 1) / 2 for item, value in right.items()})
    assert (halves.better, halves.difference) == ("b", 0.25)
    with pytest.raises(InputError, match="no item in common"):
        compare_values({"a": 1.0}, {"b": 1.0})


def test_several_verdicts_are_corrected_together() -> None:
    right = {f"q{i}": float(i % 2) for i in range(40)}
    better = {item: float(value or int(item[1:]) < 12) for item, value in right.items()}
    verdict = compare_values(right, better)
    first, second = corrected([verdict, compare_values(right, right)])
    assert (first.p, first.p_alone, first.pairs) == (verdict.p * 2, verdict.p, 2)
    assert second.p == 1
    assert corrected([verdict]) == [verdict]
