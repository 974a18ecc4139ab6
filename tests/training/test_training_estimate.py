from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ladder.costs.basis import PriceBasis
from ladder.files import write_json
from ladder.machine import MachineRates, save_machine
from ladder.project import TaskFolder, create_example
from training.base import shape_of
from training.estimate import estimate_roughly, rate_for
from training.prepare import prepare
from training.recipe import METHODS, Recipe, changed, recipe_for

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


def test_a_calibrated_machine_gives_the_rate_of_its_models(measured_machine: MachineRates) -> None:
    lora, classifier = rate_for(recipe_for("lora")), rate_for(recipe_for("classifier"))
    assert lora.tokens_per_second.p50 == pytest.approx(200)
    assert classifier.tokens_per_second.p50 == pytest.approx(1200)
    assert "measured on this machine on 2026-11-22" in lora.source
    assert "scaled" not in lora.source


def test_a_run_here_comes_before_the_calibrated_rate(
    route: TaskFolder, measured_machine: MachineRates
) -> None:
    model = "smollm2-135m-instruct"
    write_json(
        route.project.runs_folder / "r1" / "result.json",
        {"head": "generate", "model": model, "tokens_per_second": 300},
    )
    assert rate_for(recipe_for("lora")).tokens_per_second.p50 == 300
    assert rate_for(recipe_for("classifier")).tokens_per_second.p50 == pytest.approx(1200)


def test_the_rate_of_another_model_is_scaled_by_its_parameters_and_wider(
    measured_machine: MachineRates,
) -> None:
    own = rate_for(recipe_for("lora"))
    other = rate_for(changed(recipe_for("lora"), ["model=hf:org/x-1.345B"]))
    assert other.tokens_per_second.p50 == pytest.approx(20)
    assert "scaled from smollm2-135m-instruct by the parameters" in other.source
    wide = [band.p90 / band.p10 for band in (other.tokens_per_second, own.tokens_per_second)]
    assert wide[0] > wide[1]


def test_a_noisy_measurement_widens_the_rate(measured_machine: MachineRates) -> None:
    noisy = replace(measured_machine.rates["train_generate"], p10=20.0)
    save_machine(
        replace(measured_machine, rates=measured_machine.rates | {"train_generate": noisy})
    )
    assert rate_for(recipe_for("lora")).tokens_per_second.p10 == pytest.approx(20)


def test_starting_is_as_long_as_it_was_measured(
    route: TaskFolder, measured_machine: MachineRates
) -> None:
    _, quick, _ = estimate_roughly(route, recipe_for("lora"))
    rates = measured_machine.rates
    longer = replace(rates["start_training"], p10=72.0, p50=72.0, p90=72.0)
    save_machine(replace(measured_machine, rates=rates | {"start_training": longer}))
    _, slow, _ = estimate_roughly(route, recipe_for("lora"))
    assert slow.seconds.p50 == pytest.approx(quick.seconds.p50 + 60)


def test_without_any_measurement_the_command_that_measures_is_named(home: Any) -> None:
    assert "ladder calibrate" in rate_for(recipe_for("lora")).source


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


@pytest.mark.parametrize("method", sorted(METHODS.keys() - {"qlora"}))
def test_the_trained_parameters_are_reckoned_as_they_are(
    method: str, route: TaskFolder, tiny: MakeRecipe, run_of: Callable[..., Any]
) -> None:
    from training.jobs import run_train

    recipe = tiny(method)
    result = run_train(run_of(changed(recipe, ["max_tokens=2000"])))
    expected = recipe.trained(shape_of(recipe.model).model)
    assert result["trained"] == pytest.approx(expected, rel=0.02)


def test_what_a_method_trains_decides_memory_and_time(route: TaskFolder) -> None:
    def of(method: str) -> tuple[float, float]:
        recipe = changed(recipe_for(method), ["batch_size=8", "longest=64"])
        _, estimate, _ = estimate_roughly(route, recipe)
        return estimate.memory_gb.p50, estimate.seconds.p50

    assert of("full") > of("lora") > of("last-k")
    assert of("ia3")[0] < of("lora")[0]
    assert of("prompt-tuning")[1] > of("ia3")[1]


def test_a_run_by_another_method_is_scaled_by_the_operations(route: TaskFolder) -> None:
    model = "smollm2-135m-instruct"
    result = {"head": "generate", "model": model, "tokens_per_second": 300, "trained_by": "lora"}
    write_json(route.project.runs_folder / "r1" / "result.json", result)
    rate = rate_for(recipe_for("full"))
    assert rate.tokens_per_second.p50 == pytest.approx(200)
    assert "as in run r1 here by lora, scaled by the operations" in rate.source
