from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.evaluation import query_of
from ladder.jobs import jobs
from ladder.models import load_generator
from ladder.models.runs import input_hash, not_trained_on
from ladder.project import Example, Task, TaskFolder, create_project
from rag.answerers import GenerateAnswerer
from training.data import make_rows, plan_order, setup_of
from training.jobs import start
from training.mixture import parts_of
from training.prepare import prepare
from training.recipe import Recipe, changed, recipe_for

MakeRecipe = Callable[..., Recipe]


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_the_tokens_before_the_answer_are_those_of_evaluation(
    route: TaskFolder, tiny: MakeRecipe, format: str
) -> None:
    plan = prepare(route, tiny("lora", f"format={format}", "show_labels=true"))
    generator = load_generator(plan.recipe.model, "float32")
    asks = GenerateAnswerer(plan.setup, route.task, route.labels(), generator)
    examples = {example.id: example for example in route.examples()}
    assert len(plan.data.rows) == len(route.split().train)
    for row in plan.data.rows:
        asked = generator.encode(asks.prompt(query_of(examples[row.id])).messages)
        assert list(row.prompt) == asked
        answer = generator.tokenizer.decode(row.completion)
        end = generator.tokenizer.eos_token
        assert answer.strip().removesuffix(end).strip() == examples[row.id].output
        assert end in answer


def test_the_loss_counts_on_the_answer_alone(route: TaskFolder, tiny: MakeRecipe) -> None:
    from training.generate import IGNORED, training_rows

    plan = prepare(route, tiny())
    columns = training_rows(plan)
    for index, ids, labels in zip(
        plan.schedule.order, columns["input_ids"], columns["labels"], strict=True
    ):
        row = plan.data.rows[index]
        assert labels[: len(row.prompt)] == [IGNORED] * len(row.prompt)
        assert labels[len(row.prompt) :] == ids[len(row.prompt) :] == list(row.completion)


def test_an_unanswerable_question_teaches_to_say_nothing(
    route: TaskFolder, tiny_tokenizer: Any
) -> None:
    from training.data import completion_ids

    setup = setup_of(recipe_for("lora"), route.task)
    example = Example("u", "Who?", "", answerable=False)
    assert completion_ids(setup, [], [], example, tiny_tokenizer) == (tiny_tokenizer.eos_token_id,)


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=120),
    size=st.integers(1, 16),
    epochs=st.integers(1, 4),
    budget=st.one_of(st.none(), st.integers(5_000, 40_000)),
)
def test_the_order_holds_every_example_as_often_and_keeps_to_its_budget(
    lengths: list[int], size: int, epochs: int, budget: int | None
) -> None:
    recipe = changed(
        recipe_for("lora", "good"), [f"batch_size={size}", f"max_tokens={budget or 'auto'}"]
    )
    schedule = plan_order(lengths, recipe, epochs)
    costs = []
    for first in range(0, len(schedule.order), size):
        batch = schedule.order[first : first + size]
        costs.append(len(batch) * max(lengths[i] for i in batch))
    assert sum(costs) == schedule.total
    assert len(costs) == schedule.steps
    if budget is None:
        assert sorted(schedule.order) == sorted(list(range(len(lengths))) * epochs)
    else:
        assert schedule.total <= budget


def test_rows_of_like_length_go_together_so_little_is_padding() -> None:
    lengths = [10 + 90 * (i % 2) for i in range(400)]
    schedule = plan_order(lengths, recipe_for("lora", "good"), 1)
    assert schedule.total <= 1.1 * sum(lengths)


def test_a_budget_below_one_batch_is_refused() -> None:
    with pytest.raises(InputError, match="One batch of 8 examples has more than 100 tokens"):
        plan_order([50] * 20, changed(recipe_for("lora"), ["max_tokens=100"]), 1)


def folder_of(home: Path, examples: list[Example], kind: Any = "classification") -> TaskFolder:
    folder = create_project("odd").add_task(Task("route", kind))
    folder.add_examples(examples)
    return folder


@pytest.mark.parametrize(
    ("examples", "method", "words"),
    [
        ([Example("a", "one"), Example("b", "two")], "lora", "None of the 2 examples"),
        ([Example(str(i), f"t {i}", "x") for i in range(9)], "classifier", "have the label"),
        (
            [Example(str(i), f"t {i}", "", answerable=False) for i in range(9)], "lora",
            "have an empty output",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_from_is_refused_before_launch(
    home: Path, examples: list[Example], method: str, words: str
) -> None:
    folder = folder_of(home, examples)
    with pytest.raises(InputError, match=words):
        start(folder, recipe_for(method))
    assert jobs() == []


def test_a_classifier_of_questions_is_refused(home: Path) -> None:
    folder = folder_of(home, [Example(str(i), f"t {i}", f"y {i}") for i in range(9)], "qa")
    with pytest.raises(InputError, match="use --method lora"):
        start(folder, recipe_for("classifier"))


def test_what_is_too_long_is_left_out_and_counted(
    route: TaskFolder, tiny: MakeRecipe, tiny_tokenizer: Any
) -> None:
    train = route.split().train
    with route.editing() as rows:
        place = next(i for i, row in enumerate(rows) if row.id == train[0])
        rows[place] = replace(rows[place], context="z" * 2000)
    recipe = tiny("lora", "longest=200")
    found = make_rows(parts_of(route, recipe), recipe, tiny_tokenizer, 1024)
    assert found.too_long == (train[0],)
    assert len(found.rows) == len(train) - 1
    short = tiny("lora", "longest=16")
    with pytest.raises(InputError, match="longer than 16 tokens"):
        make_rows(parts_of(route, short), short, tiny_tokenizer, 1024)


def test_a_run_of_another_project_is_judged_by_texts(route: TaskFolder, home: Path) -> None:
    from ladder.files import write_json

    run = route.project.runs_folder / "r9"
    seen = route.examples()[0]
    write_json(
        run / "trained_on.json", {"task": "route", "ids": ["t001"], "inputs": [input_hash(seen)]}
    )
    copy = replace(seen, id="other", input=f"  {seen.input.upper()}!")
    other = folder_of(home, [copy, Example("t001", "new text", "card")])
    assert [e.id for e in not_trained_on("run:r9", other, other.examples())] == ["t001"]
    same = route.examples()[:3]
    assert [e.id for e in not_trained_on("run:r9", route, same)] == ["t000", "t002"]


def test_a_classifier_reads_the_beginning_of_what_is_too_long(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    train = route.split().train
    with route.editing() as rows:
        place = next(i for i, row in enumerate(rows) if row.id == train[0])
        rows[place] = replace(rows[place], context="z" * 2000)
    cut = prepare(route, tiny("classifier", "longest=200"))
    assert cut.data.too_long == (train[0],)
    assert max(len(row) for row in cut.data.rows) == 200
