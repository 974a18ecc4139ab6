from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.project.split import Split, bring, extend_split, read_split, write_split
from ladder.project.task import Example

LONG = "the kettle that i ordered on monday has not arrived at my flat in the old town yet"


def rows(count: int, start: int = 0, labels: int = 4) -> list[Example]:
    return [
        Example(f"e{i}", f"question {i * 7919} about thing {i * 104729}", f"label {i % labels}")
        for i in range(start, start + count)
    ]


def sizes(split: Split) -> tuple[int, int, int]:
    return len(split.test), len(split.validation), len(split.train)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, (0, 0, 0)),
        (19, (0, 0, 19)),
        (20, (10, 4, 6)),
        (21, (10, 4, 7)),
        (99, (49, 19, 31)),
        (100, (50, 20, 30)),
        (300, (150, 60, 90)),
        (400, (200, 80, 120)),
        (500, (200, 100, 200)),
        (1000, (200, 100, 700)),
    ],
)
@pytest.mark.parametrize("stratify", [True, False])
def test_the_sizes_are_those_of_the_rule(
    count: int, expected: tuple[int, int, int], stratify: bool
) -> None:
    assert sizes(extend_split(None, rows(count), stratify=stratify)) == expected


def test_every_label_has_its_share_in_every_part() -> None:
    examples = rows(240, labels=6)
    split = extend_split(None, examples, stratify=True)
    label = {row.id: row.output for row in examples}
    for part, share in ((split.test, 20), (split.validation, 8), (split.train, 12)):
        counts = Counter(label[id] for id in part)
        assert len(counts) == 6
        assert all(abs(count - share) <= 1 for count in counts.values())


def test_neither_ids_nor_the_order_of_rows_decide() -> None:
    examples = rows(150)
    shuffled = random.Random(1).sample(examples, len(examples))
    renamed = [replace(row, id=f"other-{i}") for i, row in enumerate(shuffled)]
    text = {row.id: row.input for row in (*examples, *renamed)}
    first = extend_split(None, examples, stratify=True)
    second = extend_split(None, renamed, stratify=True)
    assert [text[id] for id in first.test] == [text[id] for id in second.test]
    assert [text[id] for id in first.validation] == [text[id] for id in second.validation]


def test_unlabelled_examples_wait_until_they_are_labelled() -> None:
    examples = rows(40)
    unlabelled = [replace(row, output=None) for row in rows(10, start=40)]
    split = extend_split(None, examples + unlabelled)
    assert sizes(split) == (20, 8, 12)
    later = extend_split(split, rows(50))
    assert sizes(later) == (25, 10, 15)
    assert set(split.test) <= set(later.test)


def test_correcting_an_answer_moves_nothing() -> None:
    examples = rows(60)
    split = extend_split(None, examples, stratify=True)
    corrected = [replace(row, output="label 0") for row in examples]
    assert extend_split(split, corrected, stratify=True) == split


def test_near_duplicates_stay_together_and_join_a_full_test() -> None:
    examples = rows(60) + [Example(f"n{i}", LONG + " " + "so" * i, "label 1") for i in range(2)]
    split = extend_split(None, examples)
    part = split.part_of()
    assert part["n0"] == part["n1"]
    assert split.near_duplicates == ()
    asked = {row.id: row.input for row in examples}
    twins = [Example(f"t{id}", asked[id].upper() + "!", "label 2") for id in split.test[:5]]
    later = extend_split(split, examples + twins)
    assert {f"t{id}" for id in split.test[:5]} <= set(later.test)
    assert later.near_duplicates == ()


def test_a_group_too_large_for_the_test_trains() -> None:
    split = extend_split(None, [Example(f"n{i}", LONG + "!" * i, "a") for i in range(25)])
    assert sizes(split) == (0, 0, 25)
    again = extend_split(split, [Example(f"n{i}", LONG + "!" * i, "a") for i in range(60)])
    assert sizes(again) == (0, 0, 60)


def test_labelling_two_labels_in_turn_does_not_fill_the_test_with_one() -> None:
    examples = rows(20, labels=2)
    split = extend_split(None, examples, stratify=True)
    for i in range(20, 200):
        examples += rows(1, start=i, labels=2)
        split = extend_split(split, examples, stratify=True)
    label = {row.id: row.output for row in examples}
    counts = Counter(label[id] for id in split.test)
    assert sum(counts.values()) == 100
    assert max(counts.values()) - min(counts.values()) <= 4
    validation = Counter(label[id] for id in split.validation)
    assert max(validation.values()) - min(validation.values()) <= 4


@pytest.mark.parametrize("labels", [5, 20])
def test_labels_that_come_one_by_one_leave_validation_at_most_one_short(labels: int) -> None:
    examples = rows(20, labels=labels)
    split = extend_split(None, examples, stratify=True)
    for i in range(20, 160):
        examples += rows(1, start=i, labels=labels)
        split = extend_split(split, examples, stratify=True)
        assert len(examples) // 5 - len(split.validation) <= 2  # one may have gone to the test
    assert len(examples) // 5 - len(split.validation) <= 1
    label = {row.id: row.output for row in examples}
    counts = Counter(label[id] for id in split.validation)
    assert len(counts) >= min(labels, 15)


