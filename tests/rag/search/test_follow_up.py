from __future__ import annotations

from typing import Literal

import pytest

from ladder.answering import Message, Query, RetrievalSettings, Setup
from ladder.models.fakes import ScriptedGenerator, use_fakes
from ladder.models.size import is_capable
from rag.search.follow_up import follows, questions, rewriting, rewritten, written_out

FIRST = {
    "de": "Wie lange dauert die Lieferung auf die Inseln?",
    "en": "How long does delivery to the islands take?",
    "es": "\u00bfCu\u00e1nto tarda el env\u00edo a las islas de la costa?",
    "fr": "Combien de temps prend la livraison dans les \u00eeles ?",
    "it": "Quanto tempo richiede la consegna nelle isole della costa?",
    "nl": "Hoe lang duurt de levering naar de eilanden voor de kust?",
    "pt": "Quanto tempo demora a entrega para as ilhas da costa?",
}


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "Und was kostet die schnelle Lieferung?"),
        ("de", "Was kostet der Versand der Pakete dorthin?"),
        ("en", "And what does express delivery cost?"),
        ("en", "How much does it cost for a large parcel?"),
        ("es", "\u00bfY cu\u00e1nto cuesta el env\u00edo urgente de un paquete?"),
        ("es", "\u00bfCu\u00e1nto cuesta enviar un paquete grande all\u00ed?"),
        ("fr", "Et combien co\u00fbte la livraison express ?"),
        ("fr", "Combien cela co\u00fbte pour un grand colis ?"),
        ("it", "E quanto costa la consegna espressa di un pacco?"),
        ("nl", "En wat kost de snelle levering van een pakket?"),
        ("nl", "Wat kost een groot pakket daarheen in de zomer?"),
        ("pt", "E quanto custa a entrega expressa de um pacote?"),
    ],
)
def test_a_follow_up_is_told_in_seven_languages(language: str, question: str) -> None:
    assert follows(question, [FIRST[language]])


@pytest.mark.parametrize("language", FIRST)
def test_a_whole_question_stands_by_itself(language: str) -> None:
    assert not follows(FIRST[language], list(FIRST.values())[:1])
    other = {
        "de": "Wer tr\u00e4gt die Kosten der R\u00fccksendung eines Artikels?",
        "en": "Who pays for the return of a product?",
        "es": "\u00bfQui\u00e9n paga la devoluci\u00f3n de un producto?",
        "fr": "Qui paie le retour d'un produit ?",
        "it": "Chi paga il reso di un prodotto?",
        "nl": "Wie betaalt voor het terugsturen van een product?",
        "pt": "Quem paga a devolu\u00e7\u00e3o de um produto?",
    }
    assert not follows(other[language], [FIRST[language]])


@pytest.mark.parametrize(
    ("question", "points_further_back"),
    [
        ("Which day is the plant sale, and when does it start?", False),
        ("Wo findet der Verkauf der Pflanzen statt, und wer hilft dabei?", False),
        ("How much does it cost and when is it due?", True),
        ("Who pays and when is it due in winter?", True),
        ("Can my dog and my cat come with me to it?", True),
    ],
)
def test_a_question_may_point_back_to_what_it_says_itself(
    question: str, points_further_back: bool
) -> None:
    assert follows(question, [FIRST["en"]]) is points_further_back


def _after(first: str, question: str) -> Query:
    turns: tuple[Message, ...] = (
        {"role": "user", "content": first},
        {"role": "assistant", "content": "Seven days."},
        {"role": "user", "content": question},
    )
    return Query("q", turns, "context", {"doc": "a.md"})


def test_a_german_follow_up_is_searched_with_the_question_before_it() -> None:
    asked = "Was kostet der Versand der Pakete dorthin?"
    assert questions(_after(FIRST["de"], asked)) == [asked, f"{FIRST['de']} {asked}"]


def test_a_capable_model_writes_a_follow_up_out_in_full() -> None:
    query = _after(FIRST["en"], "And express?")
    seen: list[list[Message]] = []

    def complete(messages: list[Message]) -> str:
        seen.append(messages)
        return ' "How long does express delivery to the islands take?" \n'

    again = rewritten(query, complete)
    assert again.text == "How long does express delivery to the islands take?"
    assert (again.id, again.context, again.filters) == ("q", "context", {"doc": "a.md"})
    assert questions(again) == [again.text]
    assert seen == [rewriting(query.messages)]
    assert "assistant: Seven days.\nuser: And express?" in seen[0][1]["content"]


@pytest.mark.parametrize("said", ["", "  ", "One line.\nAnother.", "x" * 301])
def test_what_is_no_question_leaves_the_query_as_it_is(said: str) -> None:
    query = _after(FIRST["en"], "And express?")
    assert rewritten(query, lambda messages: said) is query


def test_a_question_that_stands_by_itself_is_not_sent_to_a_model() -> None:
    def never(messages: list[Message]) -> str:
        raise AssertionError("the model was asked")

    whole = _after(FIRST["en"], "Who pays for the return of a product?")
    assert rewritten(whole, never) is whole
    alone = Query.of("q", "And express?")
    assert rewritten(alone, never) is alone


def test_a_server_that_does_not_tell_its_size_is_taken_to_be_capable() -> None:
    assert is_capable("server:gpt-9@http://127.0.0.1:1/v1")
    assert not is_capable("server:tiny-0.6b@http://127.0.0.1:1/v1")
    assert not is_capable("smollm2-135m-instruct")
    assert not is_capable("")


@pytest.mark.parametrize(
    ("parameters", "source", "asks"),
    [(7e9, "index", 1), (135e6, "index", 0), (None, "index", 0), (7e9, "none", 0)],
)
def test_only_a_capable_model_is_asked_and_only_where_passages_are_searched_for(
    parameters: float | None, source: Literal["index", "none"], asks: int
) -> None:
    generator = ScriptedGenerator("How long does express delivery take?")
    generator.parameters = parameters  # type: ignore[attr-defined]
    setup = Setup("generate", "t", model="m", retrieval=RetrievalSettings(source))
    query = _after(FIRST["en"], "And express?")
    with use_fakes(generators={"m": generator}):
        searched, given = written_out(query, setup, generator)
        whole, nothing = written_out(Query.of("q", FIRST["en"]), setup, generator)
    assert len(generator.asked) == asks
    assert searched.text == ("How long does express delivery take?" if asks else "And express?")
    assert (given is not None) == bool(asks)
    assert (whole.text, nothing) == (FIRST["en"], None)
