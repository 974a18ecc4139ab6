from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ladder.answering import Setup
from ladder.errors import ModelError, ProjectError
from ladder.evaluation.runner import evaluate
from ladder.evaluation.scoreboard import looks, scoreboard
from ladder.project import Example, Task, TaskFolder, create_project
from rag.few_shot.board import Board, Line, out_of_date
from rag.few_shot.candidates import base_setup
from rag.few_shot.leaderboard import leaderboard


def named(board: Board, name: str) -> Line:
    return next(line for line in board.lines if line.name == name)


def test_the_best_prompt_is_found_named_and_put_on_the_scoreboard(
    skilled: Any, route: TaskFolder
) -> None:
    board = leaderboard(route, skilled(route))
    best = next(line for line in board.lines if line.best)
    assert best.name in ("8 nearest, most similar last", "16 nearest, most similar last")
    assert board.best == best.settings
    assert best.n == board.n == 80
    assert "Best: " in board.choice
    assert best.value is not None
    assert best.value > 0.9
    scored = [score for score in scoreboard(route) if score.setup == board.best]
    assert [score.value for score in scored] == [best.value]
    assert looks(route) == []
    assert not out_of_date(board, route)
    assert Board.from_json(board.to_json()) == board


def test_nothing_is_asked_twice_and_test_items_never(skilled: Any, route: TaskFolder) -> None:
    build = skilled(route)
    board = leaderboard(route, build)
    assert max(Counter(build.asked).values()) == 1
    assert not {item for _, item in build.asked} & set(route.split().test)
    again = skilled(route)
    assert replace(leaderboard(route, again), created="", took=0, plan=board.plan) == replace(
        board, created="", took=0
    )
    assert again.asked == []
    assert board.best is not None
    evaluate(route, Setup.from_dict(board.best), again)
    assert again.asked == []


def test_settings_that_do_not_keep_up_are_dropped_on_few_items(
    skilled: Any, route: TaskFolder
) -> None:
    board = leaderboard(route, skilled(route))
    drawn = named(board, "8 at random")
    assert (drawn.state, drawn.n) == ("dropped", 26)
    assert drawn.why.startswith("Dropped after 26 of 80 examples: 0.")
    assert "where the best has" in drawn.why
    assert len(drawn.seeds) == 5
    assert "is better than 8 at random" in drawn.against_best
    assert not drawn.tied
    # The zero-shot prompt goes on, because none is cheaper.
    assert named(board, "zero-shot").state == "measured"


def test_the_curve_has_every_count_that_fits(skilled: Any, route: TaskFolder) -> None:
    board = leaderboard(route, skilled(route))
    assert [point.count for point in board.curve] == [0, 1, 2, 4, 8, 16, 32]
    values = [point.value for point in board.curve]
    assert values == sorted(values)
    assert all(point.low <= point.value <= point.high for point in board.curve)


def test_the_cheapest_that_ties_with_the_best_is_named(skilled: Any, route: TaskFolder) -> None:
    def flat(setup: Setup) -> float:
        return 0.94 if setup.examples.count == 4 else skilled.usual(setup)

    board = leaderboard(route, skilled(route, flat))
    tied = [line for line in board.lines if line.tied]
    fewest = min(tied, key=lambda line: line.prompt_tokens)
    assert board.cheapest == fewest.name == "4 nearest, most similar last"
    assert "4 nearest, most similar last takes 130 tokens" in board.choice
    assert all(line.n == board.n for line in tied)
    assert named(board, "1 nearest").tied is False


@pytest.mark.parametrize("kind", ["classification", "extraction", "qa", "generation"])
def test_every_kind_of_task_has_a_board(
    skilled: Any, kind: str, task_of: Callable[[str, int], TaskFolder]
) -> None:
    folder = task_of(kind, 50)
    board = leaderboard(folder, skilled(folder))
    assert board.metric == folder.task.metric
    assert next(line for line in board.lines if line.best).value
    reasons = dict(board.left_out)
    assert ("one example per label" in reasons) is (kind != "classification")
    assert ("calibration" in reasons) is (kind != "classification")
    per_label = [line for line in board.lines if "label" in line.name]
    assert bool(per_label) is (kind == "classification")
    assert [line.name for line in board.lines if line.group == "no-llm"]


def test_label_scores_are_calibrated_where_labels_are_scored(
    skilled: Any, route: TaskFolder
) -> None:
    board = leaderboard(route, skilled(route))
    names = {line.name for line in board.lines if line.group == "calibration"}
    assert len(names) == 2
    assert all("calibration" in name for name in names)
    assert board.left_out == ()


