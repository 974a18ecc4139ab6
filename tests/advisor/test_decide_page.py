from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from advisor.answers import STARRED, Answers
from advisor.inputs import LABELS
from advisor.measured import measured_answers
from advisor.methods import METHODS
from advisor.screens import DETAILS, SCREENS
from advisor.wizard import Wizard
from ladder.plan import find_plan, plans
from ladder.project import Example, Task, TaskFolder

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

Open = Callable[..., "AppTest"]
Scored = Callable[..., TaskFolder]


def said(app: AppTest) -> str:
    return " ".join(m.value for m in app.markdown)


def asked(app: AppTest) -> str:
    return app.header[0].value


def click(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def test_with_nothing_measured_one_click_leads_to_measure_now(
    folder: TaskFolder, open_advisor_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    app = open_advisor_page("decide")
    assert asked(app).startswith("1. ")
    assert app.radio(key="answer_baseline").value == "not measured yet"
    click(app, "next")
    assert asked(app) == "Measure first"
    button = app.button(key="measure")
    assert button.label.startswith("Measure now, about ")
    button.click().run()
    (kind, spec), *others = submitted
    assert (kind, others) == ("measure", [])
    assert spec == {"task": "route", "split": "validation", "plan": plans(folder.project)[0]}


def test_the_longest_way_takes_at_most_nine_clicks(scored: Scored, open_advisor_page: Open) -> None:
    scored(zero_shot=0.1, few_shot=0.6)
    app = open_advisor_page("decide")
    asked_all, clicks = [], 0
    while any(button.key == "next" for button in app.button):
        asked_all.append(asked(app))
        if asked(app).endswith("What is missing today?"):
            app.button_group(key="answer_missing").set_value(["skill"]).run()
            clicks += 1
        if asked(app).endswith("what may it cost?"):
            app.selectbox(key="answer_gpus").set_value("8xA100-80").run()
            clicks += 2  # opens the list, picks
        click(app, "next")
        clicks += 1
    assert len(asked_all) == len(SCREENS)
    assert clicks <= 9
    assert asked(app) in {method.title for method in METHODS.values()}
    assert "class Q5 lit" in said(app)


def test_every_step_takes_less_than_a_fifth_of_a_second(
    scored: Scored, open_advisor_page: Open
) -> None:
    import training.estimate  # noqa: F401 - libraries are loaded once in a process

    scored(zero_shot=0.1, few_shot=0.6)
    app = open_advisor_page("decide", answered="6")
    app = open_advisor_page("decide")
    took = []
    for labelled in ("81", None, None, None, None, None, "more"):
        began = time.process_time()
        if labelled == "more":  # an advice that was not reckoned before
            app.slider(key="answer_horizon_months").set_value(7).run()
        else:
            click(app, "next")
        took.append(time.process_time() - began)
    assert len(app.expander) > len(METHODS)
    assert max(took) < 0.2, took


def test_the_rest_can_be_skipped(scored: Scored, open_advisor_page: Open) -> None:
    scored(few_shot=0.6)
    app = open_advisor_page("decide")
    click(app, "next")
    click(app, "finish")
    assert "What would change this" in [header.value for header in app.header]


def test_the_starred_answers_are_asked_and_the_others_are_details() -> None:
    asked_for = [name for screen in SCREENS for name in screen.fields]
    offered = [name for screen in DETAILS for name in screen.fields]
    assert sorted(asked_for) == sorted(STARRED)
    assert sorted([*asked_for, *offered, "horizon_months"]) == sorted(LABELS)


def test_measured_answers_are_filled_in_and_marked(scored: Scored, open_advisor_page: Open) -> None:
    scored(few_shot=0.6)
    app = open_advisor_page("decide")
    assert app.radio(key="answer_baseline").value == "measured"
    assert app.number_input(key="answer_baseline_value").value == 0.6
    assert "measured: the best prompt on the validation examples" in said(app)


def test_a_few_shot_prompt_that_is_good_enough_is_recommended_by_its_name(
    scored: Scored, open_advisor_page: Open
) -> None:
    scored(zero_shot=0.0, few_shot=0.88)
    app = open_advisor_page("decide")
    assert "the best prompt on the validation examples, Few-shot prompt (ICL)" in said(app)
    assert app.selectbox(key="answer_baseline_by").value == "icl"
    click(app, "next")
    assert asked(app) == "Few-shot prompt (ICL)"
    assert "Your few-shot prompt reaches 0.88" in said(app)
    assert "asks the model with an instruction alone" not in said(app)


def test_the_chart_grows_and_is_told_in_words(folder: TaskFolder, open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="1", missing="facts")
    text = said(app)
    assert "```mermaid" in text
    assert "class Q2 now" in text
    assert 'Q1 ==>|"✓ no"| Q2' in text
    assert "1. Does a prompt, with or without examples, already meet the target? Answer: no" in text


def test_an_address_opens_at_the_advice_it_was_shared_at(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page(
        "decide", answered="6", missing="facts", knowledge_tokens="4000000", labelled="80"
    )
    assert asked(app) == "Retrieval (RAG)"
    text = said(app)
    assert "facts, old and new. *Ovadia et al. 2312.05934; read in the source.*" in text
    assert "**Retrieval (RAG) cannot run here now.** Rag finds passages" in text
    labels = [expander.label for expander in app.expander]
    ranked = [label for label in labels if " · " in label]
    assert len(ranked) == len(METHODS)
    assert ranked[0].startswith("★ **Retrieval (RAG)** · score +")
    assert any("ruled out: The documents do not fit in the prompt" in label for label in ranked)
    assert app.query_params["missing"] in ("facts", ["facts"])


def test_a_method_opens_to_its_rules_and_how_its_price_was_reckoned(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("decide", answered="6", missing="facts", knowledge_tokens="4000000")
    before = said(app)
    app.session_state["why_full"] = True
    app.run()
    assert not app.exception
    new = said(app).removeprefix(before)
    assert "**rules it out** Fewer than 50 labelled examples" in new
    assert "**-1** Retrieval beats training for facts" in new
    assert "*[Ovadia et al. 2312.05934; Gekhman et al. 2405.05904](https://arxiv.org/abs/" in new
    assert "Formula: once + a month x months" in new
    assert "What went in: " in new
    assert "*Source: " in new


def test_figures_of_the_advice_explain_themselves(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("decide", answered="6", missing="facts", knowledge_tokens="4000000")
    text = said(app)
    assert "total over 12 months: \\$" in text
    assert "people's work to build it: 4 to 25 days" in text


def test_what_would_change_the_answer_and_what_stands_beside_it_are_said(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("decide", answered="6", missing="facts", knowledge_tokens="4000000")
    text = said(app)
    assert "- With 20,000 tokens of documents: Documents in the prompt." in text
    for place in ("Runner-up: **", "One rung down: **Documents in", "One rung up: **A larger"):
        assert place in text


def test_bad_values_of_a_link_are_left_out_and_said(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page(
        "decide", answered="6", missing="facts", labelled="-4", knowledge_tokens="9" * 300
    )
    (warning,) = app.warning
    assert "Labelled examples now, Tokens of documents" in warning.value
    assert "What is missing" not in warning.value
    assert app.query_params["missing"] in ("facts", ["facts"])
    assert "labelled" not in app.query_params


def test_back_returns_to_the_question_with_its_answer(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("decide", answered="3", missing="facts", knowledge_tokens="4000000")
    click(app, "back")
    assert asked(app).startswith("3. ")
    assert app.number_input(key="answer_knowledge_tokens").value == 4_000_000
    click(app, "back")
    assert app.button_group(key="answer_missing").value == ["facts"]


def test_the_horizon_changes_the_prices(folder: TaskFolder, open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="6", missing="facts", knowledge_tokens="4000000")
    app.slider(key="answer_horizon_months").set_value(24).run()
    assert not app.exception
    assert " over 24 months" in app.expander[1].label
    assert app.query_params["horizon_months"] in ("24", ["24"])


def test_a_detail_moves_the_advice(folder: TaskFolder, open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="6", missing="facts", knowledge_tokens="20000")
    assert asked(app) == "Documents in the prompt"
    app.button_group(key="details").set_value("Traffic").run()
    app.number_input(key="answer_queries_per_day").set_value(2_000_000).run()
    assert not app.exception
    assert asked(app) == "Retrieval (RAG)"


def test_a_measurement_brings_the_wizard_back_with_the_figure(
    scored: Scored, open_advisor_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    app = open_advisor_page("decide")
    click(app, "next")
    click(app, "measure")
    assert submitted
    scored(zero_shot=0.1, few_shot=0.6)  # what the job writes
    app.run()
    assert asked(app).startswith("1. ")
    assert [each.value for each in app.success] == ["Measured: the figure is filled in below."]
    assert app.number_input(key="answer_baseline_value").value == 0.6


def test_measuring_also_measures_how_well_the_tokenizers_know_the_texts(
    folder: TaskFolder,
    open_advisor_page: Open,
    submitted: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[TaskFolder] = []
    monkeypatch.setattr("advisor.decide_act.coverage", seen.append)
    app = open_advisor_page("decide")
    click(app, "next")
    assert seen == []
    click(app, "measure")
    assert [each.path for each in seen] == [folder.path]
    assert submitted


def test_a_gpu_that_nobody_knows_is_refused_in_a_sentence(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("home")
    measured = measured_answers(folder)
    app.session_state["wizard_of"] = str(folder.path)
    app.session_state["wizard"] = Wizard(Answers(labelled=80), 4, measured)
    app.session_state["answer_gpus"] = "a lot"
    app.switch_page("advisor/decide_page.py").run()
    assert not app.exception
    assert asked(app).startswith("5. ")
    assert "8xA100-80" in app.error[0].value


def test_without_a_project_the_wizard_still_advises(open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="6", missing="facts", knowledge_tokens="4000000")
    assert asked(app) == "Retrieval (RAG)"
    assert app.button(key="to_start").label == "Start with your data"


def test_a_recommendation_that_can_run_is_saved_as_a_plan_and_opens_its_page(
    scored: Scored, open_advisor_page: Open
) -> None:
    folder = scored(zero_shot=0.9)  # on target: the prompt stays
    app = open_advisor_page("decide", answered="1", baseline="0.9")
    assert asked(app) == "Prompt"
    button = app.button(key="run_this")
    assert button.label == "Run this: a prompt without examples, ready now"
    click(app, "run_this")
    assert app.title[0].value == "Which examples make the best prompt?"
    (id,) = plans(folder.project)
    assert app.query_params["plan"] in (id, [id])
    assert f"Filled in by the plan **{id}**" in said(app)
    plan = find_plan(folder.project, id)
    assert plan.answers["baseline"] == "0.9"
    assert plan.rules


def test_a_larger_model_is_a_priced_card_and_leads_to_models(
    scored: Scored, open_advisor_page: Open
) -> None:
    scored(zero_shot=0.1, few_shot=0.6)
    app = open_advisor_page("decide", answered="9", missing="skill", gpus="8xA100-80")
    assert asked(app) == "A larger model"
    assert "**A larger model cannot run here now.** It needs a larger model: add" in said(app)
    click(app, "to_models")
    assert app.title[0].value == "Which models can answer here?"


def test_few_shot_is_run_from_the_advice(folder: TaskFolder, open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="9", baseline="0.6", labelled="5")
    assert asked(app) == "Few-shot prompt (ICL)"
    assert app.button(key="run_this").label == "Run this: few-shot with 8 examples, ready now"
    click(app, "run_this")
    (id,) = plans(folder.project)
    assert find_plan(folder.project, id).method == "few-shot"
    assert app.number_input(key="shots_count").value == 8


def questions_of(folder: TaskFolder) -> None:
    questions = folder.project.add_task(Task("answer", "qa"))
    questions.add_examples([Example("1", "How long is the warranty?", "two years")])
    folder.project.add_document("warranty.md", b"The warranty lasts two years.")


def test_questions_reach_retrieval_by_clicks_alone(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    questions_of(folder)
    app = open_advisor_page("decide", task="answer")
    app.radio(key="answer_baseline").set_value("tried, below the target").run()
    click(app, "next")
    assert app.button_group(key="answer_missing").value == ["facts"]
    assert "suggested: a task of questions, and documents in the project" in said(app)
    click(app, "finish")
    titles = [app.header[0].value, *(expander.label for expander in app.expander)]
    assert any("Retrieval (RAG)" in title for title in titles)
    if asked(app) == "Retrieval (RAG)":
        click(app, "run_this")
    else:
        app.selectbox(key="other").set_value("rag").run()
        assert app.button(key="run_other").label == "Run this: retrieval (RAG), ready now"
        click(app, "run_other")
    assert app.title[0].value == "What does it answer, and is it true?"
    (id,) = plans(folder.project)
    assert find_plan(folder.project, id).method == "rag"
    assert f"Filled in by the plan **{id}**" in said(app)


def test_the_suggestion_can_be_changed_and_is_marked_no_more(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    questions_of(folder)
    app = open_advisor_page("decide", task="answer")
    app.radio(key="answer_baseline").set_value("tried, below the target").run()
    click(app, "next")
    app.button_group(key="answer_missing").set_value(["style"]).run()
    assert "suggested: a task of questions" not in said(app)
    click(app, "next")
    assert asked(app).startswith("3. ")


def test_another_method_of_the_table_can_be_carried_out(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    told = {"baseline": "0.6", "labelled": "80", "missing": "style", "task_kind": "classification"}
    app = open_advisor_page("decide", answered="9", **told)
    first, other = asked(app), app.selectbox(key="other")
    assert first not in other.options
    assert "Retrieval (RAG)" not in other.options, "there are no documents"
    assert len(other.options) > 1
    other.set_value("classifier").run()
    assert app.button(key="run_other").label.startswith("Run this: a small classifier, about ")
    click(app, "run_other")
    assert app.title[0].value == "What will this run do, and is it going well?"
    assert find_plan(folder.project, plans(folder.project)[0]).method == "classifier"


@pytest.mark.parametrize("group", [screen.short for screen in (*SCREENS, *DETAILS)])
def test_every_answer_can_be_changed_beside_the_advice(
    group: str, folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("decide", answered="6", missing="facts", knowledge_tokens="4000000")
    app.button_group(key="details").set_value(group).run()
    assert not app.exception
    assert asked(app) == "Retrieval (RAG)", "drawing the answers changes none of them"


def test_the_default_way_on_a_task_of_labels_ends_in_a_plan_that_runs(
    folder: TaskFolder, open_advisor_page: Open, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    folder.project.add_document("handbook.md", b"Ovens are repaired within ten days. " * 500)
    app = open_advisor_page("decide")
    app.radio(key="answer_baseline").set_value("tried, below the target").run()
    while any(button.key == "next" for button in app.button):
        click(app, "next")
    assert asked(app) == "No LLM"
    assert app.button(key="run_this").label.startswith("Run this: a linear classifier")
    assert {"docs-in-prompt", "rag"}.isdisjoint(app.selectbox(key="other").options)
    app.button(key="run_this").click().run()
    (plan,) = plans(folder.project)
    assert submitted == [("evaluate", find_plan(folder.project, plan).spec("evaluate"))]


@pytest.mark.parametrize("method", ["logistic", "knn"])
def test_what_was_measured_already_is_not_offered_as_a_run(
    scored: Scored, open_advisor_page: Open, method: str
) -> None:
    scored(zero_shot=0.1, few_shot=0.2, **{method: 0.95})
    app = open_advisor_page("decide")
    while any(button.key == "next" for button in app.button):
        click(app, "next")
    assert asked(app) == "No LLM"
    assert "run_this" not in {button.key for button in app.button}
