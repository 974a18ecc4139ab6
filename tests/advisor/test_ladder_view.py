from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from advisor.answers import Answers
from advisor.home_chart import chart_rows, in_words, ladder_chart, table_rows
from advisor.ladder_view import confirm_step, ladder_sentence, next_step, rungs
from advisor.measured import HOW, measured_answers, no_llm_words
from advisor.methods import METHODS
from ladder.answering import Setup
from ladder.jobs import Job
from ladder.methods import METHODS as RUNNABLE
from ladder.methods import preset
from ladder.project import Example, Task, TaskFolder

Scored = Callable[..., TaskFolder]


def test_the_project_answers_what_it_can(folder: TaskFolder) -> None:
    found = measured_answers(folder)
    assert found["baseline"] is None
    assert found["labelled"] == 80
    assert found["labelled_possible"] == 100
    assert found["labels"] == 2
    assert found["target"] == 0.85
    assert set(found) <= set(HOW)
    assert Answers.from_dict(found).task_kind == "classification"


def test_the_baseline_is_the_best_prompt_on_validation(
    scored: Scored, add_score: Callable[..., None]
) -> None:
    folder = scored(zero_shot=0.2, few_shot=0.7, knn=0.9)
    add_score("few-shot", 0.99, split="test")
    add_score("zero-shot", 0.98, metric="macro-f1")
    found = measured_answers(folder)
    assert (found["baseline"], found["baseline_by"]) == (0.7, "icl")
    add_score("zero-shot", 0.9, limit=40, setup_hash="other")
    assert measured_answers(folder)["baseline_by"] == "icl", "a sample is no better than all"


@pytest.mark.parametrize(
    ("no_llm", "prompt", "said"),
    [
        (0.95, 0.5, "good enough: no language model is needed for the target 0.85"),
        (0.88, 0.5, "though the interval still holds scores below it"),
        (0.7, 0.6, "No prompt scores higher"),
        (0.6, 0.7, "the best prompt: few-shot 0.70 (0.62 to 0.78, n = 40)."),
    ],
)
def test_what_needs_no_language_model_is_said_plainly(
    scored: Scored, no_llm: float, prompt: float, said: str
) -> None:
    folder = scored(majority=0.1, logistic=no_llm, few_shot=prompt)
    words = no_llm_words(folder)
    assert words.startswith(f"Measured without a language model: logistic {no_llm:.2f}")
    assert said in words


def test_nothing_is_said_of_a_baseline_that_was_not_measured(scored: Scored) -> None:
    assert no_llm_words(scored(few_shot=0.9)) == ""


def test_documents_count_by_the_size_of_their_files(folder: TaskFolder) -> None:
    documents = folder.project.path / "documents"
    documents.mkdir()
    (documents / "handbook.md").write_text("x" * 4000)
    assert measured_answers(folder)["knowledge_tokens"] == 1000


def test_questions_beside_documents_suggest_that_facts_are_missing(folder: TaskFolder) -> None:
    project = folder.project
    questions = project.add_task(Task("answer", "qa"))
    questions.add_examples([Example("1", "How long is the warranty?", "two years")])
    assert "missing" not in measured_answers(questions), "there is nothing to find facts in"
    project.add_document("warranty.md", b"The warranty lasts two years.")
    assert measured_answers(questions)["missing"] == ("facts",)
    assert "missing" not in measured_answers(folder), "labels are no facts"
    reading = project.add_task(Task("read", "qa"))
    reading.add_examples([Example("1", "How long?", "two years", context="It lasts two years.")])
    assert "missing" not in measured_answers(reading), "each example brings its own text"


