from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import InputError
from rag.search.fusion import CANDIDATES, fit_weight, reciprocal_rank_fusion, weighted

DENSE = np.asarray([0.9, 0.5, 0.4, 0.1])
WORDS = np.asarray([0.0, 7.0, 1.0, 0.0])


def test_the_weight_moves_between_the_two_ways() -> None:
    assert weighted(DENSE, WORDS, 1.0).argmax() == 0
    assert weighted(DENSE, WORDS, 0.0).argmax() == 1
    assert weighted(DENSE, WORDS, 1.0).argsort().tolist() == DENSE.argsort().tolist()
    both = weighted(DENSE, WORDS, 0.5)
    z = [(s - s.mean()) / s.std() for s in (DENSE, WORDS)]
    assert both.tolist() == pytest.approx((0.5 * z[0] + 0.5 * z[1]).tolist())


def test_where_no_word_is_found_the_meaning_alone_ranks() -> None:
    joined = weighted(DENSE, np.zeros(4), 0.5)
    assert joined.argsort().tolist() == DENSE.argsort().tolist()
    assert reciprocal_rank_fusion(DENSE, np.zeros(4)).argmax() == 0
    assert not weighted(np.ones(3), np.zeros(3), 0.5).any()
    assert len(weighted(np.zeros(0), np.zeros(0), 0.5)) == 0


def test_far_rows_change_nothing_at_the_top() -> None:
    draw = np.random.default_rng(0)
    dense, words = draw.uniform(0.3, 0.9, 300), draw.uniform(1, 9, 300)
    far = 5000
    more_dense = np.concatenate([dense, draw.uniform(-0.1, 0.1, far)])
    more_words = np.concatenate([words, np.zeros(far)])
    few, many = weighted(dense, words, 0.5), weighted(more_dense, more_words, 0.5)
    assert many[:300].tolist() == pytest.approx(few.tolist())
    assert many[300:].max() < few.max()
    assert CANDIDATES < 300


def test_reciprocal_ranks_add_up() -> None:
    joined = reciprocal_rank_fusion(DENSE, WORDS)
    assert joined.tolist() == pytest.approx([1 / 61, 1 / 62 + 1 / 61, 1 / 63 + 1 / 62, 1 / 64])


def _planted(good: str, n: int = 30) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Questions whose evidence one way finds, while the other ranks at random."""
    draw = np.random.default_rng(1)
    dense, words, evidence = [], [], []
    for _ in range(n):
        right = draw.integers(0, 50)
        rows = np.arange(50) == right
        clear, blind = draw.uniform(0, 1, 50) + 0.8 * rows, draw.uniform(0, 1, 50)
        dense.append(clear if good == "dense" else blind)
        words.append(blind if good == "dense" else clear)
        evidence.append(rows)
    return dense, words, evidence


def test_the_fitted_weight_leans_to_the_way_that_finds_the_evidence() -> None:
    for good, least, most in (("dense", 0.55, 1.0), ("words", 0.0, 0.45)):
        fitted = fit_weight(*_planted(good))
        assert least <= fitted.weight <= most
        assert fitted.left_out > fitted.even
        assert fitted.n == 30


def test_equally_good_weights_give_equal_shares() -> None:
    dense, _, evidence = _planted("dense")
    assert fit_weight(dense, dense, evidence).weight == 0.5


def test_too_few_questions_fit_no_weight() -> None:
    dense, words, evidence = _planted("dense", 12)
    for place in range(3):
        evidence[place][:] = False
    with pytest.raises(InputError, match="there are 9"):
        fit_weight(dense, words, evidence)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 40)), max_size=40), st.floats(0, 1))
def test_a_row_better_in_both_ways_is_never_behind(
    rows: list[tuple[float, float]], weight: float
) -> None:
    dense, words = (np.asarray([row[i] for row in rows]) for i in (0, 1))
    joined = weighted(dense, words, weight)
    assert np.isfinite(joined).all()
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            if a[0] >= b[0] and a[1] >= b[1]:
                assert joined[i] >= joined[j] - 1e-9
