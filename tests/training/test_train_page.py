from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from ladder.answering import Setup
from ladder.cli import app as command
from ladder.costs import Band
from ladder.evaluation.rows import Row, append_row
from ladder.evaluation.score import Score
from ladder.files import append_json, write_json, write_text
from ladder.jobs import store
from ladder.jobs.records import add_event, new_run
from ladder.methods import preset
from ladder.models.runs import trained_setup
from ladder.plan import Plan, Step, save_plan
from ladder.project import Example, Task, TaskFolder, create_project
from training.methods.lora import Lora
from training.recipe import Recipe, recipe_for
from training.train_view import chart_rows, form_fields, what_labels_would_allow

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]


def primary(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.proto.type == "primary"]


def said(app: AppTest) -> str:
    return " ".join(m.value for m in app.markdown)


def finished(folder: TaskFolder, run_id: str = "20261122-000000-aaaaaa", **more: str) -> str:
    """Make the folder of a run that ended well, as the worker would leave it."""
    recipe = recipe_for("lora")
    spec = {"task": folder.task.name, "method": "lora", "recipe": recipe.to_dict()} | more
    run = new_run(folder.project.runs_folder / run_id, "train", spec).folder
    store.put(add_event(run, "starting", slot="cpu"))
    write_json(run / "adapter" / "adapter_config.json", {"task_type": "CAUSAL_LM"})
    setup = Setup("generate", folder.task.name, model=recipe.model)
    write_text(run / "setup.yaml", json.dumps(setup.to_dict()))
    for step in range(1, 4):
        append_json(run / "metrics.jsonl", {"step": step, "loss": 3.0 / step})
    write_json(
        run / "result.json",
        {
            "model": recipe.model, "steps": 3, "steps_planned": 3, "tokens": 900, "seconds": 9.0,
            "tokens_per_second": 100.0, "memory_gb": 2.5,
            "estimate": {"seconds": {"p10": 5, "p50": 8, "p90": 40}},
        },
    )  # fmt: skip
    add_event(run, "done")
    return run_id


def test_the_form_has_every_field_of_the_recipe_and_starts_what_it_says(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Recipe] = []
    monkeypatch.setattr("training.jobs.start", lambda folder, recipe: started.append(recipe))
    app = open_page("train")
    names = {field.name for field in fields(Recipe)} - {"head"}
    keys = {str(w.key) for kind in ("selectbox", "number_input", "text_input", "toggle")
            for w in app.get(kind)}  # fmt: skip
    assert {f"lora_quick_{name}" for name in names} <= keys
    assert primary(app)[0].startswith("Start, about ")
    titles = [metric.label for metric in app.metric]
    assert titles == ["Time", "Memory", "Money", "Tokens"]
    assert "five times LoRA's usual" in said(app)
    app.number_input(key="lora_quick_rank").set_value(4).run()
    app.text_input(key="lora_quick_epochs").set_value("2").run()
    app.button(key="start").click().run()
    assert not app.exception
    assert isinstance(started[0], Lora)
    assert (started[0].rank, started[0].epochs, started[0].max_tokens) == (4, 2, 15_000)
    assert started[0].learning_rate is None


def test_a_setting_that_cannot_be_is_said_beside_the_form(
    route: TaskFolder, open_page: OpenPage
) -> None:
    app = open_page("train")
    app.text_input(key="lora_quick_learning_rate").set_value("fast").run()
    assert not app.exception
    assert "learning_rate is 'fast'" in app.error[0].value
    assert app.text_input(key="lora_quick_learning_rate").value == "fast"


def test_the_classifier_is_offered_for_labels_alone(route: TaskFolder, open_page: OpenPage) -> None:
    app = open_page("train")
    assert len(app.selectbox(key="train_method").options) == 8  # no GPU, so no QLoRA
    app.selectbox(key="train_method").set_value("classifier").run()
    assert not app.exception
    assert app.text_input(key="classifier_quick_model").value == "all-minilm-l6-v2"
    questions = route.project.add_task(Task("answer", "qa"))
    questions.add_examples([Example(str(i), f"question {i}?", f"it is {i}") for i in range(30)])
    other = open_page("train", task="answer")
    assert len(other.selectbox(key="train_method").options) == 7
    assert "Classifier: names a label" not in other.selectbox(key="train_method").options


