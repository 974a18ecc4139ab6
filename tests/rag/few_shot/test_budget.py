from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.answering import DecodingSettings, ExampleSettings, PromptSettings, Query, Setup
from ladder.costs.basis import PriceBasis
from ladder.costs.prices import token_price
from ladder.errors import InputError
from ladder.methods import DEFAULT_MODEL
from ladder.models.fakes import ScriptedGenerator
from ladder.models.tokens import TokenCounter
from ladder.project.task import Example, Task
from ladder.prompt import render
from rag.few_shot import budget as module
from rag.few_shot.budget import LEAST_CACHED, Prompts, budget_of, largest_count

pytestmark = pytest.mark.usefixtures("home")
TASK = Task("route", "classification", "Route the ticket.")
POOL = [Example(str(i), f"text number {i:02d}", "refund" if i % 2 else "card") for i in range(40)]
QUERY = Query.of("", "where is my card")


def prompts_of(context: int | None = 8192, task: Task = TASK, **settings: Any) -> Prompts:
    """Return prompts of a model whose tokens are bytes."""
    setup = Setup(
        "generate", task.name, settings.pop("model", DEFAULT_MODEL), "fake",
        prompt=settings.pop("prompt", PromptSettings()),
        examples=ExampleSettings(**settings),
        decoding=DecodingSettings(max_new_tokens=32),
    )  # fmt: skip
    generator = ScriptedGenerator()
    return Prompts(setup, task, ["card", "refund"], TokenCounter(context, stand_in=generator))


def test_a_prompt_that_fits_has_the_tokens_that_the_model_counts() -> None:
    prompts = prompts_of()
    budget = budget_of(prompts, QUERY, POOL[:8], POOL)
    messages = render(prompts.setup, QUERY, POOL[:8], task=TASK, labels=prompts.labels)
    assert budget.prompt_tokens == len(messages[0]["content"].encode())
    assert (budget.fits, budget.warning) == (True, "")
    budget.check()
    assert budget.answer_tokens == 5  # between "card" and "refund"


@pytest.mark.parametrize("order", ["nearest-last", "nearest-first"])
def test_one_that_does_not_fit_says_how_many_examples_do(order: str) -> None:
    long = Example("long", "x" * 200, "card")  # the least similar
    shown = [long, *POOL[:7]] if order == "nearest-last" else [*POOL[:7], long]
    alone = prompts_of()
    room = alone.tokens(QUERY, POOL[:7]) + 32
    prompts = prompts_of(room, order=order)
    budget = budget_of(prompts, QUERY, shown, POOL)
    assert (budget.fits, budget.fits_most) == (False, 7)
    assert "7 of the 8 examples fit: show 7" in budget.warning
    assert budget.note.startswith(budget.warning)
    with pytest.raises(InputError, match=f"reads {room:,} at once"):
        budget.check()
    assert budget_of(prompts, QUERY, POOL[:7], POOL).fits
    assert not budget_of(prompts_of(room - 1, order=order), QUERY, POOL[:7], POOL).fits


def test_where_no_example_fits_it_says_so_and_where_even_the_text_does_not() -> None:
    bare = prompts_of().tokens(QUERY) + 32
    none = budget_of(prompts_of(bare), QUERY, POOL[:3], POOL)
    assert none.fits_most == 0
    assert "None of the 3 examples fits: ask without any" in none.warning
    text = budget_of(prompts_of(bare - 1), QUERY, [], POOL)
    assert "does not fit without examples either: shorten the text" in text.warning


@given(st.integers(0, 12), st.integers(150, 700))
def test_what_is_said_to_fit_does_and_one_more_does_not(count: int, context: int) -> None:
    prompts = prompts_of(context, order="nearest-first")
    budget = budget_of(prompts, QUERY, POOL[:count], POOL)
    if budget.fits:
        assert prompts.tokens(QUERY, POOL[:count]) + 32 <= context
        return
    most = budget.fits_most or 0
    assert most == 0 or prompts.tokens(QUERY, POOL[:most]) + 32 <= context
    assert prompts.tokens(QUERY, POOL[: most + 1]) + 32 > context


