from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ladder.costs.basis import Band, PriceBasis
from ladder.evaluation.runner import planned
from ladder.models.fakes import ScriptedGenerator, use_fakes
from ladder.project import Example, TaskFolder
from rag.few_shot.board import Price
from rag.few_shot.candidates import base_setup
from rag.few_shot.leaderboard import leaderboard
from rag.few_shot.price import Reckoner, plan_of, possible_shots


def reckoner(folder: TaskFolder) -> Reckoner:
    base = base_setup(folder)
    evaluation = planned(folder, base, "validation", None, 0)
    return Reckoner(folder, base, evaluation.items, evaluation.pool)


def test_what_was_expected_is_near_what_is_asked(skilled: Any, route: TaskFolder) -> None:
    plan = plan_of(route)
    build = skilled(route)
    board = leaderboard(route, build)
    assert board.plan == plan
    baselines = 4 * board.n
    prompts = len(build.asked) - baselines
    assert plan.asks == pytest.approx(prompts, rel=0.35)
    assert plan.settings == sum(line.group != "no-llm" for line in board.lines)


def test_a_sample_is_cheaper_and_what_is_answered_costs_nothing(
    skilled: Any, route: TaskFolder
) -> None:
    whole, some = plan_of(route), plan_of(route, limit=20)
    assert some.items == 20
    assert 0 < some.asks < whole.asks
    assert some.seconds.p50 < whole.seconds.p50
    leaderboard(route, skilled(route), limit=20)
    assert plan_of(route, limit=20).asks < some.asks / 2


def test_money_is_the_tasks_price_by_the_hour_or_a_servers_tokens(route: TaskFolder) -> None:
    assert plan_of(route).dollars is None
    hourly = replace(route.task, price=PriceBasis(hourly=3.6, hourly_source="a test"))
    plan = plan_of(replace(route, task=hourly))
    assert plan.dollars is not None
    # 3.6 $ an hour are 0.001 $ a second; starting the worker is in the seconds alone.
    assert plan.dollars.p50 < plan.seconds.p50 * 0.001 < plan.dollars.p50 * 5
    tokens = replace(route.task, price=PriceBasis(token_model="openai:gpt-5-mini"))
    assert plan_of(replace(route, task=tokens)).dollars is None, "tokens of a model here are free"
    server = plan_of(replace(route, task=tokens), model="server:m@http://127.0.0.1:9/v1")
    assert server.dollars is not None
    assert "a request" in server.source


def test_a_pace_that_was_seen_counts_more_than_assumptions(skilled: Any, route: TaskFolder) -> None:
    before = plan_of(route)
    leaderboard(route, skilled(route), limit=10)
    after = plan_of(route)
    assert "that this model gave here" in after.source
    assert after.seconds.p90 / after.seconds.p50 < before.seconds.p90 / before.seconds.p50


def test_counts_that_do_not_fit_are_left_out_with_the_reason(route: TaskFolder) -> None:
    narrow = ScriptedGenerator()
    narrow.context = 1000
    with use_fakes(generators={base_setup(route).model or "": narrow}):
        found = reckoner(route)
        assert possible_shots(found)[-1] in (4, 8, 16)
        assert "reads 1,000 at once" in found.why_not(32)
    assert possible_shots(reckoner(route)) == [0, 1, 2, 4, 8, 16, 32]


def test_a_small_pool_limits_the_counts(route: TaskFolder) -> None:
    found = reckoner(route)
    found.pool = found.pool[:9]
    assert possible_shots(found) == [0, 1, 2, 4, 8]
    assert found.why_not(16) == "There are 8 other labelled examples to show, and not 16."


def test_more_examples_and_listed_labels_cost_tokens(route: TaskFolder) -> None:
    found, base = reckoner(route), base_setup(route)
    none = replace(base, examples=replace(base.examples, count=0))
    listed = replace(none, prompt=replace(none.prompt, show_labels=True))
    assert found.tokens(none) < found.tokens(listed) < found.tokens(base)
    assert found.seconds(none) < found.seconds(base)


def test_the_price_is_said_in_words() -> None:
    price = Price(16, 80, 1234, Band(60, 120, 360), Band(0.1, 0.2, 0.4), "a test")
    assert price.sentence == (
        "At most 16 settings on 80 examples, about 1,234 prompts: about 2 min (60 s to 6 min), "
        "$0.2 ($0.1 to $0.4). An estimate, by a test."
    )
    assert "answered before" in replace(price, asks=0).sentence


def test_contexts_of_examples_count_in_the_prompt(route: TaskFolder) -> None:
    before = reckoner(route).example
    rows = [replace(each, context="a passage of some length " * 5) for each in route.examples()]
    route.save_examples(rows)
    assert isinstance(rows[0], Example)
    assert reckoner(route).example > before + 100