def test_the_ladder_has_every_rung_with_a_price_cheapest_first(folder: TaskFolder) -> None:
    ladder = rungs(folder)
    assert [rung.method for rung in ladder] == list(METHODS)
    states = {rung.method: rung.state for rung in ladder}
    able = {"no-llm", "classifier", "prompt", "icl", "peft", "full"}
    assert {m for m, s in states.items() if s == "not tried"} == able
    missing = {rung.method: rung.missing for rung in ladder}
    assert missing["rag"] == "not for classification"
    assert missing["rag+peft"] == "not in this version; needs documents"
    assert missing["prompt"] == ""


def test_the_rung_without_an_llm_shows_its_best_and_says_which(scored: Scored) -> None:
    folder = scored(majority=0.1, nn_1=0.8, knn=0.9, logistic=0.85)
    rung = rungs(folder)[0]
    assert rung.score is not None
    assert (rung.by, rung.score.value, rung.state) == ("knn", 0.9, "measured")


def test_a_running_job_shows_on_its_rungs_alone(folder: TaskFolder) -> None:
    job = Job(
        "1", folder.project.path, "measure", folder.path, spec={"task": "route"}, state="running"
    )
    busy = {rung.method for rung in rungs(folder, [job]) if rung.state == "running"}
    assert busy == {"no-llm", "prompt", "icl"}
    one = replace(job, kind="evaluate", spec={"task": "route", "method": "few-shot"})
    assert [r.method for r in rungs(folder, [one]) if r.state == "running"] == ["icl"]
    searched = {"task": "route", "setup": preset("few-shot", folder.task).to_dict()}
    for kind in ("prove", "sweep"):
        about = replace(job, kind=kind, spec=searched)
        assert all(rung.state != "running" for rung in rungs(folder, [about]))
    elsewhere = replace(job, spec={"task": "other"})
    assert all(rung.state != "running" for rung in rungs(folder, [elsewhere]))
    assert all(rung.state != "running" for rung in rungs(folder, [replace(job, state="done")]))


def test_the_current_answerer_is_marked(folder: TaskFolder) -> None:
    assert not any(rung.current for rung in rungs(folder))
    folder.save_setup(preset("few-shot", folder.task))
    assert [rung.method for rung in rungs(folder) if rung.current] == ["icl"]


def test_the_sentence_says_where_the_task_stands_and_what_is_next(
    scored: Scored, add_score: Callable[..., None]
) -> None:
    folder = scored()
    said = ladder_sentence(folder, rungs(folder))
    assert said.startswith("Nothing is measured yet; the target is 0.85; measuring all 6 methods")
    assert said.endswith("would take about 1 minute.")
    scored(few_shot=0.8)
    said = ladder_sentence(folder, rungs(folder))
    assert "Few-shot prompt (ICL) (few-shot) reaches 0.80 (0.72 to 0.88, n = 40)" in said
    assert "the target is 0.85; measuring majority, 1-nn, knn, logistic and zero-shot would" in said
    scored(majority=0.5, nn_1=0.7, knn=0.7, logistic=0.7, zero_shot=0.1)
    said = ladder_sentence(folder, rungs(folder))
    assert "the target is 0.85; Small classifier would cost $" in said
    scored(knn=0.9)
    said = ladder_sentence(folder, rungs(folder))
    assert "the target is 0.85; confirming it on 36 test examples would take about 1 min" in said
    add_score("knn", 0.87, split="test", n=20)
    said = ladder_sentence(folder, rungs(folder))
    assert said.endswith("on the test split it has 0.87 (0.79 to 0.95, n = 20).")


def test_the_next_step_follows_what_is_there(
    scored: Scored, add_score: Callable[..., None]
) -> None:
    folder = scored()
    step = next_step(folder)
    assert step.kind == "measure"
    assert step.label.startswith("Measure now, about ")
    assert step.spec(folder) == {"task": "route", "split": "validation"}
    scored(knn=0.7, majority=0.5)
    step = next_step(folder)
    assert step.methods == ("1-nn", "logistic", "zero-shot", "few-shot")
    assert step.spec(folder)["methods"] == list(step.methods)
    scored(nn_1=0.7, logistic=0.7, zero_shot=0.1, few_shot=0.6)
    step = next_step(folder)
    assert (step.kind, step.label) == ("decide", "See what it takes: Small classifier")
    scored(few_shot=0.9)
    assert next_step(folder).kind == "confirm"
    add_score("few-shot", 0.7, split="test")
    assert next_step(folder).kind == "decide"
    add_score("few-shot", 0.9, split="test")
    assert next_step(folder).kind == "scoreboard"
    job = Job("1", folder.project.path, "measure", folder.path, spec={"task": "route"})
    assert next_step(folder, [job]).kind == "jobs"


