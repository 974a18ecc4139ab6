from __future__ import annotations

from dataclasses import replace

import pytest

from ladder.answering import ExampleSettings, Query, Selection
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
    (chosen,) = selector.select_examples({"input": "refund my order"})
    assert (chosen["input"], chosen["output"]) == ("refund my orders", "refunds")
    assert chosen["reason"] == "nearest of 5 by similarity"
    assert 0.8 < chosen["score"] < 1


def test_langchain_shows_them_as_chat_turns_in_the_order_of_the_prompt() -> None:
    from langchain_core.prompts import ChatPromptTemplate, FewShotChatMessagePromptTemplate

    turns = ChatPromptTemplate.from_messages([("human", "{input}"), ("ai", "{output}")])
    template = FewShotChatMessagePromptTemplate(
        example_selector=as_langchain(ExampleSelector(POOL, ExampleSettings(2), "fake")),
        example_prompt=turns,
        input_variables=["input"],
    )
    said = [message.content for message in template.format_messages(input="has my card arrived")]
    assert said == [POOL[1].input, "card", POOL[0].input, "card"] or said == [
        POOL[0].input, "card", POOL[1].input, "card"
    ]  # fmt: skip


WAYS = ("nearest", "bm25", "mmr", "per-label", "nearest+per-label", "random")


@pytest.mark.parametrize("way", WAYS)
def test_many_queries_at_once_get_what_each_gets_alone(way: Selection) -> None:
    selector = ExampleSelector(POOL, ExampleSettings(3, selection=way), "fake")
    queries = [Query.of(text, text) for text in ("my card", "refund please", "close it", "order")]
    together = list(selector.select_many(queries))
    alone = [selector.select(query) for query in queries]
    assert [[s.example.id for s in shots] for shots in together] == [
        [s.example.id for s in shots] for shots in alone
    ]
    assert [len(shots) for shots in together] == [3] * 4


@pytest.mark.parametrize("way", WAYS)
def test_no_way_shows_the_query_itself_or_its_text(way: Selection) -> None:
    settings = ExampleSettings(4, selection=way)
    assert "a" not in chosen(settings)
    assert "c" not in chosen(settings, Query.of("c", "something else"))
    assert len(chosen(settings)) == 3


def test_bm25_compares_words_needs_no_embedder_and_says_where_none_is_shared() -> None:
    selector = ExampleSelector(POOL, ExampleSettings(3, selection="bm25"), None)
    shots = selector.select(Query.of("q", "the refunds of an account"))
    assert [shot.example.id for shot in shots][1:] == ["c", "d"] or [
        shot.example.id for shot in shots
    ][1:] == ["d", "c"]
    assert [shot.reason for shot in shots][1:] == [
        "2. nearest of 4 by words",
        "nearest of 4 by words",
    ]
    assert shots[0].reason == "has none of the words; fills up in the pool's order"
    assert (shots[0].example.id, shots[0].score, shots[0].similarity) == ("a", 0.0, None)
    assert (shots[2].score or 0) > 0


def test_each_label_is_shown_once_by_its_nearest() -> None:
    selector = ExampleSelector(POOL, ExampleSettings(8, selection="per-label"), "fake")
    shots = selector.select(Query.of("q", "has my card not arrived yet"))
    assert sorted(shot.example.id for shot in shots) == ["b", "c", "d"] or sorted(
        shot.example.id for shot in shots
    ) == ["a", "c", "d"]
    assert {shot.reason for shot in shots} == {
        "nearest of the label card",
        "nearest of the label refund",
        "nearest of the label account",
    }
    assert [shot.similarity for shot in shots] == sorted(shot.similarity or 0 for shot in shots)


def test_half_nearest_half_other_labels_and_each_says_which() -> None:
    settings = ExampleSettings(4, selection="nearest+per-label", order="nearest-first")
    pool = [*POOL, Example("e", "my card has not arrived at home", "card")]
    shots = ExampleSelector(pool, settings, "fake").select(Query.of("q", "my card not arrived"))
    reasons = {shot.example.output: [] for shot in shots}  # type: ignore[var-annotated]
    for shot in shots:
        reasons[shot.example.output].append(shot.reason)
    assert reasons == {
        "card": ["nearest of 5 by similarity", "2. nearest of 5 by similarity"],
        "refund": ["nearest of the label refund"],
        "account": ["nearest of the label account"],
    }
    more = ExampleSelector(pool, replace(settings, count=5), "fake").select(QUERY)
    assert "next nearest; no other label is left" not in {shot.reason for shot in more}
    two = [example for example in pool if example.output == "card"] + POOL[2:3]
    filled = ExampleSelector(two, settings, "fake").select(Query.of("q", "my card"))
    assert "next nearest; no other label is left" in {shot.reason for shot in filled}


def test_mmr_says_which_is_the_nearest_and_which_are_unlike_it() -> None:
    selector = ExampleSelector(POOL, ExampleSettings(3, selection="mmr"), "fake")
    reasons = [shot.reason for shot in selector.select(Query.of("q", "my card has arrived"))]
    assert reasons == [
        "like the text, unlike the others",
        "like the text, unlike the others",
        "nearest of 4 by similarity",
    ]


def test_settings_share_a_pool_that_is_worked_out_once() -> None:
    nearest = ExampleSelector(POOL, ExampleSettings(2), "fake")
    mmr = nearest.with_settings(ExampleSettings(2, selection="mmr"))
    nearest.select(QUERY)
    assert mmr.pool is nearest.pool
    assert mmr.settings.selection == "mmr"
    assert "vectors" in vars(mmr.pool.neighbours)


DISAGREE = [
    *POOL,
    Example("e", "My card has not arrived yet.", "Lost card"),
    Example("f", "refund my orders please", "complaint"),
    Example("g", "MY CARD has not arrived", " CARD "),
]


def test_an_example_that_disagrees_with_another_shown_says_so() -> None:
    settings = ExampleSettings(3, order="nearest-first")
    shots = ExampleSelector(DISAGREE, settings, "fake").select(
        Query.of("q", "card not arrived yet")
    )
    told = {shot.example.id: shot.conflict for shot in shots}
    place = [shot.example.id for shot in shots].index("e") + 1
    assert told["b"] == (
        f"Example {place} of this prompt has nearly the same text with another answer: "
        '"My card has not arrived yet." (example e) is Lost card, similarity 1.00.'
    )
    assert "(example b) is card" in told["e"]


def test_an_example_that_disagrees_with_the_pool_alone_says_so() -> None:
    query = Query.of("q", "card not arrived yet")
    (shot,) = ExampleSelector(DISAGREE, ExampleSettings(1), "fake").select(query)
    assert shot.conflict.startswith("The pool has nearly the same text with another answer: ")
    fine = ExampleSelector(DISAGREE, ExampleSettings(1), "fake").select(Query.of("q", "close it"))
    assert fine[0].conflict == ""


def test_answers_that_differ_only_in_case_do_not_disagree() -> None:
    pool = [each for each in DISAGREE if each.id in "acdg"]
    shots = ExampleSelector(pool, ExampleSettings(4), "fake").select(Query.of("q", "my card"))
    assert {shot.conflict for shot in shots} == {""}


@pytest.mark.parametrize("way", ["bm25", "random"])
def test_without_an_embedder_equal_texts_are_still_compared(way: Selection) -> None:
    settings = ExampleSettings(7, selection=way)
    shots = ExampleSelector(DISAGREE, settings, None).select(Query.of("q", "card and refund"))
    assert {shot.example.id for shot in shots if shot.conflict} == {"b", "e"}
