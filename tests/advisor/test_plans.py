from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from advisor.advise import Advice, advise
from advisor.answers import Answers
from advisor.measured import measured_answers
from advisor.plans import choose, draft, evaluation_band, lacks, make_plan, model_of
from ladder.costs import PriceBasis
from ladder.errors import InputError
from ladder.methods import preset
from ladder.plan import find_plan
from ladder.project import Example, Task, TaskFolder, create_project

Scored = Callable[..., TaskFolder]


def advice_of(folder: TaskFolder, **more: Any) -> Advice:
    return advise(Answers.from_dict(measured_answers(folder) | more))


def icl(folder: TaskFolder) -> Advice:
    """Return an advice that recommends few-shot."""
    return replace(advice_of(folder), recommended="icl", runner_up="prompt")


def test_nothing_measured_plans_a_measurement(folder: TaskFolder) -> None:
    advice = advice_of(folder)
    plan = make_plan(folder, advice)
    assert (plan.method, [step.kind for step in plan.steps]) == ("measure-first", ["measure"])
    assert plan.spec("measure") == {"task": "route", "plan": plan.id, "split": "validation"}
    assert find_plan(folder.project, plan.id) == plan


def test_a_plan_holds_the_setup_the_answers_and_the_reasons(folder: TaskFolder) -> None:
    advice = icl(folder)
    plan = make_plan(folder, advice)
    assert plan.title == "few-shot with 8 examples"
    assert plan.setup == preset("few-shot", folder.task).to_dict()
    assert Answers.from_query(plan.answers) == advice.answers
    assert [rule["text"] for rule in plan.rules] == [reason.text for reason in advice.reasons]
    assert all(rule["source"] for rule in plan.rules)
    assert 0 < plan.seconds.p10 < plan.seconds.p50 < plan.seconds.p90
    assert plan.money is not None
    assert plan.money.p90 == 0
    assert "no price per hour" in plan.assumptions[-1]


def test_answering_without_a_model_is_planned_as_a_linear_classifier(folder: TaskFolder) -> None:
    advice = advice_of(folder, baseline=0.1, no_llm_score=0.95)
    assert advice.recommended == "no-llm"
    plan = make_plan(folder, advice)
    assert plan.setup == preset("logistic", folder.task).to_dict()
    assert plan.title == "a linear classifier, no language model"


def test_what_was_measured_narrows_the_estimate(folder: TaskFolder, scored: Scored) -> None:
    before, why = evaluation_band(folder, "few-shot")
    scored(few_shot=0.5)
    after, now = evaluation_band(folder, "few-shot")
    assert after.p90 / after.p10 < before.p90 / before.p10
    assert "our assumptions" in why
    assert "was measured here" in now


def test_hardware_by_the_hour_prices_the_plan(folder: TaskFolder) -> None:
    price = PriceBasis(hourly=3.6, hourly_source="the bill, 2026-11")
    priced = folder.save_task(replace(folder.task, price=price))
    plan = draft(priced, icl(priced), "icl")
    assert plan.money is not None
    assert plan.money.p50 == pytest.approx(plan.seconds.p50 / 1000)
    assert "$3.6 an hour (the bill, 2026-11)" in plan.assumptions[-1]


def test_a_server_is_priced_by_its_tokens_or_not_at_all(folder: TaskFolder) -> None:
    server = replace(preset("zero-shot", folder.task), model="server:m@http://127.0.0.1:1/v1")
    folder.save_setup(server)
    assert model_of(folder) == server.model
    assert draft(folder, icl(folder), "icl").money is None
    basis = PriceBasis(token_model="openai:gpt-4o-mini")
    priced = folder.save_task(replace(folder.task, price=basis))
    money = draft(priced, icl(priced), "icl").money
    assert money is not None
    assert 0 < money.p10 < money.p50


def test_a_baseline_as_setup_does_not_name_the_model(folder: TaskFolder) -> None:
    folder.save_setup(preset("knn", folder.task))
    assert model_of(folder) == "smollm2-135m-instruct"


