from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.project.task import Example
from rag.few_shot import conflicts as module
from rag.few_shot.conflicts import Conflicts, Disagreement, numbered

PLANE = [(1.0, 0.0), (0.96, 0.28), (0.8, 0.6), (0.0, 1.0), (-1.0, 0.0)]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.sampled_from(["", "x"])),
        max_size=14,
    ),
    st.sampled_from([2, 256]),
    st.sampled_from([0, 10_000]),
)
def test_the_closest_that_disagrees_is_found_as_by_looking_at_every_pair(
    rows: list[tuple[str, int, str]], block: int, at_once: int
) -> None:
    pool = [Example(str(i), f"t{turn}", answer, c) for i, (answer, turn, c) in enumerate(rows)]
    vectors = np.asarray([PLANE[turn] for _, turn, _ in rows], np.float32).reshape(-1, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        patch.setattr(module, "_ALL_AT_ONCE", at_once)
        found = Conflicts(pool, vectors).of(range(len(pool)))
    for place, (answer, _, context) in enumerate(rows):
        close = [
            (-float(vectors[place] @ vectors[other]), other)
            for other in range(len(rows))
            if rows[other][0] != answer
            and rows[other][2] == context
            and vectors[place] @ vectors[other] >= 0.9
        ]
        one = found[place]
        if not close:
            assert one is None
        else:
            assert one is not None
            assert one.similarity == pytest.approx(-min(close)[0], abs=1e-6)
            assert rows[one.place][1:] == rows[min(close)[1]][1:]


def test_equal_texts_disagree_however_far_apart_their_vectors_are() -> None:
    pool = [Example("1", "Where is it?", "a"), Example("2", "where is it", "b")]
    far = np.asarray([[1, 0], [0, 1]], np.float32)
    for vectors in (far, None):
        assert Conflicts(pool, vectors).of([0, 1]) == [Disagreement(1, 1.0), Disagreement(0, 1.0)]


def test_an_unanswerable_question_disagrees_with_one_that_is_answered() -> None:
    pool = [Example("1", "who", ""), Example("2", "who", "", answerable=False)]
    assert Conflicts(pool).of([0]) == [Disagreement(1, 1.0)]


def test_what_was_said_before_makes_another_question() -> None:
    before = ({"role": "user", "content": "hello"},)
    pool = [Example("1", "why", "a"), Example("2", "why", "b", messages=before)]
    assert Conflicts(pool).of([0, 1]) == [None, None]


def test_among_some_only_those_are_compared() -> None:
    pool = [Example(str(i), "same", answer) for i, answer in enumerate("aabb")]
    conflicts = Conflicts(pool)
    assert conflicts.between([0, 1]) == [None, None]
    assert conflicts.between([1, 3]) == [Disagreement(3, 1.0), Disagreement(1, 1.0)]
    assert conflicts.of([3]) == [Disagreement(0, 1.0)]
    assert conflicts.between([]) == []


def test_equal_keys_have_equal_numbers() -> None:
    assert numbered(["b", "a", "b"]).tolist() == [0, 1, 0]


def test_among_all_of_them_in_another_order_the_right_ones_are_compared() -> None:
    pool = [Example("1", "one", "a"), Example("2", "two", "b"), Example("3", "three", "c")]
    vectors = np.asarray([[1, 0], [0.99, 0.1], [0, 1]], np.float32)
    found = Conflicts(pool, vectors).between([2, 1, 0])
    assert [each and each.place for each in found] == [None, 0, 1]
