from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ladder.answering import ExampleSettings
from ladder.costs import Band, PriceBasis
from ladder.errors import InputError, ProjectError
from ladder.jobs import Job
from ladder.methods import preset
from ladder.plan import Plan, Step, find_plan, plans, save_plan
from ladder.plan_outcome import outcome_of, outcome_words, plan_outcome
from ladder.project import Project, Task, TaskFolder, create_project

SHORT = Step("evaluate", Band(60, 120, 300), Band(0, 0, 0))


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    return create_project("shop").add_task(Task("route", "classification"))


def few_shot(folder: TaskFolder, *steps: Step) -> Plan:
    setup = preset("few-shot", folder.task).to_dict()
    return Plan("few-shot", "route", "few-shot with 8 examples", steps or (SHORT,), setup)


def job_of(plan: Plan, project: Project, kind: str, seconds: float, **more: Any) -> Job:
    spec = plan.spec(kind)
    return Job(
        "r", project.path, kind, project.path / "runs" / "r", spec, started=1000.0,
        finished=1000.0 + seconds, state="done", **more,
    )  # fmt: skip


def test_a_saved_plan_is_read_back_the_same(folder: TaskFolder) -> None:
    plan = replace(
        few_shot(folder),
        answers={"missing": "facts"},
        rules=({"text": "why", "source": "who", "certainty": "V"},),
        assumptions=("one", "two"),
    )
    saved = save_plan(folder.project, plan)
    assert saved.id.startswith("few-shot-")
    assert find_plan(folder.project, saved.id) == saved
    assert replace(saved, id="", created="") == plan
    assert (folder.project.path / "plans" / f"{saved.id}.yaml").is_file()


@given(
    numbers=st.lists(st.floats(0, 1e9), min_size=3, max_size=3),
    priced=st.booleans(),
    text=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30),
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
def test_any_plan_survives_its_file(
    folder: TaskFolder, numbers: list[float], priced: bool, text: str
) -> None:
    band = Band(*sorted(numbers))
    step = Step("train", band, band if priced else None)
    plan = Plan("lora", "route", text, (step, SHORT), recipe={"rank": 16, "note": text})
    saved = save_plan(folder.project, plan)
    assert find_plan(folder.project, saved.id) == saved


def test_ids_are_unique_and_the_newest_plan_stands_first(folder: TaskFolder) -> None:
    saved = [save_plan(folder.project, few_shot(folder)).id for _ in range(20)]
    assert len(set(saved)) == 20
    assert set(plans(folder.project)) == set(saved)
    assert plans(folder.project)[0] == saved[-1]


@pytest.mark.parametrize("id", ["", "nope", "../../tasks/route/task", "..", "/etc/passwd", "a\0b"])
def test_only_a_plan_of_the_project_is_opened(id: str, folder: TaskFolder) -> None:
    save_plan(folder.project, few_shot(folder))
    with pytest.raises(ProjectError, match="has no plan"):
        find_plan(folder.project, id)


@pytest.mark.parametrize("text", ["", "[1]", "steps: 3", "a: [", "\xff", "id: few\nsteps: [{}]"])
def test_a_broken_plan_is_said_with_its_file(text: str, folder: TaskFolder) -> None:
    path = folder.project.path / "plans" / "few.yaml"
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ProjectError, match=r"few\.yaml cannot be used"):
        find_plan(folder.project, "few")


def test_a_plan_whose_setup_is_none_is_refused(folder: TaskFolder) -> None:
    data = few_shot(folder).to_dict() | {"setup": {"answerer": "magic", "task": "route"}}
    with pytest.raises(InputError, match="magic"):
        Plan.from_dict(data)


def test_the_estimate_of_a_plan_is_that_of_its_jobs(folder: TaskFolder) -> None:
    index = Step("index", Band(1, 2, 3), Band(0, 1, 2))
    plan = few_shot(folder, index, SHORT)
    assert plan.seconds == Band(61, 122, 303)
    assert plan.money == Band(0, 1, 2)
    assert few_shot(folder, index, replace(SHORT, money=None)).money is None
    assert plan.step("train") is None


