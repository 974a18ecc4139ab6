from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from advisor.answers import Answers
from advisor.measured import measured_answers
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
    scored(zero_shot=0.1, few_shot=0.6, logistic=0.7)
    app = open_advisor_page("decide")
    clicks = 0
    for change in (None, ("answer_missing", ["skill"]), None, ("answer_gpus", "8xA100-80"), None):
        if change and change[0] == "answer_gpus":
            app.selectbox(key=change[0]).set_value(change[1]).run()
            clicks += 2
        elif change:
            app.button_group(key=change[0]).set_value(change[1]).run()
            clicks += 1
        click(app, "next")
        clicks += 1
    assert clicks <= 9
    assert asked(app) == "Small classifier"
    assert "Q5" in said(app)


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
        "decide", answered="2", missing="facts", knowledge_tokens="4000000", labelled="80"
    )
    assert asked(app) == "Retrieval (RAG)"
    text = said(app)
    assert "Retrieval beats training for facts, old and new. *(Ovadia et al. 2312.05934)*" in text
    assert "**Retrieval (RAG) cannot run now.**" in text
    assert "First price: " in text
    table = app.table[0].value
    assert len(table) == 16
    assert table.iloc[0]["Verdict"] == "★ recommended"
    assert any("do not fit in the prompt" in cell for cell in table.iloc[:, -1])
    assert app.query_params["missing"] in ("facts", ["facts"])


def test_back_returns_to_the_question_with_its_answer(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("decide", answered="2", missing="facts", knowledge_tokens="4000000")
    click(app, "back")
    assert asked(app).startswith("2. ")
    assert app.button_group(key="answer_missing").value == ["facts"]
    assert app.number_input(key="answer_knowledge_tokens").value == 4_000_000


def test_the_horizon_changes_the_table(folder: TaskFolder, open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="2", missing="facts", knowledge_tokens="4000000")
    app.slider(key="horizon").set_value(24).run()
    assert "Over 24 months" in app.table[0].value.columns


def test_a_detail_moves_the_advice(folder: TaskFolder, open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="2", missing="facts", knowledge_tokens="20000")
    assert asked(app) == "Documents in the prompt"
    app.number_input(key="answer_queries_per_day").set_value(2_000_000).run()
    assert not app.exception
    assert asked(app) == "Retrieval (RAG)"


def test_a_gpu_that_nobody_knows_is_refused_in_a_sentence(
    folder: TaskFolder, open_advisor_page: Open
) -> None:
    app = open_advisor_page("home")
    measured = measured_answers(folder)
    app.session_state["wizard_of"] = str(folder.path)
    app.session_state["wizard"] = Wizard(Answers(labelled=80), 3, measured)
    app.session_state["answer_gpus"] = "a lot"
    app.switch_page("advisor/decide_page.py").run()
    assert not app.exception
    assert asked(app).startswith("4. ")
    assert "8xA100-80" in app.error[0].value


def test_without_a_project_the_wizard_still_advises(open_advisor_page: Open) -> None:
    app = open_advisor_page("decide", answered="2", missing="facts", knowledge_tokens="4000000")
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
    assert "**A larger model cannot run now.** It needs a larger model: add a server" in said(app)
    assert "First price: " in said(app)
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
    click(app, "next")
    titles = [app.header[0].value, *app.table[0].value["Method"]]
    assert "Retrieval (RAG)" in titles
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
    other.set_value("icl").run()
    assert app.button(key="run_other").label == "Run this: few-shot with 8 examples, ready now"
    other.set_value("classifier").run()
    assert app.button(key="run_other").label.startswith("Run this: a small classifier, about ")
    click(app, "run_other")
    assert app.title[0].value == "What will this run do, and is it going well?"
    assert find_plan(folder.project, plans(folder.project)[0]).method == "classifier"
