from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.evaluation.sampling import sample
from ladder.project.task import Example


def items(labels: str) -> list[Example]:
    return [Example(f"{i:04}", "?", label) for i, label in enumerate(labels)]


@given(st.text("abc", min_size=1, max_size=60), st.integers(1, 60), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_a_sample_has_n_items_and_every_label_its_share(labels: str, n: int, seed: int) -> None:
    all_items = items(labels)
    drawn = sample(all_items, n, seed, "classification")
    size = min(n, len(labels))
    assert len({item.id for item in drawn}) == len(drawn) == size
    counts = Counter(item.output for item in drawn)
    for label, count in Counter(labels).items():
        assert abs(counts[label] - count * size / len(labels)) < 1 + 1e-9


def test_the_seed_decides_and_the_order_of_the_items_does_not() -> None:
    all_items = items("ab" * 50)
    shuffled = list(all_items)
    Random(1).shuffle(shuffled)
    chosen = {e.id for e in sample(all_items, 10, 3, "classification")}
    assert {e.id for e in sample(shuffled, 10, 3, "classification")} == chosen
    assert {e.id for e in sample(all_items, 10, 4, "classification")} != chosen
    assert chosen != {e.id for e in all_items[:10]}


def test_unanswerable_questions_keep_their_share() -> None:
    questions = [Example(str(i), "?", "yes") for i in range(20)]
    questions += [Example(f"u{i}", "?", "", answerable=False) for i in range(10)]
    drawn = sample(questions, 9, 0, "qa")
    assert sum(not item.answerable for item in drawn) == 3


def test_no_limit_keeps_all_and_a_limit_below_one_is_refused() -> None:
    assert sample(items("abc"), None, 0, "qa") == items("abc")
    with pytest.raises(InputError, match="The limit is 0"):
        sample(items("abc"), 0, 0, "qa")
