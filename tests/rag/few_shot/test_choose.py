from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rag.few_shot import choose as module
from rag.few_shot.choose import (
    choose,
    in_order,
    mmr,
    nearest,
    nearest_and_per_label,
    per_label,
)

SELECTIONS = ("nearest", "bm25", "mmr", "per-label", "nearest+per-label")
Case = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp], int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Similarities with many equal ones, some left out, with vectors, labels and a count."""
    size = draw(st.integers(0, 30))
    tenths = draw(st.lists(st.integers(-3, 10), min_size=size, max_size=size))
    left_out = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    labels = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    vectors = np.random.default_rng(draw(st.integers(0, 99))).normal(size=(size, 4))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    similarity = np.asarray(tenths, dtype=np.float32) / 10
    similarity[np.asarray(left_out, dtype=bool)] = -np.inf
    return similarity, vectors.astype(np.float32), np.asarray(labels, np.intp), draw(
        st.integers(0, 12)
    )  # fmt: skip


@given(cases(), st.sampled_from(SELECTIONS))
def test_no_example_twice_none_left_out_and_as_many_as_there_are(
    case: Case, selection: str
) -> None:
    similarity, vectors, labels, count = case
    places = choose(selection, similarity, count, vectors, labels).tolist()
    allowed = np.flatnonzero(similarity > -np.inf)
    most = len(set(labels[allowed].tolist())) if selection == "per-label" else len(allowed)
    assert len(places) == min(count, most)
    assert len(set(places)) == len(places)
    assert set(places) <= set(allowed.tolist())


@given(cases(), st.sampled_from(SELECTIONS))
def test_the_same_is_chosen_every_time_and_nothing_given_is_changed(
    case: Case, selection: str
) -> None:
    similarity, vectors, labels, count = case
    before = similarity.copy(), vectors.copy(), labels.copy()
    first = choose(selection, similarity, count, vectors, labels)
    assert choose(selection, similarity, count, vectors, labels).tolist() == first.tolist()
    for then, now in zip(before, (similarity, vectors, labels), strict=True):
        assert np.array_equal(then, now)


def slowly(similarity: NDArray[np.float32]) -> list[int]:
    """Return all places that may be chosen, the most similar first, equals in pool order."""
    allowed = [i for i in range(len(similarity)) if similarity[i] > -np.inf]
    return sorted(allowed, key=lambda i: (-similarity[i], i))


@given(cases())
def test_the_nearest_are_those_of_a_whole_sort(case: Case) -> None:
    similarity, _, _, count = case
    assert nearest(similarity, count).tolist() == slowly(similarity)[:count]


@given(cases())
def test_per_label_takes_the_nearest_of_each_label_in_order_of_similarity(case: Case) -> None:
    similarity, _, labels, count = case
    firsts: dict[int, int] = {}
    for place in slowly(similarity):
        firsts.setdefault(int(labels[place]), place)
    assert per_label(similarity, labels, count).tolist() == list(firsts.values())[:count]


@given(cases())
def test_half_are_nearest_the_others_bring_new_labels_then_the_next_nearest(case: Case) -> None:
    similarity, _, labels, count = case
    ranked = slowly(similarity)
    chosen = ranked[: (count + 1) // 2]
    for place in ranked:
        if len(chosen) < count and labels[place] not in labels[chosen]:
            chosen.append(place)
    chosen += [place for place in ranked if place not in chosen]
    assert nearest_and_per_label(similarity, labels, count).tolist() == chosen[:count]


@given(cases())
def test_mmr_takes_each_time_what_is_like_the_query_and_unlike_those_before(case: Case) -> None:
    similarity, vectors, _, count = case
    candidates = slowly(similarity)[: max(4 * count, 20)]
    places = mmr(similarity, vectors, count).tolist()
    for turn, place in enumerate(places):

        def gain(other: int, before: list[int] = places[:turn]) -> float:
            repeated = max((float(vectors[other] @ vectors[b]) for b in before), default=0.0)
            return 0.5 * float(similarity[other]) - 0.5 * repeated

        left = [other for other in candidates if other not in places[:turn]]
        assert gain(place) == pytest.approx(max(map(gain, left)), abs=1e-5)


def test_mmr_passes_over_a_repeated_example() -> None:
    vectors = np.asarray([[1, 0], [1, 0], [0.6, 0.8]], dtype=np.float32)
    similarity = np.asarray([0.9, 0.89, 0.7], dtype=np.float32)
    assert mmr(similarity, vectors, 2).tolist() == [0, 2]
    assert mmr(similarity, vectors, 2, weight=1.0).tolist() == [0, 1]
    assert mmr(similarity, vectors, 2, fetch=2).tolist() == [0, 1]
    assert nearest(similarity, 2).tolist() == [0, 1]


@given(cases(), st.permutations(range(8)))
def test_the_order_depends_on_the_similarity_alone(case: Case, turns: list[int]) -> None:
    similarity = case[0]
    chosen = nearest(similarity, 8)
    shuffled = chosen[[turn for turn in turns if turn < len(chosen)]]
    first = in_order(shuffled, similarity, "nearest-first")
    assert first.tolist() == chosen.tolist()
    assert in_order(shuffled, similarity, "nearest-last").tolist() == chosen.tolist()[::-1]


def test_an_unknown_selection_or_a_missing_array_is_refused() -> None:
    with pytest.raises(ValueError, match="furthest"):
        choose("furthest", np.zeros(2, np.float32), 1, None, None)
    with pytest.raises(ValueError, match="mmr"):
        choose("mmr", np.zeros(2, np.float32), 1, None, None)


def test_it_can_be_carried_along_by_an_export() -> None:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    assert names == {"__future__", "typing", "numpy", "numpy.typing"}
