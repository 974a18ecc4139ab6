from __future__ import annotations

from collections.abc import Mapping

import pytest

from ladder.answering import Query, RetrievalSettings
from ladder.errors import ProjectError
from ladder.models.fakes import use_fakes
from ladder.project import Project, create_project
from rag.retrieval import Passage, all_documents, find, open_retriever, questions

FOLLOW_UP = Query(
    "q",
    (
        {"role": "user", "content": "What does delivery cost?"},
        {"role": "assistant", "content": "4 euros"},
        {"role": "user", "content": "And express?"},
    ),
)


class Scripted:
    """Finds what it is told to, by question."""

    def __init__(self, found: dict[str, list[Passage]]) -> None:
        self.found = found

    def search(
        self, question: str, k: int, filters: Mapping[str, str] | None = None
    ) -> list[Passage]:
        return self.found[question][:k]


def test_the_nearest_passages_come_first_with_their_similarity(shop: Project) -> None:
    with use_fakes():
        retriever = open_retriever(shop, RetrievalSettings("index"), "e")
        found = retriever.search("The refund comes within 10 days.", 3)
        only = retriever.search("The refund comes within 10 days.", 3, {"doc": "delivery.md"})
    assert found[0].doc == "returns.md"
    assert found[0].heading == "Returns"
    assert found[0].shown == f"Returns\n{found[0].text}"
    values = [passage.similarity or 0 for passage in found]
    assert values == sorted(values, reverse=True)
    assert {passage.doc for passage in only} == {"delivery.md"}


def test_a_follow_up_is_searched_by_itself_and_after_the_question_before_it() -> None:
    assert questions(Query.of("q", "And express?")) == ["And express?"]
    alone, together = questions(FOLLOW_UP)
    assert (alone, together) == ("And express?", "What does delivery cost? And express?")
    a, b = Passage("a", 0, 1, "a", similarity=0.2), Passage("b", 0, 1, "b", similarity=0.5)
    better = Passage("a", 0, 1, "a", similarity=0.9)
    retriever = Scripted({alone: [b, a], together: [better]})
    assert find(retriever, FOLLOW_UP, 2) == [better, b]
    assert find(retriever, FOLLOW_UP, 1) == [better]


@pytest.mark.parametrize(
    ("question", "searches"),
    [("And express?", 2), ("How long does it take there?", 2), ("Who won the cup in 1998?", 1)],
)
def test_only_what_looks_like_a_follow_up_is_searched_with_the_question_before(
    question: str, searches: int
) -> None:
    turns = (*FOLLOW_UP.messages[:2], {"role": "user", "content": question})
    assert len(questions(Query("q", turns))) == searches


def test_all_documents_are_those_that_can_be_read_whole(shop: Project) -> None:
    (shop.path / "documents" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    found = all_documents(shop)
    assert [passage.doc for passage in found] == ["delivery.md", "returns.md"]
    assert all(p.start == 0 and p.end == len(p.text) and p.similarity is None for p in found)
    with pytest.raises(ProjectError, match="no documents that can be read"):
        all_documents(create_project("bare"))


@pytest.mark.parametrize(
    "question",
    [
        "\u6807\u51c6\u914d\u9001\u9700\u8981\u591a\u4e45\uff1f",  # how long does delivery take?
        "\u9001\u6599\u306f\u3044\u304f\u3089\u3067\u3059\u304b\u3002",  # what does delivery cost?
        "\u0e2a\u0e48\u0e07\u0e1f\u0e23\u0e35\u0e44\u0e2b\u0e21",  # is delivery free?
        "Wie lange dauert der Versand auf die Inseln?",
        "\u0421\u043a\u043e\u043b\u044c\u043a\u043e \u0434\u043d\u0435\u0439 "
        "\u0438\u0434\u0451\u0442 \u0437\u0430\u043a\u0430\u0437?",  # how many days?
    ],
)
def test_a_whole_question_in_another_language_is_searched_by_itself(question: str) -> None:
    turns = (*FOLLOW_UP.messages[:2], {"role": "user", "content": question})
    assert questions(Query("q", turns)) == [question]


@pytest.mark.parametrize("question", ["?!", "\U0001f69a", "...", "Und Express?"])
def test_what_holds_hardly_a_word_is_searched_after_the_question_before_it(question: str) -> None:
    turns = (*FOLLOW_UP.messages[:2], {"role": "user", "content": question})
    assert questions(Query("q", turns)) == [question, f"What does delivery cost? {question}"]