def test_answers_that_are_written_are_not_calibrated(skilled: Any, route: TaskFolder) -> None:
    route.save_setup(replace(base_setup(route), answerer="generate"))
    board = leaderboard(route, skilled(route))
    assert not [line for line in board.lines if line.group == "calibration"]
    assert "the model writes them" in dict(board.left_out)["calibration"]


def test_a_sweep_that_was_stopped_goes_on_where_it_was(skilled: Any, route: TaskFolder) -> None:
    build = skilled(route)
    build.stop_after = 150
    with pytest.raises(KeyboardInterrupt):
        leaderboard(route, build)
    rest = skilled(route)
    board = leaderboard(route, rest)
    assert not set(rest.asked) & set(build.asked)
    whole = skilled(route)
    for file in route.answers_folder.iterdir():
        file.unlink()
    leaderboard(route, whole)
    assert len(rest.asked) + 150 == len(whole.asked)
    assert next(line for line in board.lines if line.best).n == 80


def test_a_used_up_budget_leaves_a_board_that_says_so(
    skilled: Any, route: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def slow(setup: Setup) -> float:
        now[0] += 0.5
        return skilled.usual(setup)

    monkeypatch.setattr("rag.few_shot.bench.time.monotonic", lambda: now[0])
    board = leaderboard(route, skilled(route, slow), minutes=4)
    assert "budget of 4 minutes" in board.stopped
    late = [line for line in board.lines if line.why.startswith("The budget was used up")]
    assert late
    assert named(board, "8 nearest, most similar last").n == 80
    further = leaderboard(route, skilled(route))
    assert further.stopped == ""
    assert not any("budget" in line.why for line in further.lines)


def test_a_budget_too_small_for_one_prompt_tells_nothing_yet(
    skilled: Any, route: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def slow(setup: Setup) -> float:
        now[0] += 1.0
        return skilled.usual(setup)

    monkeypatch.setattr("rag.few_shot.bench.time.monotonic", lambda: now[0])
    board = leaderboard(route, skilled(route, slow), minutes=0.1)
    assert board.best is None
    assert board.verdict.kind == "cannot-tell"
    assert {line.state for line in board.lines} <= {"not tried", "dropped"}


def test_a_setting_that_fails_is_a_line_and_the_others_go_on(
    skilled: Any, route: TaskFolder
) -> None:
    def broken(setup: Setup) -> float:
        return -1.0 if setup.examples.selection == "mmr" else skilled.usual(setup)

    board = leaderboard(route, skilled(route, broken))
    line = named(board, "8 near but unlike each other (MMR)")
    assert (line.state, line.why) == ("failed", "This one cannot be built; choose another.")
    assert board.best is not None


def test_a_model_that_cannot_be_had_is_an_error_and_no_board(
    skilled: Any, route: TaskFolder
) -> None:
    def gone(setup: Setup) -> float:
        return -1.0 if setup.model else skilled.usual(setup)

    with pytest.raises(ModelError, match="cannot be built"):
        leaderboard(route, skilled(route, gone))


def test_too_few_examples_are_said_with_what_to_do(skilled: Any, home: Any) -> None:
    folder = create_project("few").add_task(Task("route", "classification"))
    folder.add_examples([Example(str(i), f"matter {i}", "ab"[i % 2]) for i in range(6)])
    with pytest.raises(ProjectError, match=r"needs 10 labelled examples .* has 6 here.*Start"):
        leaderboard(folder, skilled(folder))


def test_no_more_time_is_left_than_the_budget_allows(skilled: Any, route: TaskFolder) -> None:
    left: list[float] = []
    leaderboard(route, skilled(route), minutes=0.1, progress=lambda *told: left.append(told[3]))
    assert left
    assert max(left) <= 6


def test_progress_says_how_far_it_is_and_stops_it(skilled: Any, route: TaskFolder) -> None:
    seen: list[tuple[int, int, str, float]] = []
    leaderboard(route, skilled(route), progress=lambda *told: seen.append(told))
    done = [each[0] for each in seen]
    assert done == sorted(done)
    assert all(0 <= each[0] <= each[1] and each[3] >= 0 for each in seen)
    assert any("nearest" in each[2] for each in seen)


def test_a_tie_is_not_claimed_because_many_pairs_were_tested() -> None:
    from ladder.evaluation.paired import Verdict
    from rag.few_shot.lines import _may_be_equal

    alone = Verdict("best", "zero-shot", 1.0, 0.4, 12, -0.6, -0.8, -0.2, p=0.2, variance=0.2)
    assert _may_be_equal(alone)
    assert not _may_be_equal(replace(alone, pairs=15, p_alone=0.016))
