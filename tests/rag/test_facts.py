from __future__ import annotations

import pytest

from rag.facts import facts, missing, names


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It takes 2 weeks.", "It takes fourteen days."),
        ("On July 1, 2018 it joined.", "It joined on 1 July 2018."),
        ("It joined in July 2018.", "It joined on 2018-07-01."),
        ("It joined in 2018.", "It joined on 1 July 2018."),
        ("Open until 8 pm.", "Open until 20:00."),
        ("Gates open at 12:00.", "Gates open at noon."),
        ("It costs \u20ac35.", "It costs 35 euros."),
        ("That is 12 %.", "That is twelve percent."),
        ("The Breva XL takes two days.", "The Breva XL takes 2 days."),
        ("Orlebrook's shop is open.", "The shop of Orlebrook is open."),
        ("Delivery takes 5 days.", "Shipping takes 5 days."),
        ("One of them is red.", "A red one is among them."),
        ("Closed on Mondays.", "We are closed every Monday."),
    ],
)
def test_what_is_written_otherwise_counts_as_equal(claim: str, source: str) -> None:
    assert missing(claim, source) == ()


@pytest.mark.parametrize(
    ("claim", "source", "lacks"),
    [
        ("It takes 14 weeks.", "It takes 14 days.", ("14 weeks",)),
        ("It joined on 2 July 2018.", "It joined on 1 July 2018.", ("2 July 2018",)),
        ("It joined in May 2018.", "It joined on 1 July 2018.", ("May 2018",)),
        ("Open until 9 pm.", "Open until 20:00.", ("9 pm.",)),
        ("It costs 35 dollars.", "It costs 35 euros.", ("35 dollars",)),
        ("It was built by Konrad Brandt.", "It was built by Ludwig Brandt.", ("Konrad",)),
        ("Berlin is the capital.", "Munich is the capital of Bavaria.", ("Berlin",)),
        ("Closed on Mondays.", "Closed on Tuesdays.", ("Mondays",)),
    ],
)
def test_what_the_source_does_not_have_is_named(
    claim: str, source: str, lacks: tuple[str, ...]
) -> None:
    assert missing(claim, source) == lacks


def test_headings_hold_names_and_capitals_tell_nothing_where_nouns_have_them() -> None:
    claim, source = "The Corvo Duo has a pump.", "It has a pump."
    assert missing(claim, source) == ("Corvo", "Duo")
    assert missing(claim, source, beside="Machines > Corvo Duo") == ()
    assert missing("Das Paket ist da.", "Es ist da.", check_names=False) == ()


def test_the_verb_may_is_no_month() -> None:
    assert [fact.kind for fact in facts("You May go. It may rain.")] == []
    assert [fact.kind for fact in facts("We met in May.")] == ["date"]


def test_what_only_looks_like_a_date_or_a_time_is_none() -> None:
    assert all(fact.kind == "number" for fact in facts("Version 2026-19-45."))
    assert all(fact.kind == "number" for fact in facts("At 31:75."))


def test_names_are_words_with_a_capital_inside_a_sentence() -> None:
    assert names("The river Orne runs to Dalmouth in May.") == ["Orne", "Dalmouth"]
    assert names("I think it is NASA, not you.") == ["NASA"]
