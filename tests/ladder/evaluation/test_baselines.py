from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ladder.answering import Answer, ExampleSettings, Query, Setup
from ladder.errors import InputError, ProjectError
from ladder.evaluation.baselines import build_baseline
from ladder.evaluation.logistic import folds_of
from ladder.evaluation.neighbours import Neighbours
from ladder.evaluation.runner import query_of
from ladder.evaluation.score import Scheme
from ladder.project.task import Example, Kind

pytestmark = pytest.mark.usefixtures("home", "fake_models")

POOL = [
    Example("c1", "my card has not arrived", "card"),
    Example("c2", "the card is lost in the post", "card"),
    Example("c3", "when will my new card arrive", "card"),
    Example("r1", "I want a refund for my order", "refund"),
    Example("r2", "please refund the money I paid", "refund"),
]


def setup(answerer: str, **changes: object) -> Setup:
    data = {"answerer": answerer, "task": "route", "embedder": "fake", **changes}
    return Setup(**data)  # type: ignore[arg-type]


def answers(
    given: Setup,
    queries: Sequence[Query],
    pool: Sequence[Example] = POOL,
    scheme: Scheme = "held-out",
    kind: Kind = "classification",
) -> list[Answer]:
    return list(build_baseline(given, kind, pool, scheme).answer(queries))


def labels(found: Sequence[Answer]) -> list[str | None]:
    return [answer.label for answer in found]


def test_majority_says_the_most_frequent_label() -> None:
    assert labels(answers(setup("majority", embedder=None), [Query.of("q", "hello")])) == ["card"]


def test_majority_is_fitted_without_the_fold_that_it_answers() -> None:
    rare = Example("rare", "is this the only one?", "rare")
    pool = [rare, *(Example(str(i), f"text {i}", "card") for i in range(9))]
    found = answers(setup("majority"), [query_of(e) for e in pool], pool, "5-fold")
    assert labels(found) == ["card"] * 10
    alone = answers(setup("majority"), [query_of(rare)], [rare], "5-fold")
    assert alone[0].error, "nothing is left to learn from"


def test_majority_of_even_labels_is_right_about_as_often_as_a_label_is_frequent() -> None:
    even = [Example(f"{label}{i}", f"{label} {i}", label) for label in "abcde" for i in range(20)]
    found = answers(setup("majority"), [query_of(e) for e in even], even, "5-fold")
    right = sum(label == e.output for label, e in zip(labels(found), even, strict=True))
    assert 10 <= right <= 20


@pytest.mark.parametrize("answerer", ["1-nn", "knn", "logistic"])
def test_a_new_text_gets_the_label_of_its_like(answerer: str) -> None:
    given = setup(answerer, examples=ExampleSettings(count=3))
    queries = [Query.of("q1", "has my card arrived?"), Query.of("q2", "refund my money please")]
    found = answers(given, queries)
    assert labels(found) == ["card", "refund"]
    assert [answer.text for answer in found] == ["card", "refund"]
    assert all(answer.seconds > 0 for answer in found)


@pytest.mark.parametrize("scheme", ["held-out", "leave-one-out"])
def test_a_query_never_finds_itself_or_its_own_text(scheme: Scheme) -> None:
    pool = [Example("a", "Hello, world!", "x"), Example("b", "something else", "y")]
    queries = [Query.of("a", "a text that changed"), Query.of("new", "hello world")]
    assert labels(answers(setup("1-nn"), queries, pool, scheme)) == ["y", "y"]


def test_a_near_duplicate_is_found() -> None:
    pool = [Example("a", "hello worlds", "x"), Example("b", "something else", "y")]
    assert labels(answers(setup("1-nn"), [Query.of("new", "hello world")], pool)) == ["x"]


def test_equal_votes_go_to_the_nearest() -> None:
    pool = [POOL[0], POOL[3]]
    found = answers(setup("knn", examples=ExampleSettings(count=2)), [query_of(POOL[4])], pool)
    assert labels(found) == ["refund"]