def test_a_test_split_is_kept_whole_and_validation_comes_from_train() -> None:
    test, train = rows(30), rows(400, start=30)
    split = bring(None, [row.id for row in test], "test")
    split = bring(split, [row.id for row in train], "train")
    placed = extend_split(split, test + train, stratify=True)
    assert set(placed.test) == {row.id for row in test}
    assert sizes(placed) == (30, 80, 320)
    assert placed.source == "user"
    more = extend_split(placed, test + train + rows(300, start=430), stratify=True)
    assert set(more.test) == set(placed.test)
    assert set(placed.validation) <= set(more.validation)
    assert set(placed.train) <= set(more.train)
    assert len(more.validation) == 100


def test_all_three_parts_are_kept_as_brought_in_any_order() -> None:
    examples = rows(90)
    ids = [row.id for row in examples]
    split = bring(None, ids[:60], "train")
    split = bring(split, ids[60:70], "validation")
    split = bring(split, ids[70:], "test")
    placed = extend_split(split, examples)
    assert set(placed.train) == set(ids[:60])
    assert set(placed.validation) == set(ids[60:70])
    assert set(placed.test) == set(ids[70:])
    assert placed.waiting == {}


def test_near_duplicates_across_it_are_listed_and_stay_where_they_are() -> None:
    examples = [*rows(40), Example("a", LONG, "x"), Example("b", LONG.upper(), "x")]
    split = bring(None, [row.id for row in examples if row.id != "b"], "train")
    split = bring(split, ["b"], "test")
    placed = extend_split(split, examples)
    assert placed.test == ("b",)
    assert placed.near_duplicates == (("b", "a"),)
    more = extend_split(placed, [*examples, Example("c", LONG + "?", "x")])
    assert more.test == ("b",)
    assert set(more.near_duplicates) == {("b", "a"), ("b", "c")}


def test_an_unlabelled_row_joins_its_part_once_labelled() -> None:
    examples = [*rows(30), Example("late", "what about the late one")]
    split = bring(None, ["late"], "test")
    placed = extend_split(split, examples)
    assert placed.test == ()
    labelled = [replace(row, output="label 1") for row in examples]
    assert extend_split(placed, labelled).test == ("late",)


def test_what_was_placed_before_does_not_move() -> None:
    examples = rows(40)
    split = extend_split(None, examples)
    id = split.train[0]
    assert extend_split(bring(split, [id], "test"), examples).part_of()[id] == "train"


def test_near_duplicates_are_found_anew_when_a_text_changes() -> None:
    examples = [*rows(40), Example("a", LONG, "x"), Example("b", LONG.upper(), "x")]
    split = bring(bring(None, ["b"], "test"), [r.id for r in examples if r.id != "b"], "train")
    split = extend_split(split, examples)
    edited = [
        replace(row, input="quite another thing") if row.id == "a" else row for row in examples
    ]
    assert extend_split(split, edited).near_duplicates == ()


STEPS = st.lists(
    st.tuples(st.integers(1, 60), st.integers(1, 5), st.booleans(), st.integers(0, 10**6)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.booleans())
def test_no_item_ever_moves_whatever_is_added_and_labelled(
    steps: list[tuple[int, int, bool, int]], stratify: bool
) -> None:
    examples: list[Example] = []
    split: Split | None = None
    seen: dict[str, str] = {}
    for count, labels, label_now, seed in steps:
        draw = random.Random(seed)
        fresh = rows(count, start=len(examples), labels=labels)
        copies = [
            replace(row, id=f"{row.id}-{seed}-{len(examples)}", input=row.input.upper() + "?")
            for row in draw.sample(examples, min(3, len(examples)))
        ]
        fresh += [row for row in copies if row.id not in {e.id for e in examples}]
        examples += fresh if label_now else [replace(row, output=None) for row in fresh]
        for place in draw.sample(range(len(examples)), min(5, len(examples))):
            examples[place] = replace(examples[place], output=f"label {draw.randrange(5)}")
        draw.shuffle(examples)
        split = extend_split(split, examples, stratify=stratify)
        part = split.part_of()
        labelled = [row for row in examples if row.labelled]
        assert sorted(part) == sorted(row.id for row in labelled)
        assert all(part[id] == before for id, before in seen.items())
        assert split.near_duplicates == ()
        if split.frozen:
            seen = dict(part)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=12))
def test_without_near_duplicates_the_sizes_hold_after_every_addition(counts: list[int]) -> None:
    examples: list[Example] = []
    split = None
    for count in counts:
        examples += rows(count, start=len(examples), labels=5)
        split = extend_split(split, examples, stratify=True)
        n = len(examples)
        if n < 20:
            assert sizes(split) == (0, 0, n)
            continue
        assert n // 2 <= len(split.test) <= (n + 1) // 2 or len(split.test) == 200
        assert len(split.test) <= 200
        assert n < 100 or len(split.test) >= 50
        assert n // 5 - 5 <= len(split.validation) <= n // 5 or len(split.validation) == 100
        assert len(split.validation) <= 100


def test_a_split_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    assert read_split(path) is None
    examples = [*rows(40), Example("a", LONG, "x"), Example("b", LONG.upper(), "x")]
    split = bring(bring(None, ["b", "not yet there"], "test"), ["a"], "train")
    split = extend_split(split, examples)
    write_split(path, split)
    assert read_split(path) == split
