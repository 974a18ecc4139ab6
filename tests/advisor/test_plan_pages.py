"""A plan fills in the page that carries it out: Chat and Train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from advisor.advise import advise
from advisor.answers import Answers
from advisor.measured import measured_answers
from advisor.plans import make_plan
from ladder.methods import preset
from ladder.models.fakes import use_fakes
from ladder.plan import Plan
from ladder.project import Example, Task, TaskFolder, create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def plan_of(folder: TaskFolder, method: str) -> Plan:
    advice = advise(Answers.from_dict(measured_answers(folder)))
    return make_plan(folder, replace(advice, recommended=method, runner_up=None))


def open_page(page: str, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    from streamlit.testing.v1 import AppTest

    monkeypatch.chdir(ROOT)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app.switch_page(page).run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(m.value for m in app.markdown)


def test_train_is_filled_in_and_its_run_names_the_plan(
    folder: TaskFolder,
    submitted: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = plan_of(folder, "peft")
    app = open_page("training/train_page.py", monkeypatch, plan=plan.id)
    assert f"Filled in by the plan **{plan.id}**" in said(app)
    assert app.selectbox(key="train_method").value == "lora"
    app.button(key="start").click().run()
    ((kind, spec),) = submitted
    assert (kind, spec["plan"], spec["recipe"]) == ("train", plan.id, plan.recipe)


def test_train_is_filled_in_with_what_differs_from_the_preset(
    folder: TaskFolder,
    submitted: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder.save_setup(replace(preset("zero-shot", folder.task), model="hf:org/name-500m"))
    plan = plan_of(folder, "peft")
    app = open_page("training/train_page.py", monkeypatch, plan=plan.id)
    size = app.selectbox(key="train_preset").value
    assert app.text_input(key=f"lora_{size}_model").value == "hf:org/name-500m"
    assert not app.warning or "default value" not in app.warning[0].value
    app.button(key="start").click().run()
    ((kind, spec),) = submitted
    assert (kind, spec["plan"], spec["recipe"]) == ("train", plan.id, plan.recipe)


def test_chat_is_filled_in_and_its_index_names_the_plan(
    home: Path,
    submitted: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    open_advisor_page: Callable[..., AppTest],
) -> None:
    answer = create_project("docs").add_task(Task("answer", "qa"))
    answer.add_examples([Example("1", "How long is the warranty?", "two years")])
    answer.project.add_document("warranty.md", b"The warranty lasts two years.")
    plan = plan_of(answer, "rag")
    with use_fakes("two years"):
        app = open_page("rag/chat_page.py", monkeypatch, plan=plan.id)
        assert f"Filled in by the plan **{plan.id}**" in said(app)
        assert "by rag, under the task answer" in said(app)
        app.button(key="index").click().run()
    assert submitted[0][0] == "index"
    assert submitted[0][1]["plan"] == plan.id
