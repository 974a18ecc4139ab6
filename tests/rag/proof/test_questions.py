from __future__ import annotations

import re

from ladder.models.fakes import use_fakes
from ladder.project import Project
from rag.proof.evaluation_set import texts_of
from rag.proof.own_words import own_words
from rag.proof.questions import made_questions, sentences_of
from rag.search.language import words_of


def test_questions_avoid_the_heading_and_stand_at_their_sentence(library: Project) -> None:
    texts = texts_of(library)
    made = made_questions(sentences_of(texts), 40)
    assert len(made) > 30
    assert {each.origin for each in made} == {"cloze", "keywords"}
    for each in made:
        place = each.sentence
        assert texts[place.doc][place.start : place.end] == place.text
        assert not set(words_of(each.question, "en")) & set(words_of(place.heading, "en"))
        assert len(each.question.split()) >= 4


def test_each_document_has_its_turn_and_no_sentence_is_asked_about_twice(library: Project) -> None:
    made = made_questions(sentences_of(texts_of(library)), 16)
    docs = [each.sentence.doc for each in made]
    assert all(docs.count(doc) == 2 for doc in docs)
    assert len({(each.sentence.doc, each.sentence.start) for each in made}) == 16


def test_the_same_documents_give_the_same_questions(library: Project) -> None:
    pool = sentences_of(texts_of(library))
    again = made_questions(list(reversed(pool)), 20)
    assert [each.question for each in made_questions(pool, 20)] == [e.question for e in again]


def test_a_cloze_asks_for_what_its_sentence_says() -> None:
    text = "A repaired lamp comes back to Northern customers within exactly 17 working days."
    (made,) = made_questions(sentences_of({"a.txt": text}), 5, kinds=("cloze",))
    assert "how many" in made.question
    assert "17" not in made.question
    (other,) = made_questions(sentences_of({"a.txt": text}), 5, kinds=("keywords",))
    assert set(other.question.split()) <= set(re.findall(r"\w+", text))


def test_words_that_are_no_names_or_numbers_are_changed() -> None:
    text = "Our couriers deliver heavy cupboards to Ipswich before Tuesday for 25 crowns always."
    pool = sentences_of({"a.txt": text})
    (made,) = made_questions(pool, 1, lambda word: "CHANGED", kinds=("cloze",))
    assert "CHANGED" in made.question
    assert not {"Ipswich", "Tuesday", "25"} & {"CHANGED"}
    kept = made_questions(pool, 1, lambda word: None, kinds=("cloze",))[0].question
    assert kept.replace("how many", "").split() != made.question.split()
    names = [w for w in kept.split() if w[0].isupper()]
    assert all(name in made.question for name in names)


def test_what_stands_twice_is_short_or_is_a_table_is_not_asked_about() -> None:
    twice = "The green boats leave the old harbour at seven every single morning."
    texts = {"a.md": f"# A\n\n{twice}\n\nToo short.", "b.md": f"# B\n\n{twice}\n\n| a | b |\n"}
    assert sentences_of(texts) == []


def test_another_word_is_a_near_one_of_the_documents_and_no_form_of_it() -> None:
    texts = {
        "a.txt": "Parcels and parcel and parceling arrive quickly in the northern district today. "
        "Quick arrivals of parcels please every northern customer of the district."
    }
    pool = sentences_of(texts)
    with use_fakes():
        other = own_words(pool, "e")
        found = {word: other(word) for word in ("parcels", "northern", "unknownword")}
    assert found["unknownword"] is None
    words = set(re.findall(r"\w+", texts["a.txt"].casefold()))
    for word, changed in found.items():
        if changed is not None:
            assert changed in words
            assert not set(words_of(word, "en")) & set(words_of(changed, "en"))
