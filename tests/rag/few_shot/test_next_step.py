from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ladder.answering import Setup
from ladder.methods import preset
from ladder.plan import Plan
from ladder.project import TaskFolder
from rag.few_shot.board import Board
from rag.few_shot.next_step import Here, aside, best_name, find_spec, find_words, next_step

BoardOf = Callable[..., Board]


def here(folder: TaskFolder, **changed: Any) -> Here:
    """Return the page as it stands with enough examples and nothing measured."""
    setup = preset("few-shot", folder.task)
    at_first = Here(
        folder, setup, setup, None, None, None,
        stale=False, findable=True, busy=False, making=True,
    )  # fmt: skip
    return replace(at_first, **changed)


def other(setup: Setup) -> Setup:
    return replace(setup, examples=replace(setup.examples, count=3))


def test_before_anything_is_measured_the_best_prompt_is_looked_for(route: TaskFolder) -> None:
    assert next_step(here(route)) == "find"


def test_with_too_few_examples_the_setting_is_used_as_it_is(route: TaskFolder) -> None:
    assert next_step(here(route, findable=False)) == "use"


def test_while_it_is_being_looked_for_one_waits(route: TaskFolder, board_of: BoardOf) -> None:
    assert next_step(here(route, busy=True, board=board_of(route))) == "wait"


def test_a_plan_comes_first(route: TaskFolder) -> None:
    plan = Plan("few-shot", "route", "x", ())
    assert next_step(here(route, plan=plan)) == "use"
    used = here(route, plan=plan)
    assert next_step(replace(used, in_use=used.setup)) == "measure"


def test_what_was_found_best_is_used(route: TaskFolder, board_of: BoardOf) -> None:
    found = here(route, board=board_of(route))
    assert next_step(found) == "use-best"
    assert found.best == found.setup
    assert best_name(board_of(route)) == "8 nearest, most similar last, 0.86"


def test_a_person_who_changed_a_setting_is_offered_their_own(
    route: TaskFolder, board_of: BoardOf
) -> None:
    at_first = here(route, board=board_of(route))
    changed = replace(at_first, setup=other(at_first.setup))
    assert next_step(changed) == "use"
    assert next_step(replace(changed, making=False)) == "use-best"


def test_once_the_best_is_in_use_it_can_be_measured(route: TaskFolder, board_of: BoardOf) -> None:
    found = here(route, board=board_of(route))
    assert next_step(replace(found, in_use=found.setup)) == "measure"


def test_where_no_setting_is_made_what_is_best_and_in_use_is_compared(
    route: TaskFolder, board_of: BoardOf
) -> None:
    looked_at = here(route, board=board_of(route, "no-llm"), making=False)
    assert next_step(looked_at) == "use-best"
    assert next_step(replace(looked_at, in_use=looked_at.best)) == "compare"


def test_a_board_of_other_examples_is_made_again(route: TaskFolder, board_of: BoardOf) -> None:
    old = here(route, board=board_of(route), stale=True)
    assert next_step(old) == "find"
    assert old.best is None


def test_where_no_llm_is_needed_that_is_used(route: TaskFolder, board_of: BoardOf) -> None:
    found = here(route, board=board_of(route, "no-llm"))
    assert found.best is not None
    assert found.best.answerer == "logistic"
    assert next_step(found) == "use-best"


def test_a_board_of_another_version_recommends_nothing(
    route: TaskFolder, board_of: BoardOf
) -> None:
    board = board_of(route)
    lines = tuple(replace(each, settings={"unknown": 1}) for each in board.lines)
    assert next_step(here(route, board=replace(board, lines=lines))) == "use"


def test_the_button_says_how_long_and_on_what_that_rests(
    route: TaskFolder, board_of: BoardOf
) -> None:
    label, source = find_words(here(route))
    assert label.startswith("Find the best prompt, about ")
    assert "minute" in label
    assert "on 80 examples" in source
    again, _ = find_words(here(route, board=board_of(route)))
    assert again.startswith("Find it again, at most ")


def test_the_job_is_asked_for_the_task_and_the_model_on_the_page(route: TaskFolder) -> None:
    asked = here(route)
    asked = replace(asked, setup=replace(asked.setup, model="path:/models/mine"))
    assert find_spec(asked) == {"task": "route", "model": "path:/models/mine"}


def test_an_instruction_that_is_not_in_use_is_said_to_be_left_out(route: TaskFolder) -> None:
    at_first = here(route)
    prompt = replace(at_first.setup.prompt, instruction="Which team?")
    edited = replace(at_first, setup=replace(at_first.setup, prompt=prompt))
    assert "use it first" in aside(edited, "find")
    assert "use it first" not in aside(at_first, "find")


@pytest.mark.parametrize("step", ["wait", "use-best", "compare", "use", "measure", "find"])
def test_something_stands_beside_every_button(step: Any, route: TaskFolder) -> None:
    assert aside(here(route), step).endswith(".")
