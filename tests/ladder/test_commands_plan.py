"""`ladder advise --plan` and `ladder run`, with a job that runs in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ladder.cli import app
from ladder.costs import Band
from ladder.evaluation import scoreboard
from ladder.evaluation.jobs import run_evaluate
from ladder.jobs import Job
from ladder.methods import preset
from ladder.models.fakes import use_fakes
from ladder.plan import Plan, Step, find_plan, plans, save_plan
from ladder.project import Example, Project, Task, TaskFolder, create_project
from rag.answerers import build_answerer

LABELS = ("repair", "opening")


def ladder(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    folder = create_project("shop").add_task(Task("route", "classification", "Route it."))
    folder.save_examples(
        [Example(str(i), f"ticket number {i * 7919}", LABELS[i % 2]) for i in range(40)]
    )
    return folder


class Context:
    """What a job's function is given, here."""

    def __init__(self, project: Project, spec: dict[str, Any]) -> None:
        self.project, self.spec = project, spec

    def progress(self, *_: Any) -> None:
        pass


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Carry jobs out at once, with fakes; return those that were asked for."""
    done: list[Job] = []

    def submit(project: Project, kind: str, spec: dict[str, Any]) -> str:
        result: dict[str, Any] = {}
        if kind == "evaluate" and "run:" not in str(spec["setup"]["model"]):
            with use_fakes("repair"):
                result = run_evaluate(Context(project, spec), build_answerer)  # type: ignore[arg-type]
        run = f"run-{len(done)}"
        done.append(
            Job(
                run,
                project.path,
                kind,
                project.path / "runs" / run,
                spec,
                started=100.0,
                finished=142.0,
                state="done",
                result=result,
            )
        )
        return run

    monkeypatch.setattr("ladder.jobs.submit", submit)
    monkeypatch.setattr(
        "ladder.jobs.follow", lambda run, tell: next(job for job in done if job.id == run)
    )
    return done


def few_shot(folder: TaskFolder) -> Plan:
    setup = preset("few-shot", folder.task).to_dict()
    step = Step("evaluate", Band(10, 20, 60), Band(0, 0, 0))
    plan = Plan("few-shot", "route", "few-shot with 8 examples", (step,), setup)
    return save_plan(folder.project, plan)


def test_advice_can_be_saved_as_a_plan(folder: TaskFolder) -> None:
    data = json.loads(ladder("advise", "shop", "--plan", "--json").stdout)
    assert find_plan(folder.project, data["plan"]).method == data["recommended"]
    said = ladder("advise", "shop", "--plan").stdout
    assert f"Next: ladder run shop {plans(folder.project)[0]}" in said


def test_without_being_asked_advice_saves_nothing(folder: TaskFolder) -> None:
    data = json.loads(ladder("advise", "shop", "--json").stdout)
    assert "plan" not in data
    assert plans(folder.project) == []


def test_advice_that_cannot_run_is_given_all_the_same(folder: TaskFolder, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("usable_base: false\nbaseline: below-target\nmissing: [skill]\n")
    ran = ladder("advise", "shop", "--answers", str(answers), "--plan", "--json")
    assert ran.exit_code == 0, ran.output
    data = json.loads(ran.stdout)
    if data["plan"] is None:
        assert "cannot run now" in data["missing"]
    else:
        assert data["plan"] in plans(folder.project)


def test_a_plan_needs_a_project(home: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("missing: [facts]\n")
    assert ladder("advise", "--answers", str(answers), "--plan").exit_code == 2


def test_a_plan_is_carried_out_and_its_score_names_it(
    folder: TaskFolder, in_process: list[Job]
) -> None:
    plan = few_shot(folder)
    ran = ladder("run", "shop", plan.id, "--json")
    assert ran.exit_code == 0, ran.output
    data = json.loads(ran.stdout)
    assert data["plan"]["id"] == plan.id
    assert data["predicted"] == {
        "seconds": {"p10": 10, "p50": 20, "p90": 60},
        "money": {"p10": 0, "p50": 0, "p90": 0},
    }
    assert data["actual"] == {"seconds": 42.0, "money": 0.0}
    assert data["result"]["plan"] == plan.id
    assert data["jobs"][0]["plan"] == plan.id
    assert data["jobs"][0]["actual"] == data["actual"]
    assert [score.plan for score in scoreboard(folder)] == [plan.id]
    assert scoreboard(folder)[0].setup == plan.setup


def test_in_words_the_score_and_then_both_figures(
    folder: TaskFolder, in_process: list[Job]
) -> None:
    plan = few_shot(folder)
    score, outcome = ladder("run", "shop", plan.id).stdout.splitlines()
    assert score.startswith("few-shot on validation: accuracy")
    assert outcome == (
        f"Plan {plan.id} (few-shot with 8 examples): predicted 20 s (10 s to 60 s), $0; "
        "took 42 s, $0."
    )


def test_measuring_again_without_the_plan_keeps_the_link(
    folder: TaskFolder, in_process: list[Job]
) -> None:
    plan = few_shot(folder)
    ladder("run", "shop", plan.id)
    ladder("evaluate", "shop", "--method", "few-shot")
    with use_fakes("repair"):
        spec = {"task": "route", "method": "few-shot"}
        run_evaluate(Context(folder.project, spec), build_answerer)  # type: ignore[arg-type]
    assert [score.plan for score in scoreboard(folder)] == [plan.id]


def test_the_jobs_of_a_plan_follow_each_other_and_the_trained_model_is_measured(
    folder: TaskFolder, in_process: list[Job]
) -> None:
    step = Step("train", Band(1, 2, 3), None)
    setup = preset("zero-shot", folder.task).to_dict()
    steps = (step, Step("evaluate", Band(1, 2, 3), None))
    plan = save_plan(
        folder.project, Plan("lora", "route", "LoRA", steps, setup, recipe={"rank": 4})
    )
    ran = ladder("run", "shop", plan.id)
    assert ran.exit_code == 0, ran.output
    train, evaluate = in_process
    assert (train.kind, train.spec["recipe"], train.spec["plan"]) == ("train", {"rank": 4}, plan.id)
    assert evaluate.spec["setup"]["model"] == f"run:{train.id}"


def test_a_plan_that_is_not_there_is_refused_with_those_that_are(folder: TaskFolder) -> None:
    plan = few_shot(folder)
    ran = ladder("run", "shop", "nope")
    assert ran.exit_code == 2
    assert plan.id in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_project_without_plans_is_told_how_to_make_one(home: Path) -> None:
    create_project("bare")
    result = ladder("run", "bare")
    assert result.exit_code == 2
    assert 'The project "bare" has no plan yet.' in result.stderr
