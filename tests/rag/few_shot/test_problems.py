from __future__ import annotations

import time

import numpy as np
import pytest

from ladder.models.fakes import HashEmbedder
from ladder.models.stand_ins import ANY, standing_in
from ladder.project.task import Example
from rag.few_shot.problems import LabelCount, Problems, problems_of

pytestmark = pytest.mark.usefixtures("home", "fake_models")


def ids(groups: object) -> list[list[str]]:
    return [[example.id for example in group] for group in groups]  # type: ignore[attr-defined]


def test_good_examples_have_no_problems() -> None:
    pool = [Example("1", "where is my card", "card"), Example("2", "I want a refund", "refund")]
    found = problems_of(pool, "classification", "fake")
    assert found.sentences == []
    assert found.labels == (LabelCount("card", 1), LabelCount("refund", 1))
    assert problems_of([], "classification", "fake").sentences == []


def test_labels_are_counted_and_the_rarest_named() -> None:
    labels = ["a"] * 5 + ["b"] * 2 + ["c"] * 2
    pool = [Example(str(i), f"text {'x' * i}", label) for i, label in enumerate(labels)]
    found = problems_of(pool, "classification")
    assert found.labels == (LabelCount("a", 5), LabelCount("b", 2), LabelCount("c", 2))
    assert [each.label for each in found.rarest] == ["b", "c"]
    rare = "The rarest of 3 labels (b, c) have 2 examples each, the most frequent 5."
    assert found.sentences[-1] == rare
    assert problems_of(pool, "generation").labels == ()


def test_labels_that_differ_in_case_or_blanks_are_found() -> None:
    answers = ("Refund", "refund", "re fund", " refund ")
    pool = [Example(str(i), f"text {'xyz' * i}", a) for i, a in enumerate(answers)]
    found = problems_of(pool, "classification")
    assert found.spellings == ((" refund ", "Refund", "refund"),)
    assert '1 label is spelled in more than one way: " refund " and "Refund"' in " ".join(
        found.sentences
    )
    assert problems_of(pool, "qa").spellings == ()


def test_repeated_texts_are_told_from_near_and_from_contradicting_ones() -> None:
    long = "the parcel that I ordered last week has still not arrived at my house in town today"
    pool = [
        Example("1", "Where is my card?", "card"),
        Example("2", "where is my card", "Card"),
        Example("3", "where is my card", "lost"),
        Example("4", long, "delivery"),
        Example("5", f"{long}s", "delivery"),
        Example("6", "where is my card", "lost", context="elsewhere"),
    ]
    found = problems_of(pool, "classification")
    assert ids(found.duplicates) == [["1", "2"]]
    assert ids(found.near_duplicates) == [["4", "5"]]
    pairs = [(c.left.id, c.right.id, c.similarity) for c in found.contradictions]
    assert pairs == [("1", "3", 1.0), ("2", "3", 1.0)] or pairs == [("1", "3", 1.0)]
    assert "examples contradict" in found.sentences[0]


def test_one_of_a_kind_is_spoken_of_as_one() -> None:
    pool = [
        Example("1", "where is my card", "card"),
        Example("2", "Where is my card?", "lost"),
        Example("3", "the app is slow", "card"),
        Example("4", "The app is slow!", "card"),
        Example("5", "", "card"),
    ]
    said = problems_of(pool, "classification").sentences
    assert said[0] == "1 of 5 examples lacks its text or its answer."
    assert said[1].startswith("1 pair of examples contradicts itself: nearly the same text")
    assert said[2] == "1 of 5 examples repeats the text and the answer of another."
    assert said[3] == "The rarest of 2 labels (lost) has 1 example, the most frequent 4."


def test_each_contradicting_example_stands_with_the_closest_that_contradicts_it() -> None:
    pool = [
        Example("1", "please refund my order number 12", "refund"),
        Example("2", "please refund my order number 13", "complaint"),
        Example("3", "open an account for me", "account"),
    ]
    found = problems_of(pool, "classification", "fake")
    (only,) = found.contradictions
    assert (only.left.id, only.right.id) == ("1", "2")
    assert 0.9 <= only.similarity < 1
    assert problems_of(pool, "classification").contradictions == ()


def test_empty_texts_and_answers_are_found_and_unanswerable_ones_are_not() -> None:
    pool = [
        Example("1", "  ", "card"),
        Example("2", "who", " "),
        Example("3", "where", "", answerable=False),
        Example("4", "when", "now"),
    ]
    found = problems_of(pool, "qa")
    assert [each.id for each in found.empty] == ["1", "2"]
    assert found.sentences[0] == "2 of 4 examples lack their text or their answer."


def test_texts_that_the_embedder_does_not_read_to_their_end_are_long() -> None:
    pool = [
        Example("1", "word " * 20, "a"),
        Example("2", "word " * 21, "a"),
        Example("3", "w" * 300, "a"),
    ]
    with standing_in(embedders={ANY: HashEmbedder(max_tokens=20)}):
        found = problems_of(pool, "classification", "fake")
    assert [each.id for each in found.long] == ["2"]
    assert found.sentences[-1].endswith("they are compared by their first 20 tokens alone.")
    without: Problems = problems_of([Example("4", "w" * 2001, "a"), *pool], "classification")
    assert [each.id for each in without.long] == ["4"]


def test_ten_thousand_examples_take_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(10_000, 64)).astype(np.float32)
    vectors[5000:5050] = vectors[:50]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    monkeypatch.setattr("ladder.models.embed_texts", lambda reference, texts: vectors)
    words = chance.integers(0, 3000, size=(10_000, 6))
    pool = [
        Example(str(i), " ".join(f"w{n}" for n in row), f"label {i % 7}")
        for i, row in enumerate(words)
    ]
    began = time.process_time()
    found = problems_of(pool, "classification", "fake")
    assert time.process_time() - began < 30  # about 3 s here; every pair by Python takes minutes
    assert len(found.contradictions) == sum(i % 7 != (5000 + i) % 7 for i in range(50)) > 0