def test_how_many_more_would_fit_is_reckoned_and_no_more_than_there_are() -> None:
    assert budget_of(prompts_of(), QUERY, POOL[:4], POOL).fits_most == 40
    each = prompts_of().example_tokens(POOL[:1])[0]
    bare = prompts_of().tokens(QUERY)
    budget = budget_of(prompts_of(bare + 32 + 11 * each), QUERY, POOL[:4], POOL)
    assert budget.fits_most in (10, 11)
    assert budget_of(prompts_of(None), QUERY, POOL[:4], POOL).fits_most is None
    assert budget_of(prompts_of(), QUERY, [], []).fits_most == 0


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(-5, 200))
def test_the_largest_count_fits_whichever_examples_are_chosen(tokens: list[int], room: int) -> None:
    count = largest_count(tokens, room)
    longest = sorted(tokens, reverse=True)
    assert count == 0 or sum(longest[:count]) <= room
    assert count == len(tokens) or sum(longest[: count + 1]) > room
    assert largest_count(tokens, None) == len(tokens)


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_the_beginning_is_shared_by_the_prompts_of_all_queries(format: Any) -> None:
    nearest = prompts_of(prompt=PromptSettings(format, show_labels=True))
    budget = budget_of(nearest, QUERY, POOL[:8], POOL)
    other = nearest.messages(Query.of("", "a quite different text"), POOL[8:16])
    assert budget.cacheable_tokens <= nearest.counter.shared(
        nearest.messages(QUERY, POOL[:8]), other
    )
    assert budget.cacheable_tokens >= len("Route the ticket.\n\nIntents: card, refund")
    drawn = prompts_of(prompt=PromptSettings(format), selection="random")
    fixed = budget_of(drawn, QUERY, POOL[:8], POOL)
    assert fixed.cacheable_tokens > sum(drawn.example_tokens(POOL[:8]))
    assert 0.8 < fixed.cacheable_share < 1


def priced(prompts: Prompts, **basis: Any) -> Prompts:
    return replace(prompts, task=replace(prompts.task, price=PriceBasis(**basis)))


def test_a_call_costs_its_tokens_and_the_cached_ones_less_once_there_are_enough() -> None:
    price = token_price("openai:gpt-5-mini")
    assert price.cached_input < price.input
    prompts = priced(prompts_of(selection="random"), token_model="openai:gpt-5-mini")
    few = budget_of(prompts, QUERY, POOL[:8], POOL)
    assert few.cost_per_call == pytest.approx(price.cost(few.prompt_tokens, 0, 5))
    assert few.cached_cost_per_call == few.cost_per_call
    assert f"cache from about {LEAST_CACHED:,} tokens on" in few.note
    many = budget_of(prompts, QUERY, POOL, POOL)
    assert many.cacheable_tokens >= LEAST_CACHED
    assert many.cached_cost_per_call == pytest.approx(
        price.cost(many.prompt_tokens, many.cacheable_tokens, 5)
    )
    assert many.a_month(1000) == (
        1000 * (many.cost_per_call or 0), 1000 * (many.cached_cost_per_call or 0)
    )  # fmt: skip
    assert "gpt-5-mini" in many.note


def test_scored_labels_cost_no_answer() -> None:
    prompts = priced(prompts_of(), token_model="openai:gpt-5-mini")
    scored = replace(prompts, setup=replace(prompts.setup, answerer="labels"))
    assert budget_of(scored, QUERY, POOL[:2], POOL).answer_tokens == 0
    written, scores = (budget_of(each, QUERY, POOL[:2], POOL) for each in (prompts, scored))
    assert (scores.cost_per_call or 0) < (written.cost_per_call or 0)


def test_hardware_by_the_hour_is_reckoned_from_the_speeds_of_the_model_at_hand() -> None:
    hourly = {"hourly": 3.6, "hourly_source": "own quote, 2026-11", "utilisation": 0.5}
    budget = budget_of(priced(prompts_of(), **hourly), QUERY, POOL[:8], POOL)
    seconds = module.speeds().prompt_token * budget.prompt_tokens
    seconds += module.speeds().answer_token * 5
    assert budget.cost_per_call == pytest.approx(seconds / 3600 * 3.6 / 0.5)
    assert (budget.cached_cost_per_call or 0) < (budget.cost_per_call or 0)
    assert "own quote, 2026-11" in budget.note
    other = priced(prompts_of(model="server:m@http://127.0.0.1:1/v1"), **hourly)
    unknown = budget_of(other, QUERY, POOL[:8], POOL)
    assert (unknown.cost_per_call, unknown.a_month(10)) == (None, None)
    assert "Measure this setting" in unknown.note


def test_without_a_price_or_with_an_unknown_model_it_says_what_to_do() -> None:
    assert "set a price" in budget_of(prompts_of(), QUERY, [], POOL).note
    gone = priced(prompts_of(), token_model="openai:gpt-5-minj")
    budget = budget_of(gone, QUERY, [], POOL)
    assert budget.cost_per_call is None
    assert "openai:gpt-5-mini" in budget.note


def test_a_servers_beginning_is_an_estimate_by_letters() -> None:
    counter = TokenCounter(None)
    one = [{"role": "system", "content": "a" * 40}, {"role": "user", "content": "b"}]
    other = [{"role": "system", "content": "a" * 40}, {"role": "user", "content": "c"}]
    assert counter.shared(one, other) == 10
    assert counter.shared(one, one) == counter.count(one)