def test_without_outputs_it_says_what_fifty_labels_would_allow(
    home: Any, open_page: OpenPage
) -> None:
    folder = create_project("bare").add_task(Task("route", "classification"))
    folder.add_examples([Example("a", "hello")])
    app = open_page("train")
    assert "With 50 labelled examples, 15 train, 10 choose and 25 confirm" in said(app)
    assert primary(app) == ["Label some examples"]


def test_with_no_project_it_leads_to_start(home: Any, open_page: OpenPage) -> None:
    app = open_page("train")
    assert primary(app) == ["Start with your data"]
    assert "With 50 labelled examples" in said(app)


def test_a_running_run_shows_its_loss_and_can_be_stopped(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.reconcile._last_words", lambda job: job)
    spec = {"task": "route", "method": "lora", "recipe": recipe_for("lora").to_dict()}
    job = new_run(route.project.runs_folder / "20261122-000000-bbbbbb", "train", spec)
    store.put(add_event(job.folder, "starting", slot="cpu"))
    import os

    import psutil

    add_event(job.folder, "started", pid=os.getpid(), pid_started=psutil.Process().create_time())
    app = open_page("train")
    assert "No step is done yet" in said(app)
    append_json(job.folder / "metrics.jsonl", {"step": 1, "loss": 2.5})
    app.run()
    assert len(app.get("vega_lite_chart")) == 1
    assert primary(app) == ["Stop and keep what it learned"]
    stopped: list[str] = []
    monkeypatch.setattr("ladder.jobs.cancel", stopped.append)
    app.run()
    app.button(key="stop").click().run()
    assert stopped == [job.id]


def test_a_run_that_ended_asks_to_be_measured_and_shows_what_was_predicted(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = finished(route)
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("ladder.jobs.submit", lambda p, kind, spec: asked.append((kind, spec)))
    app = open_page("train")
    assert "3 of 3 steps, 900 tokens in 9 s (expected 5 s to 40 s" in said(app)
    assert primary(app) == ["Measure this model"]
    app.button(key="measure").click().run()
    assert not app.exception
    assert asked[0][0] == "evaluate"
    assert asked[0][1]["setup"]["model"] == f"run:{run_id}"


def measured(folder: TaskFolder, run_id: str, right: int, others: int) -> Setup:
    """Score a run and its base's prompt on the same twenty examples."""
    setup = trained_setup(f"run:{run_id}")
    own = Score(
        method="lora", setup_hash=setup.hash, split="validation", metric="accuracy",
        value=right / 20, low=0.1, high=0.97, n=20, errors=0, abstained=0, invalid=0,
        prompt_tokens=0, cached_tokens=0, completion_tokens=0, p50_ms=4.0, p95_ms=6.0,
        cost_per_1k=None, deploy_cost_per_1k=None, model=f"run:{run_id}", dtype="", seed=0,
        limit=None, scheme="held-out", created="2026-11-22T00:00:00+00:00", seconds=1.0,
        code_version="c", key="k1", setup=setup.to_dict(),
    )  # fmt: skip
    zero = preset("zero-shot", folder.task)
    base = replace(
        own, method="zero-shot", key="k2", model=str(zero.model), setup_hash=zero.hash,
        value=others / 20,
    )  # fmt: skip
    for score, count in ((own, right), (base, others)):
        append_json(folder.scores_file, score.to_json())
        for i in range(20):
            text = "card" if i < count else "refund"
            append_row(
                folder.answers_folder / f"{score.key}.jsonl", Row(str(i), "card", True, text, text)
            )
    return setup


def test_a_measured_run_has_its_verdict_and_can_be_used(
    route: TaskFolder, open_page: OpenPage
) -> None:
    setup = measured(route, finished(route), right=18, others=4)
    app = open_page("train")
    assert (
        "lora is better than zero-shot: 0.90 against 0.20 on the same 20 examples"
        in app.info[0].value
    )
    assert primary(app) == ["Use this model"]
    app.button(key="use").click().run()
    assert not app.exception
    assert route.setup() == setup
    assert primary(app)[0].startswith("Start, about ")


def test_a_measured_run_offers_what_is_to_be_known_and_done_after_it(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = finished(route)
    measured(route, run_id, right=18, others=4)
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("ladder.jobs.submit", lambda p, kind, spec: asked.append((kind, spec)))
    app = open_page("train")
    assert "Not measured yet: training on one task can cost" in said(app)
    for key in ("forgot", "confirm_run", "export"):
        app = open_page("train")
        app.button(key=key).click().run()
        assert not app.exception
    own = {"task": "route", "run": run_id}
    assert asked == [
        ("after", own | {"windows": 24}),
        ("after", own | {"split": "test", "windows": 0}),
        ("export", own | {"format": "adapter"}),
    ]


def test_what_a_run_forgot_is_shown_against_what_it_learned(
    route: TaskFolder, open_page: OpenPage
) -> None:
    run_id = finished(route)
    measured(route, run_id, right=18, others=4)
    run = route.project.runs_folder / run_id
    score = {"value": 0.9, "low": 0.7, "high": 0.97, "n": 20, "metric": "accuracy"}
    kinds = [{"kind": "copying", "n": 40, "before": 24, "after": 20, "lost": 4, "gained": 0}]
    write_json(
        run / "after.json",
        {
            "validation": {
                "score": score, "words": [],
                "against": [
                    {"what": "base", "difference": 0.7, "low": 0.5, "high": 0.85, "n": 20}
                ],
            },
            "test": {"score": score, "words": ["lora is better than majority."]},
            "forgetting": {
                "words": ["Perplexity 33.1 before and 36.4 after."], "ratio": 1.1,
                "kinds": kinds, "windows": 24, "of_windows": 99,
            },
        },
    )  # fmt: skip
    write_json(run / "exports" / "gguf" / "parity.json", [{"words": "It agrees on 50 of 50."}])
    app = open_page("train")
    assert "Perplexity 33.1 before and 36.4 after." in said(app)
    charts = app.get("vega_lite_chart")
    assert len(charts) == 2
    caption = " ".join(each.value for each in app.caption)
    assert (
        f"lora (run:{run_id}): accuracy +0.70 (0.50 to 0.85) against its base, n = 20; "
        "perplexity +10.0%, -4 small tasks of 40"
    ) in caption
    assert "On the test split, looked at once" in said(app)
    assert "confirm_run" not in {button.key for button in app.button}
    assert "It agrees on 50 of 50." in said(app)


def test_a_run_that_lost_leads_to_the_scoreboard(route: TaskFolder, open_page: OpenPage) -> None:
    measured(route, finished(route), right=4, others=18)
    app = open_page("train")
    assert "zero-shot is better than lora: 0.90 against 0.20" in app.info[0].value
    assert primary(app) == ["See the scoreboard"]
    assert app.button(key="use").label == "Use it all the same"


def test_a_run_with_nothing_to_compare_it_with_is_called_neither_better_nor_worse(
    route: TaskFolder, open_page: OpenPage
) -> None:
    measured(route, finished(route), right=4, others=18)
    lines = route.scores_file.read_text(encoding="utf-8").splitlines()
    route.scores_file.write_text(lines[0] + "\n", encoding="utf-8")
    app = open_page("train")
    assert "nothing says whether it is better" in said(app)
    assert primary(app) == ["See the scoreboard"]


def test_a_run_of_a_plan_shows_what_the_plan_predicted(
    route: TaskFolder, open_page: OpenPage
) -> None:
    band = Band(5, 8, 40)
    plan = save_plan(
        route.project, Plan("lora", "route", "LoRA", (Step("train", band, Band(0, 0, 0)),))
    )
    finished(route, plan=plan.id)
    app = open_page("train")
    assert f"Plan {plan.id} (LoRA): predicted 8 s (5 s to 40 s), \\$0; took " in said(app)


def test_the_page_imports_no_model_library(route: TaskFolder) -> None:
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).parents[2]
    code = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "app.switch_page('training/train_page.py').run()\n"
        "assert not app.exception, app.exception\n"
        "assert app.metric\n"
        "print(sorted({'torch', 'transformers', 'tokenizers', 'peft', 'trl'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=root
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip().splitlines()[-1] == "[]"


def test_a_long_chart_is_thinned() -> None:
    rows = chart_rows([{"step": i, "loss": 1.0} for i in range(4000)] + [{"step": 1, "loss": None}])
    assert 400 <= len(rows) <= 800


def test_the_running_mean_does_not_hang_on_to_the_first_step() -> None:
    rows = chart_rows([{"step": i, "loss": 9.0 if i == 1 else 1.0} for i in range(1, 40)])
    assert rows[0]["Mean"] == 9.0
    assert rows[-1]["Mean"] < 1.05


def test_every_field_of_the_form_says_what_it_is() -> None:
    assert all(field.help and field.label for field in form_fields())
    assert what_labels_would_allow(50).count("50") == 1


def test_another_page_can_fill_the_form(route: TaskFolder, open_page: OpenPage) -> None:
    app = open_page("train")
    app.session_state["train_with"] = {
        "method": "classifier", "preset": "good", "settings": {"rank": 8, "epochs": "3"},
    }  # fmt: skip
    app.run()
    assert not app.exception
    assert app.selectbox(key="train_preset").value == "good"
    assert app.number_input(key="classifier_good_rank").value == 8
    assert app.text_input(key="classifier_good_epochs").value == "3"


def a_plan(folder: TaskFolder, **settings: Any) -> Plan:
    """Keep a plan that trains a LoRA."""
    recipe = recipe_for("lora").to_dict() | settings
    step = Step("train", Band(5, 8, 40), Band(0, 0, 0))
    return save_plan(folder.project, Plan("lora", "route", "LoRA", (step,), recipe=recipe))


def with_plan(open_page: OpenPage, plan: Plan) -> AppTest:
    """Open Train by a link that names a plan."""
    app = open_page("train")
    app.query_params["plan"] = plan.id
    app.run()
    assert not app.exception
    return app


def test_a_plan_that_has_not_started_comes_before_a_run_that_ended(
    route: TaskFolder, open_page: OpenPage
) -> None:
    finished(route)
    plan = a_plan(route, rank=4)
    app = with_plan(open_page, plan)
    (start,) = primary(app)
    assert start.startswith("Start, about ")
    assert f"Filled in by the plan **{plan.id}**" in said(app)
    assert app.number_input(key="lora_quick_rank").value == 4
    (earlier,) = (each for each in app.expander if each.label.startswith("The run before"))
    assert not earlier.proto.expanded
    assert "run:20261122-000000-aaaaaa, done" in earlier.label
    assert [button.key for button in earlier.button] == ["measure"]


def test_a_plan_whose_run_ended_shows_that_run_first(
    route: TaskFolder, open_page: OpenPage
) -> None:
    plan = a_plan(route)
    finished(route, plan=plan.id)
    assert primary(with_plan(open_page, plan)) == ["Measure this model"]


def test_a_plan_waits_while_another_run_goes_on(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.reconcile._last_words", lambda job: job)
    spec = {"task": "route", "method": "lora", "recipe": recipe_for("lora").to_dict()}
    new_run(route.project.runs_folder / "20261122-000000-bbbbbb", "train", spec)
    plan = a_plan(route)
    app = with_plan(open_page, plan)
    assert f"The plan **{plan.id}**: LoRA waits" in app.info[0].value
    assert primary(app) == ["Stop and keep what it learned"]


def test_a_run_that_was_changed_from_its_plan_is_no_longer_the_plans(
    route: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.jobs.start", lambda folder, recipe, plan: "r")
    app = with_plan(open_page, a_plan(route))
    app.button(key="start").click().run()
    assert "plan" in app.query_params
    app.number_input(key="lora_quick_rank").set_value(4).run()
    app.button(key="start").click().run()
    assert not app.exception
    assert "plan" not in app.query_params


def test_money_without_a_price_is_said_as_the_command_says_it(
    route: TaskFolder, open_page: OpenPage
) -> None:
    app = open_page("train")
    tile = next(metric for metric in app.metric if metric.label == "Money")
    words = "$0; this machine's time is not priced, set a price in Start"
    assert tile.value == "$0"
    assert f"Money: {words}." in said(app).replace("\\", "")
    ran = CliRunner().invoke(command, ["train", "demo", "--dry-run"])
    assert f"Money: {words}.\n" in ran.stdout
