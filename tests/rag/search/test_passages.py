from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ladder.answering import RetrievalSettings
from ladder.errors import InputError, ProjectError
from ladder.methods import DEFAULT_EMBEDDER, preset
from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.project import Project, TaskFolder, create_project, document_text
from rag.search.passages import read_queries, search, search_all, settings_in_use

FEES = "What does express delivery cost?"


def test_search_gives_passages_with_their_place_and_scores(shop: Project) -> None:
    with use_fakes():
        found = search(shop, FEES, 2)
        with pytest.raises(InputError, match="is empty"):
            search(shop, "  ")
    assert len(found) == 2
    best = found[0]
    assert list(best)[:6] == ["doc", "chunk_id", "start", "end", "text", "score"]
    assert best["doc"] == "delivery.md"
    assert set(best["scores"]) == {"dense", "bm25"}
    assert best["similarity"] == best["scores"]["dense"]
    assert best["score"] >= found[1]["score"]
    text = document_text(shop.path / "documents" / "delivery.md")
    assert text[best["start"] : best["end"]] == best["text"]
    assert best["chunk_id"] != found[1]["chunk_id"]


def test_a_file_of_questions_is_embedded_in_one_call(shop: Project, tmp_path: Path) -> None:
    calls: list[int] = []

    class Counting(HashEmbedder):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            calls.append(len(texts))
            return super().embed_documents(texts)

    file = tmp_path / "queries.jsonl"
    rows = [f'{{"id": "q{n}", "question": "{FEES}"}}' for n in range(40)]
    file.write_text("\n".join([*rows, '{"id": 7, "question": "refund?"}', ""]))
    with use_fakes(embedders={DEFAULT_EMBEDDER: Counting()}):
        search(shop, FEES)
        calls.clear()
        found = list(search_all(shop, file, 3))
        one = search(shop, FEES, 3)
    assert calls == [41]
    assert [line["id"] for line in found] == [*(f"q{n}" for n in range(40)), 7]
    assert [set(line) for line in found] == [{"id", "hits"}] * 41
    keys = ("doc", "start", "end", "chunk_id")
    assert [[hit[key] for key in keys] for hit in found[0]["hits"]] == [
        [hit[key] for key in keys] for hit in one
    ]
    assert found[-1]["hits"][0]["doc"] == "returns.md"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "holds no questions"),
        ("\n\n", "holds no questions"),
        ('{"id": "1", "question": "a?"}\nnonsense', "line 2 is 'nonsense'"),
        ('{"id": "1"}', "line 1 is"),
        ('{"question": "a?"}', "line 1 is"),
        ('{"id": "1", "question": " "}', "line 1 is"),
        ('{"id": true, "question": "a?"}', "line 1 is"),
        ('{"id": null, "question": "a?"}', "line 1 is"),
        ("[1, 2]", "line 1 is"),
        ("[" * 100_000, "line 1 is"),
        (b"\xff\xfe\x00", "cannot be read as text"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_by_the_line(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=says):
        read_queries(file)


def test_a_missing_file_and_a_bare_project_say_what_to_do(home: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl cannot be opened"):
        read_queries(tmp_path / "none.jsonl")
    with use_fakes(), pytest.raises(ProjectError, match="no documents yet"):
        search(create_project("bare"), "How long?")


def test_each_retriever_ranks_by_its_own_score(shop: Project) -> None:
    with use_fakes():
        for way, own in (("dense", "dense"), ("bm25", "bm25")):
            found = search(shop, FEES, 5, RetrievalSettings("index", retriever=way))  # type: ignore[arg-type]
            assert all(each["score"] == each["scores"][own] for each in found)
            assert [e["score"] for e in found] == sorted((e["score"] for e in found), reverse=True)
        (dense,) = search(shop, FEES, 1, RetrievalSettings("index", retriever="dense"))
    assert set(dense["scores"]) == {"dense"}


def test_what_takes_its_time_is_told_once(shop: Project) -> None:
    said: list[str] = []
    with use_fakes():
        search(shop, FEES, tell=said.append)
        search(shop, FEES, tell=said.append)
    assert said == ["The documents are new or changed; they are indexed first."]


def test_a_collection_that_no_document_is_in_is_refused(shop: Project) -> None:
    def looked(name: str) -> list[str]:
        settings = RetrievalSettings("index", collections=(name,))
        return [each["doc"] for each in search(shop, FEES, 5, settings)]

    with use_fakes():
        with pytest.raises(InputError, match='"terms"; no document is in one yet'):
            looked("terms")
        shop.set_collection("returns.md", "terms")
        assert set(looked("terms")) == {"returns.md"}
        with pytest.raises(InputError, match='"Terms"; there is terms'):
            looked("Terms")


def test_search_follows_the_setup_that_chat_uses(answer: TaskFolder) -> None:
    shop = answer.project
    assert settings_in_use(shop) == (RetrievalSettings(), DEFAULT_EMBEDDER)
    setup = preset("rag", answer.task)
    own = replace(setup, retrieval=replace(setup.retrieval, retriever="bm25", chunk_tokens=32))
    answer.save_setup(own)
    assert settings_in_use(shop) == settings_in_use(shop, "answer") == (own.retrieval, own.embedder)
    answer.save_setup(preset("zero-shot", answer.task))
    assert settings_in_use(shop)[0] == RetrievalSettings(), "that one searches nothing"
    with pytest.raises(ProjectError, match="nothere"):
        settings_in_use(shop, "nothere")
