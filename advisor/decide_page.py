"""Decide: which way, and what will it cost? One question at a time, the flowchart growing."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from advisor.advise import Advice, advise, title_of
from advisor.decide_view import others, page_of, price_lines, run_label, table_rows
from advisor.flowchart import Question
from advisor.inputs import DETAILS, LABELS, collect, draw, forget
from advisor.ladder_view import NextStep, next_step
from advisor.measured import measured_answers, no_llm_words
from advisor.mermaid import flowchart, in_words
from advisor.methods import MEASURE_FIRST
from advisor.plans import Choice, choose, draft
from advisor.wizard import Wizard
from advisor.words import price_words
from ladder.errors import InputError
from ladder.frame import PAGES, Current, frame, go, primary_bar, say_errors
from ladder.jobs import active_jobs, submit
from ladder.plan import save_plan
from ladder.project import TaskFolder


def state(current: Current) -> Wizard:
    """Return the wizard of this project and task: from the visit, else from the address."""
    folder = current.folder
    measured = measured_answers(folder) if folder else {}
    owner = str(folder.path) if folder else ""
    if st.session_state.get("wizard_of") != owner:
        forget()
        first = "wizard_of" not in st.session_state
        query = st.query_params.to_dict() if first else {}
        st.session_state["wizard_of"] = owner
        st.session_state["wizard"] = Wizard.start(measured, query)
    before: Wizard = st.session_state["wizard"]
    after = before.refreshed(measured)
    if after != before:
        forget()
        st.session_state["wizard"] = after
    return after


def keep(wizard: Wizard) -> None:
    """Make this the state, and the address what it says."""
    st.session_state["wizard"] = wizard
    query = wizard.to_query()
    for name in LABELS:
        if name in st.query_params and name not in query:
            del st.query_params[name]
    for name, text in query.items():
        if st.query_params.get(name) != text:
            st.query_params[name] = text


def move(forward: bool, names: tuple[str, ...]) -> None:
    """Take what stands in the widgets, then go one question on or back."""
    wizard: Wizard = st.session_state["wizard"]
    try:
        wizard = wizard.with_answers(collect(names, wizard.answers))
    except InputError:
        return  # the widget's own message stays where it is
    st.session_state["wizard"] = wizard.next() if forward else wizard.back()
    forget()


def in_widgets(wizard: Wizard, names: tuple[str, ...]) -> Wizard:
    """Return the wizard with what stands in the widgets already, so that marks are of today."""
    with suppress(InputError):  # said below the widget, which must be drawn first
        return wizard.with_answers(collect(names, wizard.answers))
    return wizard


def ask(question: Question, wizard: Wizard) -> Wizard:
    """Draw one question, filled in, and return the wizard with what stands there."""
    st.header(f"{question.id[1:]}. {question.text}", anchor=False)
    wizard = in_widgets(wizard, question.fields)
    first, *rest = question.fields
    draw(first, wizard)
    for name in rest:
        draw(name, wizard)
    return wizard.with_answers(collect(question.fields, wizard.answers))


def picture(wizard: Wizard, advice: Advice | None) -> None:
    """Draw the flowchart as far as it was walked, and the same in words."""
    recommended = advice.recommended if advice else None
    words = in_words(wizard.steps, wizard.asking, recommended)
    st.mermaid_chart(flowchart(wizard.steps, wizard.asking, recommended), alt=words)
    with st.expander("The way in words"):
        st.markdown(words)


def result(advice: Advice, measured: str) -> None:
    """Say what to do, why, and what was measured that the questions do not ask."""
    with st.container(border=True):
        st.header(title_of(advice.recommended), anchor=False)
        st.markdown(f"**{_plain(advice.sentence)}**")
        for number, reason in enumerate(advice.reasons, 1):
            st.markdown(f"{number}. {_plain(reason.text)} *({_plain(reason.printed_source)})*")
        if measured:
            st.markdown(f":material/straighten: {_plain(measured)}")


def table(folder: TaskFolder | None, advice: Advice) -> None:
    """Draw the ranked methods over a horizon, any to carry out, and how a price was reckoned."""
    st.header("All sixteen methods, with first prices", anchor=False)
    months = st.slider("Horizon in months", 1, 36, 12, key="horizon", width=320)
    st.table(
        [{key: _plain(text) for key, text in row.items()} for row in table_rows(advice, months)],
        hide_index=True,
        alt="The methods ranked, with verdict, prices and what rules each out",
    )
    st.caption(
        "First prices: wide bands, not quotes. People's work stands beside the money, not in it. "
        "See below how each was reckoned, with its source and date."
    )
    if folder is not None:
        run_other(folder, advice)
    with st.expander("How a price was reckoned"):
        order = [row.method for row in advice.ranked]
        method = st.selectbox("Method", order, format_func=title_of, key="reckoned")
        lines = price_lines(advice.row(method or order[0]))
        st.table(
            [{key: _plain(text) for key, text in line.items()} for line in lines],
            hide_index=True,
            alt=f"How the price of {title_of(method or order[0])} was reckoned",
        )


def details(wizard: Wizard) -> Wizard:
    """Offer the other answers, which move prices and rule methods out."""
    wizard = in_widgets(wizard, DETAILS)
    with st.expander("Change the details: traffic, tokens, documents, budget"):
        columns = st.columns(3)
        for place, name in enumerate(DETAILS):
            with columns[place % 3]:
                draw(name, wizard)
    return wizard.with_answers(collect(DETAILS, wizard.answers))


def act(folder: TaskFolder | None, advice: Advice) -> None:
    """Draw the primary button under an advice: carry it out, or the next best that can run."""
    if folder is None:
        lead("start", "Start with your data")
        return
    step = next_step(folder, active_jobs())
    choice = choose(folder, advice)
    waits = choice.method == MEASURE_FIRST and step.kind in ("start", "jobs")
    if advice.recommended == "larger-model":
        lead("models", "Add a larger model")
    elif choice.method and page_of(choice.method) in PAGES and not waits:
        run_this(folder, advice, choice, step)
    elif step.kind in ("start", "jobs"):
        lead(step.kind, step.label)
    elif step.kind == "measure":
        if st.button(step.label, type="primary", key="measure"):
            submit(folder.project, "measure", step.spec(folder))
            go("jobs")
    else:
        lead("scoreboard", "See what is measured")


def lead(page: str, label: str) -> None:
    """Draw a primary button that opens another page."""
    if st.button(label, type="primary", key=f"to_{page}"):
        go(page)


def run_this(folder: TaskFolder, advice: Advice, choice: Choice, step: NextStep) -> None:
    """Draw the button that saves a plan and opens its page filled in."""
    plan = draft(folder, advice, choice.method, step.methods)
    if choice.method == MEASURE_FIRST:
        label = step.label if step.kind == "measure" else "Measure again"
        if st.button(label, type="primary", key="measure"):
            saved = save_plan(folder.project, plan)
            submit(folder.project, "measure", saved.spec("measure"))
            go("jobs")
    elif st.button(run_label(plan, choice), type="primary", key="run_this"):
        saved = save_plan(folder.project, plan)
        go(page_of(choice.method), plan=saved.id)


def run_other(folder: TaskFolder, advice: Advice) -> None:
    """Offer to carry out another of the ranked methods than the button below does."""
    able = others(folder, advice)
    if not able:
        return
    with st.container(key="another", horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox(
            "Or carry out another of them", able, format_func=title_of, key="other", width=320
        )
        method = picked or able[0]
        plan = draft(folder, advice, method)
        if st.button(run_label(plan, Choice(method, "")), key="run_other"):
            saved = save_plan(folder.project, plan)
            go(page_of(method), plan=saved.id)


def missing_card(folder: TaskFolder | None, advice: Advice) -> None:
    """Say what the recommended method lacks, and what it would cost."""
    if folder is None or not (missing := choose(folder, advice).missing):
        return
    price = advice.row(advice.recommended).price
    with st.container(border=True, key="missing"):
        st.markdown(f":material/lock: **{title_of(advice.recommended)} cannot run now.** {missing}")
        st.markdown(_plain(f"First price: {price_words(price)}."))


def _plain(text: str) -> str:
    """Return text in which no $ begins a formula."""
    return text.replace("$", "\\$")


def main(current: Current) -> None:
    """Lay the page out: the question and the chart, or the advice and the table."""
    wizard = state(current)
    asking = wizard.asking
    left, right = st.columns([1, 1], gap="large")
    if asking is not None:
        with left:
            wizard = ask(asking, wizard)
        keep(wizard)
        with right:
            picture(wizard, None)
        with primary_bar():
            st.button("Next", type="primary", key="next", on_click=move, args=(True, asking.fields))
            if wizard.answered:
                st.button("Back", key="back", on_click=move, args=(False, asking.fields))
            st.write(f"Question {wizard.answered + 1}, at most 5 in all.")
        return
    below = st.container()
    wizard = details(wizard)
    keep(wizard)
    token_model = current.folder.task.price.token_model if current.folder else ""
    advice = advise(wizard.answers, token_model)
    with left:
        result(advice, no_llm_words(current.folder) if current.folder else "")
        missing_card(current.folder, advice)
    with right:
        picture(wizard, advice)
    with below:
        table(current.folder, advice)
    with primary_bar():
        act(current.folder, advice)
        st.button("Back", key="back", on_click=move, args=(False, DETAILS))


with say_errors():
    main(frame("Which way, and what will it cost?"))
