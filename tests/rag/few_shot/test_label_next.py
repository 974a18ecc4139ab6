from __future__ import annotations

import time
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.project.task import Example
from rag.few_shot.label_next import label_next, vote_k

pytestmark = pytest.mark.usefixtures("home", "fake_models")


def of(texts: list[str], label: str | None = None) -> list[Example]:
    return [Example(text, text, label) for text in texts]


CARD = [f"my card number {n} has not arrived" for n in range(6)]
REFUND = [f"please refund order {n} to me" for n in range(3)]


def authors_way(vectors: np.ndarray, labelled: int, count: int, k: int) -> list[int]:
    """Choose as the paper describes it, one vote after another."""
    size = len(vectors)
    near = {
        v: sorted(
            (u for u in range(size) if u != v), key=lambda u: (-(vectors[v] @ vectors[u]), u)
        )[:k]
        for v in range(size)
    }
    voters = defaultdict(list)
    for v, others in near.items():
        for u in others:
            voters[u].append(v)
    chosen = set(range(size - labelled, size))
    order = []
    for _ in range(min(count, size - labelled)):
        votes = {
            u: sum(
                Fraction(1, 10 ** len(chosen & set(near[v]))) for v in voters[u] if v not in chosen
            )
            for u in range(size)
            if u not in chosen
        }
        best = max(votes, key=lambda u: (votes[u], -u))
        order.append(best)
        chosen.add(best)
    return order


@settings(max_examples=40)
@given(st.integers(0, 1000), st.integers(1, 14), st.integers(0, 4), st.integers(1, 5))
def test_vote_k_chooses_as_the_paper_describes_it(
    seed: int, candidates: int, labelled: int, k: int
) -> None:
    vectors = np.random.default_rng(seed).normal(size=(candidates + labelled, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    k = min(k, len(vectors) - 1)
    found = vote_k(vectors, candidates, 8, k)
    assert len({place for place, *_ in found}) == len(found) == min(8, candidates)
    assert all(place < candidates for place, *_ in found)
    assert [place for place, *_ in found] == authors_way(vectors, labelled, 8, k)


def test_among_many_labelled_texts_the_least_covered_still_comes_first() -> None:
    around = np.random.default_rng(0).normal(size=(200, 8))
    vectors = np.concatenate([around[:40], around]).astype(np.float32)
    vectors[7] = -around.mean(axis=0) * 50  # far from all labelled ones
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    best = vote_k(vectors, 40, 1, 60)[0]
    assert 0 < best.score < 1e-20
    assert best.fewest > 20
    assert best.place == authors_way(vectors, 200, 1, 60)[0] != 0


def test_without_any_label_it_begins_where_most_texts_are() -> None:
    found = label_next(of([*REFUND, *CARD]), "fake", "classification", 2)
    assert len(found) == 2
    assert found[0].score >= found[1].score
    assert "texts without a label" in found[0].reason
    assert label_next(of(CARD[:1]), "fake", "qa")[0].reason == "near no other text without a label"
    assert label_next([], "fake", "classification") == []
    assert label_next(of(CARD), "fake", "classification", 0) == []


def test_what_is_near_labelled_texts_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.few_shot.label_next._NEAREST", 2)
    examples = [*of(CARD[:3], "card"), *of(CARD[3:]), *of(REFUND)]
    found = label_next(examples, "fake", "classification", 1)
    assert found[0].example.input in REFUND
    assert found[0].example.output is None


def test_equal_texts_and_labelled_ones_are_not_asked_twice() -> None:
    examples = [Example("1", "Where is it?", "a"), Example("2", "where is it"),
                Example("3", "who"), Example("4", "WHO?"), Example("5", "  ")]  # fmt: skip
    assert [each.example.id for each in label_next(examples, "fake", "qa")] == ["3"]


def test_uncertainty_takes_what_lies_between_two_labels() -> None:
    between = "please refund my card"
    examples = [
        *of(CARD[:4], "card"),
        *of(REFUND[:2], "refund"),
        *of([CARD[5], REFUND[2], between]),
    ]
    found = label_next(examples, "fake", "classification", 2, "uncertainty")
    assert found[0].example.input == between
    assert found[0].score < found[1].score
    assert found[0].reason.startswith("undecided between ")
    assert "by a linear classifier of 6 labelled examples" in found[0].reason


def test_uncertainty_without_labels_to_decide_between_says_what_to_do() -> None:
    for known, said in (([], "are none"), (of(CARD[:2], "card"), "is 1")):
        with pytest.raises(InputError, match=f"there {said}; begin with vote-k"):
            label_next([*known, *of(REFUND)], "fake", "classification", way="uncertainty")
    with pytest.raises(InputError, match="of the kind qa has none"):
        label_next(of(REFUND), "fake", "qa", way="uncertainty")
    with pytest.raises(InputError, match="one of vote-k, uncertainty"):
        label_next(of(REFUND), "fake", "qa", way="best")  # type: ignore[arg-type]


def test_ten_thousand_texts_take_seconds() -> None:
    vectors = np.random.default_rng(0).normal(size=(10_000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    began = time.process_time()
    assert len(vote_k(vectors, 9_000, 20, 150)) == 20
    assert time.process_time() - began < 30  # about 2 s here
