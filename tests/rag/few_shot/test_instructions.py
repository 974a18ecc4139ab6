from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import InputError
from ladder.evaluation.score import Score
from ladder.methods import preset
from ladder.project import Task, TaskFolder, create_project
from rag.few_shot.instructions import (
    Version,
    instruction_of,
    instructions_file,
    keep_instruction,
    versions,
    word_changes,
    worth,
)

WORDS = st.lists(st.sampled_from(["route", "the", "ticket", "team,", "to."]), max_size=12)


@pytest.fixture
def route(home: Path) -> TaskFolder:
    return create_project("shop").add_task(Task("route", "classification", "Route it."))


def test_the_tasks_own_instruction_is_the_first_version_before_anything_is_kept(
    route: TaskFolder,
) -> None:
    assert versions(route) == [Version(1, "Route it.", "")]
    assert not instructions_file(route).exists()


def test_a_wording_is_kept_after_the_tasks_own(route: TaskFolder) -> None:
    kept = keep_instruction(route, " Which team? ")
    assert (kept.number, kept.text) == (2, "Which team?")
    assert kept.created
    assert [v.text for v in versions(route)] == ["Route it.", "Which team?"]
    assert versions(route)[1] == kept


def test_equal_wordings_are_kept_once(route: TaskFolder) -> None:
    first = keep_instruction(route, "Which team?")
    assert keep_instruction(route, "Which team?\n") == first
    assert keep_instruction(route, "Route it.").number == 1
    assert len(instructions_file(route).read_text(encoding="utf-8").splitlines()) == 2


def test_numbers_stay_when_the_task_is_given_another_instruction(route: TaskFolder) -> None:
    kept = keep_instruction(route, "Which team?")
    changed = route.save_task(replace(route.task, instruction="Name the team."))
    assert versions(changed) == [
        *versions(route)[:1],
        kept,
        Version(3, "Name the team.", ""),
    ]


def test_a_line_that_a_crash_cut_short_loses_nothing_else(route: TaskFolder) -> None:
    keep_instruction(route, "Which team?")
    with instructions_file(route).open("ab") as file:
        file.write(b'{"text": "Hal')
    assert keep_instruction(route, "Name the team.").number == 3
    assert [v.text for v in versions(route)] == ["Route it.", "Which team?", "Name the team."]


@pytest.mark.parametrize("text", ["  ", "x" * 4_001])
def test_what_is_no_instruction_is_refused_in_a_sentence(text: str, route: TaskFolder) -> None:
    with pytest.raises(InputError, match="The instruction"):
        keep_instruction(route, text)


def test_changes_name_the_words_that_came_and_went() -> None:
    pieces = word_changes("Route the ticket to a team.", "Route the  message to a team, please.")
    assert [(p.change, p.text) for p in pieces] == [
        ("same", "Route the "),
        ("removed", "ticket"),
        ("added", "message"),
        ("same", " to a team"),
        ("added", ", please"),
        ("same", "."),
    ]
    assert word_changes("it's", "it's")[0].change == "same"


@given(WORDS, WORDS)
def test_both_wordings_can_be_read_from_their_changes(old: list[str], new: list[str]) -> None:
    pieces = word_changes(" ".join(old), " ".join(new))
    before = [p.text for p in pieces if p.change != "added"]
    after = [p.text for p in pieces if p.change != "removed"]
    assert "".join(before) == " ".join(old)
    assert "".join(after) == " ".join(new)


def score(folder: TaskFolder, instruction: str, value: float, limit: int | None = None) -> Score:
    setup = preset("few-shot", folder.task)
    setup = replace(setup, prompt=replace(setup.prompt, instruction=instruction))
    return Score.from_json(
        {
            "method": "few-shot", "setup_hash": setup.hash, "split": "validation",
            "metric": "accuracy", "score": value, "ci_low": 0.0, "ci_high": 1.0, "n": 40,
            "limit": limit, "setup": setup.to_dict(),
        }
    )  # fmt: skip


def test_a_wording_is_worth_its_best_score_on_the_whole_split(route: TaskFolder) -> None:
    low, high = score(route, "", 0.5), score(route, "", 0.6)
    sample = score(route, "", 0.9, limit=10)
    other = score(route, "Which team?", 0.7, limit=10)
    found = worth(route, [low, high, sample, other])
    assert found == {"Route it.": high, "Which team?": other}


def test_what_asks_no_model_says_nothing_about_an_instruction(route: TaskFolder) -> None:
    setup = preset("knn", route.task)
    nearest = replace(score(route, "", 0.9), method="knn", setup=setup.to_dict())
    assert worth(route, [nearest]) == {}


def test_a_setup_without_its_own_instruction_has_the_tasks(route: TaskFolder) -> None:
    setup = preset("few-shot", route.task)
    assert instruction_of(setup, route) == "Route it."
    own = replace(setup, prompt=replace(setup.prompt, instruction="Which team?"))
    assert instruction_of(own, route) == "Which team?"
