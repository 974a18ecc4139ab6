"""A Setup comes back from plain data as it was, and says what is wrong with what it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.answering import (
    DecodingSettings,
    ExampleSettings,
    PromptSettings,
    Query,
    RetrievalSettings,
    Setup,
)
from ladder.errors import InputError

setups = st.builds(
    Setup,
    answerer=st.sampled_from(["majority", "1-nn", "knn", "logistic", "generate"]),
    task=st.text(min_size=1),
    model=st.none() | st.text(),
    embedder=st.none() | st.text(),
    prompt=st.builds(
        PromptSettings,
        format=st.sampled_from(["plain", "chat"]),
        system=st.text(),
        instruction=st.text(),
        show_labels=st.booleans(),
    ),
    examples=st.builds(
        ExampleSettings,
        count=st.integers(0, 1000),
        selection=st.sampled_from(["nearest", "random"]),
        order=st.sampled_from(["nearest-last", "nearest-first"]),
        seed=st.integers(),
    ),
    retrieval=st.builds(
        RetrievalSettings, source=st.sampled_from(["none", "index"]), k=st.integers(1, 20)
    ),
    decoding=st.builds(DecodingSettings, max_new_tokens=st.integers(1, 8192)),
)


@given(setup=setups)
def test_a_setup_comes_back_from_plain_data_with_the_same_hash(setup: Setup) -> None:
    again = Setup.from_dict(setup.to_dict())
    assert again == setup
    assert again.hash == setup.hash


def test_any_setting_changes_the_hash() -> None:
    setup = Setup("generate", "route", model="m")
    others = [
        replace(setup, model="n"),
        replace(setup, task="other"),
        replace(setup, prompt=PromptSettings(show_labels=True)),
        replace(setup, examples=ExampleSettings(count=8)),
        replace(setup, decoding=DecodingSettings(max_new_tokens=8)),
    ]
    assert len({s.hash for s in [setup, *others]}) == 6


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"answerer": "generate"}, "setup lacks task"),
        ({"answerer": "oracle", "task": "t"}, "setup.answerer is 'oracle'; choose one of majority"),
        ({"answerer": "knn", "task": "t", "shots": 8}, "unknown key 'shots'"),
        ({"answerer": "knn", "task": "t", "examples": {"count": True}}, "of type int"),
        ({"answerer": "knn", "task": "t", "examples": {"count": -1}}, "from 0 to 1000"),
        ({"answerer": "knn", "task": "t", "examples": 8}, "give a mapping"),
        ({"answerer": "knn", "task": 3}, "setup.task is 3"),
        ({"answerer": "knn", "task": "t", "decoding": {"max_new_tokens": 0}}, "from 1 to 8192"),
        ({"answerer": "knn", "task": "t", "retrieval": {"k": 0}}, "from 1 to 1000"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Setup.from_dict(data)


def test_what_is_asked_now_is_the_last_message() -> None:
    query = Query("1", ({"role": "user", "content": "hello"}, {"role": "user", "content": "why?"}))
    assert query.text == "why?"
    assert Query.of("2", "what?").messages == ({"role": "user", "content": "what?"},)


def test_a_whole_number_is_taken_where_a_number_is_asked_for() -> None:
    given = {"answerer": "generate", "task": "t", "retrieval": {"threshold": 0}}
    same = {"answerer": "generate", "task": "t", "retrieval": {"threshold": 0.0}}
    assert Setup.from_dict(given).hash == Setup.from_dict(same).hash
    with pytest.raises(InputError, match="threshold is True"):
        Setup.from_dict({"answerer": "generate", "task": "t", "retrieval": {"threshold": True}})
