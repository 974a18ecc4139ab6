"""Decide: which way, and what will it cost? One question at a time, the flowchart growing."""

from __future__ import annotations

import streamlit as st

from advisor.advise import Advice, advise, title_of
from advisor.decide_view import price_lines, runs_here, table_rows
from advisor.flowchart import Question
from advisor.inputs import DETAILS, LABELS, collect, draw, forget
from advisor.ladder_view import next_step
from advisor.measured import measured_answers, no_llm_words
from advisor.mermaid import flowchart, in_words
from advisor.wizard import Wizard
from ladder.errors import InputError
from ladder.frame import Current, frame, go, primary_bar, say_errors
from ladder.jobs import active_jobs, submit
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


def ask(question: Question, wizard: Wizard) -> Wizard:
    """Draw one question, filled in, and return the wizard with what stands there."""
    st.header(f"{question.id[1:]}. {question.text}", anchor=False)
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
        if note := runs_here(advice):
            st.markdown(f":material/info: {note}")


def table(advice: Advice) -> None:
    """Draw the ranked methods over a horizon, and how a price was reckoned."""
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
    with st.expander("Change the details: traffic, tokens, documents, budget"):
        columns = st.columns(3)
        for place, name in enumerate(DETAILS):
            with columns[place % 3]:
                draw(name, wizard)
    return wizard.with_answers(collect(DETAILS, wizard.answers))


def act(folder: TaskFolder | None) -> None:
    """Draw the primary button under an advice: what can run now."""
    if folder is None:
        if st.button("Start with your data", type="primary", key="to_start"):
            go("start")
        return
    step = next_step(folder, active_jobs())
    if step.kind == "measure":
        if st.button(step.label, type="primary", key="measure"):
            submit(folder.project, "measure", step.spec(folder))
            go("jobs")
    elif step.kind in ("decide", "confirm"):
        if st.button("See what is measured", type="primary", key="to_scoreboard"):
            go("scoreboard")
    elif st.button(step.label, type="primary", key=f"to_{step.kind}"):
        go(step.kind)


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
    with right:
        picture(wizard, advice)
    with below:
        table(advice)
    with primary_bar():
        act(current.folder)
        st.button("Back", key="back", on_click=move, args=(False, DETAILS))


with say_errors():
    main(frame("Which way, and what will it cost?"))
