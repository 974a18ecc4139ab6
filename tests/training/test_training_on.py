"""To train on from a run, with old examples replayed; and to learn several tasks at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
import yaml

from ladder.errors import InputError, ModelError
from ladder.evaluation import evaluate
from ladder.files import read_json
from ladder.jobs import RunContext
from ladder.models import load_generator
from ladder.models.runs import not_trained_on, trained_setup
from ladder.project import Example, Task, TaskFolder
from rag.answerers import build_answerer
from training.data import Drawn, plan_order
from training.jobs import run_train
from training.mixture import parts_of
from training.prepare import prepare
from training.recipe import Recipe, recipe_for, recipe_from

MakeRecipe = Callable[..., Recipe]
MakeRun = Callable[..., RunContext]


def answers_task(folder: TaskFolder) -> TaskFolder:
    """A second task of the project, answered in words."""
    other = folder.project.add_task(Task("answer", "qa", "Answer it."))
    other.add_examples(
        [Example(f"q{i:02}", f"where is {'xyzv'[i % 4] * 3} number {i}?", f"there {i}")
         for i in range(30)]
    )  # fmt: skip
    return other


def label_more(folder: TaskFolder, count: int = 12) -> None:
    """Add labelled examples to the train part; the split lets them join by itself."""
    folder.add_examples(
        [Example(f"n{i:02}", f"refund {chr(97 + i) * 5} {i * 31} now {chr(98 + i) * 4}", "refund")
         for i in range(count)]
    )  # fmt: skip


@pytest.mark.parametrize("method", ["lora", "prefix-tuning", "adapter", "last-k", "full"])
def test_a_run_is_trained_on_and_has_seen_what_both_runs_saw(
    method: str, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    first = run_of(tiny(method), "first")
    run_train(first)
    old = set(read_json(first.folder / "trained_on.json")["ids"])
    label_more(route)
    recipe = replace(tiny(method), model="run:first", replay=0.5)
    own, again = parts_of(route, recipe)
    assert {e.id for e in own.examples} == set(route.split().train) - old
    assert again.each_epoch == len(own.examples)  # half of all
    assert {e.id for e in again.examples} == old
    second = run_of(recipe, "second")
    result = run_train(second)
    assert result["model"] == "run:first"
    seen = set(read_json(second.folder / "trained_on.json")["ids"])
    assert seen == old | set(route.split().train)
    held_out = {e.id for e in not_trained_on("run:second", route, route.examples())}
    assert not held_out & seen
    one, two = load_generator("run:first", "float32"), load_generator("run:second", "float32")
    asked = [{"role": "plain", "content": "Text: refund\nLabel:"}]
    labels = ["card", "refund"]
    assert one.score_labels(asked, labels).logprobs != two.score_labels(asked, labels).logprobs  # type: ignore[attr-defined]


def test_training_on_begins_where_the_run_ended(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    from safetensors.torch import load_file

    first = run_of(tiny("lora", "rank=2"), "first")
    run_train(first)
    recipe = replace(tiny("lora"), model="run:first", learning_rate=1e-7)
    plan = prepare(route, recipe)
    assert plan.recipe.rank == 2  # type: ignore[attr-defined]
    assert "whose adapter is trained on" in plan.reasons["rank"]
    second = run_of(recipe, "second")
    run_train(second)
    file = "adapter/adapter_model.safetensors"
    left, right = load_file(first.folder / file), load_file(second.folder / file)
    assert all((left[name] - right[name]).abs().max() < 1e-5 for name in left)


def test_an_adapter_goes_on_top_of_a_run_with_a_model_of_its_own(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    for method in ("last-k", "full"):
        run_train(run_of(tiny(method), method))
        recipe = replace(tiny("lora"), model=f"run:{method}")
        run_train(run_of(recipe, f"on-{method}"))
        setup = trained_setup(f"run:on-{method}")
        assert evaluate(route, setup, build_answerer, limit=4).errors == 0
        below = yaml.safe_load(
            (route.project.runs_folder / f"on-{method}" / "setup.yaml").read_text()
        )
        assert below["model"] == f"run:{method}"


def test_what_cannot_be_trained_on_is_refused_with_the_remedy(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    run_train(run_of(tiny("ia3"), "first"))
    with pytest.raises(InputError, match=r"adapter of the method ia3, .*take --method ia3"):
        prepare(route, replace(tiny("lora"), model="run:first"))
    with pytest.raises(ModelError, match="There is no run nosuch"):
        prepare(route, replace(tiny("lora"), model="run:nosuch"))
    assert recipe_from(None, "quick", {"base": "run:first"}).name == "ia3"


def test_a_classifier_that_is_trained_on_keeps_its_labels(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    run_train(run_of(tiny("classifier"), "first"))
    label_more(route, 6)
    recipe = replace(tiny("classifier"), model="run:first")
    result = run_train(run_of(recipe, "second"))
    assert result["labels"] == 3
    route.add_examples([Example(f"s{i}", f"strange {i * 17} word{i}", "new") for i in range(8)])
    with pytest.raises(InputError, match='"new" is none of the 3'):
        prepare(route, recipe)


def test_a_mixture_shows_other_tasks_in_their_own_prompts_and_shares(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    other = answers_task(route)
    recipe = tiny("lora", "mix=answer=0.5", "epochs=2", "batch_size=2")
    plan = prepare(route, recipe)
    own = len(route.split().train)
    seen = Counter(plan.data.rows[i].task for i in plan.schedule.order)
    assert seen == {"route": 2 * own, "answer": 2 * round(0.5 * own)}
    row = next(row for row in plan.data.rows if row.task == "answer")
    assert "Answer it." in plan.tokenizer.decode(row.prompt)
    run_train(run_of(recipe))
    here = {e.id for e in not_trained_on("run:r1", other, other.examples())}
    assert here == {e.id for e in other.examples()} - set(other.split().train)


def test_a_mixture_that_cannot_be_is_refused(route: TaskFolder, tiny: MakeRecipe) -> None:
    with pytest.raises(InputError, match="the task itself"):
        prepare(route, tiny("lora", "mix=route"))
    with pytest.raises(InputError, match='mix has "answer=0"'):
        tiny("lora", "mix=answer=0")
    with pytest.raises(InputError, match="labels of one task"):
        tiny("classifier", "mix=answer")


def test_all_drawn_rows_come_before_one_comes_again() -> None:
    recipe = replace(recipe_for("lora", "good"), batch_size=1)
    order = plan_order([5] * 10, recipe, 3, [Drawn(4, 10, 2)]).order
    assert len(order) == 3 * (4 + 2)
    assert set(order) == set(range(10))
    assert Counter(order).most_common()[-6:] == [(i, 1) for i in order if i >= 4]
