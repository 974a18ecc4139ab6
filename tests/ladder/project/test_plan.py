from __future__ import annotations

from pathlib import Path

import pytest

from ladder.errors import ProjectError
from ladder.project import (
    Example,
    Task,
    TaskFolder,
    create_project,
    evaluation_plan,
    near_duplicates_across,
    what_validation_means,
)
from ladder.project.split import bring, write_split


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    return create_project("mine").add_task(Task("route", "classification"))


def fill(folder: TaskFolder, count: int) -> list[Example]:
    rows = [Example(f"e{i}", f"q {i * 7919} or {i * 31}", f"l{i % 3}") for i in range(count)]
    folder.save_examples([*rows, Example("unlabelled", "not yet")])
    return rows


def ids(rows: list[Example]) -> set[str]:
    return {row.id for row in rows}


def test_without_labels_there_is_nothing_to_evaluate(folder: TaskFolder) -> None:
    fill(folder, 0)
    for name in ("validation", "test"):
        with pytest.raises(ProjectError, match="no labelled example"):
            evaluation_plan(folder, name)  # type: ignore[arg-type]


def test_under_twenty_all_are_left_out_one_at_a_time_and_no_test_exists(folder: TaskFolder) -> None:
    rows = fill(folder, 19)
    plan = evaluation_plan(folder, "validation")
    assert plan.scheme == "leave-one-out"
    assert ids(plan.items) == ids(plan.pool) == ids(rows)
    with pytest.raises(ProjectError, match="has 19 labelled examples and no test split; label at"):
        evaluation_plan(folder, "test")


def test_under_three_hundred_the_test_split_is_left_out_of_choosing(folder: TaskFolder) -> None:
    rows = fill(folder, 120)
    plan = evaluation_plan(folder, "validation")
    test = evaluation_plan(folder, "test")
    assert plan.scheme == "leave-one-out"
    assert plan.items == plan.pool
    assert (test.scheme, len(test.items)) == ("held-out", 60)
    assert ids(test.pool) == ids(plan.items) == ids(rows) - ids(test.items)


def test_from_three_hundred_on_validation_is_answered_from_train(folder: TaskFolder) -> None:
    rows = fill(folder, 300)
    plan = evaluation_plan(folder, "validation")
    test = evaluation_plan(folder, "test")
    assert plan.scheme == "held-out"
    assert (len(test.items), len(plan.items), len(plan.pool)) == (150, 60, 90)
    assert ids(test.items) | ids(plan.items) | ids(plan.pool) == ids(rows)
    assert ids(test.pool) == ids(plan.items) | ids(plan.pool)


def test_a_large_test_of_the_user_does_not_make_a_tiny_validation_count(folder: TaskFolder) -> None:
    rows = fill(folder, 400)
    split = bring(None, [row.id for row in rows[:350]], "test")
    write_split(folder.split_file, bring(split, [row.id for row in rows[350:]], "train"))
    assert len(folder.split().validation) == 10
    plan = evaluation_plan(folder, "validation")
    assert plan.scheme == "leave-one-out"
    assert ids(plan.items) == ids(rows[350:])


def test_a_task_of_test_examples_alone_cannot_be_chosen_on(folder: TaskFolder) -> None:
    rows = fill(folder, 30)
    write_split(folder.split_file, bring(None, [row.id for row in rows], "test"))
    assert len(evaluation_plan(folder, "test").items) == 30
    with pytest.raises(ProjectError, match=r"All 30 labelled examples .* are test examples"):
        evaluation_plan(folder, "validation")


def test_near_duplicates_of_a_brought_test_are_listed_with_their_part(folder: TaskFolder) -> None:
    rows = fill(folder, 60)
    assert near_duplicates_across(folder) == []
    twin = Example("twin", rows[0].input.upper() + "!", "l0")
    folder.add_examples([twin])
    folder.split_file.unlink(missing_ok=True)
    write_split(folder.split_file, bring(bring(None, ids(rows[:10]), "test"), ["twin"], "train"))
    (pair,) = near_duplicates_across(folder)
    assert (pair.test, pair.other) == (rows[0], twin)
    assert pair.part in ("train", "validation")


def test_what_validation_means_is_said_for_every_size(folder: TaskFolder) -> None:
    assert "no labelled example" in what_validation_means(folder)
    fill(folder, 50)
    assert what_validation_means(folder).startswith(
        "Methods are compared on 25 labelled examples, all outside the test split: each in turn"
    )
    folder.save_examples([])
    fill(folder, 400)
    assert what_validation_means(folder) == (
        "Methods are compared on the 80 validation examples, with the 120 for training to learn "
        "from."
    )


def test_a_test_alone_leaves_nothing_to_compare_on_and_says_so(folder: TaskFolder) -> None:
    rows = fill(folder, 30)
    write_split(folder.split_file, bring(None, ids(rows), "test"))
    assert "import some for training" in what_validation_means(folder)
