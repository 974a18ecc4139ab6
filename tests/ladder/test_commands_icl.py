from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ladder.cli import app
from ladder.costs.basis import Band
from ladder.jobs import jobs
from ladder.methods import preset
from ladder.models.fakes import use_fakes
from ladder.project import Example, Task, TaskFolder, create_project
from rag.few_shot.board import Board, CurvePoint, Line, Price, Verdict, keep_board, state_of


@pytest.fixture
def folder(home: Any) -> TaskFolder:
    found = create_project("shop").add_task(Task("route", "classification", "Route it."))
    found.add_examples(
        [Example(str(i), f"matter {i * 7919}", ("card", "refund")[i % 2]) for i in range(60)]
    )
    return found


@pytest.fixture
def board(folder: TaskFolder) -> Board:
    setup = preset("few-shot", folder.task).to_dict()
    best = Line(
        "8 nearest", "selection", setup, value=0.9, low=0.7, high=0.97, n=30, prompt_tokens=300,
        milliseconds=120.0, cost_per_1k=0.5, best=True, tied=True,
    )  # fmt: skip
    drawn = replace(
        best, name="8 at random", state="dropped", why="Dropped after 20 of 30 examples: 0.30.",
        value=0.3, n=20, seeds=((0, 0.2), (1, 0.4)), best=False, tied=False, milliseconds=None,
    )  # fmt: skip
    never = Line("32 nearest", "count", setup, "not tried", "They do not fit.")
    return Board(
        task="route", model="m", metric="accuracy", target=0.85, split="validation",
        scheme="leave-one-out", seed=0, limit=None, n=30, lines=(best, drawn, never),
        left_out=(("calibration", "the model writes its answer"),),
        curve=(CurvePoint(8, 0.9, 0.7, 0.97, 30),), best=setup, choice="Best: 8 nearest.",
        cheapest="8 nearest", verdict=Verdict("enough", "Few-shot is enough.", ("Because.",)),
        plan=Price(3, 30, 90, Band(1, 2, 3), None, "a test"), took=61.0, created="",
        made_of=state_of(folder),
    )  # fmt: skip


def ladder(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["icl", "shop", *arguments])


def test_without_a_board_it_says_how_to_make_one(folder: TaskFolder) -> None:
    assert ladder().stdout == (
        "No prompts are compared yet. Next: ladder icl shop --task route --sweep\n"
    )
    assert json.loads(ladder("--json").stdout) is None


def test_the_kept_board_is_printed_with_curve_and_verdict(folder: TaskFolder, board: Board) -> None:
    keep_board(folder, board)
    result = ladder()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    best = next(line for line in lines if line.startswith("8 nearest *"))
    assert best.split() == [
        "8", "nearest", "*", "0.90", "0.70", "to", "0.97", "30", "300", "120", "ms", "$0.5", "0%",
        "best",
    ]  # fmt: skip
    assert any("2 draws, 0.20 to 0.40; Dropped after 20 of 30" in line for line in lines)
    assert any(line.endswith("not tried: They do not fit.") for line in lines)
    assert "No line for calibration: the model writes its answer." in lines
    assert "Few-shot is enough." in lines
    assert "  - Because." in lines
    assert result.stderr == ""


def test_an_old_board_is_marked(folder: TaskFolder, board: Board) -> None:
    keep_board(folder, replace(board, made_of="other"))
    assert "changed since" in ladder().stderr
    assert json.loads(ladder("--json").stdout)["out_of_date"] is True


def test_options_of_a_sweep_without_it_are_refused(folder: TaskFolder) -> None:
    result = ladder("--limit", "5")
    assert result.exit_code == 2
    assert "add --sweep" in result.stderr


def test_a_dry_run_says_the_price_and_starts_nothing(folder: TaskFolder) -> None:
    with use_fakes():
        result = ladder("--dry-run", "--limit", "12", "--json")
        assert result.exit_code == 0, result.output
        price = json.loads(result.stdout)
        assert price["items"] == 12
        assert price["seconds"]["p10"] < price["seconds"]["p50"] < price["seconds"]["p90"]
        assert "settings on 12 examples" in ladder("--dry-run", "--limit", "12").stdout
    assert jobs() == []


def test_a_sweep_says_its_price_first_and_prints_what_came_of_it(
    folder: TaskFolder, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.launch._spawn", lambda item: None)
    monkeypatch.setattr(
        "ladder.jobs.follow",
        lambda run_id, line: SimpleNamespace(state="done", result=board.to_json()),
    )
    with use_fakes():
        result = ladder("--sweep", "--limit", "12", "--budget-minutes", "2", "--seed", "3")
        assert result.exit_code == 0, result.output
        said = ladder("--sweep", "--json")
    assert result.stdout.index("settings on 12 examples") < result.stdout.index("8 nearest *")
    found = jobs()[-1] if jobs()[-1].spec.get("limit") else jobs()[0]
    assert found.kind == "icl"
    assert found.spec == {"task": "route", "limit": 12, "minutes": 2.0, "seed": 3}
    assert json.loads(said.stdout)["verdict"]["kind"] == "enough"
    assert "settings on" in said.stderr
