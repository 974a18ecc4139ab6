from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ladder.costs.basis import PriceBasis
from ladder.files import write_json
from ladder.project import TaskFolder, create_example
from training.base import shape_of
from training.estimate import estimate_roughly, rate_for
from training.prepare import prepare
from training.recipe import Recipe, changed, recipe_for

MakeRecipe = Callable[..., Recipe]


def test_without_a_run_the_rate_is_said_to_be_assumed(home: Any) -> None:
    rate = rate_for(recipe_for("lora"))
    assert rate.tokens_per_second.p50 == pytest.approx(90)
    assert "our assumption" in rate.source


def test_a_run_here_gives_the_rate_of_the_next(route: TaskFolder) -> None:
    folder = route.project.runs_folder / "r1"
    model = "smollm2-135m-instruct"
    write_json(
        folder / "result.json", {"head": "generate", "model": model, "tokens_per_second": 300}
    )
    rate = rate_for(recipe_for("lora"))
    assert rate.tokens_per_second.p50 == 300
    assert "as in run r1 here" in rate.source
    assert rate_for(recipe_for("classifier")).tokens_per_second.p50 != 300


def test_money_is_time_at_the_price_per_hour(route: TaskFolder) -> None:
    _, free, _ = estimate_roughly(route, recipe_for("lora"))
    assert free.money is None
    price = PriceBasis(hourly=2.0, hourly_source="a price list, 2026-11-22")
    priced = route.save_task(replace(route.task, price=price))
    _, estimate, _ = estimate_roughly(priced, recipe_for("lora"))
    assert estimate.money is not None
    assert estimate.money.p50 == pytest.approx(estimate.seconds.p50 * 2 / 3600)


def test_what_does_not_fit_is_said_plainly(route: TaskFolder) -> None:
    _, estimate, _ = estimate_roughly(route, changed(recipe_for("lora"), ["model=hf:org/x-900B"]))
    assert estimate.warnings[0].startswith("It will probably not fit: it needs about ")
    assert "by the model's name" in estimate.rate


@pytest.mark.parametrize("name", ["hf:org/Qwen3-0.6B", "hf:org/tiny-600m-chat"])
def test_a_size_is_read_from_a_name(name: str) -> None:
    assert shape_of(name).parameters == pytest.approx(6e8)


def test_the_size_of_a_folder_is_its_config(tiny_llama_folder: Any) -> None:
    from transformers import AutoModelForCausalLM

    make: Any = AutoModelForCausalLM
    count = make.from_pretrained(tiny_llama_folder).num_parameters()
    assert shape_of(f"path:{tiny_llama_folder}").parameters == pytest.approx(count, rel=0.02)


@pytest.mark.real
@pytest.mark.parametrize("method", ["lora", "classifier"])
@pytest.mark.parametrize("task", ["route", "answer"])
def test_the_rough_tokens_hold_the_exact_ones(home: Any, method: str, task: str) -> None:
    folder = create_example("helpdesk").task(task)
    if method == "classifier" and task == "answer":
        return
    recipe = recipe_for(method, "good")
    _, rough, _ = estimate_roughly(folder, recipe)
    exact = prepare(folder, recipe).estimate.tokens.p50
    assert rough.tokens.p10 <= exact <= rough.tokens.p90


def test_the_history_of_a_chat_is_counted_beside_what_is_asked(route: TaskFolder) -> None:
    recipe = changed(recipe_for("lora"), ["epochs=1", "max_tokens=auto"])
    _, alone, _ = estimate_roughly(route, recipe)
    said = ({"role": "system", "content": "Hi"},)
    route.save_examples([replace(each, messages=said) for each in route.examples()])
    _, with_history, _ = estimate_roughly(route, recipe)
    assert with_history.tokens.p50 > alone.tokens.p50