def test_a_baseline_for_questions_repeats_the_answer_or_abstains() -> None:
    pool = [
        Example("1", "how long is the warranty", "two years"),
        Example("2", "who is the boss of the shop", "", answerable=False),
    ]
    queries = [Query.of("a", "how long is a warranty?"), Query.of("b", "who is the boss?")]
    found = answers(setup("1-nn"), queries, pool, kind="qa")
    assert [(a.text, a.label, a.abstained) for a in found] == [
        ("two years", None, False),
        ("", None, True),
    ]


def test_when_nothing_is_left_to_learn_from_the_answer_says_so() -> None:
    for answerer in ("majority", "1-nn", "logistic"):
        scheme: Scheme = "leave-one-out" if answerer == "1-nn" else "5-fold"
        found = answers(setup(answerer), [query_of(POOL[0])], POOL[:1], scheme)
        assert "label more" in (found[0].error or "")
    with pytest.raises(ProjectError, match="label some"):
        build_baseline(setup("majority"), "classification", [], "held-out")


def test_a_setup_that_lacks_an_embedder_is_refused() -> None:
    with pytest.raises(InputError, match="name an embedder"):
        build_baseline(setup("knn", embedder=None), "classification", POOL, "held-out")
    with pytest.raises(InputError, match="no baseline"):
        build_baseline(setup("generate"), "classification", POOL, "held-out")


def test_cross_fitting_never_answers_from_the_query_itself() -> None:
    # Each text is unlike all others: who has learned it knows its label, nobody else does.
    texts = ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "hhhh", "iiii", "jjjj"]
    pool = [Example(t, t, f"{i % 2}") for i, t in enumerate(texts)]
    queries = [query_of(example) for example in pool]
    right = {
        scheme: sum(
            answer.label == example.output
            for answer, example in zip(
                answers(setup("logistic"), queries, pool, scheme), pool, strict=True
            )
        )
        for scheme in ("held-out", "5-fold")
    }
    assert right["held-out"] == 10
    assert right["5-fold"] < 10


def test_folds_spread_labels_and_keep_equal_texts_together() -> None:
    pool = [Example(f"{i:03}", f"text {i}", "ab"[i % 2]) for i in range(40)]
    pool.append(replace(pool[7], id="twin", input="TEXT 7!"))
    folds = folds_of(pool)
    assert folds[-1] == folds[7]
    counts = Counter((fold, e.output) for fold, e in zip(folds, pool[:-1], strict=False))
    assert set(counts.values()) == {4}
    assert folds == folds_of(pool)


def test_ten_thousand_examples_are_searched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(10_000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    def by_number(reference: str, texts: list[str]) -> object:
        return vectors[[int(text.split()[1]) for text in texts]]

    monkeypatch.setattr("ladder.models.embed_texts", by_number)
    pool = [Example(str(i), f"text {i}", "x") for i in range(10_000)]
    neighbours = Neighbours(pool, "fake")
    queries = [Query.of(f"q{i}", f"query {i}") for i in range(300)]
    found = list(neighbours.nearest(queries, 8))
    # Query i has the vector of example i, which is therefore the nearest.
    assert [near[0].example.id for near in found] == [str(i) for i in range(300)]
    assert all(len(near) == 8 for near in found)


def test_equal_neighbours_come_in_the_order_of_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    tenths = np.random.default_rng(0).integers(0, 4, size=500)
    vectors = np.asarray([[t / 4, (1 - (t / 4) ** 2) ** 0.5] for t in tenths], np.float32)
    monkeypatch.setattr(
        "ladder.models.embed_texts",
        lambda reference, texts: vectors[[int(text) for text in texts]],
    )
    pool = [Example(str(i), str(i), "x") for i in range(500)]
    neighbours = Neighbours(pool, "fake")
    for near in neighbours.nearest([Query.of("7", "7"), Query.of("8", "8")], 200):
        ranked = [(-n.similarity, int(n.example.id)) for n in near]
        assert ranked == sorted(ranked)
        assert len(near) == 200
    assert len(next(neighbours.nearest([Query.of("7", "7"), Query.of("8", "8")], 999))) == 499
