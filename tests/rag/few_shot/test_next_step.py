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
from rag.few_shot.candidates import asked_as, base_setup
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


def test_the_button_says_the_minutes_where_they_end_it(route: TaskFolder) -> None:
    label, source = find_words(here(route, minutes=1))
    assert label == "Find the best prompt, 1 minute at most"
    assert "It ends after 1 minute at most" in source
    label, source = find_words(here(route, minutes=600, limit=10))
    assert "on 10 examples" in source
    assert "about" in label
    server = replace(here(route).setup, model="server:m@http://127.0.0.1:9/v1")
    assert find_words(here(route, setup=server, minutes=30))[0].endswith(", 30 minutes at most")


def test_the_job_measures_the_setting_on_the_page(route: TaskFolder) -> None:
    edited = worded(here(route), "Which team?")
    spec = find_spec(replace(edited, limit=40, minutes=30))
    assert spec == {
        "task": "route", "setup": edited.setup.to_dict(), "limit": 40, "minutes": 30
    }  # fmt: skip
    assert find_spec(edited) == {"task": "route", "setup": edited.setup.to_dict()}


def test_a_board_of_another_instruction_does_not_bring_that_back(
    route: TaskFolder, board_of: BoardOf
) -> None:
    at_first = here(route)
    board = replace(board_of(route), asked_as=asked_as(base_setup(route, setup=at_first.setup)))
    found = replace(at_first, board=board)
    assert next_step(found) == "use-best"
    edited = worded(found, "Which team?")
    assert next_step(edited) == "use", "while it is being written"
    used = replace(edited, base=edited.setup, in_use=edited.setup)
    assert (used.best, next_step(used)) == (None, "find")
    no_llm = replace(used, in_use=preset("1-nn", route.task))
    assert next_step(no_llm) == "use-best"


def worded(at: Here, instruction: str) -> Here:
    """Return the page with another instruction on it."""
    prompt = replace(at.setup.prompt, instruction=instruction)
    return replace(at, setup=replace(at.setup, prompt=prompt))


@pytest.mark.parametrize("step", ["wait", "use-best", "compare", "use", "measure", "find"])
def test_something_stands_beside_every_button(step: Any, route: TaskFolder) -> None:
    assert aside(here(route), step).endswith(".")