def test_what_cannot_run_says_what_is_missing_and_the_runner_up_stands_in(
    folder: TaskFolder,
) -> None:
    advice = replace(advice_of(folder), recommended="distill", runner_up="icl")
    choice = choose(folder, advice)
    assert choice.method == "icl"
    assert "not in this version" in choice.missing
    nothing = replace(advice, runner_up="pretrain")
    assert choose(folder, nothing).method == ""
    with pytest.raises(InputError, match="Distillation cannot run now"):
        make_plan(folder, nothing)


def test_a_larger_model_needs_a_server(folder: TaskFolder) -> None:
    assert "add a server on Models" in lacks(folder, "larger-model")


def test_few_shot_needs_labels(home: object) -> None:
    empty = create_project("new").add_task(Task("route", "classification"))
    assert "needs labelled examples" in lacks(empty, "icl")
    assert lacks(empty, "prompt") == ""


def test_all_weights_are_planned_as_a_run_too(folder: TaskFolder) -> None:
    advice = replace(advice_of(folder), recommended="full", runner_up=None)
    plan = make_plan(folder, advice)
    assert (plan.method, plan.recipe and plan.recipe["method"]) == ("full", "full")
    assert plan.step("train") is not None


def test_a_trained_method_is_planned_as_a_run_and_its_measurement(folder: TaskFolder) -> None:
    pytest.importorskip("training.recipe")
    advice = replace(advice_of(folder), recommended="peft", runner_up=None)
    assert lacks(folder, "peft") == ""
    plan = make_plan(folder, advice)
    assert (plan.method, [step.kind for step in plan.steps]) == ("lora", ["train", "evaluate"])
    spec = plan.spec("train")
    assert (spec["method"], spec["recipe"]["head"]) == ("lora", "generate")
    assert plan.setup is not None
    assert plan.spec("evaluate", "r1")["setup"]["model"] == "run:r1"
    assert plan.title.startswith("LoRA")


def test_a_lora_is_planned_on_the_model_that_the_task_asks(folder: TaskFolder) -> None:
    pytest.importorskip("training.recipe")
    advice = advice_of(folder)
    own = replace(preset("zero-shot", folder.task), model="hf:org/name-500m")
    folder.save_setup(own)
    assert (draft(folder, advice, "peft").recipe or {})["model"] == own.model
    assert (draft(folder, advice, "classifier").recipe or {})["model"] == "all-minilm-l6-v2"
    folder.save_setup(replace(own, model="server:m@http://127.0.0.1:1/v1"))
    assert (draft(folder, advice, "peft").recipe or {})["model"] == "smollm2-135m-instruct"


def test_retrieval_is_planned_as_an_index_and_its_measurement(home: object) -> None:
    pytest.importorskip("rag.indexing")
    answer = create_project("docs").add_task(Task("answer", "qa"))
    answer.add_examples([Example("1", "How long is the warranty?", "two years")])
    answer.project.add_document("warranty.md", b"The warranty lasts two years.")
    advice = replace(advice_of(answer), recommended="rag", runner_up=None)
    plan = make_plan(answer, advice)
    assert [step.kind for step in plan.steps] == ["index", "evaluate"]
    spec = plan.spec("index")
    assert spec["embedder"] == "all-minilm-l6-v2"
    assert spec["chunk_tokens"] > 0


def test_documents_that_the_bundled_model_cannot_read_at_once_are_said(home: object) -> None:
    pytest.importorskip("rag.indexing")
    answer = create_project("docs").add_task(Task("answer", "qa"))
    answer.project.add_document("long.md", b"word " * 10_000)
    assert "reads 8,192 at once" in lacks(answer, "docs-in-prompt")


def test_a_classifier_needs_labels_to_name(home: object) -> None:
    pytest.importorskip("training.recipe")
    answer = create_project("docs").add_task(Task("answer", "qa"))
    assert "names labels" in lacks(answer, "classifier")