def test_a_jobs_settings_name_the_plan(folder: TaskFolder) -> None:
    plan = save_plan(folder.project, few_shot(folder))
    spec = plan.spec("evaluate")
    assert (spec["plan"], spec["task"], spec["method"]) == (plan.id, "route", "few-shot")
    assert spec["setup"] == plan.setup
    assert plan.spec("evaluate", trained="r1")["setup"]["model"] == "run:r1"
    some = replace(plan, methods=("1-nn",))
    assert some.spec("measure")["methods"] == ["1-nn"]
    assert "methods" not in plan.spec("measure")
    recipe = replace(plan, recipe={"rank": 4})
    assert recipe.spec("train")["recipe"] == {"rank": 4}


def test_a_changed_setup_is_not_the_plans(folder: TaskFolder) -> None:
    setup = preset("few-shot", folder.task)
    assert few_shot(folder).is_of(setup)
    assert not few_shot(folder).is_of(replace(setup, examples=ExampleSettings(3)))


def test_predicted_stands_beside_actual(folder: TaskFolder) -> None:
    priced = replace(folder.task, price=PriceBasis(hourly=3.6, hourly_source="the bill, 2026-11"))
    folder.save_task(priced)
    step = replace(SHORT, money=Band(0.06, 0.12, 0.3))
    plan = save_plan(folder.project, few_shot(folder, step))
    outcome = outcome_of(job_of(plan, folder.project, "evaluate", 100))
    assert outcome is not None
    assert outcome.to_json() == {
        "predicted": {
            "seconds": {"p10": 60, "p50": 120, "p90": 300},
            "money": {"p10": 0.06, "p50": 0.12, "p90": 0.3},
        },
        "actual": {"seconds": 100.0, "money": 0.1},
    }
    words = outcome_words(outcome)
    assert f"Plan {plan.id} (few-shot with 8 examples): predicted 2 min (60 s to 5 min)" in words
    assert words.endswith("$0.12 ($0.06 to $0.3); took 2 min, $0.1.")


def test_without_a_price_per_hour_this_machine_costs_nothing(folder: TaskFolder) -> None:
    plan = save_plan(folder.project, few_shot(folder))
    outcome = outcome_of(job_of(plan, folder.project, "evaluate", 100))
    assert outcome is not None
    assert (outcome.actual_seconds, outcome.actual_money) == (100.0, 0.0)


def test_a_servers_tokens_cost_what_the_score_says_or_nobody_knows(folder: TaskFolder) -> None:
    plan = save_plan(folder.project, few_shot(folder))
    result = {"model": "server:m@http://127.0.0.1:1/v1", "cost_per_1k": 0.5, "n": 200}
    job = job_of(plan, folder.project, "evaluate", 100, result=result)
    outcome = outcome_of(job)
    assert outcome is not None
    assert outcome.actual_money is None  # no token price is set
    folder.save_task(replace(folder.task, price=PriceBasis(token_model="openai:gpt-4o-mini")))
    outcome = outcome_of(job)
    assert outcome is not None
    assert outcome.actual_money == pytest.approx(0.1)


def test_a_running_job_has_no_actual_yet(folder: TaskFolder) -> None:
    plan = save_plan(folder.project, few_shot(folder))
    job = replace(job_of(plan, folder.project, "evaluate", 1), finished=None, state="running")
    outcome = outcome_of(job)
    assert outcome is not None
    assert (outcome.actual_seconds, outcome.actual_money) == (None, None)
    assert "took" not in outcome_words(outcome)


def test_the_jobs_of_a_plan_are_taken_together(folder: TaskFolder) -> None:
    index = Step("index", Band(1, 2, 3), Band(0, 0, 0))
    plan = save_plan(folder.project, few_shot(folder, index, SHORT))
    jobs = [job_of(plan, folder.project, kind, 10) for kind in ("index", "evaluate")]
    outcome = plan_outcome(plan, jobs)
    assert outcome.seconds == Band(61, 122, 303)
    assert outcome.actual_seconds == 20


def test_a_job_without_a_plan_or_whose_plan_is_gone_stands_by_itself(folder: TaskFolder) -> None:
    plan = few_shot(folder)
    job = job_of(plan, folder.project, "evaluate", 10)
    assert outcome_of(replace(job, spec={"task": "route"})) is None
    assert outcome_of(replace(job, spec={"task": "route", "plan": "few-shot-gone"})) is None
