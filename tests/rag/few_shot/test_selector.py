from __future__ import annotations

import pytest

from ladder.answering import ExampleSettings, Query
from ladder.errors import InputError, ProjectError
from ladder.project.task import Example
from rag.few_shot import ExampleSelector, as_langchain

pytestmark = pytest.mark.usefixtures("home", "fake_models")

POOL = [
    Example("a", "my card has not arrived", "card"),
    Example("b", "my card has not arrived yet", "card"),
    Example("c", "refund my order please", "refund"),
    Example("d", "close the account", "account"),
]
QUERY = Query.of("q", "My card has not arrived!")


def chosen(settings: ExampleSettings, query: Query = QUERY) -> list[str]:
    shots = ExampleSelector(POOL, settings, "fake").select(query)
    return [shot.example.id for shot in shots]


def test_the_nearest_stands_last_by_default() -> None:
    query = Query.of("q", "has my card not arrived yet")
    assert chosen(ExampleSettings(2), query) == ["a", "b"]
    assert chosen(ExampleSettings(2, order="nearest-first"), query) == ["b", "a"]


def test_only_texts_equal_to_the_query_are_left_out() -> None:
    assert chosen(ExampleSettings(1)) == ["b"]  # "a" is equal after folding, "b" is only near


def test_an_example_never_stands_in_its_own_prompt() -> None:
    for selection in ("nearest", "random"):
        settings = ExampleSettings(4, selection=selection)  # type: ignore[arg-type]
        for example in POOL:
            assert example.id not in chosen(settings, Query.of(example.id, example.input))


def test_each_example_says_how_like_it_is_and_why_it_is_there() -> None:
    shots = ExampleSelector(POOL, ExampleSettings(3), "fake").select(Query.of("q", "my card"))
    assert [shot.similarity for shot in shots] == sorted(shot.similarity or 0 for shot in shots)
    assert [shot.reason for shot in shots] == [
        "3. nearest of 4 by similarity",
        "2. nearest of 4 by similarity",
        "nearest of 4 by similarity",
    ]
    random = ExampleSelector(POOL, ExampleSettings(1, selection="random", seed=5), None)
    shot = random.select(QUERY)[0]
    assert (shot.similarity, shot.reason) == (None, "drawn at random from 4 (seed 5)")


def test_random_examples_are_the_same_for_all_and_differ_by_seed() -> None:
    draws = [
        {
            tuple(chosen(ExampleSettings(2, selection="random", seed=s), Query.of(q, q)))
            for q in "xyz"
        }
        for s in range(8)
    ]
    assert all(len(draw) == 1 for draw in draws)
    assert len(set.union(*draws)) > 1


def test_more_examples_than_there_are_gives_all() -> None:
    assert len(chosen(ExampleSettings(50), Query.of("q", "anything"))) == 4


def test_without_examples_or_embedder_it_says_what_to_do() -> None:
    with pytest.raises(ProjectError, match="zero-shot"):
        ExampleSelector([], ExampleSettings(8), "fake")
    with pytest.raises(InputError, match="name an embedder"):
        ExampleSelector(POOL, ExampleSettings(8), None)


def test_langchain_can_choose_examples_with_it_and_add_some() -> None:
    from langchain_core.example_selectors import BaseExampleSelector
    from langchain_core.prompts import FewShotPromptTemplate, PromptTemplate

    selector = as_langchain(ExampleSelector(POOL, ExampleSettings(1), "fake"))
    assert isinstance(selector, BaseExampleSelector)
    template = FewShotPromptTemplate(
        example_selector=selector,
        example_prompt=PromptTemplate.from_template("{input} = {output}"),
        suffix="{input} =",
        input_variables=["input"],
    )
    assert template.format(input="refund my order") == (
        "refund my order please = refund\n\nrefund my order ="
    )
    selector.add_example({"input": "refund my orders", "output": "refunds"})
    assert selector.select_examples({"input": "refund my order"}) == [
        {"input": "refund my orders", "output": "refunds"}
    ]
