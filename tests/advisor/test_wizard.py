from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from advisor.answers import Answers
from advisor.inputs import LABELS
from advisor.screens import SCREENS
from advisor.wizard import Wizard
from advisor.words import days_words, money_words
from ladder.costs import Band

MEASURED = {"baseline": None, "labelled": 80, "target": 0.9}


def test_without_an_address_the_wizard_starts_from_what_is_measured() -> None:
    wizard = Wizard.start(MEASURED, {})
    assert wizard.answers == Answers(baseline=None, labelled=80, target=0.9)
    assert wizard.asking is not None
    assert wizard.asking == SCREENS[0]
    assert wizard.is_measured("labelled")
    assert not wizard.is_measured("baseline")


@given(st.integers(0, 9), st.integers(0, 500), st.booleans())
def test_an_address_comes_back_to_the_same_place(
    answered: int, labelled: int, citations: bool
) -> None:
    wizard = Wizard(Answers(labelled=labelled, citations=citations)).with_answers(
        Answers(labelled=labelled, citations=citations)
    )
    for _ in range(answered):
        wizard = wizard.next()
    again = Wizard.start(MEASURED, wizard.to_query())
    assert (again.answers, again.answered) == (wizard.answers, wizard.answered)


def test_a_broken_address_starts_at_the_first_question() -> None:
    assert Wizard.start({}, {"answered": "-1"}).answered == 0
    assert Wizard.start({}, {"answered": "99"}).asking is None


def test_what_an_address_cannot_say_is_named() -> None:
    query = {
        "answered": "6", "labelled": "many", "target": "0.850", "citations": "yes",
        "missing": "facts," * 99, "project": "shop", "queries_per_day": "1e999",
    }  # fmt: skip
    wizard = Wizard.start({}, query)
    assert wizard.ignored == ("labelled", "missing", "queries_per_day")
    assert wizard.answers == Answers(citations=True)
    assert Wizard.start({}, {"answered": "x"}).ignored == ("answered",)
    assert wizard.back().ignored == ()


def test_next_and_back_walk_the_questions_and_the_chart_grows() -> None:
    wizard = Wizard(Answers(labelled=500, gpus="8xA100-80"))
    asked, grown = [], []
    while wizard.asking is not None:
        asked.append(wizard.asking)
        grown.append(len(wizard.steps))
        wizard = wizard.next()
    assert tuple(asked) == SCREENS
    assert grown == [0, 1, 2, 2, 3, 5]
    assert wizard.next() == wizard
    assert wizard.chart_question is None
    again = wizard.back().back()
    assert again.chart_question is not None
    assert again.chart_question.id == "Q4"


def test_another_answer_cuts_the_way_short() -> None:
    wizard = Wizard(Answers(labelled=500)).next().next().next()
    assert wizard.with_answers(Answers(baseline=0.99)).asking is None
    assert wizard.with_answers(Answers(baseline=0.99)).answered == 1
    assert Wizard().finish().asking is None


def test_what_the_project_newly_shows_is_taken_over_and_what_was_typed_stays() -> None:
    wizard = Wizard.start(MEASURED, {})
    typed = wizard.with_answers(Answers(baseline=None, labelled=80, target=0.9, citations=True))
    assert typed.refreshed(MEASURED) == typed
    fresh = typed.refreshed(MEASURED | {"baseline": 0.6})
    assert (fresh.answers.baseline, fresh.answers.citations) == (0.6, True)
    assert fresh.news == ("baseline",)
    assert fresh.next().news == ()


def test_who_was_told_to_measure_begins_anew_and_who_had_an_advice_sees_the_next() -> None:
    told = Wizard.start(MEASURED, {}).next()
    assert told.asking is None
    assert told.refreshed(MEASURED | {"baseline": 0.6}).answered == 0
    advised = told.with_answers(Answers(baseline=0.5, target=0.9)).finish()
    assert advised.refreshed(MEASURED | {"baseline": 0.6}).asking is None


def test_a_figure_that_is_not_the_baseline_leaves_everybody_where_they_are() -> None:
    told = Wizard.start(MEASURED, {}).finish()
    seen = told.refreshed(MEASURED | {"fertility": 1.4})
    assert seen.asking is None, "the measurement that was just begun is shown there"
    assert seen.answers.fertility == 1.4


def test_a_suggestion_gives_way_to_what_a_person_said() -> None:
    shown = MEASURED | {"missing": ("facts",)}
    untouched = Wizard.start(MEASURED, {}).refreshed(shown)
    assert untouched.answers.missing == ("facts",)
    assert untouched.is_measured("missing")
    said = Wizard.start(shown, {})
    said = said.with_answers(replace(said.answers, missing=("style",)))
    assert not said.is_measured("missing")
    assert said.refreshed(MEASURED).answers.missing == ("style",), "the documents were taken away"
    assert said.refreshed(shown) == said


def test_every_answer_has_a_label() -> None:
    assert set(LABELS) == set(vars(Answers()))


def test_money_is_said_with_two_digits() -> None:
    assert money_words(Band(0, 0, 0)) == "$0"
    assert money_words(Band(0, 0.2, 0.9)) == "under $1"
    assert money_words(Band(0.96, 2, 4.2)) == "$1 to $4"
    assert money_words(Band(1234, 2000, 98765)) == "$1,200 to $99,000"
    assert money_words(Band(12, 12.1, 12.2)) == "$12"
    assert days_words(Band(0.5, 1, 3)) == "0.5 to 3 days"
