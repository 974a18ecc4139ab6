from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from ladder.files import read_json_lines
from ladder.project import Evidence, Example, TaskFolder, create_example
from ladder.project.documents import document_text

HELPDESK = Path(__file__).parents[1] / "examples" / "helpdesk"
DOCUMENTS = sorted((HELPDESK / "documents").iterdir())
PASSAGE = 700
"""Characters of a passage: one or two paragraphs."""


@pytest.fixture(scope="module")
def notes() -> dict[str, Any]:
    return yaml.safe_load((HELPDESK / "notes.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    # From a copy, because reading a document keeps its text beside the folder.
    scratch = tmp_path_factory.mktemp("helpdesk")
    copy = shutil.copytree(HELPDESK / "documents", scratch / "documents")
    return {path.name: document_text(path) for path in sorted(copy.iterdir())}


@pytest.fixture
def route(home: Path) -> TaskFolder:
    return create_example("tickets").task("route")


@pytest.fixture
def answer(home: Path) -> TaskFolder:
    return create_example("questions").task("answer")


def words(text: str) -> list[str]:
    return re.findall(r"\w+(?:['.,]\w+)*", text.lower())


def overlap(left: Evidence, right: Evidence) -> int:
    same = left.doc == right.doc
    return max(0, min(left.end, right.end) - max(left.start, right.start)) if same else 0


def test_there_are_twenty_documents_of_four_kinds() -> None:
    kinds = Counter(path.suffix for path in DOCUMENTS)
    assert kinds == {".md": 9, ".html": 6, ".pdf": 2, ".docx": 3}


def test_every_document_has_300_to_1200_words_with_numbers_and_a_table(
    texts: dict[str, str],
) -> None:
    for name, text in texts.items():
        assert 300 <= len(text.split()) <= 1200, name
        assert len(re.findall(r"\d+", text)) >= 15, name
        assert re.search(r"\b20\d\d\b", text), name
        assert name.endswith(".pdf") or "|" in text or "<table" in text, name


def test_the_handbook_is_longer_than_the_bundled_model_can_read_at_once(
    texts: dict[str, str],
) -> None:
    # A token never spans two words, so there are at least as many tokens as words.
    assert sum(len(text.split()) for text in texts.values()) > 8192


def test_the_tickets_are_240_over_twelve_intents_of_the_same_size(route: TaskFolder) -> None:
    assert route.task.kind == "classification"
    counts = Counter(ticket.output for ticket in route.examples())
    assert len(counts) == 12
    assert set(counts.values()) == {20}


def test_no_ticket_or_question_stands_there_twice(route: TaskFolder, answer: TaskFolder) -> None:
    for folder in (route, answer):
        inputs = {" ".join(words(example.input)) for example in folder.examples()}
        assert len(inputs) == len(folder.examples())


def test_no_two_tickets_share_six_words_in_a_row(route: TaskFolder) -> None:
    runs = {}
    for ticket in route.examples():
        spoken = re.findall(r"\w+", ticket.input.lower())
        runs[ticket.id] = {tuple(spoken[i : i + 6]) for i in range(len(spoken) - 5)}
    shared = {(a, b): runs[a] & runs[b] for a, b in combinations(runs, 2) if runs[a] & runs[b]}
    assert not shared


def test_the_tickets_differ_in_length_and_layout(route: TaskFolder) -> None:
    lengths = [len(words(ticket.input)) for ticket in route.examples()]
    assert min(lengths) <= 10
    assert max(lengths) >= 35
    starts = {tuple(words(ticket.input)[:2]) for ticket in route.examples()}
    assert len(starts) >= 200
    assert sum("\n" in ticket.input for ticket in route.examples()) >= 24


def test_about_fifteen_percent_of_the_tickets_mix_intents_or_name_the_wrong_product(
    route: TaskFolder, notes: dict[str, Any]
) -> None:
    mixed = notes["route"]["mixed"]
    assert 30 <= len(set(mixed)) == len(mixed) <= 42
    intents = {ticket.id: ticket.output for ticket in route.examples()}
    assert len({intents[id] for id in mixed}) >= 10


def test_the_most_frequent_intent_is_rare_on_the_test_split(route: TaskFolder) -> None:
    intents = {ticket.id: ticket.output for ticket in route.examples()}
    test = route.split().test
    assert len(test) >= 100
    assert max(Counter(intents[id] for id in test).values()) / len(test) < 0.15


@pytest.mark.real
def test_the_nearest_ticket_is_right_often_but_not_always(route: TaskFolder) -> None:
    from ladder.models import embed_texts

    tickets, test = route.examples(), set(route.split().test)
    known = [ticket for ticket in tickets if ticket.id not in test]
    asked = [ticket for ticket in tickets if ticket.id in test]
    vectors = embed_texts("all-minilm-l6-v2", [ticket.input for ticket in known + asked])
    nearest = (vectors[len(known) :] @ vectors[: len(known)].T).argmax(axis=1)
    right = [known[i].output == ticket.output for i, ticket in zip(nearest, asked, strict=True)]
    assert 0.55 <= sum(right) / len(right) <= 0.85


def test_there_are_sixty_questions_and_fifteen_that_the_handbook_cannot_answer(
    answer: TaskFolder,
) -> None:
    assert answer.task.kind == "qa"
    asked = answer.examples()
    assert len(asked) == 75
    assert sum(question.answerable for question in asked) == 60
    for question in asked:
        assert question.answerable == bool(question.output) == bool(question.evidence)
        assert len(words(question.output or "")) <= 15


def test_evidence_is_the_passage_that_the_notes_quote(
    answer: TaskFolder, notes: dict[str, Any], texts: dict[str, str]
) -> None:
    for question in answer.examples():
        quoted = notes["answer"]["evidence"].get(question.id, [])
        assert [span.doc for span in question.evidence] == [quote["doc"] for quote in quoted]
        for span, quote in zip(question.evidence, quoted, strict=True):
            assert words(texts[span.doc][span.start : span.end]) == words(quote["quote"])


def test_every_word_of_an_answer_stands_in_its_evidence_or_the_notes_say_how_it_follows(
    answer: TaskFolder, notes: dict[str, Any], texts: dict[str, str]
) -> None:
    reasoned = notes["answer"]["reasoned"]
    for question in answer.examples():
        spans = [texts[span.doc][span.start : span.end] for span in question.evidence]
        follows = set(words(question.output or "")) <= set(words(" ".join(spans)))
        assert follows == (question.id not in reasoned), question.id


def test_a_third_of_the_questions_need_an_exception_a_cell_or_two_documents(
    answer: TaskFolder, notes: dict[str, Any]
) -> None:
    kinds = [notes["answer"][kind] for kind in ("exception", "table", "two documents")]
    hard = {id for kind in kinds for id in kind}
    answerable = {question.id: question for question in answer.examples() if question.answerable}
    assert hard <= set(answerable)
    assert 1 / 3 <= len(hard) / len(answerable) <= 1 / 2
    both = [q.id for q in answerable.values() if len({span.doc for span in q.evidence}) == 2]
    assert sorted(both) == notes["answer"]["two documents"]


def test_every_document_answers_some_question(answer: TaskFolder, texts: dict[str, str]) -> None:
    used = {span.doc for question in answer.examples() for span in question.evidence}
    assert used == set(texts)


def test_keyword_search_finds_the_passage_first_often_but_not_always(
    answer: TaskFolder, texts: dict[str, str]
) -> None:
    asked = [question for question in answer.examples() if question.answerable]
    found = [first_passage(question, passages(texts)) for question in asked]
    hits = [
        any(overlap(passage, span) >= (span.end - span.start) / 2 for span in question.evidence)
        for question, passage in zip(asked, found, strict=True)
    ]
    assert 0.5 <= sum(hits) / len(hits) <= 0.85


def test_tasks_and_rows_are_stored_as_the_product_would_store_them() -> None:
    for name in ("route", "answer"):
        rows = read_json_lines(HELPDESK / "tasks" / name / "examples.jsonl")
        stored = [Example.from_dict(row).to_dict() for row in rows]
        assert json.loads(json.dumps(stored)) == rows
        assert not list((HELPDESK / "tasks" / name).glob("split.json"))


def passages(texts: dict[str, str]) -> dict[Evidence, str]:
    """Cut every document at its paragraphs."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=PASSAGE, chunk_overlap=0, add_start_index=True
    )
    cut = {}
    for name, text in texts.items():
        for piece in splitter.create_documents([text]):
            start = piece.metadata["start_index"]
            cut[Evidence(name, start, start + len(piece.page_content))] = piece.page_content
    return cut


def first_passage(question: Example, cut: dict[Evidence, str]) -> Evidence:
    """Return the passage that BM25 puts first."""
    import bm25s

    index = bm25s.BM25()
    quiet = {"stopwords": "en", "show_progress": False}
    index.index(bm25s.tokenize(list(cut.values()), **quiet), show_progress=False)
    query = bm25s.tokenize([question.input], **quiet)
    found, _ = index.retrieve(query, k=1, show_progress=False)
    return list(cut)[found[0][0]]
