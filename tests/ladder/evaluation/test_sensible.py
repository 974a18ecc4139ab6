from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ladder.evaluation.estimate import measure_seconds, method_seconds
from ladder.evaluation.jobs import run_measure
from ladder.evaluation.sensible import why_not_now
from ladder.jobs import RunContext
from ladder.machine import MachineRates, save_machine
from ladder.methods import METHODS, preset
from ladder.models.fakes import use_fakes
from ladder.project import Example, Task, TaskFolder, create_project, evaluation_plan
from rag.answerers import build_answerer
from rag.indexing import index_documents


@pytest.fixture
def answer(home: Path) -> TaskFolder:
    folder = create_project("demo").add_task(Task("answer", "qa"))
    folder.add_examples([Example(f"q{i}", f"what is thing {i}", f"it is {i}") for i in range(12)])
    return folder


def now(folder: TaskFolder) -> set[str]:
    return {name for name in METHODS if METHODS[name].documents != "none"} - {
        name for name in METHODS if why_not_now(name, folder)
    }


def indexed(folder: TaskFolder) -> None:
    with use_fakes():
        index_documents(folder.project)


def test_retrieval_is_measured_once_there_are_documents_and_their_index(
    answer: TaskFolder,
) -> None:
    assert now(answer) == set()
    assert "has no documents" in (why_not_now("rag", answer) or "")
    before = measure_seconds(answer)
    answer.project.add_document("a.md", b"Thing 1 is one.")
    assert "needs the documents indexed" in (why_not_now("rag", answer) or "")
    assert measure_seconds(answer) == before
    indexed(answer)
    assert now(answer) == {"extract", "rag", "few-shot+rag", "docs-in-prompt"}
    added = sum(method_seconds(answer, name) for name in now(answer))
    assert measure_seconds(answer) == pytest.approx(before + added)
    answer.project.add_document("b.md", b"Thing 2 is two.")
    assert now(answer) == set()


def test_many_documents_are_not_put_in_the_prompt_unasked(answer: TaskFolder) -> None:
    answer.project.add_document("a.md", b"word and word. " * 2_000)
    indexed(answer)
    assert now(answer) == {"extract", "rag", "few-shot+rag"}
    reason = why_not_now("docs-in-prompt", answer) or ""
    assert "all 8,000 tokens of the documents" in reason
    assert "--method docs-in-prompt" in reason


def test_passages_and_documents_make_the_estimate_longer(answer: TaskFolder) -> None:
    answer.project.add_document("a.md", b"word and word. " * 500)
    indexed(answer)
    assert method_seconds(answer, "rag") > method_seconds(answer, "zero-shot")
    assert method_seconds(answer, "docs-in-prompt") > method_seconds(answer, "rag")


def test_a_calibrated_machine_changes_the_estimate(
    answer: TaskFolder, measured_machine: MachineRates
) -> None:
    found = method_seconds(answer, "zero-shot")
    rates = measured_machine.rates
    twice = replace(rates["write"], p10=80.0, p50=100.0, p90=110.0)
    save_machine(replace(measured_machine, rates=rates | {"write": twice}))
    quicker = method_seconds(answer, "zero-shot")
    items = len(evaluation_plan(answer, "validation").items)
    tokens = preset("zero-shot", answer.task).decoding.max_new_tokens / 2
    assert found - quicker == pytest.approx(items * tokens * (1 / 50 - 1 / 100))
    assert method_seconds(answer, "1-nn") == pytest.approx(items / 100)


def test_answers_are_taken_to_be_as_long_as_those_shown(
    answer: TaskFolder, measured_machine: MachineRates
) -> None:
    short = method_seconds(answer, "few-shot")
    longer = [replace(each, output="word " * 12) for each in answer.examples()]
    answer.save_examples(longer)
    items = len(evaluation_plan(answer, "validation").items)
    more = (method_seconds(answer, "few-shot") - short) / items
    assert more > 12 / 50, "twelve more tokens are written"
    assert more < 12 / 50 + 9 * 12 * 5 / 4 / 800 + 0.1, "and read, in the examples shown"


def test_measure_leaves_out_what_the_documents_do_not_allow_and_says_why(
    answer: TaskFolder, tmp_path: Path
) -> None:
    with use_fakes("it is 3"):
        result = run_measure(
            RunContext(answer.project, {"task": "answer"}, tmp_path), build_answerer
        )
        assert "rag" not in {score["method"] for score in result["scores"]}
        assert "has no documents" in result["skipped"]["rag"]
        answer.project.add_document("a.md", b"Thing 3 is it.")
        indexed(answer)
        result = run_measure(
            RunContext(answer.project, {"task": "answer"}, tmp_path), build_answerer
        )
    assert {"rag", "few-shot+rag", "docs-in-prompt"} <= {s["method"] for s in result["scores"]}
    assert result["failed"] == {}


def test_changed_documents_are_asked_again(answer: TaskFolder, tmp_path: Path) -> None:
    def asked(method: str) -> int:
        spec = {"task": "answer", "methods": [method]}
        with use_fakes("it is 3") as model:
            run_measure(RunContext(answer.project, spec, tmp_path), build_answerer)
        return len(model.asked)

    answer.project.add_document("a.md", b"What is thing 3? It is it.")
    assert asked("zero-shot") == asked("rag") == 12
    assert asked("zero-shot") == asked("rag") == 0
    answer.project.add_document("b.md", b"What is thing 4? It is it.")
    assert asked("zero-shot") == 0
    assert asked("rag") == 12
