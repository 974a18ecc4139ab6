from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.project.near_duplicates import groups, near_duplicate_pairs, normalised

SENTENCE = "the kettle that i ordered on monday has not arrived at my flat in the old town yet"


def shingles(text: str) -> set[str]:
    return {text[i : i + 5] for i in range(max(1, len(text) - 4))}


def jaccard(left: str, right: str) -> float:
    a, b = shingles(normalised(left)), shingles(normalised(right))
    return len(a & b) / len(a | b)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my CARD?", "where is my card"),
        ("I can't pay", "I cant pay"),
        ("top-up  failed!", "Top up failed"),
        ("ﬁne", "fine"),
        ("½ off", "1\u20442 off"),
        ("straße", "STRASSE"),
    ],
)
def test_case_punctuation_and_unicode_forms_fold_away(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_a_text_of_punctuation_alone_is_not_folded_to_nothing() -> None:
    assert normalised("???") != normalised("!!!")


def test_other_words_do_not_fold_away() -> None:
    assert normalised("my card works") != normalised("my card works not")


def test_a_changed_ending_of_a_long_text_is_a_near_duplicate() -> None:
    assert near_duplicate_pairs([SENTENCE], [SENTENCE + " so"]) == [(0, 0)]


def test_a_changed_word_in_a_short_text_is_not() -> None:
    assert near_duplicate_pairs(["where is my card"], ["where is my cash"]) == []


def test_all_pairs_are_named_also_of_equal_texts() -> None:
    assert near_duplicate_pairs(["a b", "x y"], ["A, b!", "a b", "z"]) == [(0, 0), (0, 1)]


WORDS = st.lists(st.sampled_from(SENTENCE.split()), min_size=1, max_size=40).map(" ".join)
EDITED = st.tuples(st.integers(0, 70), st.sampled_from(["", "x", "qq", " "])).map(
    lambda edit: SENTENCE[: edit[0]] + edit[1] + SENTENCE[edit[0] + 1 :]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS | EDITED, max_size=12), st.lists(WORDS | EDITED, max_size=12))
def test_the_pairs_are_exactly_those_that_a_full_comparison_finds(
    left: list[str], right: list[str]
) -> None:
    expected = [
        (i, j)
        for i, a in enumerate(left)
        for j, b in enumerate(right)
        if jaccard(a, b) >= 0.9 - 1e-9
    ]
    assert near_duplicate_pairs(left, right) == expected


def test_groups_link_over_others() -> None:
    first, second, third = SENTENCE, SENTENCE + " soon", SENTENCE + " soon now"
    assert groups(["another text", third, first, "ANOTHER text!", second]) == [0, 1, 1, 0, 1]
