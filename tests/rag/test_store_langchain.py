"""LangChain's own suite for vector stores, sync and async, and what users of stores call."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from ladder.models.fakes import HashEmbedder
from rag.store import FaissStore

TEXTS = ["my card is lost", "my card is lost!", "my card was lost", "where is the parcel", "a boat"]


class TestFaissStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self) -> VectorStore:  # type: ignore[override]
        return FaissStore(self.get_embeddings())


def store() -> FaissStore:
    rows = [{"n": n, "even": n % 2 == 0} for n in range(len(TEXTS))]
    return FaissStore.from_texts(TEXTS, HashEmbedder(), rows, ids=[f"id{n}" for n in range(5)])


def test_a_retriever_finds_by_similarity_filter_and_threshold() -> None:
    found = store().as_retriever(search_kwargs={"k": 2, "filter": {"even": False}})
    assert [each.page_content for each in found.invoke("my card is lost")] == [TEXTS[1], TEXTS[3]]
    sure = store().as_retriever(
        search_type="similarity_score_threshold",
        search_kwargs={"score_threshold": 0.6, "k": 5},
    )
    assert {each.page_content for each in sure.invoke("my card is lost")} == set(TEXTS[:3])


def test_relevance_is_the_cosine_and_never_below_zero() -> None:
    made = FaissStore(HashEmbedder(2))
    made.add_vectors(["like", "across", "against"], [[2.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    score = made._select_relevance_score_fn()
    found = made.similarity_search_with_score_by_vector([1.0, 0.0], 3)
    assert [each.page_content for each, _ in found] == ["like", "across", "against"]
    assert [score(cosine) for _, cosine in found] == [1.0, 0.0, 0.0]


def test_maximal_marginal_relevance_takes_different_texts() -> None:
    made = store()
    plain = made.max_marginal_relevance_search("my card is lost", 3, lambda_mult=1.0)
    assert {each.page_content for each in plain} == set(TEXTS[:3])
    mixed = made.max_marginal_relevance_search("my card is lost", 3, lambda_mult=0.1)
    assert mixed[0].page_content == TEXTS[0]
    assert {TEXTS[3], TEXTS[4]} <= {each.page_content for each in mixed}
    even = made.max_marginal_relevance_search("my card", 5, filter={"even": True})
    assert {each.metadata["n"] for each in even} == {0, 2, 4}
    retriever = made.as_retriever(search_type="mmr", search_kwargs={"k": 2, "fetch_k": 3})
    assert len(retriever.invoke("my card")) == 2
    assert FaissStore(HashEmbedder()).max_marginal_relevance_search("x") == []


def test_async_calls_give_what_the_plain_ones_give() -> None:
    async def asked() -> None:
        made = await FaissStore.afrom_texts(TEXTS, HashEmbedder(), ids=list("abcde"))
        query = "my card was lost"
        several = await asyncio.gather(
            *(made.asimilarity_search_with_score(query, 2) for _ in range(8))
        )
        assert all(each == made.similarity_search_with_score(query, 2) for each in several)
        assert await made.amax_marginal_relevance_search(
            query, 2
        ) == made.max_marginal_relevance_search(query, 2)
        assert await made.as_retriever().ainvoke(query) == made.similarity_search(query)
        assert await made.aadd_documents([Document("one more", id="new")]) == ["new"]
        assert await made.adelete(["a", "b"])
        assert [each.id for each in await made.aget_by_ids(["a", "new"])] == ["new"]

    asyncio.run(asked())


def test_documents_with_and_without_ids_are_added_together() -> None:
    made = FaissStore(DeterministicFakeEmbedding(size=6))
    first, second = made.add_documents([Document("x", id="mine"), Document("y")])
    assert first == "mine"
    assert second
    assert [each.page_content for each in made.get_by_ids([second, first])] == ["y", "x"]


def test_an_argument_that_would_be_passed_over_is_refused() -> None:
    with pytest.raises(TypeError, match="'filters'"):
        store().similarity_search("x", filters={"n": 1})
    with pytest.raises(TypeError, match="'score_threshold'"):
        store().max_marginal_relevance_search("x", score_threshold=0.5)
    assert len(store().similarity_search("x", 2, fetch_k=50)) == 2
