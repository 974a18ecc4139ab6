"""The time left comes from the rate of the last part of the run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.jobs.context import TimeLeft


def after_all(steps: list[tuple[float, int]], total: int) -> float | None:
    left, answer = TimeLeft(), None
    for now, done in steps:
        answer = left.after(now, done, total)
    return answer


def test_it_is_not_known_at_the_first_word() -> None:
    assert after_all([(10.0, 0)], 100) is None
    assert after_all([(10.0, 0), (10.1, 1)], 100) is None
    assert after_all([(10.0, 0), (60.0, 0)], 100) is None
    assert after_all([(10.0, 0), (20.0, 5)], 0) is None


def test_a_steady_rate_gives_what_is_left() -> None:
    assert after_all([(t, t) for t in range(40)], 100) == pytest.approx(61)


def test_a_model_that_is_loaded_first_does_not_count() -> None:
    loaded = [(0.0, 30), (15.4, 31)]
    assert after_all(loaded, 90) is None
    more = [(15.4 + 0.3 * n, 31 + n) for n in range(1, 4)]
    assert after_all(loaded + more, 90) == pytest.approx(0.3 * 56, rel=0.01)


def test_a_slow_start_is_forgotten() -> None:
    slow = [(0.0, 0), (100.0, 1)]
    assert after_all([*slow, *((100.0 + t, 1 + 2 * t) for t in range(1, 61))], 201) == (
        pytest.approx(40, rel=0.1)
    )


def test_one_slow_item_in_the_last_part_does_not_upset_it() -> None:
    steps = [(float(t), t) for t in range(100)] + [(110.0 + t, 100 + t) for t in range(20)]
    assert after_all(steps, 200) == pytest.approx(81, rel=0.05)


def test_a_stall_makes_it_longer() -> None:
    steps = [(float(t), t) for t in range(20)]
    first, later = after_all(steps, 100), after_all([*steps, (120.0, 19)], 100)
    assert first is not None
    assert later is not None
    assert later > 3 * first


def test_a_new_part_that_counts_from_zero_is_measured_anew() -> None:
    steps = [(float(t), 10 * t) for t in range(10)] + [(10.0 + t, t) for t in range(10)]
    assert after_all(steps, 100) == pytest.approx(91, rel=0.1)


def test_all_done_leaves_nothing() -> None:
    assert after_all([(0.0, 3)], 3) == 0.0


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1000)), min_size=1), st.integers(0, 900)
)
def test_it_is_never_negative(gaps: list[tuple[float, int]], total: int) -> None:
    left, now = TimeLeft(), 0.0
    for gap, done in gaps:
        now += gap
        answer = left.after(now, done, total)
        assert answer is None or answer >= 0
