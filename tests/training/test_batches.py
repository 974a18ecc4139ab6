"""Rows of like length share a batch where padding would cost much; packed rows stay apart."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ladder.errors import InputError
from ladder.files import read_json_lines
from ladder.jobs import RunContext
from ladder.project import TaskFolder
from tests.training.test_methods import SETTINGS
from training.batches import batches_of, choose_batches, cost, padding_share
from training.data import plan_order
from training.jobs import run_train
from training.prepare import prepare
from training.recipe import METHODS, Recipe, changed, recipe_for

MakeRecipe = Callable[..., Recipe]
MakeRun = Callable[..., RunContext]
DRAW = random.Random(5)
UNLIKE = [DRAW.randint(10, 100) for _ in range(400)]


def test_rows_are_grouped_where_padding_would_cost_more_than_a_twentieth() -> None:
    recipe, why = choose_batches(recipe_for("lora"), UNLIKE)
    assert recipe.batches == "grouped"
    assert f"padding would be {padding_share(UNLIKE, 8):.0%} of the tokens" in why["batches"]
    recipe, why = choose_batches(recipe_for("lora"), [50, 51] * 200)
    assert recipe.batches == "random"
    assert "rows are of like length: padding is 1%" in why["batches"]
    asked = changed(recipe_for("lora"), ["batches=packed"])
    assert choose_batches(asked, UNLIKE) == (asked, {})


def test_grouping_leaves_little_padding_and_every_row_is_seen_once() -> None:
    recipe, rows = changed(recipe_for("lora"), ["batches=grouped"]), list(range(400))
    found = batches_of(rows, UNLIKE, recipe, random.Random(0))
    assert sorted(row for batch in found for row in batch) == rows
    padded = sum(cost(batch, UNLIKE, "grouped") for batch in found)
    assert padded < sum(UNLIKE) * 1.06
    assert padding_share(UNLIKE, 8) > 0.3
    assert [len(batch) for batch in found] == [8] * 50


def test_packed_rows_cost_their_own_tokens_alone() -> None:
    recipe = changed(recipe_for("lora"), ["batches=packed", "max_tokens=auto"])
    assert plan_order(UNLIKE, recipe, 1).total == sum(UNLIKE)
    assert plan_order(UNLIKE, replace(recipe, batches="random"), 1).total > 1.3 * sum(UNLIKE)


@pytest.mark.parametrize("which", sorted(METHODS.keys() - {"qlora"}))
def test_packing_is_refused_where_rows_would_share_a_prefix_or_a_head(which: str) -> None:
    if which in ("prefix-tuning", "prompt-tuning"):
        with pytest.raises(InputError, match="one prefix a sequence"):
            changed(recipe_for(which), ["batches=packed"])
    else:
        assert changed(recipe_for(which), ["batches=packed"]).batches == "packed"
        if "classify" in METHODS[which].heads:
            with pytest.raises(InputError, match="reads one row at a time"):
                changed(recipe_for(which), ["batches=packed", "head=classify"])


@pytest.mark.parametrize("which", ["lora", "adapter", "last-k"])
def test_a_packed_run_learns_the_same_as_a_padded_one(
    which: str, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    rows = route.examples()
    longer = [replace(row, input=row.input + " and more" * (i % 4)) for i, row in enumerate(rows)]
    route.save_examples(longer)
    common = ["batch_size=4", "learning_rate=0.01", "dropout=0" if which == "lora" else "seed=0"]
    losses: dict[str, list[float]] = {}
    for kind in ("random", "packed"):
        recipe = tiny(which, *common, *SETTINGS[which], f"batches={kind}")
        result: dict[str, Any] = run_train(run_of(recipe, kind))
        lines = read_json_lines(route.project.runs_folder / kind / "metrics.jsonl")
        losses[kind] = [line["loss"] for line in lines]
        plan = prepare(route, recipe)
        if kind == "packed":
            seen = [plan.data.rows[i] for i in plan.schedule.order]
            assert result["tokens"] == sum(map(len, seen))
    assert losses["packed"] == pytest.approx(losses["random"], abs=1e-3)