def test_the_rest_is_estimated_without_what_is_measured(scored: Scored) -> None:
    folder = scored(majority=0.5, zero_shot=0.1, few_shot=0.6)
    assert next_step(folder).label == "Measure the rest, about 1 minute"
    scored(nn_1=0.7, knn=0.7)
    assert next_step(folder).label == "Measure logistic, about 1 minute"


def test_the_best_is_confirmed_once_on_the_test_split_and_as_it_was_measured(
    scored: Scored, add_score: Callable[..., None]
) -> None:
    folder = scored(majority=0.5, nn_1=0.7, knn=0.7, logistic=0.7, zero_shot=0.1)
    setup = preset("few-shot", folder.task)
    add_score("few-shot", 0.9, setup_hash=setup.hash, setup=setup.to_dict())
    step = next_step(folder)
    assert step.job == "evaluate"
    assert step.label.startswith("Confirm few-shot on the test split, about ")
    assert "the 36 test examples" in step.help
    assert "Looks so far: 0." in step.help
    spec = step.spec(folder)
    assert (spec["split"], Setup.from_dict(spec["setup"])) == ("test", setup)
    job = Job("1", folder.project.path, step.job, folder.path, spec=spec, state="running")
    assert next_step(folder, [job]).kind == "jobs"
    assert [r.method for r in rungs(folder, [job]) if r.state == "running"] == ["icl"]
    add_score("few-shot", 0.9, split="test", setup_hash="another")
    assert next_step(folder).kind == "confirm"
    add_score("few-shot", 0.9, split="test", setup_hash=setup.hash)
    assert confirm_step(folder) is None


def test_without_a_test_split_nothing_is_confirmed(
    folder: TaskFolder, add_score: Callable[..., None]
) -> None:
    folder.save_examples(folder.examples()[:12])
    for method in RUNNABLE:
        add_score(method, 0.9)
    assert confirm_step(folder) is None
    assert next_step(folder).label == "Label 8 more examples, to confirm majority"


def test_without_labels_the_next_step_is_to_label(folder: TaskFolder) -> None:
    folder.save_examples([replace(example, output=None) for example in folder.examples()])
    assert next_step(folder).kind == "start"
    assert rungs(folder)[0].missing == "needs labelled examples"


def test_the_picture_draws_the_cheapest_rung_at_the_bottom_and_the_target(scored: Scored) -> None:
    ladder = rungs(scored(knn=0.9))
    rows = chart_rows(ladder)
    assert rows[-1]["row"] == "no-llm"
    assert rows[-1]["said"] == "0.90 (n = 40)"
    assert rows[0]["score"] is None
    drawn = json.loads(ladder_chart(ladder, 0.85).to_json())
    kinds = [layer["mark"]["type"] for layer in drawn["layer"]]
    assert kinds.count("rule") == 2
    assert kinds.count("point") == 1
    assert {"score": 0.85, "said": "target 0.85"} in [
        row for data in drawn["datasets"].values() for row in data
    ]


def test_the_picture_is_told_in_words_too(scored: Scored) -> None:
    ladder = rungs(scored(knn=0.9))
    assert "No LLM: measured, 0.90 (0.82 to 0.98, n = 40) by knn" in in_words(ladder, 0.85)
    assert table_rows(ladder)[-1]["Rung"] == "No LLM"
