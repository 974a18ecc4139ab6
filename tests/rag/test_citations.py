from __future__ import annotations

import pytest

from ladder.models.fakes import use_fakes
from rag.citations import THRESHOLD, citations_of, supports
from rag.retrieval import Passage

DOCUMENT = (
    "We ship daily. Standard delivery takes 5 to 7 days. The fee is 4.50 euros for every parcel.\n"
)
SHIPPING = Passage("a.md", 15, len(DOCUMENT), DOCUMENT[15:], "Delivery", similarity=0.8)
OTHER = Passage("b.md", 0, 36, "Cats sleep for fifteen hours a day.", "Cats", similarity=0.4)


@pytest.fixture(autouse=True)
def _fakes() -> object:
    with use_fakes():
        yield


def found(answer: str, question: str = "How long does standard delivery take?") -> list[str | None]:
    return [
        s.citation.quote if s.citation else None
        for s in supports(answer, question, [OTHER, SHIPPING], "e")
    ]


def test_the_sentence_behind_an_answer_is_found_with_its_exact_place() -> None:
    (support,) = supports("5 to 7 days", "How long is standard delivery?", [OTHER, SHIPPING], "e")
    assert support.citation is not None
    cited = support.citation
    assert cited.quote == "Standard delivery takes 5 to 7 days."
    assert (cited.doc, DOCUMENT[cited.start : cited.end]) == ("a.md", cited.quote)
    assert support.value >= THRESHOLD
    assert (support.start, support.end) == (0, len("5 to 7 days"))


def test_each_sentence_of_an_answer_is_looked_up_by_itself() -> None:
    answer = "Standard delivery takes 5 to 7 days. The fee is 4.50 euros for a parcel."
    assert found(answer) == [
        "Standard delivery takes 5 to 7 days.",
        "The fee is 4.50 euros for every parcel.",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "Standard delivery takes 5 to 9 days.",  # a number that is not there
        "The moon is made of cheese.",
        "Standard delivery takes three days.",  # nor is it when it is spelled out
        "Yes.",
    ],
)
def test_what_nothing_supports_has_no_citation(answer: str) -> None:
    assert found(answer) == [None]


def test_numbers_count_as_equal_however_they_are_written() -> None:
    assert found("The fee for a parcel is 4.5 euros.") == [
        "The fee is 4.50 euros for every parcel."
    ]
    text = "It has room for 1,200 bottles and seven boxes."
    (support,) = supports(
        "Room for 1200 bottles and 7 boxes.", "How much?", [Passage("c", 0, len(text), text)], "e"
    )
    assert support.citation is not None


def test_without_passages_or_answer_there_is_nothing() -> None:
    assert [s.citation for s in supports("Five days.", "q", [], "e")] == [None]
    assert supports("", "q", [SHIPPING], "e") == []


def test_a_sentence_cited_twice_is_one_citation() -> None:
    both = supports(
        "Standard delivery takes 5 to 7 days. Yes, standard delivery takes 5 to 7 days.",
        "How long?", [SHIPPING], "e",
    )  # fmt: skip
    assert len(both) == 2
    assert len(citations_of(both)) == 1


TABLE = """| Destination | Standard | Express |
|---|---|---|
| Mainland | 2 to 3 days | 1 day |
| Islands | 5 to 7 days | 3 days |
| Neighbouring countries | 4 to 6 days | 2 days |
"""
ROWS = [Passage("t.md", 40, 40 + len(TABLE), TABLE, "Delivery", similarity=0.8)]


def row_of(answer: str, question: str) -> str | None:
    """Return the first cell of the row that is cited."""
    (support,) = supports(answer, question, ROWS, "e")
    if support.citation is None:
        return None
    place = slice(support.citation.start - 40, support.citation.end - 40)
    assert TABLE[place] == support.citation.quote
    return support.citation.quote.strip("| ").partition(" |")[0]


@pytest.mark.parametrize("answer", ["2 days", "2 to 3 days", "4 to 6 days"])
def test_a_row_about_something_else_than_was_asked_is_not_cited(answer: str) -> None:
    question = "How long does standard delivery to the islands take?"
    assert row_of(answer, question) is None
    assert row_of("5 to 7 days", question) == "Islands"
    assert row_of("It takes 5 days.", question) == "Islands"


def test_a_row_that_nobody_named_needs_both_ends_of_a_range() -> None:
    question = "How long does standard delivery take?"
    assert row_of("2 to 3 days standard", question) == "Mainland"
    assert row_of("7 days standard", question) is None
    assert row_of("1 day express", question) == "Mainland"
    assert row_of("It takes 2 to 3 days on the mainland.", question) == "Mainland"


def test_a_number_names_no_row() -> None:
    table = "| Pieces | Discount |\n|---|---|\n| 3 to 5 | 4 percent |\n| 6 to 11 | 5 percent |\n"
    passage = Passage("t.md", 0, len(table), table)
    (support,) = supports("5 percent", "What is the discount on eight pieces?", [passage], "e")
    assert support.citation is not None
    assert support.citation.quote == "| 6 to 11 | 5 percent |"


def test_over_a_table_that_tells_no_language_the_answer_tells_it() -> None:
    table = "Kunde;Stadt;Umsatz\nJäger AG;Ulm;99.001\nSchäfer GmbH;Bonn;12.400"
    passage = Passage("kunden.csv", 0, len(table), table)
    answer = "Die Schäfer GmbH aus Bonn hatte 12.400 Umsatz, und die Jäger AG hatte 98.000."
    (support,) = supports(answer, "Welchen Umsatz hatten sie?", [passage], "e")
    assert support.missing == ("98.000",)
