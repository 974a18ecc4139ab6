"""What a question asks for is told, and whether a sentence has it."""

from __future__ import annotations

import pytest

from rag.asked import subject, wanted
from rag.facts import unnamed


@pytest.mark.parametrize(
    ("question", "has", "lacks"),
    [
        ("How many litres does the tank hold?", "It holds 2 litres.", "It takes 60 g of beans."),
        ("How many days may they wait?", "They may wait two weeks.", "They may buy two cups."),
        ("How long does delivery take?", "It takes 5 to 7 days.", "It costs 5 to 7 euros."),
        ("What does parking cost?", "Parking costs 3 euros.", "Parking takes 3 minutes."),
        ("What does parking cost?", "Parking is free.", "Parking is forbidden."),
        ("By how many percent is it cheaper?", "It is 10 % cheaper.", "It is 10 euros cheaper."),
        ("What is the telephone number?", "Call 555 0100.", "Call the team by telephone."),
        ("How old must they be?", "They must be 14 years old.", "They must be tall."),
        ("When was it built?", "It was built in May 1932.", "It was built of brick."),
        ("Who built it?", "It was built by Ada Brandt.", "It was built by the town."),
    ],
)
def test_a_sentence_has_what_is_asked_for_or_lacks_it(question: str, has: str, lacks: str) -> None:
    assert wanted(question)(has) == 1
    assert wanted(question)(lacks) == -1


def test_a_number_without_what_it_counts_is_worth_less() -> None:
    counts = wanted("How many boxes may a member leave out?")
    assert counts("Members leave out up to three boxes.") == 1
    assert counts("The counter shows ten coffees.") == 0
    assert counts("Boxes are left out.") == -1


def test_a_number_of_the_question_does_not_answer_it() -> None:
    assert wanted("What does parking cost after 3 euros?")("It costs 3 euros.") == -1


def test_a_question_that_asks_for_nothing_of_a_kind_is_indifferent() -> None:
    assert wanted("Why is the lamp red?")("The tank is empty.") == 0


def test_the_share_of_names_that_a_text_lacks() -> None:
    assert unnamed("What does the Breva S of Orlebrook cost?", "The Breva costs little.") > 0
    assert unnamed("Is the Breva loud?", "The Breva is loud.") == 0
    assert unnamed("Is it loud?", "The Breva is loud.") == 0


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("What do the documents say about plots?", "plots"),
        ("Please tell me more about giving up a plot.", "giving up a plot"),
        (" What is said about\nthe fence?\n", "the fence"),
        ("Was sagen die Unterlagen \u00fcber den Zaun?", "den Zaun"),
        ("What about the islands?", ""),
        ("How much does the fence cost?", ""),
        ("What do the documents say about?", ""),
        ("Who can tell me about bees?", ""),
    ],
)
def test_the_subject_of_a_question_for_whatever_is_said(question: str, about: str) -> None:
    assert subject(question) == about
