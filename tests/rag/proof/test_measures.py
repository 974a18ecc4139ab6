from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.project.task import Evidence
from rag.proof.evaluation_set import ProofQuestion
from rag.proof.measures import gain, measures, rank_of
from rag.proof.sweep import _rank

QUESTION = ProofQuestion("1", "?", "a.md", 10, 20, "team", also=(Evidence("b.md", 0, 5),))


def test_a_passage_counts_if_it_overlaps_a_place_that_answers() -> None:
    before, touching = Evidence("a.md", 0, 10), Evidence("a.md", 19, 30)
    assert rank_of([before, Evidence("c.md", 10, 20)], QUESTION) is None
    assert rank_of([before, touching], QUESTION) == 2
    assert rank_of([Evidence("b.md", 4, 9), touching], QUESTION) == 1


def test_measures_are_those_of_the_books() -> None:
    found = measures({"a": 1, "b": 2, "c": 5, "d": None}, 4)
    assert (found.n, found.k) == (4, 4)
    assert found.recall.value == 0.5
    assert found.mrr.value == pytest.approx((1 + 0.5) / 4)
    assert found.ndcg.value == pytest.approx((1 + 0.6309297) / 4)
    for measure in (found.recall, found.mrr, found.ndcg):
        assert 0 <= measure.low <= measure.value <= measure.high <= 1
    with pytest.raises(InputError):
        measures({}, 4)


@given(st.integers(1, 1000))
def test_a_rank_is_read_back_from_its_gain(rank: int) -> None:
    assert _rank(gain(rank, 1000)) == rank
    assert _rank(gain(None, 10)) is None
