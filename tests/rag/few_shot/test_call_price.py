from __future__ import annotations

from dataclasses import replace

import pytest

from ladder.costs import Band, PriceBasis
from ladder.costs.prices import token_price
from ladder.errors import InputError
from ladder.plan import Plan, Step, save_plan
from ladder.project import Task, TaskFolder
from rag.few_shot.budget import Budget
from rag.few_shot.call_price import call_prices, dollars, traffic

TASK = Task("route", "classification", "Route it.")


def budget(tokens: int = 400, same: int = 11, call: float | None = None) -> Budget:
    return Budget(
        prompt_tokens=tokens, most_answer_tokens=32, answer_tokens=0.0, context=8192, fits_most=99,
        cacheable_tokens=same, cost_per_call=call, cached_cost_per_call=call, warning="",
        price_note="Price: by the hour; an estimate.",
    )  # fmt: skip


def planned(folder: TaskFolder, **answers: str) -> None:
    step = Step("evaluate", Band(1, 2, 3), None)
    save_plan(folder.project, Plan("few-shot", "route", "x", (step,), answers=answers))


def test_without_answers_the_questions_a_month_are_an_assumption(route: TaskFolder) -> None:
    found = traffic(route.project)
    assert found.a_month == 30_000
    assert "our assumption" in found.source


def test_the_newest_plan_that_says_it_gives_the_questions_a_month(route: TaskFolder) -> None:
    planned(route, queries_per_day="24")
    planned(route, labelled="80")
    found = traffic(route.project)
    assert found.a_month == 730
    assert "your answers on Decide" in found.source


@pytest.mark.parametrize("told", ["-1", "many", "inf", "nan"])
def test_an_answer_that_is_no_number_of_questions_is_passed_over(
    told: str, route: TaskFolder
) -> None:
    planned(route, queries_per_day=told)
    assert traffic(route.project).a_month == 30_000


def test_without_a_price_there_is_none() -> None:
    assert call_prices(TASK, budget()) == []


def test_a_price_by_the_hour_and_that_of_the_deployed_model_stand_beside_each_other() -> None:
    task = replace(
        TASK, price=PriceBasis(hourly=0.5, hourly_source="a bill"), deploy_model="openai:gpt-4o"
    )
    here, deployed = call_prices(task, budget(call=0.001))
    assert here.where == "this machine at $0.5 an hour"
    assert here.words(1000) == "$0.001 a call, $1.00 a month: this machine at $0.5 an hour"
    assert deployed.call == pytest.approx(400 * token_price("openai:gpt-4o").input / 1e6)
    assert "openai:gpt-4o" in deployed.where


def test_a_long_common_beginning_is_cheaper_once_it_is_cached() -> None:
    task = replace(TASK, deploy_model="openai:gpt-4o")
    (short,) = call_prices(task, budget(4000, same=1000))
    (long,) = call_prices(task, budget(4000, same=3000))
    assert short.cached_call == short.call
    assert long.cached_call < long.call
    assert "with its beginning cached" in long.words(10)


def test_a_model_that_the_price_list_lacks_is_said() -> None:
    with pytest.raises(InputError, match="not in the price list"):
        call_prices(replace(TASK, deploy_model="openai:nothing-like-it"), budget())


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "$0"), (1234.5, "$1,234"), (9.0, "$9.00"), (0.0003, "$0.0003"), (0.0000123, "$0.000012")],
)
def test_small_prices_are_readable_too(amount: float, words: str) -> None:
    assert dollars(amount) == words
