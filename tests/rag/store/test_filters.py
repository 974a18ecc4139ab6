from __future__ import annotations

from typing import Any

import pytest

from ladder.errors import InputError
from ladder.models.fakes import HashEmbedder
from rag.store import FaissStore

ROWS: list[dict[str, Any]] = [
    {"doc": "a.md", "page": 1, "tags": ["x"]},
    {"doc": "b.md", "page": 2, "tags": ["x", "y"]},
    {"doc": "a.md", "page": None, "span": {"start": 0}},
    {},
]


def store() -> FaissStore:
    return FaissStore.from_texts(list("abcd"), HashEmbedder(), ROWS, ids=list("0123"))


@pytest.mark.parametrize(
    ("filter", "passing"),
    [
        ({"doc": "a.md"}, [0, 2]),
        ({"doc": ["a.md", "b.md"]}, [0, 1, 2]),
        ({"doc": ("b.md",)}, [1]),
        ({"doc": {"b.md", "c.md"}}, [1]),
        ({"doc": "a.md", "page": 1}, [0]),
        ({"page": None}, [2, 3]),
        ({"page": [1, None]}, [0, 2, 3]),
        ({"page": []}, []),
        ({"tags": [["x", "y"]]}, [1]),
        ({"tags": ["x", "y"]}, []),
        ({"span": {"start": 0}}, [2]),
        ({"other": 3}, []),
        ({}, [0, 1, 2, 3]),
        (None, [0, 1, 2, 3]),
        (lambda each: each.page_content > "b", [2, 3]),
        (lambda each: each.id == "0" or "tags" not in each.metadata, [0, 2, 3]),
    ],
)
def test_a_filter_lets_through_what_it_says(filter: Any, passing: list[int]) -> None:
    made = store()
    assert [n for n, passes in enumerate(made.mask(filter)) if passes] == passing
    found = made.similarity_search("a", 10, filter=filter)
    assert sorted(int(each.id or "") for each in found) == passing


def test_a_filter_sees_what_was_changed_since_it_was_last_used() -> None:
    made = store()
    assert list(made.mask({"doc": "b.md"})) == [False, True, False, False]
    made.upsert(["a"], [{"doc": "b.md"}], ["0"])
    made.delete(["1"])
    assert made.ids() == ["0", "2", "3"]
    assert list(made.mask({"doc": "b.md"})) == [True, False, False]


@pytest.mark.parametrize("filter", [{"$and": [{"doc": "a.md"}]}, {"page": {"$gt": 1}}])
def test_an_operator_is_refused_and_not_taken_for_a_value(filter: Any) -> None:
    with pytest.raises(InputError, match="has an operator"):
        store().similarity_search("a", filter=filter)
