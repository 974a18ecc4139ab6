from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answers import BELOW_TARGET, Answers, choices, help_text
from ladder.costs import GPUS
from ladder.errors import InputError

NAMES = [field.name for field in fields(Answers)]
share = st.floats(0, 1)
count = st.integers(0, 10**12)
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "missing": st.lists(st.sampled_from(choices("missing"))).map(tuple),
    "baseline": st.one_of(share, st.none(), st.just(BELOW_TARGET)),
    "target": st.floats(0.01, 1),
    "larger_model_score": st.one_of(share, st.none()),
    "no_llm_score": st.one_of(share, st.none()),
    "cacheable_share": share,
    "drafted_share": share,
    "gpu_hours_week": st.floats(0.1, 168),
    "peak_factor": st.floats(1, 1000),
    "fertility": st.floats(0.01, 20),
    "embedder_fertility": st.floats(0.01, 20),
    "label_minutes": st.floats(0, 1000),
    "label_hourly": st.floats(0, 1000),
    "wrong_answer_cost": st.one_of(st.none(), st.floats(0, 1e6)),
    "horizon_months": st.integers(1, 120),
    "gpus": st.one_of(
        st.just("none"),
        st.builds("{}x{}".format, st.integers(1, 9999), st.sampled_from(sorted(GPUS))),
    ),
    "latency_p95_s": st.floats(0.001, 1000),
    "base_params": st.floats(1, 1e13),
    "context_window": st.integers(1, 10**8),
}  # fmt: skip


def value_of(name: str) -> st.SearchStrategy[Any]:
    if name in SPECIAL:
        return SPECIAL[name]
    if choices(name):
        return st.sampled_from(choices(name))
    default = getattr(Answers(), name)
    if isinstance(default, bool):
        return st.booleans()
    if name.startswith("budget"):
        return st.one_of(st.none(), st.floats(0, 1e9))
    return st.one_of(st.none(), count) if default is None else count


answers = st.fixed_dictionaries({}, optional={name: value_of(name) for name in NAMES}).map(
    lambda values: Answers(**values)
)


@given(answers)
def test_answers_come_back_from_the_address(given_answers: Answers) -> None:
    assert Answers.from_query(given_answers.to_query()) == given_answers


@given(st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text()), st.text()))
def test_no_address_is_an_error(query: dict[str, str]) -> None:
    Answers.from_query(query)


def test_defaults_are_left_out_of_the_address() -> None:
    assert Answers().to_query() == {}
    assert Answers(labelled=60, baseline=None).to_query() == {"labelled": "60", "baseline": "none"}


def test_what_cannot_be_is_ignored_and_the_rest_kept() -> None:
    query = {"labelled": "-3", "target": "nan", "gpus": "3xTOASTER", "citations": "yes", "x": "1"}
    assert Answers.from_query(query) == Answers(citations=True)


def test_a_baseline_left_out_is_below_target_and_null_is_not_measured(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("labelled: 60\n")
    assert Answers.from_yaml(file).baseline == BELOW_TARGET
    file.write_text("baseline: null\n")
    assert Answers.from_yaml(file).measured is False
    assert Answers(baseline=0.9, target=0.85).prompt_is_enough
    assert not Answers().prompt_is_enough


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("")
    assert Answers.from_yaml(file) == Answers()


@pytest.mark.parametrize("text", ["- 1", "labelled: [", "just words"])
def test_a_file_without_answers_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"answers\.yaml"):
        Answers.from_yaml(file)


def test_an_unknown_key_names_the_nearest_known_one() -> None:
    with pytest.raises(InputError, match='did you mean "labelled"'):
        Answers.from_dict({"labeled": 3})


@pytest.mark.parametrize(
    "wrong",
    [
        {"baseline": 1.2},
        {"baseline": "good"},
        {"target": 0},
        {"labelled": -1},
        {"labelled": 1.5},
        {"labelled": True},
        {"tokens_in": math.nan},
        {"citations": "yes"},
        {"knowledge_change": "often"},
        {"missing": ["everything"]},
        {"missing": "facts"},
        {"gpus": "a lot"},
        {"base_params": math.inf},
    ],
)
def test_a_wrong_value_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"(?i){next(iter(wrong))}"):
        Answers.from_dict(wrong)


def test_a_number_that_yaml_takes_for_a_word_is_a_number(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("base_params: 8e9\nunlabelled_tokens: 1e9\n")
    found = Answers.from_yaml(file)
    assert (found.base_params, found.unlabelled_tokens) == (8e9, 10**9)


def test_what_is_missing_has_one_order() -> None:
    assert Answers(missing=("style", "facts", "style")).missing == ("facts", "style")


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_help_text(name: str) -> None:
    assert len(help_text(name)) > 10


def test_derived_numbers_take_their_defaults() -> None:
    known = Answers(labelled=10, facts_to_change=2)
    assert (known.labels_at_hand, known.training_tokens, known.knowledge) == (10, 3000, 100)
    assert replace(known, labelled_possible=50, labelled_tokens=7).labels_at_hand == 50
    assert replace(known, labelled_tokens=7).training_tokens == 7
