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
